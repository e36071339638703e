//! What operators do to the caches: have a pattern forgotten, everywhere.

use cache::Swept;
use domain::pattern::Pattern;

use crate::{Error, Shop};

impl Shop {
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
