//! The state of every handler: the shop, and the place where it is served.

use std::num::NonZeroU32;
use std::sync::Arc;

use ipnet::IpNet;
use metrics_exporter_prometheus::PrometheusHandle;
use services::Shop;

use crate::MetricsReaders;

/// What the pages and the API have to know of the place where they are served.
#[derive(Clone)]
pub struct Site {
    /// Where customers reach the shop, such as `https://shop.example`; without a slash at its end.
    pub public_url: String,
    /// Whether supplier and games are made up; every page says so.
    pub demo: bool,
    /// Renders `/metrics`.
    pub metrics: PrometheusHandle,
    /// Who may read them here.
    pub metrics_readers: MetricsReaders,
    /// What operators know this process by, when there are several.
    pub node: String,
    /// The version of the program, shown by health and the API's description.
    pub version: &'static str,
    /// Requests worked on at one time; the next is turned away with 503 at once.
    pub requests_in_flight_max: usize,
    /// Changes that one network address may ask for in a minute, of this process; `None` for any number.
    pub changes_per_minute: Option<NonZeroU32>,
    /// Reads likewise.
    pub reads_per_minute: Option<NonZeroU32>,
    /// Of them those that cost much ([`services::costly`]).
    pub costly_reads_per_minute: Option<NonZeroU32>,
    /// Networks of the proxies in front of the shop, whose word for where a request comes from is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Other origins whose pages may use the API, each as `https://shop.example`: small letters, no port that is usual.
    pub allowed_origins: Vec<String>,
}

/// What every handler gets.
#[derive(Clone)]
pub struct App {
    /// The shop.
    pub shop: Shop,
    /// Where it is served.
    pub site: Arc<Site>,
}
