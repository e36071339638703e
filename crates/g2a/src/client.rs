//! The client: calls that may be repeated are repeated, calls that spend are sent once.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::redirect;
use tokio::time::Instant;
use url::Url;

use crate::breaker::Breaker;
use crate::call::{LookAtOrder, Wire};
use crate::exchange::{Failed, Road};
use crate::observer::Observer;
use crate::outcome::{Unknown, Unread};
use crate::pace::Turns;
use crate::products::is_product_id;
use crate::token::{Has, TokenCache};
use crate::{
    Code, Credentials, Error, Key, ListedProduct, Listing, Once, Order, OrderDetails, OrderId, Outcome, Pace, PayOrder,
    Payment, Permit, PlaceOrder, Priority, Product, ProductQuery, ProductsPage, Repeatable, TakeKey, retry,
};
use crate::{ProductsAuth, Settings};

/// A client of the supplier; cheap to clone, all clones share connections, rate limit and circuit breaker.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    /// The address without `/v1`.
    pub(crate) root: Url,
    pub(crate) breaker: Breaker,
    pub(crate) turns: Turns,
    pub(crate) max_body_bytes: usize,
    pub(crate) observer: Option<Observer>,
    pub(crate) reading: reqwest::Client,
    /// Opens a connection for each call: the supplier may close an idle one at the moment of sending, and the outcome
    /// would be unknown without need.
    spending: reqwest::Client,
    pub(crate) credentials: Credentials,
    authorization: HeaderValue,
    token: Option<TokenCache>,
    pub(crate) total_timeout: Duration,
    spending_timeout: Duration,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("root", &self.inner.root.as_str())
            .field("pace", &self.inner.turns)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Creates a client; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Config`] for a base URL or a client id that cannot work.
    pub fn new(settings: Settings, pace: Arc<dyn Pace>) -> Result<Client, Error> {
        let root = settings.root()?;
        // A second caller finds it installed already, which is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = || {
            reqwest::Client::builder()
                .connect_timeout(settings.connect_timeout)
                // The header must not be sent to a host that a redirect or the environment chose.
                .redirect(redirect::Policy::none())
                .no_proxy()
                .retry(reqwest::retry::never())
                .user_agent(concat!("latchkey-g2a/", env!("CARGO_PKG_VERSION")))
        };
        let built = |builder: reqwest::ClientBuilder| {
            builder
                .build()
                .map_err(|error| Error::config(format!("no HTTP client: {error}")))
        };
        Ok(Client {
            inner: Arc::new(Inner {
                root,
                breaker: Breaker::default(),
                turns: Turns::new(pace),
                max_body_bytes: settings.max_body_bytes,
                observer: settings.observer,
                reading: built(http())?,
                spending: built(http().http1_only().pool_max_idle_per_host(0))?,
                authorization: settings.credentials.header()?,
                credentials: settings.credentials,
                token: (settings.products_auth == ProductsAuth::Token).then(TokenCache::default),
                total_timeout: settings.total_timeout,
                spending_timeout: settings.spending_timeout,
            }),
        })
    }

    /// Sends a call that changes nothing, up to four times.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] before anything is sent, for what the supplier would refuse; otherwise the last attempt's
    /// error.
    pub async fn ask<C: Repeatable>(&self, call: &C, priority: Priority) -> Result<C::Answer, Error> {
        call.check()?;
        retry::safely(C::NAME, || self.inner.ask_once(call, priority)).await
    }

    /// Sends a call that spends: exactly once, with the priority of orders.
    pub async fn spend<C: Once>(&self, mut call: C) -> Outcome<C::Answer> {
        let inner = &self.inner;
        let road = Road {
            call: C::NAME,
            http: &inner.spending,
            authorization: Some(&inner.authorization),
            priority: Priority::Orders,
            timeout: inner.spending_timeout,
            body_max: inner.max_body_bytes.max(C::BODY_MIN_MAX),
        };
        let permit = call.permit();
        let Failed { error, body } = match inner.exchange(call.request(), road, permit).await {
            Ok(body) => match call.read(&body) {
                Ok(answer) => return Outcome::Done(answer),
                Err(error) => Failed { error, body },
            },
            Err(failed) => failed,
        };
        let certain = match &error {
            Error::Refused { code, .. } => C::had_no_effect(code),
            // Rate-limited: it was not processed.
            Error::Status { status: 429, .. } => true,
            error => error.is_unsent(),
        };
        tracing::debug!(call = C::NAME, %error, certain, "a call that spends was not done");
        if certain {
            return Outcome::Refused(error);
        }
        // An error answer is not a key; anything else may be one in an unknown format.
        let keep = C::KEEPS_UNREAD && !matches!(error, Error::Refused { .. });
        Outcome::Unknown(Unknown {
            unread: keep.then(|| Unread::new(body)).flatten(),
            error,
        })
    }

    /// One page of the list, `GET /products`; up to four attempts.
    ///
    /// # Errors
    /// As [`Client::list`].
    pub async fn products(&self, query: &ProductQuery, priority: Priority) -> Result<ProductsPage, Error> {
        Ok(self.list(query, priority).await?.read())
    }

    /// The same page, with products that are not parsed yet.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] for a page outside 1 to 500, which the supplier would refuse; otherwise the last attempt's
    /// error.
    pub async fn list(&self, query: &ProductQuery, priority: Priority) -> Result<Listing, Error> {
        self.ask(query, priority).await
    }

    /// One product, in stock or not; `None` if the supplier has no such id. Up to four attempts.
    ///
    /// # Errors
    /// As [`Client::list_one`], and [`Error::Malformed`] for a product that cannot be used.
    pub async fn product(&self, id: &str, priority: Priority) -> Result<Option<Product>, Error> {
        let found = self.list_one(id, priority).await?;
        let read = found.map(|listed| listed.read()).transpose();
        read.map_err(|bad| Error::malformed(&bad.reason))
    }

    /// The same product as its JSON, not parsed yet.
    ///
    /// # Errors
    /// [`Error::Config`] for an id that is not 1 to 32 digits, [`Error::Malformed`] for an answer about another product.
    pub async fn list_one(&self, id: &str, priority: Priority) -> Result<Option<ListedProduct>, Error> {
        if !is_product_id(id) {
            return Err(Error::config("a product id has 1 to 32 digits"));
        }
        let query = ProductQuery {
            id: Some(id.to_owned()),
            include_out_of_stock: true,
            ..ProductQuery::default()
        };
        let Some(listed) = self.list(&query, priority).await?.products.into_iter().next() else {
            return Ok(None);
        };
        if listed.id() == Some(id) {
            Ok(Some(listed))
        } else {
            Err(Error::malformed("another product than the one asked for"))
        }
    }

    /// Waits for the permit to make one call that spends, which then goes out with it or not at all.
    ///
    /// # Errors
    /// [`Error::NoPermit`], [`Error::Resting`]; nothing was sent.
    pub async fn permit(&self) -> Result<Permit, Error> {
        self.inner.permit(Priority::Orders).await
    }

    /// Places an order: [`PlaceOrder`].
    pub async fn place_order(&self, order: PlaceOrder) -> Outcome<Order> {
        self.spend(order).await
    }

    /// Pays an order: [`PayOrder`].
    pub async fn pay_order(&self, payment: PayOrder) -> Outcome<Payment> {
        self.spend(payment).await
    }

    /// The current state of an order, `GET /order/details`; up to four attempts.
    ///
    /// # Errors
    ///
    /// The last attempt's error; [`Code::Ord02`] for an order that the supplier does not know.
    pub async fn look_at_order(&self, id: &OrderId) -> Result<OrderDetails, Error> {
        self.ask(&LookAtOrder(id.clone()), Priority::Orders).await
    }

    /// Reads the key of a paid order, once: [`TakeKey`]. While it is refused with [`Code::Ord03`], [`Code::Ord05`] or
    /// [`Code::Ord06`] it is not ready, and another [`TakeKey`] may be sent later.
    pub async fn take_key(&self, key: TakeKey) -> Outcome<Key> {
        self.spend(key).await
    }
}

impl Inner {
    async fn ask_once<C: Wire>(&self, call: &C, priority: Priority) -> Result<C::Answer, Error> {
        let tokens = self.token.as_ref().filter(|_| C::TAKES_TOKEN);
        let Some(tokens) = tokens else {
            return self.asked(call, priority, &self.authorization).await;
        };
        let token = self.bearer(tokens, priority).await?;
        match self.asked(call, priority, &token).await {
            // It expired early, or the supplier was restarted: a new one, once.
            Err(Error::Refused {
                code: Code::Auth01 | Code::Auth02,
                ..
            }) => {
                tokens.forget(&token);
                let token = self.bearer(tokens, priority).await?;
                self.asked(call, priority, &token).await
            }
            answer => answer,
        }
    }

    async fn asked<C: Wire>(
        &self,
        call: &C,
        priority: Priority,
        authorization: &HeaderValue,
    ) -> Result<C::Answer, Error> {
        let road = Road {
            call: C::NAME,
            http: &self.reading,
            authorization: Some(authorization),
            priority,
            timeout: self.total_timeout,
            body_max: self.max_body_bytes,
        };
        let body = self
            .exchange(call.request(), road, None)
            .await
            .map_err(|failed| failed.error)?;
        call.read(&body)
    }

    /// A token that is valid for a while yet.
    async fn bearer(&self, tokens: &TokenCache, priority: Priority) -> Result<HeaderValue, Error> {
        let (renewal, old) = match tokens.get() {
            Has::Token(token) => return Ok(token),
            Has::None(renewal, old) => (renewal, old),
        };
        let asked = Instant::now();
        let fetched = self.fetch_token(priority).await;
        let kept = fetched.and_then(|(token, span)| renewal.keep(&token, asked, span));
        kept.or_else(|error| old.ok_or(error))
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
