//! The API's description of itself, in OpenAPI 3.1.

use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{OpenApi as Description, Server};
use utoipa::{Modify, OpenApi};
use web_kit::Site;
use web_kit::problem::ErrorEnvelope;

use super::admin::ProgressBody;
use super::body::{GameBody, GamePageBody};
use super::health::HealthBody;
use super::mails::{MailBody, MailPageBody};
use super::{Success, admin, auth, caches, cart, game_lists, games, health, mails, user, wishlist};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Latchkey",
        description = "The JSON API of this shop. Every success is `{\"success\":true,\"data\":…}`, every error \
                       `{\"success\":false,\"error\":{…}}` with a `code` that never changes and the `requestId` of the request. Money is \
                       in EUR with at most two decimals. What shows a price or stock may be kept by the caller and is to be \
                       asked for again with `If-None-Match`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    tags(
        (name = "Games", description = "What is for sale"),
        (name = "Auth", description = "Making an account, signing in and out, and showing who one is"),
        (name = "User", description = "The account of whoever is signed in"),
        (name = "Cart", description = "A guest's or an account's cart"),
        (name = "Wishlist", description = "A guest's or an account's wishlist"),
        (name = "Operations", description = "How the shop is")
    ),
    paths(
        games::list, games::by_slug, games::by_id,
        game_lists::autocomplete, game_lists::search, game_lists::best_sellers, game_lists::new_in_catalog,
        game_lists::preorders, game_lists::new, game_lists::by_genre, game_lists::random, game_lists::similar,
        game_lists::genres, game_lists::platforms, game_lists::filter_options, game_lists::collections,
        auth::register, auth::login, auth::second_factor, auth::refresh, auth::me, auth::logout, auth::forgot_password,
        auth::reset_password, auth::send_verification_code, auth::verify_email,
        user::profile, user::change_profile, user::change_password, user::sessions, user::end_session, user::end_sessions,
        user::enrol, user::confirm, user::remove_second_factor,
        cart::show, cart::add, cart::set, cart::remove, cart::clear, cart::migrate, cart::drop_kept,
        wishlist::show, wishlist::add, wishlist::remove, wishlist::check, wishlist::migrate,
        health::show, admin::sync_progress, caches::statistics, caches::invalidate, caches::clear, mails::list, mails::show
    ),
    modifiers(&SignedIn),
    components(schemas(ErrorEnvelope, HealthBody, Success<GamePageBody<'static>>, Success<GameBody<'static>>, Success<ProgressBody>, Success<MailPageBody>, Success<MailBody>))
)]
struct Document;

/// How callers show who they are: what the description says of all addresses alike.
struct SignedIn;

impl Modify for SignedIn {
    fn modify(&self, description: &mut Description) {
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
        let token = token.description(Some("The `token` of a sign-in"));
        let guest = ApiKey::Header(ApiKeyValue::with_description(
            "X-Session-ID",
            "What a guest is known by, for clients without cookies; the same as the cookie `sessionId`",
        ));
        let components = description.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(token.build()));
        components.add_security_scheme("guest", SecurityScheme::ApiKey(guest));
        let nothing = SecurityRequirement::default();
        let token = SecurityRequirement::new::<_, [&str; 0], &str>("token", []);
        let guest = SecurityRequirement::new::<_, [&str; 0], &str>("guest", []);
        description.security = Some(vec![nothing, token, guest]);
    }
}

/// The description, for the place where the API is served.
pub(crate) fn document(site: &Site) -> Description {
    let mut description = Document::openapi();
    site.version.clone_into(&mut description.info.version);
    description.servers = Some(vec![Server::new(site.public_url.clone())]);
    description
}

#[cfg(test)]
mod tests {
    use fixtures::site;

    use super::*;

    #[test]
    fn it_is_openapi_3_1_with_everything_that_it_refers_to() {
        let text = document(&site()).to_json().unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert!(value["openapi"].as_str().unwrap().starts_with("3.1"));
        let lists = "autocomplete search best-sellers new-in-catalog preorders new by-genre/{genre} random genres platforms \
                     filter-options collections slug/{slug} {id} {id}/similar";
        let games = lists.split(' ').map(|list| format!("/api/games/{list}"));
        for path in games.chain(["/api/games".to_owned(), "/api/health".to_owned()]) {
            assert!(value["paths"][&path]["get"]["responses"]["200"].is_object(), "{path}");
        }
        assert_eq!(
            value["paths"]["/api/games"]["get"]["parameters"]
                .as_array()
                .unwrap()
                .len(),
            18
        );
        for part in text.split("\"$ref\":\"#").skip(1) {
            let pointer = part.split('"').next().unwrap();
            assert!(value.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
