//! What the shop may forget: values ready to send, each checked against the pulse every time it is used.
//!
//! No cached value is trusted. It bears the [`Stamp`] of the pulse before its load began, and is served only while
//! nothing that it shows was touched since ([`Coherence::admits`]). Single flight alone would hand a value from
//! before a commit to a reader who asked after it: whoever joins a running load checks its value like any other.
//!
//! What can be watched, in `/metrics`:
//!
//! | name | labels | counts |
//! |---|---|---|
//! | `cache_reads_total` | `kind`; `outcome`: `hit` in memory, `joined` a load, `shared` from Redis, `response` by its address, `confirmed`: a list whose order was found the same, `miss`; of kind `game row`: games to make lists of | reads |
//! | `cache_rejected_total` | `tier`: `response`, `memory`, `redis`; `kind`; `reason`: `slot`, `floor`, `incarnation`, `pulse age`, `order`, `lifetime`; from Redis also `ahead`, `unreadable`, `render_version`, `name` | values in hand that were not served |
//! | `cache_fills_total` | `kind` | values put into memory, loaded or found in Redis; those put into Redis are its writes that are `done` |
//! | `cache_leases_total` | `kind`; `outcome`: `taken`, `waited` (each look), `waited in vain`, `lost`: it lapsed before its load had ended | leases on loads |
//! | `cache_redis_writes_total` | `kind`, or `forget`; `outcome`: `done`, `failed`, `dropped` from a full queue, `void` before it was sent | writes to Redis |
//! | `cache_redis_errors_total` | `reason`: `late`, `lost`, `closed`, `forbidden`, `full`, `refused` | errors of Redis |
//! | `cache_redis_duration_seconds` | `command`: `read`, `lease`, `write`, `sweep` | how long Redis took |
//! | `cache_redis_in_use` | | 1 or 0: whether the breaker lets anything through |
//! | `cache_redis_takes_values` | | 1, or 0 while it is away, full or read-only; at the scrape, where a Redis is set |
//! | `cache_wakes_total` | `direction`: `sent`, `heard` | words between processes after commits |
//! | `cache_listening` | | 1 while this process hears the others |
//! | `cache_pulse_duration_seconds` | | how long the last pulse took |
//! | `cache_pulse_age_seconds` | | how long ago the last pulse was sent, at the scrape; from 0.7 on caches rest |
//! | `cache_invalidation_lag_seconds` | `way`: `write` of this process, `pulse` of the others | histogram: from a commit until the slots of what it touched are raised here, at most (decision 27) |
//! | `cache_memory_values`, `cache_memory_bytes` | | what is in memory, at the scrape |

mod addresses;
pub mod cache_metrics;
pub mod coherence;
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

use std::hash::{Hash, RandomState};
use std::sync::Arc;

use domain::pattern::Pattern;
use domain::touch::Touch;

use cache_metrics::{CacheMetrics, Count};

pub use coherence::{Coherence, Stamp};
pub use entry::CacheEntry;
pub use inspector::InspectedEntry;
pub use key::{Key, Representation};
pub use rendered::Rendered;
pub use response_cache::{CachedResponse, ResponseCache};

/// About how large a value is; only the tables' first size follows from it.
const USUAL_BYTES: u64 = 16 * 1024;

/// A table of at most `bytes_max` bytes. Of what does not fit, that goes which was asked for least and longest ago, so
/// that a crawler who asks for everything once does not drive out what is asked for all the time.
fn bounded<K, V, W>(bytes_max: u64, weight: W) -> quick_cache::sync::Cache<K, V, W, RandomState>
where
    K: Eq + Hash,
    V: Clone,
    W: quick_cache::Weighter<K, V> + Clone,
{
    let items = usize::try_from(bytes_max / USUAL_BYTES).unwrap_or(usize::MAX).max(64);
    // The keys are what strangers type: their hashes must not be guessed.
    quick_cache::sync::Cache::with(
        items,
        bytes_max,
        weight,
        RandomState::new(),
        quick_cache::sync::DefaultLifecycle::default(),
    )
}

/// How Redis is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedisState {
    /// It is in use.
    InUse,
    /// Its values are in use, and it takes no new ones.
    TakesNothing,
    /// It is not in use: absent, broken, or it refuses.
    Away,
}

