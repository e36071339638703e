//! CORS: which pages of other origins may use the API; only those of the origins in the settings.
//!
//! These headers are not cached with a response. They are added to each one as it leaves, also to those of the response
//! cache, so that no caller gets the headers of another origin.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::origin;
use crate::Site;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
/// Request headers that API clients may send.
const SENT: HeaderValue =
    HeaderValue::from_static("authorization, content-type, idempotency-key, if-none-match, x-request-id, x-session-id");
/// Response headers that API clients may read.
const SHOWN: HeaderValue =
    HeaderValue::from_static("etag, idempotent-replayed, retry-after, x-request-id, x-session-id");
/// How long a browser may cache a preflight, in seconds.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// Answers preflight requests, and adds the CORS headers to responses.
pub async fn cors(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    if site.allowed_origins.is_empty() || !is_api(request.uri().path()) {
        return next.run(request).await;
    }
    let origin = request.headers().get(header::ORIGIN).cloned();
    let is_preflight = *request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
        && origin.as_ref().is_some_and(|origin| is_allowed(&site, origin));
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
    put(&site, origin.as_ref(), response.headers_mut());
    response
}

/// Adds the CORS headers to a response of the API that did not pass this layer; `request_headers` are those of its
/// request.
pub fn add_to(site: &Site, path: &str, request_headers: &HeaderMap, headers: &mut HeaderMap) {
    if !site.allowed_origins.is_empty() && is_api(path) {
        put(site, request_headers.get(header::ORIGIN), headers);
    }
}

/// Every response says what it depends on (`Vary`), so that no proxy gives one origin the response for another.
fn put(site: &Site, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    let Some(origin) = origin.filter(|origin| is_allowed(site, origin)) else {
        return;
    };
    let cors_headers: [(HeaderName, HeaderValue); 3] = [
        // Echoed as the browser wrote it, because it compares the text.
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone()),
        (
            header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HeaderValue::from_static("true"),
        ),
        (header::ACCESS_CONTROL_EXPOSE_HEADERS, SHOWN),
    ];
    headers.extend(cors_headers);
}

/// Whether the settings list this origin.
fn is_allowed(site: &Site, origin: &HeaderValue) -> bool {
    let origin = origin.to_str().ok().and_then(origin::plain);
    origin.is_some_and(|origin| site.allowed_origins.contains(&origin))
}

/// Only the API is open to other origins, not the pages.
pub fn is_api(path: &str) -> bool {
    path.starts_with("/api/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_site::site;

    fn response_headers(path: &str, asked: &[(HeaderName, &'static str)]) -> HeaderMap {
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
            let headers = response_headers("/api/games", &[(header::ORIGIN, origin)]);
            let found = headers
                .get(header::ACCESS_CONTROL_ALLOW_ORIGIN)
                .map(|value| value.to_str().unwrap());
            assert_eq!(found, allowed.then_some(origin));
            assert_eq!(headers.contains_key(header::ACCESS_CONTROL_ALLOW_CREDENTIALS), allowed);
            assert_eq!(headers.get_all(header::VARY).iter().count(), 2, "{origin}");
        }
        assert_eq!(
            response_headers("/api/games", &[]).get_all(header::VARY).iter().count(),
            2
        );
        let page = response_headers("/catalogue", &[(header::ORIGIN, "https://front.example")]);
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
