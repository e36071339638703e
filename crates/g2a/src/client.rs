//! The client itself: one call, one permit, one bounded answer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::BytesMut;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::redirect;
use url::Url;

use crate::products::is_product_id;
use crate::wire::{WireError, read_page};
use crate::{Code, Credentials, Error, Lane, MAX_PAGE, Pace, Product, ProductQuery, ProductsPage, retry};

/// Where the supplier is and how long to wait for it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `http` or `https`, ends in `/v1`.
    pub base_url: Url,
    /// Who we are.
    pub credentials: Credentials,
    /// For the connection alone.
    pub connect_timeout: Duration,
    /// For one try from beginning to end.
    pub total_timeout: Duration,
    /// A larger answer is [`Error::TooLarge`].
    pub max_body_bytes: usize,
}

impl Settings {
    /// Two seconds to connect, fifteen for an answer of at most 4 MiB (a full page is below 200 KiB).
    #[must_use]
    pub fn new(base_url: Url, credentials: Credentials) -> Settings {
        Settings {
            base_url,
            credentials,
            connect_timeout: Duration::from_secs(2),
            total_timeout: Duration::from_secs(15),
            max_body_bytes: 4 * 1024 * 1024,
        }
    }
}

/// A client of the supplier; cheap to clone, all clones share connections and pace.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    products: Url,
    authorization: HeaderValue,
    max_body_bytes: usize,
    pace: Arc<dyn Pace>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("products", &self.inner.products.as_str())
            .field("pace", &self.inner.pace)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Makes a client; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Config`] for a base URL or a client id that cannot work.
    pub fn new(settings: Settings, pace: Arc<dyn Pace>) -> Result<Client, Error> {
        let Settings {
            base_url,
            credentials,
            connect_timeout,
            total_timeout,
            max_body_bytes,
        } = settings;
        let products = products_url(&base_url)?;
        // Whoever comes second finds it installed already, and that is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .connect_timeout(connect_timeout)
            .timeout(total_timeout)
            // The header must not travel to a host that a redirect or the environment chose.
            .redirect(redirect::Policy::none())
            .no_proxy()
            .user_agent(concat!("latchkey-g2a/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Error::config(format!("no HTTP client: {error}")))?;
        let authorization = credentials.header()?;
        Ok(Client {
            inner: Arc::new(Inner {
                http,
                products,
                authorization,
                max_body_bytes,
                pace,
            }),
        })
    }

    /// One page of the list, `GET /products`; tried up to four times.
    ///
    /// # Errors
    /// [`Error::Config`] for a page outside 1 to 500, which the supplier would refuse; else what the last try met.
    pub async fn products(&self, query: &ProductQuery, lane: Lane) -> Result<ProductsPage, Error> {
        if !(1..=MAX_PAGE).contains(&query.page) {
            return Err(Error::config(format!(
                "page {} is not within 1 and {MAX_PAGE}",
                query.page
            )));
        }
        let mut url = self.inner.products.clone();
        url.query_pairs_mut().extend_pairs(query.pairs());
        retry::safely(|| self.page(&url, lane)).await
    }

    /// One product, in stock or not; `None` if the supplier has no such id. Tried up to four times.
    ///
    /// # Errors
    /// [`Error::Config`] for an id that is not 1 to 32 digits, [`Error::Malformed`] for a product that cannot be used.
    pub async fn product(&self, id: &str, lane: Lane) -> Result<Option<Product>, Error> {
        if !is_product_id(id) {
            return Err(Error::config("a product id has 1 to 32 digits"));
        }
        let query = ProductQuery {
            id: Some(id.to_owned()),
            include_out_of_stock: true,
            ..ProductQuery::default()
        };
        let page = self.products(&query, lane).await?;
        match page.products.into_iter().next() {
            None => Ok(None),
            Some(Ok(product)) if product.id == id => Ok(Some(product)),
            Some(Ok(_)) => Err(Error::malformed("another product than the one asked for")),
            Some(Err(bad)) => Err(Error::malformed(&bad.reason)),
        }
    }

    async fn page(&self, url: &Url, lane: Lane) -> Result<ProductsPage, Error> {
        self.inner.pace.permit(lane).await;
        let request = self
            .inner
            .http
            .get(url.clone())
            .header(AUTHORIZATION, self.inner.authorization.clone());
        let response = request.send().await.map_err(transport)?;
        let status = response.status();
        let retry_after = retry_after(response.headers());
        let body = match whole_body(response, self.inner.max_body_bytes).await {
            Ok(body) => body,
            // The status alone tells what is wrong, whatever became of the words that were to explain it.
            Err(_) if !status.is_success() => {
                return Err(Error::Status {
                    status: status.as_u16(),
                    retry_after,
                });
            }
            Err(error) => return Err(error),
        };
        if let Some((code, message)) = WireError::read(&body) {
            return Err(Error::Refused {
                code: Code::from(code.as_str()),
                status: status.as_u16(),
                message,
                retry_after,
            });
        }
        if !status.is_success() {
            return Err(Error::Status {
                status: status.as_u16(),
                retry_after,
            });
        }
        read_page(&body)
    }
}

fn products_url(base: &Url) -> Result<Url, Error> {
    if !matches!(base.scheme(), "http" | "https") || base.host_str().is_none_or(str::is_empty) {
        return Err(Error::config("the address must start with http:// or https://"));
    }
    if base.query().is_some() || base.fragment().is_some() || !base.username().is_empty() || base.password().is_some() {
        return Err(Error::config("the address must hold no query, fragment or user"));
    }
    let path = base.path().trim_end_matches('/');
    if !path.ends_with("/v1") {
        return Err(Error::config("the address must end in /v1"));
    }
    let mut url = base.clone();
    url.set_path(&format!("{path}/products"));
    Ok(url)
}

/// Reads piece by piece, so that a body without end costs no more memory than the limit.
async fn whole_body(mut response: reqwest::Response, limit: usize) -> Result<BytesMut, Error> {
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).map_or(true, |length| length > limit) {
        return Err(Error::TooLarge);
    }
    let mut body = BytesMut::new();
    while let Some(piece) = response.chunk().await.map_err(transport)? {
        if body.len() + piece.len() > limit {
            return Err(Error::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// The chain of causes in words, without the URL: its query is nobody's business in a log.
fn transport(error: reqwest::Error) -> Error {
    if error.is_timeout() {
        return Error::Timeout;
    }
    let error = error.without_url();
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        words.push_str(": ");
        words.push_str(&inner.to_string());
        cause = inner.source();
    }
    Error::Connection(crate::error::bounded(&words))
}

/// Whole seconds only. The other form, a date, was never seen and would hang on two clocks agreeing.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
