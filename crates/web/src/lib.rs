//! Where you ask: the JSON API and the pages, and the whole route table of both.

mod api;
mod caller;
mod layers;
mod links;
mod page;
mod problem;
mod query;
mod ready;
mod serve;
mod shop;

#[cfg(test)]
mod made_up;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use services::Shop;

pub use serve::serve;

/// What the pages and the API have to know of the place where they are served.
#[derive(Clone)]
pub struct Site {
    /// Where customers reach the shop, such as `https://shop.example`; without a slash at its end.
    pub public_url: String,
    /// Whether supplier and games are made up; every page says so.
    pub demo: bool,
    /// Renders `/metrics`.
    pub metrics: PrometheusHandle,
    /// The version of the program, shown by health and the API's description.
    pub version: &'static str,
    /// Origins that pictures may come from besides the shop's own and any `https:` address.
    pub image_origins: Vec<String>,
    /// Requests worked on at one time; the next is turned away with 503 at once.
    pub requests_in_flight_max: usize,
    /// What opens the routes of operators; without it there are none.
    pub operator_token: Option<String>,
}

/// What every handler gets.
#[derive(Clone)]
struct App {
    shop: Shop,
    site: Arc<Site>,
    docs: Arc<api::docs::Docs>,
}

/// Everything that this shop answers, ready to be served.
pub fn router(shop: Shop, site: Site) -> Router {
    let site = Arc::new(site);
    let docs = Arc::new(api::docs::Docs::of(&site));
    let probes = Router::new()
        .route("/livez", get(api::health::livez))
        .route("/readyz", get(api::health::readyz))
        .route("/health", get(api::health::show))
        .route("/api/health", get(api::health::show))
        .route("/metrics", get(api::health::metrics));
    let rooms = Router::new()
        .route("/", get(shop::home::show))
        .route("/catalogue", get(shop::catalogue::show))
        .route("/game/{slug}", get(shop::game::show))
        .route("/robots.txt", get(shop::assets::robots))
        .route("/favicon.ico", get(shop::assets::favicon))
        .route("/static/{name}", get(shop::assets::show))
        .route("/api/games", get(api::games::list))
        .route("/api/games/slug/{slug}", get(api::games::by_slug))
        .route("/api/games/{id}", get(api::games::by_id))
        .route("/api/admin/g2a/sync-progress", get(api::admin::sync_progress))
        .route("/api/openapi.json", get(api::docs::json))
        .route("/api/docs", get(api::docs::page));
    layers::dress(rooms, probes, &site).with_state(App { shop, site, docs })
}
