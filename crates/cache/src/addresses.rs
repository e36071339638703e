//! Which game an address is. It bears no stamp: a game keeps its address for ever, and none is given twice.

use std::hash::RandomState;

use domain::id::GameId;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// What an entry takes besides its text, about.
const BYTES: usize = 64;

/// Addresses that were asked for and are a game's.
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
    /// The game with this address, if that was asked before. Whether it is shown now is told by its own value.
    #[must_use]
    pub fn game_at(&self, address: &str) -> Option<GameId> {
        self.addresses.as_ref()?.0.get(address)
    }

    /// Notes the address of a game that there is.
    pub fn note_address(&self, address: &str, game: GameId) {
        if let Some(addresses) = &self.addresses {
            addresses.0.insert(address.into(), game);
        }
    }

    /// Forgets an address whose game is not there: the database may be another one by now.
    pub fn forget_address(&self, address: &str) {
        if let Some(addresses) = &self.addresses {
            addresses.0.remove(address);
        }
    }
}