/// What a sweep removed.
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
    /// `None`: nothing is stored, everything is loaded.
    memory: Option<Arc<memory::Memory>>,
    games: Option<Arc<games::Games>>,
    addresses: Option<Arc<addresses::Addresses>>,
    /// `None`: other processes' values are not used.
    redis: Option<Arc<redis::Redis>>,
}

impl Cache {
    /// A cache in memory of at most `bytes_max` bytes, a quarter of them for games to make lists of, and some for addresses.
    #[must_use]
    pub fn in_memory(bytes_max: u64) -> Self {
        let cache_metrics = Arc::<CacheMetrics>::default();
        let memory = memory::Memory::new(bytes_max - bytes_max / 4 - bytes_max / 64, Arc::clone(&cache_metrics));
        Self {
            coherence: Arc::default(),
            memory: Some(Arc::new(memory)),
            games: Some(Arc::new(games::Games::new(bytes_max / 4, &cache_metrics))),
            addresses: Some(Arc::new(addresses::Addresses::new(bytes_max / 64))),
            metrics: cache_metrics,
            redis: None,
        }
    }

    /// The same before a Redis that processes share. It need not be there: it is used whenever it is.
    ///
    /// Must be called within a runtime: the connection is kept in the background.
    ///
    /// # Errors
    /// The address is none of a Redis.
    pub fn before_redis(bytes_max: u64, settings: redis::Settings) -> Result<Self, redis::ConnectError> {
        let cache = Self::in_memory(bytes_max);
        let redis = redis::Redis::new(settings, Arc::clone(&cache.coherence), Arc::clone(&cache.metrics))?;
        Ok(Self {
            redis: Some(Arc::new(redis)),
            ..cache
        })
    }

    /// A cache that stores nothing: a shop without one works the same.
    #[must_use]
    pub fn none() -> Self {
        Self {
            coherence: Arc::default(),
            metrics: Arc::default(),
            memory: None,
            games: None,
            addresses: None,
            redis: None,
        }
    }

    /// What the pulse raises and every reader checks.
    #[must_use]
    pub const fn coherence(&self) -> &Arc<Coherence> {
        &self.coherence
    }

    /// A response cache over the values of this cache, at most so many bytes; a cache that stores nothing stores none.
    #[must_use]
    pub fn response_cache<T>(&self, bytes_max: u64) -> ResponseCache<T> {
        ResponseCache::new(bytes_max, Arc::clone(&self.coherence), Arc::clone(&self.metrics))
    }

    /// What happened to values since this process began, by kind.
    #[must_use]
    pub fn counts(&self) -> Vec<Count> {
        self.metrics.counts()
    }

    /// How many values and bytes are stored.
    #[must_use]
    pub fn size(&self) -> (u64, u64) {
        self.memory.as_ref().map_or((0, 0), |memory| memory.size())
    }

    /// How Redis is, if one is set: whether it is in use, and takes values.
    #[must_use]
    pub fn redis(&self) -> Option<RedisState> {
        let redis = self.redis.as_ref()?;
        Some(match (redis.is_in_use(), redis.takes_values()) {
            (false, _) => RedisState::Away,
            (true, false) => RedisState::TakesNothing,
            (true, true) => RedisState::InUse,
        })
    }

    /// Has Redis forget what `touches` made stale, soon or never: it saves memory there, and nothing depends on it.
    pub fn forget(&self, touches: &[Touch]) {
        if let Some(redis) = &self.redis {
            redis.forget(touches);
        }
    }

    /// Removes what `pattern` means from both tiers. Other processes' memories, and values on their way, are void by the
    /// touches of [`Pattern::touches`], which are to be committed before.
    pub async fn sweep(&self, pattern: &Pattern) -> Swept {
        let in_memory = self.sweep_memory(pattern).await;
        let in_redis = match &self.redis {
            Some(redis) => Some(redis.sweep(pattern).await),
            None => None,
        };
        Swept { in_memory, in_redis }
    }

    /// Off the threads that answer: every name is compared.
    async fn sweep_memory(&self, pattern: &Pattern) -> u64 {
        let Some(memory) = self.memory.clone() else { return 0 };
        let pattern = pattern.clone();
        let swept = tokio::task::spawn_blocking(move || memory.sweep(&pattern)).await;
        // It is given up only when the process ends.
        swept.unwrap_or(0)
    }
}
