//! Rate limits for each network address: for changes, reads, and costly reads.

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
use crate::network::{Network, network_of};
use crate::problem::Problem;

/// After so many requests, addresses that were quiet are removed from the table, which keeps it small.
const SWEEP_EVERY: u32 = 10_000;

/// The remaining budget of each address, in this process.
pub struct Budgets {
    changes: Option<Budget>,
    reads: Option<Budget>,
    costly: Option<Arc<Budget>>,
    site: Arc<Site>,
}

impl Budgets {
    /// The budgets of the settings.
    pub fn of(site: &Arc<Site>) -> Self {
        Self {
            changes: site.changes_per_minute.map(Budget::of),
            reads: site.reads_per_minute.map(Budget::of),
            costly: site
                .costly_reads_per_minute
                .map(|per_minute| Arc::new(Budget::of(per_minute))),
            site: Arc::clone(site),
        }
    }

    /// Counts a read; returns how long the address has to wait if its budget is used up.
    pub fn read(&self, request: &Request) -> Option<Duration> {
        let reads = self.reads.as_ref()?;
        // These files are in memory, and a page without them would be broken.
        if request.uri().path().starts_with("/static/") {
            return None;
        }
        reads.spend(self.network(request))
    }

    fn change(&self, request: &Request) -> Option<Duration> {
        self.changes.as_ref()?.spend(self.network(request))
    }

    /// The budget for costly reads of the sender of `request`.
    fn costly(&self, request: &Request) -> Option<services::costly::Budget> {
        let (costly, network) = (Arc::clone(self.costly.as_ref()?), self.network(request));
        Some(Arc::new(move || costly.spend(network)))
    }

    fn network(&self, request: &Request) -> Network {
        network_of(request.extensions(), request.headers(), &self.site.trusted_proxies)
    }
}

/// A number of requests per minute for each address, all at once or spread.
struct Budget {
    left: DefaultKeyedRateLimiter<Network>,
    counted: AtomicU32,
}

impl Budget {
    fn of(per_minute: NonZeroU32) -> Self {
        Self {
            left: RateLimiter::keyed(Quota::per_minute(per_minute)),
            counted: AtomicU32::new(0),
        }
    }

    /// Takes one; returns how long the address has to wait if its budget is used up.
    fn spend(&self, network: Network) -> Option<Duration> {
        if self.counted.fetch_add(1, Ordering::Relaxed) % SWEEP_EVERY == SWEEP_EVERY - 1 {
            self.left.retain_recent();
            self.left.shrink_to_fit();
        }
        let refused = self.left.check_key(&network).err()?;
        Some(refused.wait_time_from(DefaultClock::default().now()))
    }
}

/// Refuses a request whose budget is used up.
pub async fn bounded(State(budgets): State<Arc<Budgets>>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let wait = if reads {
        budgets.read(&request)
    } else {
        budgets.change(&request)
    };
    if let Some(wait) = wait {
        metrics::counter!("http_requests_too_many_total").increment(1);
        let refusal = Refusal::TooMany {
            retry_after_seconds: wait.as_secs() + 1,
        };
        return Problem::from(refusal).into_response();
    }
    match budgets.costly(&request) {
        Some(budget) => services::costly::within(budget, next.run(request)).await,
        None => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_addresses_are_forgotten() {
        let budget = Budget::of(NonZeroU32::new(1_000_000).unwrap());
        for number in 0..SWEEP_EVERY * 3 {
            let [a, b] = [number >> 16, number & 0xffff].map(|part| u16::try_from(part).unwrap());
            assert_eq!(budget.spend(Network::V6([0x2001, 0xdb8, a, b])), None);
        }
        let kept = budget.left.len();
        assert!(kept <= SWEEP_EVERY as usize, "{kept} of {} are kept", SWEEP_EVERY * 3);
    }

    #[test]
    fn each_address_has_a_budget_of_its_own() {
        let budget = Budget::of(NonZeroU32::new(2).unwrap());
        let spend = |address: &str| budget.spend(address.parse::<std::net::IpAddr>().unwrap().into());
        assert_eq!((spend("2001:db8::1"), spend("2001:db8::2")), (None, None));
        let wait = spend("2001:db8::3").unwrap();
        assert!(
            wait <= Duration::from_secs(30) && wait > Duration::from_secs(20),
            "{wait:?}"
        );
        assert_eq!(spend("2001:db8:0:1::1"), None);
        assert_eq!(spend("192.0.2.1"), None);
    }
}
