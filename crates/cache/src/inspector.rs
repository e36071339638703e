//! An audit's view of the shared tier: values as they would be served, without serving them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::{Cache, CacheEntry, Key, redis};

/// A value that would be served from Redis.
#[derive(Clone, Debug)]
pub struct InspectedEntry {
    /// The value.
    pub value: CacheEntry,
    /// Approximately how long ago it was stored.
    pub age: Duration,
}

impl Cache {
    /// A cache that stores nothing, in memory or in Redis, and can inspect the values that others stored in Redis.
    /// Every read through it is a load.
    ///
    /// Must be called within a runtime: the connection is kept open in the background.
    ///
    /// # Errors
    ///
    /// The address is not a Redis URL.
    pub fn inspector(settings: redis::Settings, origin: &redis::Origin) -> Result<Self, redis::ConnectError> {
        let cache = Self::none();
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

    /// The names of at most `most` values in Redis; `None` if Redis does not answer.
    pub async fn sample(&self, most: usize) -> Option<Vec<String>> {
        self.redis.as_ref()?.sample(most).await
    }

    /// The value that a reader of `key` with nothing in memory would be served from Redis now.
    pub async fn inspect(&self, key: &Key) -> Option<InspectedEntry> {
        let value = self.redis.as_ref()?.value(key, &self.coherence).await?;
        let age = key.lifetime().saturating_sub(value.left(Instant::now()));
        Some(InspectedEntry { value, age })
    }

    /// Whether the inspected value may be served now and nothing that could change it happened since it was loaded.
    #[must_use]
    pub fn admits(&self, seen: &InspectedEntry) -> bool {
        seen.value.is_current(&self.coherence, Instant::now()) && seen.value.is_in_order(&self.coherence)
    }
}
