//! Where you ask: the JSON API and the pages, and the whole route table of both.

mod admin;
mod afresh;
mod api;
mod caller;
mod cookies;
mod fields;
mod front_desk;
mod layers;
mod links;
mod page;
mod problem;
mod query;
mod ready;
mod server;
mod shop;

#[cfg(test)]
mod made_up;

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post, put};
use metrics_exporter_prometheus::PrometheusHandle;
use services::Shop;
use tower::Layer as _;

use front_desk::{AtTheFront, Desk, Front};

pub use afresh::afresh;
pub use server::{ConnectionLimits, serve};

/// What the pages and the API have to know of the place where they are served.
#[derive(Clone)]
pub struct Site {
    /// Where customers reach the shop, such as `https://shop.example`; without a slash at its end.
    pub public_url: String,
    /// Whether supplier and games are made up; every page says so.
    pub demo: bool,
    /// Renders `/metrics`.
    pub metrics: PrometheusHandle,
    /// What operators know this process by, when there are several.
    pub node: String,
    /// The version of the program, shown by health and the API's description.
    pub version: &'static str,
    /// Requests worked on at one time; the next is turned away with 503 at once.
    pub requests_in_flight_max: usize,
    /// Changes that one network address may ask for in a minute, of this process; `None` for any number.
    pub changes_per_minute: Option<NonZeroU32>,
    /// Proxies in front of the shop, whose word for where a request comes from is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

/// What every handler gets.
#[derive(Clone)]
struct App {
    shop: Shop,
    site: Arc<Site>,
    docs: Arc<api::docs::Docs>,
}

/// Everything that this shop answers, ready to be served.
fn router(shop: Shop, site: Site) -> Front<Router> {
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
        .merge(games())
        .merge(people())
        .merge(pages_of_people())
        .route("/api/admin/g2a/sync-progress", get(api::admin::sync_progress))
        .route("/api/admin/cache/statistics", get(api::caches::statistics))
        .route("/api/admin/cache/invalidate", post(api::caches::invalidate))
        .route("/api/admin/cache/clear", post(api::caches::clear))
        .route("/api/admin/mails", get(api::mails::list))
        .route("/api/admin/mails/{id}", get(api::mails::show))
        .route("/admin/cache", get(admin::caches::show).post(admin::caches::invalidate))
        .route(
            "/admin/cache/clear",
            get(admin::caches::ask_to_clear).post(admin::caches::clear),
        )
        .route("/admin/mails", get(admin::mails::list))
        .route("/admin/mails/{id}", get(admin::mails::show))
        .route("/api/openapi.json", get(api::docs::json))
        .route("/api/docs", get(api::docs::page));
    let desk = Arc::new(Desk::of(&shop, &site));
    let app = App { shop, site, docs };
    // What is the same for everybody is not looked through for a place where a person would be named.
    let rooms = rooms
        .layer(from_fn_with_state(app.clone(), layers::person::greet))
        .merge(files());
    let house = layers::dress(rooms, probes, &app.site)
        .layer(from_fn_with_state(Arc::clone(&desk), front_desk::keep))
        .with_state(app.clone());
    AtTheFront(desk).layer(house)
}

/// What pages and robots fetch besides pages.
fn files() -> Router<App> {
    Router::new()
        .route("/robots.txt", get(shop::assets::robots))
        .route("/favicon.ico", get(shop::assets::favicon))
        .route("/static/{name}", get(shop::assets::show))
        .route("/picture/{game}/{number}/{fingerprint}", get(shop::picture::show))
        .route("/sitemap.xml", get(shop::sitemap::index))
        .route("/sitemap/{name}", get(shop::sitemap::part))
}

/// What the API says of games.
fn games() -> Router<App> {
    use api::{game_lists, games};
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
    use api::{auth, cart, user, wishlist};
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
        .route("/api/user/catalog", get(api::games::list))
        .route("/api/user/catalog/{id}", get(api::games::by_id))
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

/// The same, for people.
fn pages_of_people() -> Router<App> {
    use shop::account::{events, password, profile, second_factor, sign_ins};
    use shop::{cart, recovery, register, sign_in, verification, wishlist};
    Router::new()
        .route("/register", get(register::show).post(register::register))
        .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route(
            "/forgot-password",
            get(recovery::ask_for_address).post(recovery::send_link),
        )
        .route("/reset-password", get(recovery::ask_for_password).post(recovery::reset))
        .route("/verify-email", get(verification::show).post(verification::verify))
        .route("/account", get(profile::show).post(profile::save))
        .route("/account/password", get(password::show).post(password::change))
        .route("/account/sign-ins", get(sign_ins::show).post(sign_ins::end))
        .route(
            "/account/second-factor",
            get(second_factor::show).post(second_factor::act),
        )
        .route("/account/events", get(events::show))
        .route("/cart", get(cart::show))
        .route("/cart/add", get(cart::back).post(cart::add))
        .route("/cart/set", get(cart::back).post(cart::set))
        .route("/cart/remove", get(cart::back).post(cart::remove))
        .route("/cart/migrate", get(cart::back).post(cart::migrate))
        .route("/cart/give-up", get(cart::back).post(cart::give_up))
        .route("/wishlist", get(wishlist::show))
        .route("/wishlist/add", get(wishlist::back).post(wishlist::add))
        .route("/wishlist/remove", get(wishlist::back).post(wishlist::remove))
}
