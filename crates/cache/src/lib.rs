//! What the shop may forget: values ready to send, each checked against the pulse every time it is used.
//!
//! No cached value is trusted. It bears the [`Stamp`] of the pulse before its load began, and is served only while
//! nothing that it shows was touched since ([`Coherence::admits`]). Single flight alone would hand a value from
//! before a commit to a reader who asked after it: whoever joins a running load checks its value like any other.

mod album;
mod at_hand;
pub mod coherence;
mod games;
mod kept;
pub mod key;
mod memory;
mod rendered;
pub mod shelf;

use std::future::Future;
use std::hash::{Hash, RandomState};
use std::sync::Arc;

pub use album::{Album, KeptPicture};
use domain::catalog::{Game, SharedGame};
use domain::id::GameId;

pub use at_hand::{Answer, AtHand};
pub use coherence::{Coherence, Stamp};
pub use kept::Kept;
pub use key::{Key, View};
pub use rendered::Rendered;

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

/// The caches of this process.
#[derive(Clone, Debug)]
pub struct Cache {
    coherence: Arc<Coherence>,
    /// `None`: nothing is kept, everything is loaded.
    memory: Option<Arc<memory::Memory>>,
    games: Option<Arc<games::Games>>,
}

impl Cache {
    /// A cache in memory of at most `bytes_max` bytes, a quarter of them for games to make lists of.
    #[must_use]
    pub fn in_memory(bytes_max: u64) -> Self {
        Self {
            coherence: Arc::default(),
            memory: Some(Arc::new(memory::Memory::new(bytes_max - bytes_max / 4))),
            games: Some(Arc::new(games::Games::new(bytes_max / 4))),
        }
    }

    /// A cache that keeps nothing: a shop without one works the same.
    #[must_use]
    pub fn none() -> Self {
        Self {
            coherence: Arc::default(),
            memory: None,
            games: None,
        }
    }

    /// What the pulse raises and every reader checks.
    #[must_use]
    pub const fn coherence(&self) -> &Arc<Coherence> {
        &self.coherence
    }

    /// Answers made of the values of this cache, at most so many bytes; a cache that keeps nothing keeps none.
    #[must_use]
    pub fn at_hand<T>(&self, bytes_max: u64) -> AtHand<T> {
        AtHand::new(bytes_max, Arc::clone(&self.coherence))
    }

    /// How many values and bytes are kept.
    #[must_use]
    pub fn size(&self) -> (u64, u64) {
        self.memory.as_ref().map_or((0, 0), |memory| memory.size())
    }

    /// Those of `ids` that there are, in their order: kept and still true, or loaded now, all at once.
    ///
    /// # Errors
    /// Those of `load` alone.
    pub async fn games_or_load<E, L, F>(&self, ids: &[GameId], load: L) -> Result<Vec<SharedGame>, E>
    where
        L: FnOnce(Vec<GameId>) -> F,
        F: Future<Output = Result<Vec<Game>, E>>,
    {
        let Some(games) = &self.games else {
            return Ok(load(ids.to_vec()).await?.into_iter().map(Arc::new).collect());
        };
        // Before what is kept is looked at: what is read for want of it is as new.
        let stamp = self.coherence.stamp();
        let (mut found, missing) = games.find(ids, &self.coherence);
        if !missing.is_empty() {
            for game in load(missing).await? {
                let id = game.id;
                let game = match stamp {
                    Some(stamp) => games.put(stamp, game),
                    None => Arc::new(game),
                };
                found.insert(id, game);
            }
        }
        Ok(ids.iter().filter_map(|id| found.get(id).cloned()).collect())
    }

    /// The value of `key`: kept and still true, or loaded now.
    ///
    /// One load per key runs at a time. A reader who finds one running waits for it and checks its stamp; if
    /// something was touched since, the reader takes part in the next load, which began after the reader asked.
    ///
    /// # Errors
    /// Those of `load` alone.
    pub async fn get_or_load<E, L, F>(&self, key: &Key, load: L) -> Result<Kept, E>
    where
        L: Fn() -> F,
        F: Future<Output = Result<Rendered, E>>,
    {
        let Some(memory) = &self.memory else {
            return load().await.map(|value| Kept::new(value, None, key));
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
        let value = Kept::new(load().await?, stamp, key);
        turn.finish(began, &value);
        if value.is_keepable() {
            memory.put(key, &value);
        }
        Ok(value)
    }
}
