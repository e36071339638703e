//! The web server: all routes of the shop, and the layers around them.

mod layers;
mod server;
mod views;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use services::Shop;
use tower::Layer as _;
use web_kit::layers::budgets::Budgets;
use web_kit::layers::person;
use web_kit::response_cache::{self, ResponseCacheLayer, ResponseCacheService, ResponseStore};
use web_kit::{App, Site};

pub use server::{ConnectionLimits, serve, serve_metrics};
pub use views::recompute;

/// The whole shop as a service, ready to be served.
fn router(shop: Shop, site: Site) -> ResponseCacheService<Router> {
    let site = Arc::new(site);
    let budgets = Arc::new(Budgets::of(&site));
    let responses = Arc::new(ResponseStore::of(&shop, &site, &budgets));
    let routes = web_shop::routes::pages()
        .merge(web_api::routes::endpoints(&site))
        .merge(web_admin::routes::pages());
    let app = App { shop, site };
    // The routes below are the same for everybody, so the layer that inserts the personal fragment does not cover them.
    let routes = layers::with_fallbacks(routes)
        .layer(from_fn_with_state(app.clone(), person::personalise))
        .merge(web_shop::routes::files());
    let app_service = layers::add_layers(routes, web_api::routes::probes(), &app.site, &budgets)
        .layer(from_fn_with_state(Arc::clone(&responses), response_cache::keep))
        .with_state(app.clone());
    ResponseCacheLayer(responses).layer(app_service)
}
