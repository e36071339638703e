//! What the shop may forget: values ready to send, each checked against the pulse every time it is used.
//!
//! No cached value is trusted. It bears the [`Stamp`] of the pulse before its load began, and is served only while
//! nothing that it shows was touched since ([`Coherence::admits`]). Single flight alone would hand a value from
//! before a commit to a reader who asked after it: whoever joins a running load checks its value like any other.

pub mod coherence;
pub mod key;
mod memory;
mod rendered;
pub mod shelf;

use std::future::Future;
use std::sync::Arc;

pub use coherence::{Coherence, Stamp};
pub use key::{Key, View};
pub use rendered::Rendered;

/// The caches of this process.
#[derive(Clone, Debug)]
pub struct Cache {
    coherence: Arc<Coherence>,
    /// `None`: nothing is kept, everything is loaded.
    memory: Option<Arc<memory::Memory>>,
}

impl Cache {
    /// A cache in memory of at most `bytes_max` bytes.
    #[must_use]
    pub fn in_memory(bytes_max: u64) -> Self {
        Self {
            coherence: Arc::default(),
            memory: Some(Arc::new(memory::Memory::new(bytes_max))),
        }
    }

    /// A cache that keeps nothing: a shop without one works the same.
    #[must_use]
    pub fn none() -> Self {
        Self {
            coherence: Arc::default(),
            memory: None,
        }
    }

    /// What the pulse raises and every reader checks.
    #[must_use]
    pub const fn coherence(&self) -> &Arc<Coherence> {
        &self.coherence
    }

    /// How many values and bytes are kept.
    #[must_use]
    pub fn size(&self) -> (u64, u64) {
        self.memory.as_ref().map_or((0, 0), |memory| memory.size())
    }

    /// The value of `key`: kept and still true, or loaded now.
    ///
    /// One load per key runs at a time. A reader who finds one running waits for it and checks its stamp; if
    /// something was touched since, the reader takes part in the next load, which began after the reader asked.
    ///
    /// # Errors
    /// Those of `load` alone.
    pub async fn get_or_load<E, L, F>(&self, key: &Key, load: L) -> Result<Arc<Rendered>, E>
    where
        L: Fn() -> F,
        F: Future<Output = Result<Rendered, E>>,
    {
        let Some(memory) = &self.memory else {
            return load().await.map(Arc::new);
        };
        if let Some(value) = memory.get(key, &self.coherence) {
            metrics::counter!("cache_reads_total", "kind" => key.kind(), "outcome" => "hit").increment(1);
            return Ok(value);
        }
        let flight = memory.flight(key);
        let asked = flight.loads_begun();
        let turn = flight.turn().await;
        // Whoever had the turn before may have loaded it: after this reader asked, so that it needs no check, or
        // before, so that it does.
        if let Some((began, value)) = turn.loaded()
            && began > asked
        {
            metrics::counter!("cache_reads_total", "kind" => key.kind(), "outcome" => "joined").increment(1);
            return Ok(value);
        }
        if let Some(value) = memory.get(key, &self.coherence) {
            metrics::counter!("cache_reads_total", "kind" => key.kind(), "outcome" => "joined").increment(1);
            return Ok(value);
        }
        metrics::counter!("cache_reads_total", "kind" => key.kind(), "outcome" => "miss").increment(1);
        let (stamp, began) = (self.coherence.stamp(), turn.begin());
        let value = Arc::new(load().await?);
        turn.finish(began, &value);
        if let Some(stamp) = stamp {
            memory.put(key, stamp, &value);
        }
        Ok(value)
    }
}
