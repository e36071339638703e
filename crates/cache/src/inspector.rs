//! What an audit sees of the tier that processes share: values as they would be served, used by nobody.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::{Cache, CacheEntry, Key, redis};

/// A value that would be served from Redis.
#[derive(Clone, Debug)]
pub struct InspectedEntry {
    /// The value.
    pub value: CacheEntry,
    /// How long ago it was put there, about.
    pub age: Duration,
}

impl Cache {
    /// A cache that stores nothing and puts nothing anywhere, and can look at what others put into Redis. What it is asked
    /// for it loads, each time.
    ///
    /// Must be called within a runtime: the connection is kept in the background.
    ///
    /// # Errors
    /// The address is none of a Redis.
    pub fn inspector(settings: redis::Settings) -> Result<Self, redis::ConnectError> {
        let cache = Self::none();
        let redis = redis::Redis::new(settings, Arc::clone(&cache.coherence), Arc::clone(&cache.metrics))?;
        Ok(Self {
            redis: Some(Arc::new(redis)),
            ..cache
        })
    }

    /// The names of at most `most` values in Redis; `None` without one that answers.
    pub async fn sample(&self, most: usize) -> Option<Vec<String>> {
        self.redis.as_ref()?.sample(most).await
    }

    /// What a reader of `key` who has nothing in memory would be served from Redis now.
    pub async fn inspect(&self, key: &Key) -> Option<InspectedEntry> {
        let value = self.redis.as_ref()?.value(key, &self.coherence).await?;
        let age = key.lifetime().saturating_sub(value.left(Instant::now()));
        Some(InspectedEntry { value, age })
    }

    /// Whether what was seen may be served now, and nothing that could change it happened since it was loaded.
    #[must_use]
    pub fn admits(&self, seen: &InspectedEntry) -> bool {
        seen.value.is_current(&self.coherence, Instant::now()) && seen.value.is_in_order(&self.coherence)
    }
}
