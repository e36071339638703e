//! Requests that other sites make a browser send: refused before they can change anything.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::Url;

use super::cors;
use crate::Site;
use crate::caller::shows_token;
use crate::problem::Problem;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// A request that changes anything must come from the shop's own pages or from a client that is not a browser; for the
/// API also from pages of the origins in the settings.
///
/// Browsers send the origin of a request in `Sec-Fetch-Site` or `Origin`, and no page can forge these. A Bearer token
/// is never added by the browser itself, unlike `Authorization: Basic` after its user has typed a password. So a
/// request with a Bearer token is allowed, and is authenticated by it alone: the cookies that the browser added are
/// ignored.
pub async fn same_site(State(site): State<Arc<Site>>, mut request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let for_friends = cors::is_api(request.uri().path());
    if reads || is_ours(&site, request.headers(), for_friends) {
        return next.run(request).await;
    }
    if shows_token(request.headers()) {
        request.headers_mut().remove(header::COOKIE);
        return next.run(request).await;
    }
    metrics::counter!("http_requests_cross_site_total").increment(1);
    Problem::new(
        StatusCode::FORBIDDEN,
        "AUTH003",
        "This request came from another site and was refused; please use the shop's own pages",
    )
    .into_response()
}

/// `for_friends`: whether the origins in the settings are allowed too.
fn is_ours(site: &Site, headers: &HeaderMap, for_friends: bool) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    // With this header no further check is needed, except when a proxy in front changes the host's name.
    if matches!(text(SEC_FETCH_SITE), Some("same-origin" | "none")) {
        return true;
    }
    match text(header::ORIGIN) {
        Some(origin) => plain(origin).is_some_and(|from| {
            plain(&site.public_url).is_some_and(|ours| ours == from)
                || is_host(&from, text(header::HOST))
                || (for_friends && site.allowed_origins.contains(&from))
        }),
        None => !headers.contains_key(SEC_FETCH_SITE),
    }
}

/// Whether an origin is the requested host: the browser sends both, and a page can choose neither. The scheme is not
/// compared, because only the TLS proxy in front of the shop knows it.
fn is_host(origin: &str, host: Option<&str>) -> bool {
    let scheme = if origin.starts_with("https:") { "https" } else { "http" };
    let asked = host.and_then(|host| plain(&format!("{scheme}://{host}")));
    asked.is_some_and(|asked| asked == origin)
}

/// An origin in a normal form: the host in lower case, without the scheme's default port. `None` for `null` and for
/// anything but scheme, host and port.
pub(super) fn plain(origin: &str) -> Option<String> {
    let url = Url::parse(origin).ok()?;
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    (matches!(url.scheme(), "http" | "https") && bare).then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::test_site::site;

    #[test]
    fn only_ones_own_pages_and_no_browser_at_all_may_change_anything() {
        let site = Site {
            public_url: "https://shop.example".to_owned(),
            ..site()
        };
        for (sent, ours) in [
            (vec![], true),
            (vec![("sec-fetch-site", "same-origin")], true),
            (vec![("sec-fetch-site", "none")], true),
            (
                vec![("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
                false,
            ),
            (
                vec![("sec-fetch-site", "same-site"), ("origin", "https://evil.shop.example")],
                false,
            ),
            (vec![("sec-fetch-site", "cross-site")], false),
            (vec![("origin", "https://shop.example")], true),
            (
                vec![("origin", "http://localhost:8080"), ("host", "localhost:8080")],
                true,
            ),
            (
                vec![("origin", "https://evil.example"), ("host", "shop.example")],
                false,
            ),
            (vec![("origin", "null"), ("host", "shop.example")], false),
            (vec![("origin", "https://shop.example:443")], true),
            (vec![("origin", "https://SHOP.example")], true),
            (vec![("origin", "https://shop.example:8443")], false),
            (vec![("origin", "http://shop.example")], false),
            (
                vec![("origin", "https://own.example"), ("host", "OWN.example:443")],
                true,
            ),
            (vec![("origin", "http://own.example:80"), ("host", "own.example")], true),
            (
                vec![("origin", "http://own.example"), ("host", "own.example:443")],
                false,
            ),
            (
                vec![("origin", "https://own.example"), ("host", "own.example/path")],
                false,
            ),
            (vec![("origin", "https://shop.example@evil.example")], false),
            (vec![("origin", "https://shop.example/page")], false),
            (
                vec![
                    ("origin", "https://shop.example.evil.example"),
                    ("host", "shop.example"),
                ],
                false,
            ),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in &sent {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            assert_eq!(is_ours(&site, &headers, true), ours, "{sent:?}");
        }
    }

    #[test]
    fn the_api_takes_changes_from_origins_that_are_named_and_the_pages_do_not() {
        let site = Site {
            allowed_origins: vec!["https://front.example".to_owned()],
            ..site()
        };
        for (origin, named) in [
            ("https://front.example", true),
            ("https://front.example:443", true),
            ("http://front.example", false),
            ("https://evil.example", false),
        ] {
            let headers = HeaderMap::from_iter([
                (header::ORIGIN, HeaderValue::from_static(origin)),
                (SEC_FETCH_SITE, HeaderValue::from_static("cross-site")),
            ]);
            assert_eq!(is_ours(&site, &headers, true), named, "{origin}");
            assert!(!is_ours(&site, &headers, false), "{origin}");
        }
    }
}
