//! The game at a slug. These entries need no stamp: a game never changes its slug, and no slug is given twice.

use std::hash::RandomState;

use domain::id::GameId;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// Approximate memory of an entry besides its text.
const BYTES: usize = 64;

/// Slugs that were requested and belong to a game.
#[derive(Debug)]
pub(crate) struct Addresses(Cache<Box<str>, GameId, Weight, RandomState>);

#[derive(Clone, Debug)]
struct Weight;

impl Weighter<Box<str>, GameId> for Weight {
    fn weight(&self, address: &Box<str>, _: &GameId) -> u64 {
        (address.len() + BYTES) as u64
    }
}

impl Addresses {
    pub(crate) fn new(bytes_max: u64) -> Self {
        Self(crate::bounded(bytes_max, Weight))
    }
}

impl crate::Cache {
    /// The game with this slug, if it was looked up before. Whether the game is shown now is decided by its own entry.
    #[must_use]
    pub fn game_at(&self, address: &str) -> Option<GameId> {
        self.addresses.as_ref()?.0.get(address)
    }

    /// Stores the slug of an existing game.
    pub fn note_address(&self, address: &str, game: GameId) {
        if let Some(addresses) = &self.addresses {
            addresses.0.insert(address.into(), game);
        }
    }

    /// Removes a slug whose game does not exist: the database may have been replaced.
    pub fn forget_address(&self, address: &str) {
        if let Some(addresses) = &self.addresses {
            addresses.0.remove(address);
        }
    }
}
