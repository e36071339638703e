//! Games as the database has them, kept to make lists of: each is checked like any other value.
//!
//! A list made of them is as new as its own stamp says. What a transaction touched before that stamp's pulse was raised
//! before the pulse was published, so that a game from before it is found out here.

use std::collections::HashMap;
use std::hash::RandomState;
use std::sync::Arc;
use std::time::Instant;

use domain::catalog::{Game, SharedGame};
use domain::id::GameId;
use domain::touch::Touch;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::coherence::Slot;
use crate::{Coherence, Stamp};

/// What a game takes besides its longest texts, about.
const BYTES: usize = 2_000;

#[derive(Debug)]
pub(crate) struct Games(Cache<GameId, KeptGame, Weight, RandomState>);

#[derive(Clone, Debug)]
struct KeptGame {
    stamp: Stamp,
    slots: [Slot; 2],
    game: SharedGame,
}

#[derive(Clone, Debug)]
struct Weight;

impl Weighter<GameId, KeptGame> for Weight {
    fn weight(&self, _: &GameId, kept: &KeptGame) -> u64 {
        let facts = &kept.game.facts;
        let pictures: usize = facts.images.iter().map(String::len).sum();
        (BYTES + facts.description_html.len() + pictures) as u64
    }
}

impl Games {
    pub(crate) fn new(bytes_max: u64) -> Self {
        Self(crate::bounded(bytes_max, Weight))
    }

    /// Those of `ids` that are kept and true; and those that have to be read.
    pub(crate) fn find(&self, ids: &[GameId], coherence: &Coherence) -> (HashMap<GameId, SharedGame>, Vec<GameId>) {
        let now = Instant::now();
        let (mut found, mut missing) = (HashMap::with_capacity(ids.len()), Vec::new());
        for id in ids {
            let kept = self.0.get(id);
            let kept = kept.filter(|kept| coherence.admits_slots(kept.stamp, &kept.slots, now));
            match kept {
                Some(kept) => {
                    found.insert(*id, kept.game);
                }
                None => missing.push(*id),
            }
        }
        let count = |outcome, count: usize| {
            metrics::counter!("cache_reads_total", "kind" => "game row", "outcome" => outcome).increment(count as u64);
        };
        count("hit", found.len());
        count("miss", missing.len());
        (found, missing)
    }

    /// Keeps a game that was read after `stamp`.
    pub(crate) fn put(&self, stamp: Stamp, game: Game) -> SharedGame {
        let game = Arc::new(game);
        let kept = KeptGame {
            stamp,
            slots: [Touch::Game(game.id), Touch::Games].map(Coherence::slot_of),
            game: Arc::clone(&game),
        };
        self.0.insert(game.id, kept);
        game
    }
}
