//! The supplier's address, the shop's credentials, and time limits.

use std::time::Duration;

use url::Url;

use crate::{Credentials, Error, Observer};

/// How requests for the list of products are authenticated. Orders always use the hash header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProductsAuth {
    /// By the hash header, like all other calls.
    #[default]
    Header,
    /// By a token from `POST /oauth/token`, renewed before it expires.
    Token,
}

/// The settings of a client.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `http` or `https`, ends in `/v1`.
    pub base_url: Url,
    /// The shop's credentials.
    pub credentials: Credentials,
    /// How requests for the list of products are authenticated.
    pub products_auth: ProductsAuth,
    /// For connecting only.
    pub connect_timeout: Duration,
    /// For one attempt of a call that may be repeated, from beginning to end.
    pub total_timeout: Duration,
    /// For a call that spends, from the moment of sending; the wait for a permit comes before.
    pub spending_timeout: Duration,
    /// A larger answer is [`Error::TooLarge`].
    pub max_body_bytes: usize,
    /// Is told of each request.
    pub observer: Option<Observer>,
}

impl Settings {
    /// Two seconds to connect, fifteen for an answer (eight where it is about money) of at most 4 MiB (a full page is
    /// below 200 KiB).
    #[must_use]
    pub fn new(base_url: Url, credentials: Credentials) -> Settings {
        Settings {
            base_url,
            credentials,
            products_auth: ProductsAuth::default(),
            connect_timeout: Duration::from_secs(2),
            total_timeout: Duration::from_secs(15),
            spending_timeout: Duration::from_secs(8),
            max_body_bytes: 4 * 1024 * 1024,
            observer: None,
        }
    }

    /// The address without `/v1`.
    pub(crate) fn root(&self) -> Result<Url, Error> {
        let base = &self.base_url;
        if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none_or(str::is_empty) {
            return Err(Error::config("the address must start with http:// or https://"));
        }
        if base.query().is_some()
            || base.fragment().is_some()
            || !base.username().is_empty()
            || base.password().is_some()
        {
            return Err(Error::config("the address must hold no query, fragment or user"));
        }
        let Some(path) = base.path().trim_end_matches('/').strip_suffix("/v1") else {
            return Err(Error::config("the address must end in /v1"));
        };
        let mut root = base.clone();
        root.set_path(path);
        Ok(root)
    }
}
