//! Where you ask: the JSON API and the pages, their addresses together, and what every request passes.

mod admin;
mod afresh;
mod api;
mod app;
mod asked;
mod caller;
mod cookies;
mod fields;
mod front_desk;
mod json;
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
use axum::middleware::from_fn_with_state;
use services::Shop;
use tower::Layer as _;

use app::App;
use front_desk::{AtTheFront, Desk, Front};

pub use afresh::afresh;
pub use app::Site;
pub use serve::serve;

/// Everything that this shop answers, ready to be served.
fn router(shop: Shop, site: Site) -> Front<Router> {
    let site = Arc::new(site);
    let desk = Arc::new(Desk::of(&shop, &site));
    let rooms = shop::routes::pages()
        .merge(api::routes::endpoints(&site))
        .merge(admin::routes::pages());
    let app = App { shop, site };
    // What is the same for everybody is not looked through for a place where a person would be named.
    let rooms = rooms
        .layer(from_fn_with_state(app.clone(), layers::person::greet))
        .merge(shop::routes::files());
    let house = layers::dress(rooms, api::routes::probes(), &app.site)
        .layer(from_fn_with_state(Arc::clone(&desk), front_desk::keep))
        .with_state(app.clone());
    AtTheFront(desk).layer(house)
}
