//! The addresses of the API. An endpoint says its address once, where it is described; here it has a line of its own.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web_kit::{App, Site};

use super::{
    admin, auth, caches, cart, docs, game_lists, games, health, keys, mails, managed_games, metrics, offers, openapi,
    orders, proof, recovery, staff, suppliers, terms, trail, user, users, wallets, wishlist,
};

/// What watches over the shop; answered however busy it is.
pub fn probes() -> Router<App> {
    let others = Router::new()
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/health", get(health::show))
        .route("/metrics", get(metrics::show));
    others.merge(described_probes())
}

/// Everything else.
pub fn endpoints(site: &Site) -> Router<App> {
    Router::from(described()).merge(aliases()).merge(description(site))
}

/// Those of the probes that the description lists.
pub(crate) fn described_probes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(health::show))
}

/// All other endpoints that it lists.
pub(crate) fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::Document::openapi())
        .merge(games())
        .merge(accounts())
        .merge(baskets())
        .merge(purchases())
        .merge(operations())
}

/// What the API says of games.
fn games() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(games::list))
        .routes(routes!(games::by_id))
        .routes(routes!(games::by_slug))
        .routes(routes!(game_lists::autocomplete))
        .routes(routes!(game_lists::search))
        .routes(routes!(game_lists::best_sellers))
        .routes(routes!(game_lists::new_in_catalog))
        .routes(routes!(game_lists::preorders))
        .routes(routes!(game_lists::new))
        .routes(routes!(game_lists::by_genre))
        .routes(routes!(game_lists::random))
        .routes(routes!(game_lists::genres))
        .routes(routes!(game_lists::platforms))
        .routes(routes!(game_lists::filter_options))
        .routes(routes!(game_lists::collections))
        .routes(routes!(game_lists::similar))
}

/// Accounts: made, signed in to, changed.
fn accounts() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(auth::register))
        .routes(routes!(auth::login))
        .routes(routes!(auth::second_factor))
        .routes(routes!(auth::refresh))
        .routes(routes!(auth::me))
        .routes(routes!(auth::logout))
        .routes(routes!(proof::prove))
        .routes(routes!(recovery::forgot_password))
        .routes(routes!(recovery::reset_password))
        .routes(routes!(recovery::known_device))
        .routes(routes!(auth::send_verification_code))
        .routes(routes!(auth::verify_email))
        .routes(routes!(user::profile, user::change_profile))
        .routes(routes!(user::change_password))
        .routes(routes!(user::sessions, user::end_sessions))
        .routes(routes!(user::end_session))
        .routes(routes!(user::enrol, user::remove_second_factor))
        .routes(routes!(user::confirm))
        .routes(routes!(wallets::balance))
        .routes(routes!(wallets::transactions))
}

/// Carts and wishlists.
fn baskets() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(cart::show, cart::add, cart::clear))
        .routes(routes!(cart::set, cart::remove))
        .routes(routes!(cart::migrate))
        .routes(routes!(cart::drop_kept))
        .routes(routes!(wishlist::show, wishlist::add))
        .routes(routes!(wishlist::remove))
        .routes(routes!(wishlist::check))
        .routes(routes!(wishlist::migrate))
}

/// Orders and keys.
fn purchases() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(orders::list, orders::place))
        .routes(routes!(orders::show))
        .routes(routes!(orders::cancel))
        .routes(routes!(orders::reveal))
        .routes(routes!(keys::list))
}

/// What staff's programs ask.
fn operations() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(admin::sync_progress))
        .routes(routes!(suppliers::list))
        .routes(routes!(suppliers::request_sync))
        .routes(routes!(suppliers::runs))
        .routes(routes!(suppliers::accept))
        .routes(routes!(offers::list))
        .routes(routes!(offers::link, offers::unlink))
        .routes(routes!(
            managed_games::show,
            managed_games::change_fields,
            managed_games::withdraw
        ))
        .merge(terms())
        .routes(routes!(caches::statistics))
        .routes(routes!(caches::invalidate))
        .routes(routes!(caches::clear))
        .routes(routes!(mails::list))
        .routes(routes!(mails::show))
        .routes(routes!(users::list))
        .routes(routes!(users::show))
        .routes(routes!(users::activity))
        .routes(routes!(wallets::adjust))
        .routes(routes!(staff::list))
        .routes(routes!(staff::set_role))
        .routes(routes!(staff::set_old_role))
        .routes(routes!(staff::block, staff::unblock))
        .routes(routes!(staff::end_sessions))
        .routes(routes!(trail::list))
}

/// The names that games are grouped by.
fn terms() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(terms::categories::list, terms::categories::add))
        .routes(routes!(
            terms::categories::show,
            terms::categories::change,
            terms::categories::delete
        ))
        .routes(routes!(terms::genres::list, terms::genres::add))
        .routes(routes!(
            terms::genres::show,
            terms::genres::change,
            terms::genres::delete
        ))
        .routes(routes!(terms::platforms::list, terms::platforms::add))
        .routes(routes!(
            terms::platforms::show,
            terms::platforms::change,
            terms::platforms::delete
        ))
        .routes(routes!(terms::tags::list, terms::tags::add))
        .routes(routes!(terms::tags::show, terms::tags::change, terms::tags::delete))
}

/// Second addresses that older storefronts ask; the description names the first.
fn aliases() -> Router<App> {
    Router::new()
        .route("/api/user/logout", post(auth::logout))
        .route("/api/user/orders", get(orders::list))
        .route("/api/user/catalog", get(games::list))
        .route("/api/user/catalog/{id}", get(games::by_id))
        .route("/api/user/wishlist", get(wishlist::show))
        .route("/api/user/wishlist/migrate", post(wishlist::migrate))
        .route(
            "/api/user/wishlist/{gameId}",
            post(wishlist::add_by_path).delete(wishlist::remove),
        )
}

/// What the API says of itself.
fn description(site: &Site) -> Router<App> {
    Router::new()
        .route("/api/openapi.json", get(docs::json))
        .route("/api/docs", get(docs::page))
        .with_state(Arc::new(docs::Docs::of(site)))
}
