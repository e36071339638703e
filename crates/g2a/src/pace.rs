//! The pace towards the supplier: nobody calls without a permit.

use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// What a call is for, so that a pace can let the urgent ones pass first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// A customer waits for it.
    Orders,
    /// Prices and stock of what the shop shows.
    Stock,
    /// Reading the whole catalogue; may take its time.
    Crawl,
}

/// Hands out permits; each try of each call takes one.
pub trait Pace: Send + Sync + fmt::Debug {
    /// Resolves when one call may be made. Dropping the future gives the place in the queue up.
    fn permit<'a>(&'a self, lane: Lane) -> BoxFuture<'a, ()>;
}

/// The pace of one process on its own. Lanes are only labels here: it serves them in one queue.
pub struct LocalPace {
    limiter: DefaultDirectRateLimiter,
    per_minute: u32,
}

impl LocalPace {
    /// At most `n` calls in any minute, spread evenly after a burst of one second's worth (50 at most); 0 counts as 1.
    #[must_use]
    pub fn per_minute(n: u32) -> LocalPace {
        let n = n.max(1);
        let burst = (n / 60).clamp(1, 50);
        // The burst counts towards the minute, or a limit of the supplier with a sliding window would be overstepped.
        let steady = n.saturating_sub(burst).max(1);
        let period = Duration::from_secs(60) / steady;
        let quota = Quota::with_period(period)
            .unwrap_or_else(|| Quota::per_second(NonZeroU32::MIN))
            .allow_burst(NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN));
        LocalPace {
            limiter: RateLimiter::direct(quota),
            per_minute: n,
        }
    }
}

impl fmt::Debug for LocalPace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalPace")
            .field("per_minute", &self.per_minute)
            .finish_non_exhaustive()
    }
}

impl Pace for LocalPace {
    fn permit<'a>(&'a self, _lane: Lane) -> BoxFuture<'a, ()> {
        self.limiter.until_ready().boxed()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn a_burst_passes_and_the_rest_waits() {
        let pace = LocalPace::per_minute(600);
        let start = Instant::now();
        for _ in 0..10 {
            pace.permit(Lane::Crawl).await;
        }
        assert!(start.elapsed() < Duration::from_millis(90));
        pace.permit(Lane::Crawl).await;
        assert!(start.elapsed() >= Duration::from_millis(90));
    }

    #[tokio::test]
    async fn odd_rates_do_not_break_it() {
        for n in [0, 1, 59, 60, 60_000, u32::MAX] {
            LocalPace::per_minute(n).permit(Lane::Orders).await;
        }
    }
}
