//! The `Host` header: exactly one, well-formed, or the request is refused (RFC 9112, 3.2).

use axum::extract::Request;
use axum::http::{Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// Whether `request` names its host. HTTP/1.0 need not.
pub(crate) fn is_valid(request: &Request) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) => is_host(host.as_bytes()),
        (None, None) => request.version() < Version::HTTP_11,
        _ => false,
    }
}

/// Whether this can be a host name or address, with or without a port.
fn is_host(host: &[u8]) -> bool {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+;=:[]".contains(byte);
    !host.is_empty() && host.iter().all(fits)
}

/// Refuses requests without a valid `Host`.
pub async fn required(request: Request, next: Next) -> Response {
    if is_valid(&request) {
        next.run(request).await
    } else {
        Problem::no_host().into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn one_host_is_needed_and_one_is_enough() {
        for (version, hosts, valid) in [
            (Version::HTTP_11, &["shop.example"][..], true),
            (Version::HTTP_11, &["shop.example:8080"], true),
            (Version::HTTP_11, &["[2001:db8::1]:80"], true),
            (Version::HTTP_11, &[], false),
            (Version::HTTP_11, &[""], false),
            (Version::HTTP_11, &["shop.example", "shop.example"], false),
            (Version::HTTP_11, &["shop.example, other.example"], false),
            (Version::HTTP_11, &["shop.example/path"], false),
            (Version::HTTP_11, &["me@shop.example"], false),
            (Version::HTTP_10, &[], true),
            (Version::HTTP_10, &["shop.example", "other.example"], false),
        ] {
            let request = Request::builder().version(version);
            let request = hosts
                .iter()
                .fold(request, |request, host| request.header("host", *host));
            assert_eq!(
                is_valid(&request.body(Body::empty()).unwrap()),
                valid,
                "{version:?} {hosts:?}"
            );
        }
    }
}
