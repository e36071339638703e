//! A supplier on this machine that speaks G2A's Export API, for demos and for tests over real HTTP.
//!
//! # Calls of the protocol
//!
//! | call | does | refusals beside `AUTH01`, `AUTH02`, `BR03` |
//! |---|---|---|
//! | `GET /v1/products` | the list, 20 per page, pages 1 to 500, every filter of the protocol | `PR01` to `PR05`, `BR08` |
//! | `POST /oauth/token` | a Bearer token for the call above, for 300 seconds, from a form or JSON | `BR01` |
//! | `POST /v1/order` | prices the offer now, reserves one key for 30 minutes | `CTTYPE`, `BR01`, `BR02`, `BR04`, sold out, too dear |
//! | `PUT /v1/order/pay/{id}` | charges the wallet; the body is empty and `Content-Length: 0` is sent | 411 in HTML, `BR02`, `ORD01`, `ORD02`, `ORD110`, `ORD112`, `ORD114` |
//! | `GET /v1/order/details/{id}` | `{status, price, currency}` | `ORD01`, `ORD02` |
//! | `GET /v1/order/key/{id}` | `{key, isFile?}`, once | `ORD01`, `ORD02`, `ORD05` unpaid, `ORD06` processed, `ORD03` on demand, `ORD04` taken, `ORD114` |
//!
//! A Bearer token on any call but the list is answered 403 `AUTH04`. Tolerated: doubled slashes in a path, unknown
//! headers and fields of an order, any currency (prices are in EUR). Any other address or method is 404 `WRONGURL`.
//! `GET /images/{id}/{n}.svg` returns pictures: 0 is the cover, 1 and up are screens of the game.
//!
//! # Control calls
//!
//! For programs on the same machine: others, browsers, and calls under a domain's name get 403.
//!
//! | call | does |
//! |---|---|
//! | `GET /_sandbox/ledger` | see below |
//! | `GET`, `PATCH /_sandbox/products/{id}` | look at a product; change `minPrice`, `qty`, `name`, `gone`; put any values over its fields as it leaves (`raw: {field: value}`) or leave fields out (`without: [field]`), each in place of what was given before |
//! | `POST /_sandbox/drift` | `{changes: N}` moves the price and stock of N products, answers `{changed: [id]}` |
//! | `PUT`, `DELETE /_sandbox/faults` | sets all the faults at once, or none |
//! | `POST /_sandbox/notify` | `{orderId, status, repeat?, delayMs?, target, secret}` sends a signed notification to a shop on this machine, the same event `repeat` times; answers 202 `{eventId}` |
//! | `POST /_sandbox/reset` | back to the start, ledger and faults included |
//!
//! The ledger: `{orders: [{orderId, productId, price, state, paid, payments, transactionId, keyTaken, key, createdAt}],
//! charged, wallet, keysTaken, requests: {path: count}, arrivals, requestsInWorstMinute, notifications: [{eventId, orderId,
//! type, answer, error}]}`. Money is in EUR. `state` is `reserved`, `lapsed`, `processing` or `complete`; `payments` counts
//! how often an order was charged; `key` is null until it was handed out; `createdAt` is written as the supplier writes
//! times. `requests` counts paths without the ids of orders
//! (`/v1/order/pay`), whatever the method; `arrivals` is their sum and `requestsInWorstMinute` the most of them in any 60
//! seconds, refused ones included. `answer` is the HTTP status that a notification met.
//!
//! # Faults
//!
//! One JSON object, keyed by the fault's name; they apply in this order:
//!
//! | fault | does |
//! |---|---|
//! | `latencyMs: {ms}` | waits before anything else |
//! | `dropBefore` | closes the connection without a word; nothing happens |
//! | `outage` | 503 as a gateway answers, in HTML; nothing happens |
//! | `rateLimit: {retryAfter?}` | 429 `BR03`; nothing happens |
//! | `status: {status, code?, after?}` | that error; with `after`, the call has its effect first |
//! | `emptyList` | the list is empty and `total` is 0, whatever the query, also for a product's id |
//! | `shiftPages` | the page begins up to seven products too early or too late: duplicates and gaps |
//! | `repeatPage` | the products of the page before |
//! | `duplicateInList` | the first product of the list is also its last, and `total` counts it twice |
//! | `totalIgnoresFilters` | `total` counts every product, whatever the query; the pages are right |
//! | `pricesTenth` | every price in the list is a tenth of the true one, as with a decimal sign in the wrong place; filters take the true one |
//! | `unreadable: {share, field, value?}` | in this share of all products (0 to 1, the same ones in each list) the field has this value, of any type; `null` if absent |
//! | `notReady` | the key of a paid order is refused with `ORD03` and stays unread |
//! | `processingMs: {ms}` | the order that is paid takes so long |
//! | `detailsLagMs: {ms}` | details show a paid order as new for so long after its payment |
//! | `chargeRetail` | a payment charges the retail price, whatever the order's |
//! | `wrongPrice` | the order costs twice as much, whatever `max_price` |
//! | `wrongCurrency` | the order is answered in USD |
//! | `repeatOrderId` | the order is answered with the id of the one before |
//! | `repeatKey` | the key is the one that was handed out last |
//! | `emptyKey` | the key is empty, and counts as handed out |
//! | `replyLateMs: {ms}` | the call has its effect at once, the answer follows so much later |
//! | `dropAfter` | the call has its effect, then the connection closes without a word |
//! | `truncate` | the call has its effect, the connection breaks in the middle of the answer |
//! | `malformed` | the call has its effect, the answer is whole and its JSON ends too early |
//!
//! Beside them `purse` is an amount in EUR: what the buyer's wallet holds from now on, so that payments are refused with `ORD112` once
//! it is spent; without it the wallet holds what it would.
//!
//! Each may have a `count` (the number of calls, after which it ends) or a `probability` (0 to 1, by the seed); without
//! either it applies to every call. `calls` lists the calls that it applies to, of `products`, `token`, `order`, `pay`,
//! `details` and `key`; without it all suitable ones. Short forms: `true` for always; a number for `ms`, for `status`
//! (with a `code` beside it), otherwise for `count`. Unknown fields are refused with 400.
//!
//! ```json
//! { "latencyMs": 80, "notReady": 3, "dropAfter": {"count": 1, "calls": ["pay"]},
//!   "status": {"status": 502, "code": "ORD122", "after": true, "probability": 0.1, "calls": ["pay"]},
//!   "unreadable": {"share": 0.05, "field": "minPrice", "value": "free"} }
//! ```
//!
//! # Determinism
//!
//! A product is computed from the seed and its place on demand; only price, stock and time are stored, in twelve bytes.
//! Ids, keys and transaction ids depend on the seed and the order's or payment's number: two sandboxes with one seed
//! answer the same calls with the same bytes, except for times (and pictures' addresses, if the public address
//! differs). What is not known of the real supplier is a setting, see [`Unknowns`]. At most 1,000,000 orders are
//! stored; after that orders are refused with 507 until the reset.

