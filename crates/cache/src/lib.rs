//! The caches: values ready to send, each checked against the pulse on every use.
//!
//! No cached value is trusted. It carries the [`Stamp`] of the pulse before its load began, and is served only while
//! nothing that it shows was touched since ([`Coherence::admits`]). Single flight alone would return a value from
//! before a commit to a reader that called after it; so a reader that joins a running load checks its value like any
//! other.
//!
//! The metrics, in `/metrics`:
//!
//! | name | labels | counts |
//! |---|---|---|
//! | `cache_reads_total` | `kind`; `outcome`: `hit` in memory, `joined` a load, `shared` from Redis, `response` by its address, `confirmed`: a list whose order was found unchanged, `miss`; of kind `game row` and `rendered game`: games that lists are built from | reads |
//! | `cache_rejected_total` | `tier`: `response`, `memory`, `redis`; `kind`; `reason`: `slot`, `floor`, `incarnation`, `pulse age`, `order`, `lifetime`; from Redis also `ahead`, `unreadable`: not from the shop, `layout`: of another format version, `mac`: forged, altered or of a shop with another master key, `render version`, `name` | values that were found and not served |
//! | `cache_fills_total` | `kind` | values put into memory, after a load or from Redis; those put into Redis are its writes that are `done` |
//! | `cache_asked_once_total` | `kind` | values that were loaded and not stored, because their key is one of an unlimited number and was requested once |
//! | `cache_leases_total` | `kind`; `outcome`: `taken`, `waited` (each check), `waited in vain`, `lost`: it expired before its load had ended | leases on loads |
//! | `cache_redis_writes_total` | `kind`, or `forget`; `outcome`: `done`, `failed`, `dropped` from a full queue, `void` before it was sent | writes to Redis |
//! | `cache_redis_errors_total` | `reason`: `late`, `lost`, `closed`, `forbidden`, `full`, `refused` | errors of Redis |
//! | `cache_redis_duration_seconds` | `command`: `read`, `lease`, `write`, `sweep` | how long Redis took |
//! | `cache_redis_in_use` | | 1 or 0: whether the circuit breaker is closed |
//! | `cache_redis_takes_values` | | 1, or 0 while it is unavailable, full or read-only; at the scrape, where a Redis is set |
//! | `cache_wakes_total` | `direction`: `sent`, `heard` | notifications between processes after commits |
//! | `cache_listening` | | 1 while this process receives the others' notifications |
//! | `cache_pulse_duration_seconds` | | how long the last pulse took |
//! | `cache_pulse_age_seconds` | | how long ago the last pulse was sent, at the scrape; from 0.7 on caches are suspended |
//! | `cache_invalidation_lag_seconds` | `way`: `write` of this process, `pulse` of the others | histogram: upper bound of the time from a commit until the slots of its touches are raised here (decision 27) |
//! | `cache_memory_values`, `cache_memory_bytes` | | values in memory, and the bytes of these and of games, at the scrape |

mod addresses;
pub mod cache_metrics;
pub mod coherence;
mod doorkeeper;
mod entry;
mod fault_injection;
mod games;
mod inspector;
pub mod key;
mod memory;
mod read;
pub mod redis;
mod rendered;
mod response_cache;
mod text_part;

use std::hash::{Hash, RandomState};
use std::sync::Arc;

use domain::catalog::SharedGame;
use domain::pattern::Pattern;
use domain::touch::Touch;

use cache_metrics::{CacheMetrics, Count};

pub use coherence::{Coherence, Stamp};
pub use entry::CacheEntry;
pub use inspector::InspectedEntry;
pub use key::{Key, Representation};
pub use rendered::Rendered;
pub use response_cache::{CachedResponse, ResponseCache};
pub use text_part::TextPart;

/// A typical size of a value; only the tables' initial capacity follows from it.
const USUAL_BYTES: u64 = 16 * 1024;

/// A table of at most `bytes_max` bytes. When it is full, the entries that were used least and longest ago are evicted,
/// so that a crawler that requests everything once does not evict what is requested often.
fn bounded<K, V, W>(bytes_max: u64, weight: W) -> quick_cache::sync::Cache<K, V, W, RandomState>
where
    K: Eq + Hash,
    V: Clone,
    W: quick_cache::Weighter<K, V> + Clone,
{
    let items = usize::try_from(bytes_max / USUAL_BYTES).unwrap_or(usize::MAX).max(64);
    // The keys contain text that strangers type: their hashes must not be predictable.
    quick_cache::sync::Cache::with(
        items,
        bytes_max,
        weight,
        RandomState::new(),
        quick_cache::sync::DefaultLifecycle::default(),
    )
}

/// The state of Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedisState {
    /// It is in use.
    InUse,
    /// Its values are used, and it accepts no new ones.
    TakesNothing,
    /// It is not in use: unreachable, broken, or refusing.
    Away,
}

/// The result of a sweep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swept {
    /// Values from the memory of this process.
    pub in_memory: u64,
    /// From Redis, if one is set.
    pub in_redis: Option<redis::RedisSwept>,
}

