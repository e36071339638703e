//! Cached values as HTTP responses: conditional requests (ETag and `304 Not Modified`) and content coding.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use services::view::{CacheEntry, Rendered};

/// The media type of the API.
pub const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The media type of the pages.
pub const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// A response that may be cached, with its headers: what the response cache needs to send it again.
#[derive(Clone)]
pub struct Cacheable {
    pub(crate) entry: CacheEntry,
    /// Headers that are the same for each coding.
    pub(crate) headers: HeaderMap,
}

/// Sends a cached value that is the same for every caller at this address: in the coding that the caller prefers, or as
/// `304 Not Modified`.
pub fn send(entry: &CacheEntry, media: HeaderValue, request_headers: &HeaderMap) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, media);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Ok(etag) = HeaderValue::from_str(&entry.etag) {
        headers.insert(header::ETAG, etag);
    }
    let mut response = write(entry, headers.clone(), request_headers);
    if entry.is_cacheable() {
        let entry = entry.clone();
        response.extensions_mut().insert(Cacheable { entry, headers });
    }
    response
}

/// The response for `rendered` with `headers`, which are the same for each coding.
pub(crate) fn write(rendered: &Rendered, mut headers: HeaderMap, request_headers: &HeaderMap) -> Response {
    let mut response = Response::new(Body::empty());
    if holds(request_headers, &rendered.etag) {
        headers.remove(header::CONTENT_TYPE);
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    } else {
        let (bytes, coding) = negotiate(request_headers, rendered);
        if let Some(coding) = coding {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        *response.body_mut() = Body::from(bytes.clone());
    }
    *response.headers_mut() = headers;
    response
}

/// Sends a text that was rendered for this request and must not be cached.
pub fn send_once(status: StatusCode, text: String, media: HeaderValue) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, text).into_response()
}

/// Sends a personal text: `private, no-store`. `retry_after` is in seconds.
pub fn send_privately(status: StatusCode, text: String, media: HeaderValue, retry_after: Option<u64>) -> Response {
    let mut response = send_once(status, text, media);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Redirects to another address of this shop (303).
pub fn go_on(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if let Ok(address) = HeaderValue::from_str(address) {
        headers.insert(header::LOCATION, address);
    }
    response
}

/// Says that a page moved to another address of this shop (301); it may move back, so the answer is not kept unasked.
pub fn moved_to(address: &str) -> Response {
    let mut response = StatusCode::MOVED_PERMANENTLY.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(address) = HeaderValue::from_str(address) {
        headers.insert(header::LOCATION, address);
    }
    response
}

/// Whether the caller has the value with this ETag (weak comparison, RFC 9110 section 13.1.2).
pub fn holds(request_headers: &HeaderMap, etag: &str) -> bool {
    let ours = opaque(etag);
    texts(request_headers, &header::IF_NONE_MATCH)
        .any(|list| list.trim() == "*" || tags(list).any(|theirs| theirs == ours))
}

/// The quoted parts of a list of ETags; a comma may be inside the quotes.
fn tags(list: &str) -> impl Iterator<Item = &str> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let (_, from) = rest.split_once('"')?;
        let (tag, after) = from.split_once('"')?;
        rest = after;
        Some(tag)
    })
}

fn opaque(etag: &str) -> &str {
    etag.trim_start_matches("W/").trim_matches('"')
}

/// The available coding with the highest weight; among equals the smallest. Without the header no coding is used.
fn negotiate<'r>(request_headers: &HeaderMap, rendered: &'r Rendered) -> (&'r Bytes, Option<&'static str>) {
    let (mut brotli, mut gzip, mut identity, mut any) = (None, None, None, None);
    for entry in texts(request_headers, &header::ACCEPT_ENCODING).flat_map(|list| list.split(',')) {
        let mut parts = entry.split(';');
        let name = parts.next().unwrap_or_default().trim();
        let Some(weight) = weight(parts) else { continue };
        let is = |known: &str| name.eq_ignore_ascii_case(known);
        if is("br") {
            brotli = Some(weight);
        } else if is("gzip") || is("x-gzip") {
            gzip = Some(weight);
        } else if is("identity") {
            identity = Some(weight);
        } else if is("*") {
            any = Some(weight);
        }
    }
    // What nobody spoke of is refused, except the plain bytes: those are the last resort.
    let identity = identity.or(any).unwrap_or(1);
    let [gzip, brotli] = [gzip, brotli].map(|weight| weight.or(any).unwrap_or(0));
    // Gzip is looked at when it would be the best: it may be made by that.
    if let Some(bytes) = &rendered.brotli
        && brotli > 0
        && brotli >= gzip.max(identity)
    {
        return (bytes, Some("br"));
    }
    if gzip > 0
        && gzip >= identity
        && let Some(bytes) = rendered.gzip()
    {
        return (bytes, Some("gzip"));
    }
    match &rendered.brotli {
        Some(bytes) if brotli > 0 && brotli >= identity => (bytes, Some("br")),
        _ => (&rendered.identity, None),
    }
}

