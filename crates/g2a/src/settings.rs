//! Where the supplier is, who we are to it, and how long to wait.

use std::time::Duration;

use url::Url;

use crate::{Credentials, Error};

/// How the list of products is opened. Orders always take the hash header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProductsAuth {
    /// The hash header, as for everything else.
    #[default]
    Header,
    /// A token from `POST /oauth/token`, renewed before it ends.
    Token,
}

/// Where the supplier is and how long to wait for it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `http` or `https`, ends in `/v1`.
    pub base_url: Url,
    /// Who we are.
    pub credentials: Credentials,
    /// How the list of products is opened.
    pub products_auth: ProductsAuth,
    /// For the connection alone.
    pub connect_timeout: Duration,
    /// For one try of a call that may be repeated, from beginning to end.
    pub total_timeout: Duration,
    /// For a call that spends, from the moment at which it is sent. With a `send_before` it is over at the latest so long
    /// after that; the wait for a permit comes before.
    pub spending_timeout: Duration,
    /// A larger answer is [`Error::TooLarge`].
    pub max_body_bytes: usize,
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
        }
    }

    /// The address that everything stands below: the base without its `/v1`.
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