/// The caches of this process.
#[derive(Clone, Debug)]
pub struct Cache {
    coherence: Arc<Coherence>,
    metrics: Arc<CacheMetrics>,
    doorkeeper: Arc<doorkeeper::Doorkeeper>,
    /// The limit of a response cache.
    response_bytes: u64,
    /// `None`: nothing is cached, everything is loaded.
    memory: Option<Arc<memory::Memory>>,
    games: Option<Arc<games::Games<SharedGame>>>,
    rendered_games: Option<Arc<games::Games<games::RenderedGame>>>,
    addresses: Option<Arc<addresses::Addresses>>,
    /// `None`: other processes' values are not used.
    redis: Option<Arc<redis::Redis>>,
}

impl Cache {
    /// A cache in memory of at most `bytes_max` bytes, all tiers together: a fifth for responses by their addresses, three
    /// tenths for values by their keys (the two share bytes while both hold a value), two fifths for games as lists render
    /// them, and the rest for rows of games and for slugs.
    #[must_use]
    pub fn in_memory(bytes_max: u64) -> Self {
        let metrics = Arc::<CacheMetrics>::default();
        let (twentieth, slugs) = (bytes_max / 20, bytes_max / 64);
        let memory = memory::Memory::new(6 * twentieth, Arc::clone(&metrics));
        let rows = games::Games::new((2 * twentieth).saturating_sub(slugs), &metrics);
        Self {
            coherence: Arc::default(),
            doorkeeper: Arc::default(),
            response_bytes: 4 * twentieth,
            memory: Some(Arc::new(memory)),
            games: Some(Arc::new(rows)),
            rendered_games: Some(Arc::new(games::Games::new(8 * twentieth, &metrics))),
            addresses: Some(Arc::new(addresses::Addresses::new(slugs))),
            metrics,
            redis: None,
        }
    }

    /// A cache in memory with a shared Redis behind it. Redis need not be reachable: it is used whenever it is.
    ///
    /// Must be called within a runtime: the connection is kept open in the background.
    ///
    /// # Errors
    ///
    /// The address is not a Redis URL.
    pub fn before_redis(
        bytes_max: u64,
        settings: redis::Settings,
        origin: &redis::Origin,
    ) -> Result<Self, redis::ConnectError> {
        let cache = Self::in_memory(bytes_max);
        let redis = redis::Redis::new(
            settings,
            origin,
            Arc::clone(&cache.coherence),
            Arc::clone(&cache.metrics),
        )?;
        Ok(Self {
            redis: Some(Arc::new(redis)),
            ..cache
        })
    }

    /// A cache that stores nothing: the shop works the same without caching.
    #[must_use]
    pub fn none() -> Self {
        Self {
            coherence: Arc::default(),
            metrics: Arc::default(),
            doorkeeper: Arc::default(),
            response_bytes: 0,
            memory: None,
            games: None,
            rendered_games: None,
            addresses: None,
            redis: None,
        }
    }

    /// The slots that pulses raise and every reader checks.
    #[must_use]
    pub const fn coherence(&self) -> &Arc<Coherence> {
        &self.coherence
    }

    /// A response cache over the values of this cache; empty if this cache stores nothing.
    #[must_use]
    pub fn response_cache<T>(&self) -> ResponseCache<T> {
        ResponseCache::new(
            self.response_bytes,
            Arc::clone(&self.coherence),
            Arc::clone(&self.metrics),
        )
    }

    /// The events of cached values since this process started, by kind.
    #[must_use]
    pub fn counts(&self) -> Vec<Count> {
        self.metrics.counts()
    }

    /// The number of cached values, and the bytes of these and of games. Responses share their bytes with the values.
    #[must_use]
    pub fn size(&self) -> (u64, u64) {
        let (values, bytes) = self.memory.as_ref().map_or((0, 0), |memory| memory.size());
        let rows = self.games.as_ref().map_or(0, |games| games.bytes());
        let rendered = self.rendered_games.as_ref().map_or(0, |games| games.bytes());
        (values, bytes + rows + rendered)
    }

    /// The state of Redis, if one is set: whether it is in use and accepts values.
    #[must_use]
    pub fn redis(&self) -> Option<RedisState> {
        let redis = self.redis.as_ref()?;
        Some(match (redis.is_in_use(), redis.takes_values()) {
            (false, _) => RedisState::Away,
            (true, false) => RedisState::TakesNothing,
            (true, true) => RedisState::InUse,
        })
    }

    /// Queues the removal from Redis of what `touches` made stale. It only saves memory there; correctness does not
    /// depend on it.
    pub fn forget(&self, touches: &[Touch]) {
        if let Some(redis) = &self.redis {
            redis.forget(touches);
        }
    }

    /// Removes the entries that `pattern` matches from both tiers. Other processes' memories, and values that are being
    /// written, are invalidated by the touches of [`Pattern::touches`], which must be committed before.
    pub async fn sweep(&self, pattern: &Pattern) -> Swept {
        let in_memory = self.sweep_memory(pattern).await;
        let in_redis = match &self.redis {
            Some(redis) => Some(redis.sweep(pattern).await),
            None => None,
        };
        Swept { in_memory, in_redis }
    }

    /// Runs on a blocking thread, because every name is compared.
    async fn sweep_memory(&self, pattern: &Pattern) -> u64 {
        let Some(memory) = self.memory.clone() else { return 0 };
        let pattern = pattern.clone();
        let swept = tokio::task::spawn_blocking(move || memory.sweep(&pattern)).await;
        // The task is cancelled only when the process ends.
        swept.unwrap_or(0)
    }
}
