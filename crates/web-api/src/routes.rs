//! The addresses of the API.

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post, put};
use web_kit::{App, Site};

use super::{admin, caches, docs, health, mails, metrics};

/// What watches over the shop; answered however busy it is.
pub fn probes() -> Router<App> {
    Router::new()
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .route("/health", get(health::show))
        .route("/api/health", get(health::show))
        .route("/metrics", get(metrics::show))
}

/// Everything else.
pub fn endpoints(site: &Site) -> Router<App> {
    games().merge(people()).merge(operations()).merge(description(site))
}

/// What staff's programs ask.
fn operations() -> Router<App> {
    Router::new()
        .route("/api/admin/g2a/sync-progress", get(admin::sync_progress))
        .route("/api/admin/cache/statistics", get(caches::statistics))
        .route("/api/admin/cache/invalidate", post(caches::invalidate))
        .route("/api/admin/cache/clear", post(caches::clear))
        .route("/api/admin/mails", get(mails::list))
        .route("/api/admin/mails/{id}", get(mails::show))
}

/// What the API says of itself.
fn description(site: &Site) -> Router<App> {
    Router::new()
        .route("/api/openapi.json", get(docs::json))
        .route("/api/docs", get(docs::page))
        .with_state(Arc::new(docs::Docs::of(site)))
}

/// What the API says of games.
fn games() -> Router<App> {
    use super::{game_lists, games};
    Router::new()
        .route("/api/games", get(games::list))
        .route("/api/games/autocomplete", get(game_lists::autocomplete))
        .route("/api/games/search", get(game_lists::search))
        .route("/api/games/best-sellers", get(game_lists::best_sellers))
        .route("/api/games/new-in-catalog", get(game_lists::new_in_catalog))
        .route("/api/games/preorders", get(game_lists::preorders))
        .route("/api/games/new", get(game_lists::new))
        .route("/api/games/by-genre/{genre}", get(game_lists::by_genre))
        .route("/api/games/random", get(game_lists::random))
        .route("/api/games/genres", get(game_lists::genres))
        .route("/api/games/platforms", get(game_lists::platforms))
        .route("/api/games/filter-options", get(game_lists::filter_options))
        .route("/api/games/collections", get(game_lists::collections))
        .route("/api/games/slug/{slug}", get(games::by_slug))
        .route("/api/games/{id}", get(games::by_id))
        .route("/api/games/{id}/similar", get(game_lists::similar))
}

/// Accounts, carts and wishlists.
fn people() -> Router<App> {
    use super::{auth, cart, games, user, wishlist};
    Router::new()
        .route("/api/auth/register", post(auth::register))
        .route("/api/auth/login", post(auth::login))
        .route("/api/auth/second-factor", post(auth::second_factor))
        .route("/api/auth/refresh", post(auth::refresh))
        .route("/api/auth/me", get(auth::me))
        .route("/api/auth/logout", post(auth::logout))
        .route("/api/auth/forgot-password", post(auth::forgot_password))
        .route("/api/auth/reset-password", post(auth::reset_password))
        .route("/api/auth/send-verification-code", post(auth::send_verification_code))
        .route("/api/auth/verify-email", post(auth::verify_email))
        .route("/api/user/profile", get(user::profile).put(user::change_profile))
        .route("/api/user/password", put(user::change_password))
        .route("/api/user/sessions", get(user::sessions).delete(user::end_sessions))
        .route("/api/user/sessions/{id}", axum::routing::delete(user::end_session))
        .route(
            "/api/user/second-factor",
            post(user::enrol).delete(user::remove_second_factor),
        )
        .route("/api/user/second-factor/confirm", post(user::confirm))
        .route("/api/user/logout", post(auth::logout))
        .route("/api/user/catalog", get(games::list))
        .route("/api/user/catalog/{id}", get(games::by_id))
        .route("/api/user/wishlist", get(wishlist::show))
        .route("/api/user/wishlist/migrate", post(wishlist::migrate))
        .route(
            "/api/user/wishlist/{gameId}",
            post(wishlist::add_by_path).delete(wishlist::remove),
        )
        .route("/api/cart", get(cart::show).post(cart::add).delete(cart::clear))
        .route("/api/cart/migrate", post(cart::migrate))
        .route("/api/cart/kept/{gameId}", axum::routing::delete(cart::drop_kept))
        .route("/api/cart/{gameId}", put(cart::set).delete(cart::remove))
        .route("/api/wishlist", get(wishlist::show).post(wishlist::add))
        .route("/api/wishlist/migrate", post(wishlist::migrate))
        .route("/api/wishlist/{gameId}", axum::routing::delete(wishlist::remove))
        .route("/api/wishlist/{gameId}/check", get(wishlist::check))
}
