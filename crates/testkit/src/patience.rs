//! Waits for conditions, never for a fixed time: a busy machine makes a test slow, not wrong.

use std::time::{Duration, Instant};

use cache::Cache;
use domain::touch::Touch;
use storage::Db;

use crate::{Node, TestShop};

/// How long anything may take that an idle machine does at once.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// The pause between two checks.
const PAUSE: Duration = Duration::from_millis(10);

/// Waits until `is_so` is true, and returns how long that took.
///
/// # Panics
/// When it is not so in half a minute.
pub async fn soon(what: &str, mut is_so: impl AsyncFnMut() -> bool) -> Duration {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(PAUSE).await;
    }
    begun.elapsed()
}

/// Waits until a pulse has passed all that was committed: values loaded from now on may be cached.
async fn caught_up(db: &Db, cache: &Cache) {
    let asked = Instant::now();
    let pulse = db.pulse(0).await.expect("the database's touches");
    let touches: Vec<Touch> = pulse.rows.into_iter().flat_map(|row| row.touches).collect();
    let coherence = cache.coherence();
    soon("a pulse has passed what was committed", async || {
        coherence.pulse_age().is_some_and(|age| age < asked.elapsed())
            // On a shared server the pulse after a commit may still wait for other transactions.
            && coherence.stamp().is_some_and(|stamp| coherence.admits(stamp, &touches))
    })
    .await;
}

/// Waits until the last pulse is recent: a late pulse removes nothing, but no cached value may be served.
async fn in_step(cache: &Cache) {
    soon("caches are in use", async || cache.coherence().is_in_step()).await;
}

impl TestShop {
    /// Waits until values loaded from now on may be cached, whatever was committed until now.
    pub async fn caught_up(&self) {
        caught_up(&self.db, &self.cache).await;
    }

    /// Waits until cached values may be served, for a read that must be a hit.
    pub async fn in_step(&self) {
        in_step(&self.cache).await;
    }
}

impl Node {
    /// Waits until values loaded from now on may be cached, whatever was committed until now.
    pub async fn caught_up(&self) {
        caught_up(&self.db, &self.cache).await;
    }

    /// Waits until cached values may be served, for a read that must be a hit.
    pub async fn in_step(&self) {
        in_step(&self.cache).await;
    }
}
