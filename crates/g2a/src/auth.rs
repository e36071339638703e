//! The shop's credentials at the supplier, and the header computed from them.

use std::fmt;

use reqwest::header::HeaderValue;
use sha2::{Digest, Sha256};

use crate::Error;

/// The credentials that the supplier issued. `Debug` shows only the client id.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The public half, sent in every call.
    pub client_id: String,
    /// The e-mail address of the account; part of the hash.
    pub email: String,
    /// The secret half; only its hash leaves this process, except in the call that requests a token.
    pub client_secret: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("client_id", &self.client_id)
            .field("email", &"…")
            .field("client_secret", &"…")
            .finish()
    }
}

impl Credentials {
    /// The lower-case hex SHA-256 of client id, e-mail and secret, joined without anything between.
    fn api_key(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(&self.client_id);
        hash.update(&self.email);
        hash.update(&self.client_secret);
        hex::encode(hash.finalize())
    }

    /// The value of `Authorization`, marked sensitive: it never expires, and gives full access to the wallet.
    pub(crate) fn header(&self) -> Result<HeaderValue, Error> {
        let mut value = HeaderValue::from_str(&format!("{}, {}", self.client_id, self.api_key()))
            .map_err(|_| Error::config("the client id holds characters that no header can carry"))?;
        value.set_sensitive(true);
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published() -> Credentials {
        Credentials {
            client_id: "games-games-games".into(),
            email: "test123@integration-api.g2a".into(),
            client_secret: "quite-nice-secret".into(),
        }
    }

    #[test]
    fn the_published_vector_holds() {
        let header = published().header().unwrap();
        assert_eq!(
            header.to_str().unwrap(),
            "games-games-games, 5feaefae655d6d2dcfb27f22e700495aa90e255fc0ad93bc22dfc0ed770fae21"
        );
        assert!(header.is_sensitive());
    }

    #[test]
    fn debug_tells_no_secret() {
        let shown = format!("{:?} {:?}", published(), published().header().unwrap());
        assert!(!shown.contains("quite-nice-secret") && !shown.contains("5feaefae") && !shown.contains("test123"));
    }

    #[test]
    fn a_client_id_that_breaks_the_header_is_refused() {
        let credentials = Credentials {
            client_id: "a\r\nX-Evil: 1".into(),
            ..published()
        };
        assert!(matches!(credentials.header(), Err(Error::Config { .. })));
    }
}
