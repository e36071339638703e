//! Rows of games, cached to build lists from; each entry is checked like any other.
//!
//! A list built from them is as recent as its own stamp. Touches of transactions before that stamp's pulse were raised
//! before the pulse was published, so a game from before them is rejected here.

use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::Arc;
use std::time::Instant;

use domain::catalog::{Game, SharedGame};
use domain::id::GameId;
use domain::touch::Touch;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::cache_metrics::{CacheMetrics, Counter, Event, GAME_ROW, Read, Tier};
use crate::coherence::Slot;
use crate::{Coherence, Stamp};

/// Approximate memory of a game besides its longest texts.
const BYTES: usize = 2_000;

#[derive(Debug)]
pub(crate) struct Games {
    entries: Cache<GameId, GameEntry, Weight, RandomState>,
    hits: Arc<Counter>,
    misses: Arc<Counter>,
    metrics: Arc<CacheMetrics>,
}

#[derive(Clone, Debug)]
struct GameEntry {
    stamp: Stamp,
    slots: [Slot; 2],
    game: SharedGame,
}

#[derive(Clone, Debug)]
struct Weight;

impl Weighter<GameId, GameEntry> for Weight {
    fn weight(&self, _: &GameId, entry: &GameEntry) -> u64 {
        let facts = &entry.game.facts;
        let pictures: usize = facts.images.iter().map(String::len).sum();
        (BYTES + facts.description_html.len() + pictures) as u64
    }
}

impl Games {
    pub(crate) fn new(bytes_max: u64, metrics: &Arc<CacheMetrics>) -> Self {
        Self {
            entries: crate::bounded(bytes_max, Weight),
            hits: metrics.counter(GAME_ROW, Event::Read(Read::Hit)),
            misses: metrics.counter(GAME_ROW, Event::Read(Read::Miss)),
            metrics: Arc::clone(metrics),
        }
    }

    /// The current entries of `ids`, and the ids that have to be read.
    pub(crate) fn find(&self, ids: &[GameId], coherence: &Coherence) -> (HashMap<GameId, SharedGame>, Vec<GameId>) {
        let now = Instant::now();
        let (mut found, mut missing) = (HashMap::with_capacity(ids.len()), Vec::new());
        for id in ids {
            match self.entries.get(id) {
                Some(entry) if coherence.admits_slots(entry.stamp, &entry.slots, now) => {
                    found.insert(*id, entry.game);
                    continue;
                }
                Some(entry) => {
                    // There is no objection left if a pulse was published in between.
                    let reason = coherence.objection(entry.stamp, &entry.slots).unwrap_or("pulse age");
                    self.metrics.reject(Tier::Memory, GAME_ROW, reason);
                }
                None => {}
            }
            missing.push(*id);
        }
        self.hits.add(found.len() as u64);
        self.misses.add(missing.len() as u64);
        (found, missing)
    }

    /// Stores a game that was read after `stamp`.
    pub(crate) fn put(&self, stamp: Stamp, game: Game) -> SharedGame {
        let game = Arc::new(game);
        let entry = GameEntry {
            stamp,
            slots: [Touch::Game(game.id), Touch::Games].map(Coherence::slot_of),
            game: Arc::clone(&game),
        };
        self.metrics.count(GAME_ROW, Event::Filled);
        self.entries.insert(game.id, entry);
        game
    }
}
