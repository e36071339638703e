//! How often one network address may ask for a change: what is read is cheap, what is written is not.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::refusal::Refusal;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::Site;
use crate::caller::{Network, network_of};
use crate::problem::Problem;

/// Addresses that were quiet are forgotten each time so many changes were asked for: the table stays small.
const SWEEP_EVERY: u32 = 10_000;

/// What each address has left, in this process.
pub(super) struct Changes {
    left: Option<DefaultKeyedRateLimiter<Network>>,
    asked: AtomicU32,
    site: Arc<Site>,
}

impl Changes {
    pub(super) fn of(site: &Arc<Site>) -> Self {
        let quota = |per_minute: NonZeroU32| RateLimiter::keyed(Quota::per_minute(per_minute));
        Self {
            left: site.changes_per_minute.map(quota),
            asked: AtomicU32::new(0),
            site: Arc::clone(site),
        }
    }

    /// How long the address of `request` has to wait; `None` when it may go on.
    fn wait(&self, request: &Request) -> Option<Duration> {
        let left = self.left.as_ref()?;
        if self.asked.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            left.retain_recent();
        }
        let from = network_of(request.extensions(), request.headers(), &self.site.trusted_proxies);
        let refused = left.check_key(&from).err()?;
        Some(refused.wait_time_from(DefaultClock::default().now()))
    }
}

pub(super) async fn bounded(State(changes): State<Arc<Changes>>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let Some(wait) = (!reads).then(|| changes.wait(&request)).flatten() else {
        return next.run(request).await;
    };
    metrics::counter!("http_requests_too_many_total").increment(1);
    let refusal = Refusal::TooMany {
        retry_after_seconds: wait.as_secs() + 1,
    };
    Problem::from(refusal).into_response()
}
