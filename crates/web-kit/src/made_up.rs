//! A made-up site for the tests of this crate: to them `fixtures` would bring one of another build of it.

use metrics_exporter_prometheus::PrometheusBuilder;

use crate::Site;

pub(crate) fn site() -> Site {
    Site {
        public_url: "https://shop.example".to_owned(),
        demo: true,
        metrics: PrometheusBuilder::new().build_recorder().handle(),
        node: "shop-1, process 42, 0.0.0.0:8080".to_owned(),
        version: "0.1.0",
        requests_in_flight_max: 8,
        changes_per_minute: None,
        trusted_proxies: Vec::new(),
    }
}
