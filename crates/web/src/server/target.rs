//! The request target: an absolute form is converted to an origin form and a `Host`, which the routes expect.

use axum::extract::Request;
use axum::http::{HeaderValue, Uri, header};

/// The authority of an absolute target takes precedence over `Host` (RFC 9112, 3.2.2). A target with a user, or with
/// another scheme than HTTP's, leaves no `Host`, and such a request is refused like any without one.
pub(super) fn settle(request: &mut Request) {
    let uri = request.uri();
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return;
    };
    let is_http = matches!(scheme, "http" | "https") && !authority.as_str().contains('@');
    let host = is_http
        .then(|| HeaderValue::from_str(authority.as_str()).ok())
        .flatten();
    let path = uri.path_and_query().cloned();
    match host {
        Some(host) => request.headers_mut().insert(header::HOST, host),
        None => request.headers_mut().remove(header::HOST),
    };
    if let Some(path) = path {
        *request.uri_mut() = Uri::from(path);
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn the_authority_of_an_absolute_target_is_the_host() {
        for (target, said, path, host) in [
            ("/a?b", "other.example", "/a?b", Some("other.example")),
            (
                "http://shop.example:81/a?b",
                "other.example",
                "/a?b",
                Some("shop.example:81"),
            ),
            ("http://shop.example", "other.example", "/", Some("shop.example")),
            ("https://me@shop.example/a", "other.example", "/a", None),
            ("ftp://shop.example/a", "other.example", "/a", None),
            ("*", "other.example", "*", Some("other.example")),
        ] {
            let request = Request::builder().uri(target).header(header::HOST, said);
            let mut request = request.body(Body::empty()).unwrap();
            settle(&mut request);
            assert_eq!(request.uri().to_string(), path, "{target}");
            let hosts: Vec<_> = request.headers().get_all(header::HOST).iter().collect();
            assert_eq!(hosts, host.into_iter().collect::<Vec<_>>(), "{target}");
        }
    }
}
