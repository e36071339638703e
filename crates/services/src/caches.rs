//! What operators see of the caches, and do to them: have a pattern forgotten, everywhere.

use std::time::Duration;

use domain::pattern::Pattern;

pub use cache::{RedisState, Swept};

use crate::{Error, Shop};

/// The caches of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheStatistics {
    /// Values in memory.
    pub values: u64,
    /// Bytes that they take.
    pub bytes: u64,
    /// How Redis is, if one is set.
    pub redis: Option<RedisState>,
    /// How long ago the last pulse was sent; `None` before the first.
    pub pulse_age: Option<Duration>,
}

impl Shop {
    /// How the caches of this process are.
    #[must_use]
    pub fn cache_statistics(&self) -> CacheStatistics {
        let cache = &self.parts.cache;
        let (values, bytes) = cache.size();
        CacheStatistics {
            values,
            bytes,
            redis: cache.redis(),
            pulse_age: cache.coherence().pulse_age(),
        }
    }

    /// Voids every cached value that `pattern` means, in both tiers of every process, and removes what it means from Redis
    /// and from the memory of this process.
    ///
    /// The touches are committed first: a value that is being loaded or put anywhere meanwhile is void by them. They may
    /// cover more than the pattern; that costs loads. Redis is cleared step by step while others go on using it.
    ///
    /// # Errors
    /// The database's: then nothing was done. What goes wrong in Redis is told, and does no harm.
    pub async fn invalidate(&self, pattern: &Pattern) -> Result<Swept, Error> {
        let touches = pattern.touches();
        if !touches.is_empty() {
            self.write(move |tx| {
                for touch in &touches {
                    tx.touch(*touch);
                }
                Box::pin(async { Ok(()) })
            })
            .await?;
        }
        let swept = self.parts.cache.sweep(pattern).await;
        tracing::info!(
            pattern = pattern.as_str(),
            in_memory = swept.in_memory,
            in_redis = swept.in_redis.map_or(0, |redis| redis.removed),
            is_complete = swept.in_redis.is_none_or(|redis| redis.is_complete),
            "[Cache] invalidated by an operator"
        );
        Ok(swept)
    }
}