/// The `q` of an entry in thousandths; `None` when it is not a valid weight, so that the entry is ignored.
fn weight<'a>(parameters: impl Iterator<Item = &'a str>) -> Option<u16> {
    let mut found = 1_000;
    for parameter in parameters {
        let (name, value) = parameter.split_once('=')?;
        if name.trim().eq_ignore_ascii_case("q") {
            let (whole, fraction) = value.trim().split_once('.').unwrap_or((value.trim(), ""));
            if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            let thousandths: u16 = format!("{fraction:0<3}").parse().ok()?;
            found = whole.parse::<u16>().ok().filter(|w| *w <= 1)? * 1_000 + thousandths;
        }
    }
    (found <= 1_000).then_some(found)
}

fn texts<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    /// A value in each coding.
    fn packed() -> Rendered {
        tagged("a game, a price, a cover. ".repeat(400))
    }

    fn tagged(text: String) -> Rendered {
        let mut rendered = Rendered::new(text, true);
        "W/\"abc\"".clone_into(&mut rendered.etag);
        rendered
    }

    #[test]
    fn the_heaviest_coding_wins_and_the_smallest_among_equals() {
        let mut rendered = packed();
        for (accept, coding) in [
            ("gzip, deflate, br, zstd", Some("br")),
            ("gzip", Some("gzip")),
            ("x-gzip", Some("gzip")),
            ("GZIP;Q=0.5, br;q=0.4", Some("gzip")),
            ("br;q=0, gzip", Some("gzip")),
            ("*", Some("br")),
            ("br;q=0, *", Some("gzip")),
            ("*;q=0, gzip;q=0.001", Some("gzip")),
            ("identity, br;q=0.9", None),
            ("identity;q=0.5, gzip;q=0.8", Some("gzip")),
            ("identity;q=0", None),
            ("*;q=0", None),
            ("br;q=nonsense", None),
            ("br;q=1.001", None),
            ("br;q=0.0001", None),
            ("deflate, zstd", None),
            ("", None),
        ] {
            let (_, chosen) = negotiate(&asking(header::ACCEPT_ENCODING, accept), &rendered);
            assert_eq!(chosen, coding, "{accept}");
        }
        assert_eq!(negotiate(&HeaderMap::new(), &rendered).1, None);
        rendered.brotli = None;
        let (_, chosen) = negotiate(&asking(header::ACCEPT_ENCODING, "gzip, br"), &rendered);
        assert_eq!(chosen, Some("gzip"), "the second best, where the best was not made");
    }

    #[test]
    fn an_etag_is_found_in_any_list() {
        for (list, found) in [
            ("W/\"abc\"", true),
            ("\"abc\"", true),
            ("\"x\", W/\"abc\"", true),
            ("\"x,y\",\"abc\"", true),
            ("*", true),
            (" * ", true),
            ("\"abcd\"", false),
            ("abc", false),
            ("\"x, abc\"", false),
            ("", false),
        ] {
            assert_eq!(
                holds(&asking(header::IF_NONE_MATCH, list), "W/\"abc\""),
                found,
                "{list}"
            );
        }
    }

    #[test]
    fn what_is_ready_is_sent_as_prepared() {
        let rendered = tagged("plain".to_owned());
        let write = |name, value| {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, JSON), (header::VARY, HTML)]);
            super::write(&rendered, headers, &asking(name, value))
        };
        let answer = super::write(
            &packed(),
            HeaderMap::from_iter([(header::CONTENT_TYPE, JSON)]),
            &asking(header::ACCEPT_ENCODING, "br"),
        );
        assert_eq!(answer.headers()[header::CONTENT_ENCODING], "br");
        assert_eq!(answer.headers()[header::CONTENT_TYPE], JSON);
        let answer = write(header::ACCEPT_ENCODING, "gzip");
        assert!(
            !answer.headers().contains_key(header::CONTENT_ENCODING),
            "plain bytes never claim to be gzip"
        );
        let answer = write(header::IF_NONE_MATCH, "\"abc\"");
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
        assert!(answer.headers().contains_key(header::VARY));
        assert!(!answer.headers().contains_key(header::CONTENT_TYPE));
    }
}
