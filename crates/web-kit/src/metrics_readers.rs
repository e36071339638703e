//! Who may read `/metrics` at the shop's own address.

use axum::http::{Extensions, HeaderMap};
use subtle::ConstantTimeEq as _;

use crate::caller::bearer;
use crate::network::{FORWARDED_FOR, peer};

/// Who may read `/metrics` at the shop's own address; all others get 404.
#[derive(Clone)]
pub enum MetricsReaders {
    /// Callers from this machine, not through a proxy.
    Loopback,
    /// Callers with this Bearer token.
    Token(String),
    /// Nobody: the metrics have an address of their own.
    Nobody,
}

impl MetricsReaders {
    /// Whether a request may read them.
    pub fn admit(&self, extensions: &Extensions, headers: &HeaderMap) -> bool {
        match self {
            Self::Loopback => {
                peer(extensions).is_some_and(|peer| peer.is_loopback()) && !headers.contains_key(FORWARDED_FOR)
            }
            // Compared in constant time, so that the response time does not tell how much of a guess is right.
            Self::Token(token) => bearer(headers).is_some_and(|shown| shown.as_bytes().ct_eq(token.as_bytes()).into()),
            Self::Nobody => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use axum::extract::ConnectInfo;
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn admits(readers: &MetricsReaders, peer: Option<&str>, header: Option<(HeaderName, &'static str)>) -> bool {
        let mut extensions = Extensions::new();
        if let Some(peer) = peer {
            extensions.insert(ConnectInfo::<SocketAddr>(peer.parse().unwrap()));
        }
        let headers = header.map(|(name, value)| (name, HeaderValue::from_static(value)));
        readers.admit(&extensions, &headers.into_iter().collect())
    }

    #[test]
    fn without_a_setting_only_this_machine_reads_them() {
        let admits = |peer, header| admits(&MetricsReaders::Loopback, peer, header);
        assert!(admits(Some("127.0.0.1:9"), None) && admits(Some("[::1]:9"), None));
        assert!(admits(Some("[::ffff:127.0.0.1]:9"), None));
        assert!(!admits(Some("192.0.2.1:9"), None) && !admits(None, None));
        for value in ["192.0.2.1", "127.0.0.1", ""] {
            assert!(!admits(Some("127.0.0.1:9"), Some((FORWARDED_FOR, value))), "{value}");
        }
    }

    #[test]
    fn a_token_opens_them_from_everywhere_and_nothing_else_does() {
        let readers = MetricsReaders::Token("a-token".to_owned());
        let shows = |value| Some((axum::http::header::AUTHORIZATION, value));
        assert!(admits(&readers, Some("192.0.2.1:9"), shows("Bearer a-token")));
        for value in [
            "Bearer a-toke",
            "Bearer a-tokens",
            "Bearer A-token",
            "Basic a-token",
            "Bearer ",
        ] {
            assert!(!admits(&readers, Some("127.0.0.1:9"), shows(value)), "{value}");
        }
        assert!(!admits(&readers, Some("127.0.0.1:9"), None));
        assert!(!admits(&MetricsReaders::Nobody, Some("127.0.0.1:9"), shows("Bearer ")));
    }
}
