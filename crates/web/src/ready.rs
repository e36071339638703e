//! Values that are kept ready to send, as HTTP: encoding, ETag and `304 Not Modified`.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use services::Rendered;

/// The media type of the API.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The media type of the pages.
pub(crate) const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// How a body is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
    Brotli,
}

/// Sends what is ready in the coding that the caller likes best, or tells it that what it has is still true.
pub(crate) fn send(rendered: &Rendered, media: HeaderValue, asked: &HeaderMap) -> Response {
    let mut response = if holds(asked, &rendered.etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let (packed, coding) = match negotiate(asked) {
            Coding::Brotli => (rendered.brotli.as_ref(), "br"),
            Coding::Gzip => (rendered.gzip.as_ref(), "gzip"),
            Coding::Identity => (None, ""),
        };
        // What would not get smaller is sent as it is, and says so by saying nothing.
        let (bytes, coding) = packed.map_or((&rendered.identity, None), |packed| (packed, Some(coding)));
        let mut response = Response::new(Body::from(bytes.clone()));
        response.headers_mut().insert(header::CONTENT_TYPE, media);
        if let Some(coding) = coding {
            response
                .headers_mut()
                .insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
    if let Ok(etag) = HeaderValue::from_str(&rendered.etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}

/// Sends what was made for this request alone, and is kept nowhere.
pub(crate) fn send_once(status: StatusCode, text: String, media: HeaderValue) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, text).into_response()
}

/// Sends what is about a person: nobody but that person may keep it, and nothing in between. `retry_after` is in seconds.
pub(crate) fn send_privately(
    status: StatusCode,
    text: String,
    media: HeaderValue,
    retry_after: Option<u64>,
) -> Response {
    let mut response = send_once(status, text, media);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Sends the caller on to another address of this shop, to be read from there.
pub(crate) fn go_on(address: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if let Ok(address) = HeaderValue::from_str(address) {
        headers.insert(header::LOCATION, address);
    }
    response
}

/// Whether the caller already holds the value of this ETag (weak comparison, RFC 9110 section 13.1.2).
fn holds(asked: &HeaderMap, etag: &str) -> bool {
    let ours = opaque(etag);
    texts(asked, &header::IF_NONE_MATCH).any(|list| list.trim() == "*" || tags(list).any(|theirs| theirs == ours))
}

/// The quoted parts of a list of ETags; a comma may stand inside the quotes.
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

/// The coding with the highest weight; among equals the smallest. An absent header asks for no coding at all.
fn negotiate(asked: &HeaderMap) -> Coding {
    let (mut brotli, mut gzip, mut identity, mut any) = (None, None, None, None);
    for entry in texts(asked, &header::ACCEPT_ENCODING).flat_map(|list| list.split(',')) {
        let mut parts = entry.split(';');
        let name = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let Some(weight) = weight(parts) else { continue };
        match name.as_str() {
            "br" => brotli = Some(weight),
            "gzip" | "x-gzip" => gzip = Some(weight),
            "identity" => identity = Some(weight),
            "*" => any = Some(weight),
            _ => {}
        }
    }
    // What nobody spoke of is refused, except the plain bytes: those are the last resort.
    let choices = [
        (identity.or(any).unwrap_or(1), Coding::Identity),
        (gzip.or(any).unwrap_or(0), Coding::Gzip),
        (brotli.or(any).unwrap_or(0), Coding::Brotli),
    ];
    let best = choices
        .into_iter()
        .filter(|(weight, _)| *weight > 0)
        .max_by_key(|(weight, _)| *weight);
    best.map_or(Coding::Identity, |(_, coding)| coding)
}

/// The `q` of an entry in thousandths; `None` when it is not a weight, so that the entry says nothing.
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
    use bytes::Bytes;

    use super::*;

    fn asking(name: HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[test]
    fn the_heaviest_coding_wins_and_the_smallest_among_equals() {
        for (accept, coding) in [
            ("gzip, deflate, br, zstd", Coding::Brotli),
            ("gzip", Coding::Gzip),
            ("x-gzip", Coding::Gzip),
            ("GZIP;Q=0.5, br;q=0.4", Coding::Gzip),
            ("br;q=0, gzip", Coding::Gzip),
            ("*", Coding::Brotli),
            ("br;q=0, *", Coding::Gzip),
            ("*;q=0, gzip;q=0.001", Coding::Gzip),
            ("identity, br;q=0.9", Coding::Identity),
            ("identity;q=0.5, gzip;q=0.8", Coding::Gzip),
            ("identity;q=0", Coding::Identity),
            ("*;q=0", Coding::Identity),
            ("br;q=nonsense", Coding::Identity),
            ("br;q=1.001", Coding::Identity),
            ("br;q=0.0001", Coding::Identity),
            ("deflate, zstd", Coding::Identity),
            ("", Coding::Identity),
        ] {
            assert_eq!(negotiate(&asking(header::ACCEPT_ENCODING, accept)), coding, "{accept}");
        }
        assert_eq!(negotiate(&HeaderMap::new()), Coding::Identity);
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
        let rendered = Rendered {
            identity: Bytes::from_static(b"plain"),
            gzip: None,
            brotli: Some(Bytes::from_static(b"small")),
            etag: "W/\"abc\"".to_owned(),
        };
        let answer = send(&rendered, JSON, &asking(header::ACCEPT_ENCODING, "br"));
        assert_eq!(answer.headers()[header::CONTENT_ENCODING], "br");
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-cache");
        assert_eq!(answer.headers()[header::VARY], "Accept-Encoding");
        assert_eq!(answer.headers()[header::ETAG], "W/\"abc\"");
        let answer = send(&rendered, JSON, &asking(header::ACCEPT_ENCODING, "gzip"));
        assert!(
            !answer.headers().contains_key(header::CONTENT_ENCODING),
            "plain bytes never claim to be gzip"
        );
        let answer = send(&rendered, JSON, &asking(header::IF_NONE_MATCH, "\"abc\""));
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(answer.headers()[header::ETAG], "W/\"abc\"");
        assert!(!answer.headers().contains_key(header::CONTENT_TYPE));
    }
}
