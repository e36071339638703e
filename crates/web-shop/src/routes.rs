//! The routes of the customers' pages, and of the files that they use.

use axum::Router;
use axum::routing::{get, post};
use web_kit::{App, assets};

use super::{catalogue, game, home, picture, sitemap};

/// The pages.
pub fn pages() -> Router<App> {
    Router::new()
        .route("/", get(home::show))
        .route("/catalogue", get(catalogue::show))
        .route("/game/{slug}", get(game::show))
        .merge(pages_of_people())
}

/// Files for pages and robots.
pub fn files() -> Router<App> {
    Router::new()
        .route("/robots.txt", get(assets::robots))
        .route("/favicon.ico", get(assets::favicon))
        .route("/static/{name}", get(assets::show))
        .route("/picture/{game}/{number}/{fingerprint}", get(picture::show))
        .route("/sitemap.xml", get(sitemap::index))
        .route("/sitemap/{name}", get(sitemap::part))
}

/// Accounts, carts and wishlists.
fn pages_of_people() -> Router<App> {
    use super::account::{events, keys, order, orders, password, profile, second_factor, sign_ins, wallet};
    use super::{cart, checkout, known_device, recovery, register, sign_in, verification, wishlist};
    Router::new()
        .route("/register", get(register::show).post(register::register))
        .route("/sign-in", get(sign_in::show).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route(
            "/forgot-password",
            get(recovery::ask_for_address).post(recovery::send_link),
        )
        .route("/reset-password", get(recovery::ask_for_password).post(recovery::reset))
        .route("/known-device", get(known_device::show).post(known_device::make_known))
        .route("/verify-email", get(verification::show).post(verification::verify))
        .route("/account", get(profile::show).post(profile::save))
        .route("/account/password", get(password::show).post(password::change))
        .route("/account/sign-ins", get(sign_ins::show).post(sign_ins::end))
        .route(
            "/account/second-factor",
            get(second_factor::show).post(second_factor::act),
        )
        .route("/account/events", get(events::show))
        .route("/account/wallet", get(wallet::show))
        .route("/account/keys", get(keys::show))
        .route("/account/orders", get(orders::show))
        .route("/account/orders/{id}", get(order::show))
        .route("/account/orders/{id}/reveal", get(order::back).post(order::reveal))
        .route("/account/orders/{id}/cancel", get(order::back).post(order::cancel))
        .route("/checkout", get(checkout::show).post(checkout::buy))
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
