//! Games that lists are built from, cached one by one; each entry is checked like any other.
//!
//! A list built from them is as recent as its own stamp. Touches of transactions before that stamp's pulse were raised
//! before the pulse was published, so a game from before them is rejected here.

use std::hash::RandomState;
use std::sync::Arc;
use std::time::Instant;

use domain::catalog::SharedGame;
use domain::id::GameId;
use domain::touch::Touch;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::cache_metrics::{CacheMetrics, Counter, Event, GAME_ROW, RENDERED_GAME, Read, Tier};
use crate::coherence::Slot;
use crate::{Coherence, Stamp, TextPart};

/// Approximate size of a row besides its longest texts: its fields, their short texts, and the tables around it.
const ROW_BYTES: usize = 2_200;
/// The same of a rendered game.
const RENDERED_BYTES: usize = 200;

/// A cached form of a game.
pub(crate) trait GameForm: Clone {
    /// The kind in metrics.
    const KIND: &'static str;

    /// Approximate memory of it.
    fn bytes(&self) -> usize;
}

/// A game as a list writes it. It depends on the day, which decides whether the game is new or not yet released.
#[derive(Clone, Debug)]
pub(crate) struct RenderedGame {
    /// In days since the epoch.
    pub(crate) day: i64,
    pub(crate) part: TextPart,
}

impl GameForm for SharedGame {
    const KIND: &'static str = GAME_ROW;

    fn bytes(&self) -> usize {
        let pictures: usize = self.facts.images.iter().map(String::len).sum();
        ROW_BYTES + self.facts.description_html.len() + pictures
    }
}

impl GameForm for RenderedGame {
    const KIND: &'static str = RENDERED_GAME;

    fn bytes(&self) -> usize {
        RENDERED_BYTES + self.part.text.len()
    }
}

/// Games in one form.
#[derive(Debug)]
pub(crate) struct Games<F> {
    entries: Cache<GameId, GameEntry<F>, Weight, RandomState>,
    hits: Arc<Counter>,
    misses: Arc<Counter>,
    metrics: Arc<CacheMetrics>,
}

#[derive(Clone, Debug)]
struct GameEntry<F> {
    stamp: Stamp,
    slots: [Slot; 2],
    form: F,
}

#[derive(Clone, Debug)]
struct Weight;

impl<F: GameForm> Weighter<GameId, GameEntry<F>> for Weight {
    fn weight(&self, _: &GameId, entry: &GameEntry<F>) -> u64 {
        entry.form.bytes() as u64
    }
}

impl<F: GameForm> Games<F> {
    pub(crate) fn new(bytes_max: u64, metrics: &Arc<CacheMetrics>) -> Self {
        Self {
            entries: crate::bounded(bytes_max, Weight),
            hits: metrics.counter(F::KIND, Event::Read(Read::Hit)),
            misses: metrics.counter(F::KIND, Event::Read(Read::Miss)),
            metrics: Arc::clone(metrics),
        }
    }

    /// The bytes of all entries.
    pub(crate) fn bytes(&self) -> u64 {
        self.entries.weight()
    }

    /// The current entry of each of `ids` that is also `usable`, and the ids without one.
    pub(crate) fn find(
        &self,
        ids: &[GameId],
        coherence: &Coherence,
        usable: impl Fn(&F) -> bool,
    ) -> (Vec<Option<F>>, Vec<GameId>) {
        let now = Instant::now();
        let mut missing = Vec::new();
        let current = |id: &GameId| {
            let entry = self.entries.get(id).filter(|entry| usable(&entry.form));
            if let Some(entry) = entry {
                if coherence.admits_slots(entry.stamp, &entry.slots, now) {
                    return Some(entry.form);
                }
                // There is no objection left if a pulse was published in between.
                let reason = coherence.objection(entry.stamp, &entry.slots).unwrap_or("pulse age");
                self.metrics.reject(Tier::Memory, F::KIND, reason);
            }
            missing.push(*id);
            None
        };
        let found: Vec<_> = ids.iter().map(current).collect();
        self.hits.add((found.len() - missing.len()) as u64);
        self.misses.add(missing.len() as u64);
        (found, missing)
    }

    /// Stores a game that was read after `stamp`.
    pub(crate) fn put(&self, stamp: Stamp, id: GameId, form: F) {
        let entry = GameEntry {
            stamp,
            slots: [Touch::Game(id), Touch::Games].map(Coherence::slot_of),
            form,
        };
        self.metrics.count(F::KIND, Event::Filled);
        self.entries.insert(id, entry);
    }
}
