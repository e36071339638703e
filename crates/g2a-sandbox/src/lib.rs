//! A supplier on this machine that speaks G2A's Export API, for demos and for tests over real HTTP.
//!
//! What it serves:
//!
//! | call | does |
//! |---|---|
//! | `GET /v1/products` | the catalogue, 20 per page, pages 1 to 500, with every filter of the protocol |
//! | `POST /oauth/token` | a Bearer token for the call above |
//! | `GET /images/{id}/{n}.svg` | pictures: 0 is the cover, 1 and up are screens of the game |
//! | `GET /_sandbox/ledger` | `{orders, charged, keysTaken, requests: {path: count}}` |
//! | `GET`, `PATCH /_sandbox/products/{id}` | look at a product, or change `minPrice`, `qty`, `name`, `gone` |
//! | `POST /_sandbox/drift` | `{changes: N}` moves the price and stock of N products, answers `{changed: [id]}` |
//! | `PUT`, `DELETE /_sandbox/faults` | sets all the faults at once, or none |
//! | `POST /_sandbox/reset` | back to the start, ledger and faults included |
//!
//! Faults are one JSON object, keyed by the fault's name:
//!
//! ```json
//! { "latencyMs": {"ms": 80}, "status": {"status": 500, "code": "API00", "count": 2},
//!   "rateLimit": {"retryAfter": 1, "count": 1}, "truncate": {"probability": 0.1, "calls": ["products"]} }
//! ```
//!
//! `latencyMs` waits; `status` answers with that error; `rateLimit` answers 429 `BR03`; `dropBefore` closes the connection
//! without a word; `outage` answers 503 as a gateway does, in HTML; `truncate` breaks the connection in the middle of the
//! body; `malformed` sends a whole answer whose JSON ends too early. Each may have a `count` (how many calls it hits, then
//! it is over) or a `probability` (0 to 1, by the seed); without either it hits every call. `calls` names the calls that it
//! applies to, `products` and `token`; all of them when absent. Fields that nobody knows are refused with 400.
//!
//! A product is computed from the seed and its place whenever it is asked for; only changes are kept. So a million
//! products cost a few megabytes, and one seed always gives the same bytes (under the same public address).

mod answer;
mod catalogue;
mod clock;
mod control;
mod dice;
mod faults;
mod listener;
mod pictures;
mod query;
mod routes;
mod state;
mod supplier;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::listener::{Line, Lines};
use crate::state::Shop;

/// What a sandbox sells and to whom.
#[derive(Clone)]
pub struct Settings {
    /// How many products, at most 1,000,000.
    pub products: u32,
    /// The same seed, the same catalogue.
    pub seed: u64,
    /// What the buyer must sign in with.
    pub client_id: String,
    /// What the buyer must sign in with.
    pub email: String,
    /// What the buyer must sign in with.
    pub client_secret: String,
    /// Calls allowed in any 60 seconds.
    pub rate_per_minute: u32,
    /// The beginning of the pictures' addresses; `None`: the address it listens on.
    pub public_url: Option<String>,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            products: 93,
            seed: 1,
            client_id: "demo-client".into(),
            email: "demo@latchkey.invalid".into(),
            client_secret: "demo-secret".into(),
            rate_per_minute: 600,
            public_url: None,
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("products", &self.products)
            .field("seed", &self.seed)
            .field("rate_per_minute", &self.rate_per_minute)
            .field("public_url", &self.public_url)
            .finish_non_exhaustive()
    }
}

/// A running sandbox; dropping it stops it.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    server: JoinHandle<()>,
    stop: DropGuard,
}

impl Sandbox {
    /// `http://127.0.0.1:PORT`; the API stands below it at `/v1`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes no new connections, lets running calls finish for a second, then cuts what is still open.
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
/// The listener has no address, or the settings ask for more than 1,000,000 products.
pub async fn start(listener: TcpListener, settings: Settings) -> std::io::Result<Sandbox> {
    if settings.products > catalogue::MOST_PRODUCTS {
        let words = format!("a sandbox has at most {} products", catalogue::MOST_PRODUCTS);
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, words));
    }
    let address = listener.local_addr()?;
    let stop = CancellationToken::new();
    let cut = CancellationToken::new();
    let shop = Arc::new(Shop::new(settings, &format!("http://{address}")));
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
