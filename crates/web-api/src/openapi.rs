//! The API's description of itself, in OpenAPI 3.1: what the endpoints say, and what follows from that.

mod answers;

use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi as Description, Server};
use utoipa::{Modify, OpenApi};
use web_kit::Site;
use web_kit::problem::ErrorEnvelope;

use super::routes;

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
    modifiers(&SignedIn),
    components(schemas(ErrorEnvelope))
)]
pub(crate) struct Document;

/// How callers show who they are.
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
    }
}

/// The whole description, for the place where the API is served.
pub(crate) fn document(site: &Site) -> Description {
    let mut description = routes::described().into_openapi();
    answers::add(&mut description, &answers::OF_ENDPOINTS);
    let mut probes = routes::described_probes().into_openapi();
    answers::add(&mut probes, &answers::OF_PROBES);
    description.merge(probes);
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

    #[test]
    fn whoever_changes_what_the_api_promises_sees_it() {
        insta::assert_json_snapshot!("openapi", document(&site()));
    }
}
