//! What a browser is told so that a page of another origin may use the API: of those that the settings name, and no other.
//!
//! Nothing of it is stored with an answer. It is put on each one as it leaves, on those of the response cache, too, so that
//! nobody is sent what was meant for another origin.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::origin;
use crate::Site;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
/// What a client of the API sends besides what a browser sends anyway.
const SENT: HeaderValue =
    HeaderValue::from_static("authorization, content-type, idempotency-key, if-none-match, x-request-id, x-session-id");
/// What a client of the API reads besides what a browser shows anyway.
const SHOWN: HeaderValue =
    HeaderValue::from_static("etag, idempotent-replayed, retry-after, x-request-id, x-session-id");
/// For how long a browser need not ask again, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// Answers what browsers ask before they send, and tells them who may read the answers.
pub async fn cors(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    if site.allowed_origins.is_empty() || !is_api(request.uri().path()) {
        return next.run(request).await;
    }
    let asked = request.headers().get(header::ORIGIN).cloned();
    let is_preflight = *request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        && asked.as_ref().is_some_and(|origin| is_allowed(&site, origin));
    let mut response = if is_preflight {
        let headers = [
            (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, SENT),
            (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE),
        ];
        (StatusCode::NO_CONTENT, headers).into_response()
    } else {
        next.run(request).await
    };
    put(&site, asked.as_ref(), response.headers_mut());
    response
}

/// The same for an answer of the API that did not come this way, to a request with the headers `asked`.
pub fn add_to(site: &Site, path: &str, asked: &HeaderMap, headers: &mut HeaderMap) {
    if !site.allowed_origins.is_empty() && is_api(path) {
        put(site, asked.get(header::ORIGIN), headers);
    }
}

/// What is in between must not give one origin what was answered to another, so that all answers say what they depend on.
fn put(site: &Site, asked: Option<&HeaderValue>, headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    let Some(origin) = asked.filter(|origin| is_allowed(site, origin)) else {
        return;
    };
    let told: [(HeaderName, HeaderValue); 3] = [
        // As the browser wrote it: it compares texts.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()),
        (
            header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HeaderValue::from_static("true"),
        ),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, SHOWN),
    ];
    headers.extend(told);
}

/// Whether the settings name this origin.
fn is_allowed(site: &Site, origin: &HeaderValue) -> bool {
    let origin = origin.to_str().ok().and_then(origin::plain);
    origin.is_some_and(|origin| site.allowed_origins.contains(&origin))
}

/// Other origins may use the API; the pages are the shop's own.
pub fn is_api(path: &str) -> bool {
    path.starts_with("/api/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_site::site;

    fn told(path: &str, asked: &[(HeaderName, &'static str)]) -> HeaderMap {
        let site = Site {
            allowed_origins: vec!["https://front.example".to_owned(), "http://localhost:3000".to_owned()],
            ..site()
        };
        let asked = asked
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        let mut headers = HeaderMap::new();
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        add_to(&site, path, &asked.collect(), &mut headers);
        headers
    }

    #[test]
    fn only_origins_that_are_named_may_read_and_everybody_is_told_that_it_depends() {
        for (origin, allowed) in [
            ("https://front.example", true),
            ("https://FRONT.example:443", true),
            ("http://localhost:3000", true),
            ("http://localhost", false),
            ("http://front.example", false),
            ("https://evil.example", false),
            ("https://front.example.evil.example", false),
            ("null", false),
            ("*", false),
        ] {
            let headers = told("/api/games", &[(header::ORIGIN, origin)]);
            let found = headers
                .get(header::ACCESS_CONTROL_ALLOW_ORIGIN)
                .map(|value| value.to_str().unwrap());
            assert_eq!(found, allowed.then_some(origin));
            assert_eq!(headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), allowed);
            assert_eq!(headers.get_all(header::VARY).iter().count(), 2, "{origin}");
        }
        assert_eq!(told("/api/games", &[]).get_all(header::VARY).iter().count(), 2);
        let page = told("/catalogue", &[(header::ORIGIN, "https://front.example")]);
        assert_eq!(page.len(), 1, "pages are the shop's own: {page:?}");
    }

    #[test]
    fn without_a_setting_nothing_is_said() {
        let asked = HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_static("https://front.example"))]);
        let mut headers = HeaderMap::new();
        add_to(&site(), "/api/games", &asked, &mut headers);
        assert!(headers.is_empty());
    }
}
