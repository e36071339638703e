//! The state of every handler: the shop and its site.

use std::num::NonZeroU32;
use std::sync::Arc;

use ipnet::IpNet;
use metrics_exporter_prometheus::PrometheusHandle;
use services::Shop;

use crate::MetricsReaders;

/// The settings of the site that pages and API use.
#[derive(Clone)]
pub struct Site {
    /// The address for customers, such as `https://shop.example`; without a slash at its end.
    pub public_url: String,
    /// Whether supplier and games are invented; every page says so.
    pub demo: bool,
    /// Renders `/metrics`.
    pub metrics: PrometheusHandle,
    /// Who may read `/metrics` at the shop's own address.
    pub metrics_readers: MetricsReaders,
    /// This process's name for operators, when there are several.
    pub node: String,
    /// The version of the program, shown by the health check and the API's description.
    pub version: &'static str,
    /// The most requests that are handled at once; further ones get 503 immediately.
    pub requests_in_flight_max: usize,
    /// The most changes per minute for one network address, in this process; `None` for no limit.
    pub changes_per_minute: Option<NonZeroU32>,
    /// The most reads per minute likewise.
    pub reads_per_minute: Option<NonZeroU32>,
    /// The most costly reads ([`services::costly`]) per minute likewise.
    pub costly_reads_per_minute: Option<NonZeroU32>,
    /// Networks of the proxies in front of the shop, whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// Other origins whose pages may use the API, each as `https://shop.example`: in lower case, without a default
    /// port.
    pub allowed_origins: Vec<String>,
}

/// The state of the handlers.
#[derive(Clone)]
pub struct App {
    /// The shop.
    pub shop: Shop,
    /// The site.
    pub site: Arc<Site>,
}
