//! The caches for operators: statistics, and the invalidation of a pattern in all processes.

mod history;
mod kinds;
mod lag;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache::cache_metrics::{Event, Read};
use domain::pattern::Pattern;
use domain::staff::{Noun, Permission};
use domain::trail::TrailAction;
use futures::future::BoxFuture;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use cache::redis::RedisSwept;
use cache::{RedisState, Swept, cache_metrics};

pub use self::history::{Reads, SAMPLE_EVERY, Sample};
pub use self::kinds::{KindCounts, Rejected};
pub(crate) use self::lag::InvalidationPath;
pub use self::lag::{Histogram, Lag};

use self::history::{History, Totals};
use self::lag::LagRecorder;
use crate::trail::{Actor, Deed};
use crate::{CacheService, Error};

/// Upper bounds for the histogram `cache_invalidation_lag_seconds`, in seconds; the target is 20 ms, and after 700 ms
/// without a pulse no cache entry is served.
pub const LAG_BOUNDS: [f64; 13] = [
    0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.5, 0.7, 1.0, 5.0,
];

/// How long a caller waits for the end of a sweep. Redis is shared, and a sweep is deliberately slow.
const SWEEP_AWAITED: Duration = Duration::from_secs(5);

/// What is recorded about the caches besides their own counts.
#[derive(Debug, Default)]
pub(crate) struct CacheMonitor {
    pub(crate) lags: LagRecorder,
    history: Mutex<History>,
}

impl CacheMonitor {
    fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The caches of this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CacheStatistics {
    /// Values in memory.
    pub values: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The state of Redis, if one is set.
    pub redis: Option<RedisState>,
    /// How long ago the last pulse was sent; `None` before the first.
    pub pulse_age: Option<Duration>,
    /// Whether cache entries may be served: the last pulse is recent enough.
    pub in_step: bool,
    /// Events of cached values since the process started, by kind.
    pub counts: Vec<cache_metrics::Count>,
    /// How long the changes of the last hour took to invalidate cached values.
    pub lag: Lag,
}

impl<'a> CacheService<'a> {
    /// The state of this process's caches.
    #[must_use]
    pub fn statistics(self) -> CacheStatistics {
        let cache = &self.shop.parts.cache;
        let (values, bytes) = cache.size();
        CacheStatistics {
            values,
            bytes,
            redis: cache.redis(),
            pulse_age: cache.coherence().pulse_age(),
            in_step: cache.coherence().is_in_step(),
            counts: cache.counts(),
            lag: self
                .shop
                .cache_monitor
                .history()
                .lag_of_last_hour(self.shop.now(), &self.shop.cache_monitor.lags.so_far()),
        }
    }

    /// The last hour of this process's caches, oldest sample first. A gap of more than [`SAMPLE_EVERY`] means that the
    /// process did not run.
    #[must_use]
    pub fn history(self) -> Vec<Sample> {
        self.shop.cache_monitor.history().of_last_hour(self.shop.now())
    }

    /// Takes a sample of the caches' figures.
    pub fn sample(self) {
        let totals = Totals {
            reads: reads(&self.shop.parts.cache.counts()),
            lag: self.shop.cache_monitor.lags.so_far(),
        };
        self.shop.cache_monitor.history().note(self.shop.now(), totals);
    }

    /// Takes a sample every ten seconds until `stop`.
    pub(crate) async fn keep_sampling(&self, stop: &CancellationToken) {
        let mut ticks = tokio::time::interval(SAMPLE_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ticks.tick().await;
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => self.sample(),
            }
        }
    }

    /// Updates the metrics that are gauges; to be called right before they are read.
    pub fn gauge(self) {
        let cache = &self.shop.parts.cache;
        let (values, bytes) = cache.size();
        let (games, index) = self.shop.search_index.size();
        let gauges = [
            ("cache_memory_values", values),
            ("cache_memory_bytes", bytes),
            ("search_index_games", games as u64),
            ("search_index_bytes", index as u64),
        ];
        for (name, value) in gauges {
            #[expect(clippy::cast_precision_loss, reason = "what is in memory stays far below 2^52")]
            metrics::gauge!(name).set(value as f64);
        }
        if let Some(age) = cache.coherence().pulse_age() {
            metrics::gauge!("cache_pulse_age_seconds").set(age.as_secs_f64());
        }
        if let Some(redis) = cache.redis() {
            let takes_values = redis == RedisState::InUse;
            metrics::gauge!("cache_redis_takes_values").set(f64::from(u8::from(takes_values)));
        }
    }

    /// Invalidates every cached value that `pattern` matches, in both tiers of every process, and removes them from
    /// Redis and from the memory of this process.
    ///
    /// The touches are committed first, so they also invalidate values that are being loaded or stored meanwhile. They
    /// may cover more than the pattern; that only costs loads. Redis is swept step by step while others use it, to the
    /// end even if the caller no longer waits; a sweep that takes too long is reported as not complete.
    ///
    /// # Errors
    ///
    /// The database's: then nothing was done. Errors of Redis are reported in the result and do no harm.
    pub fn invalidate(self, pattern: &'a Pattern, actor: &'a Actor) -> BoxFuture<'a, Result<Swept, Error>> {
        Box::pin(async move {
            let input = (self.shop.clone(), pattern.clone(), actor.clone());
            let written = self.shop.write(input, |tx, (shop, pattern, actor)| {
                Box::pin(async move {
                    shop.admit(tx, actor, Permission::edit(Noun::Caches)).await?;
                    pattern.touches().iter().for_each(|touch| tx.touch(*touch));
                    let deed = Deed::new(TrailAction::InvalidateCache, "pattern", pattern.as_str());
                    shop.record(tx, actor, deed).await
                })
            });
            written.await?;
            let (cache, pattern) = (self.shop.parts.cache.clone(), pattern.clone());
            let is_shared = cache.redis().is_some();
            let sweep = tokio::spawn(async move {
                let swept = cache.sweep(&pattern).await;
                tracing::info!(
                    pattern = pattern.as_str(),
                    in_memory = swept.in_memory,
                    in_redis = swept.in_redis.map_or(0, |redis| redis.removed),
                    is_complete = swept.in_redis.is_none_or(|redis| redis.is_complete),
                    "[Cache] invalidated by an operator"
                );
                swept
            });
            let swept = tokio::time::timeout(SWEEP_AWAITED, sweep).await;
            Ok(swept.ok().and_then(Result::ok).unwrap_or(Swept {
                in_memory: 0,
                in_redis: is_shared.then(RedisSwept::default),
            }))
        })
    }
}

/// The reads of visitors; those of games for lists are not included.
fn reads(counts: &[cache_metrics::Count]) -> Reads {
    let mut reads = Reads::default();
    let of_lists = [cache_metrics::GAME_ROW, cache_metrics::RENDERED_GAME];
    for count in counts.iter().filter(|count| !of_lists.contains(&count.kind)) {
        match count.event {
            Event::Read(Read::Miss) => reads.loaded += count.count,
            Event::Read(_) => reads.served += count.count,
            _ => {}
        }
    }
    reads
}