mod access;
mod answer;
mod buying;
mod catalogue;
mod clock;
mod control;
mod dice;
mod fault_effects;
mod faults;
mod ledger;
mod listener;
mod notify;
mod order;
mod orders;
mod pictures;
mod products;
mod query;
mod rate;
mod routes;
mod settings;
mod state;
mod stock;
mod token;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::listener::{Line, Lines};
pub use crate::settings::{Answer, PastTheEnd, SecondPay, Settings, Unknowns};
use crate::state::Shop;

/// A higher number would give an order's id another digit.
const MOST_FIRST_ORDER: u64 = 1_000_000_000;

/// A running sandbox; dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    server: JoinHandle<()>,
    stop: DropGuard,
}

impl Sandbox {
    /// `http://127.0.0.1:PORT`; the API is at `/v1`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Accepts no new connections, lets running calls finish for a second, then closes the rest.
    pub async fn stop(self) {
        self.stop.disarm().cancel();
        if let Err(error) = self.server.await {
            tracing::error!(%error, "the sandbox did not stop cleanly");
        }
    }
}

/// Serves on a listener until the [`Sandbox`] is stopped or dropped.
///
/// # Errors
///
/// The listener has no address, or the settings have more than 1,000,000 products or begin beyond order 1,000,000,000.
pub async fn start(listener: TcpListener, settings: Settings) -> std::io::Result<Sandbox> {
    if settings.products > catalogue::MOST_PRODUCTS {
        let words = format!("a sandbox has at most {} products", catalogue::MOST_PRODUCTS);
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, words));
    }
    if settings.first_order > MOST_FIRST_ORDER {
        let words = format!("the first order's number is at most {MOST_FIRST_ORDER}");
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, words));
    }
    let address = listener.local_addr()?;
    let stop = CancellationToken::new();
    let cut = CancellationToken::new();
    let stopping = stop.clone();
    // On a blocking thread, because a large stock takes a while.
    let shop = tokio::task::spawn_blocking(move || Shop::new(settings, &format!("http://{address}"), stopping)).await?;
    let shop = Arc::new(shop);
    let service = routes::router(shop).into_make_service_with_connect_info::<Line>();
    let serve =
        axum::serve(Lines::new(listener, cut.clone()), service).with_graceful_shutdown(stop.clone().cancelled_owned());
    let stopped = stop.clone();
    let server = tokio::spawn(async move {
        let cutter = async {
            stopped.cancelled().await;
            tokio::time::sleep(Duration::from_secs(1)).await;
            cut.cancel();
            std::future::pending::<()>().await;
        };
        tokio::select! {
            result = serve.into_future() => if let Err(error) = result { tracing::error!(%error, "the sandbox broke off") },
            () = cutter => {}
        }
    });
    Ok(Sandbox {
        address,
        server,
        stop: stop.drop_guard(),
    })
}
