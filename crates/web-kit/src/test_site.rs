//! A sample site for the tests of this crate; the one in `fixtures` depends on another build of this crate.

use metrics_exporter_prometheus::PrometheusBuilder;

use crate::{MetricsReaders, Site};

pub(crate) fn site() -> Site {
    Site {
        public_url: "https://shop.example".to_owned(),
        demo: true,
        metrics: PrometheusBuilder::new().build_recorder().handle(),
        metrics_readers: MetricsReaders::Loopback,
        node: "shop-1, process 42, 0.0.0.0:8080".to_owned(),
        version: "0.1.0",
        requests_in_flight_max: 8,
        changes_per_minute: None,
        reads_per_minute: None,
        costly_reads_per_minute: None,
        trusted_proxies: Vec::new(),
        allowed_origins: Vec::new(),
    }
}
