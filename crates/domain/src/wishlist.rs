//! Wishlists: games that somebody means to come back to.

use serde::{Deserialize, Serialize};

use crate::cart::ListedGame;
use crate::clock::Timestamp;
use crate::id::GameId;

/// A game on a wishlist, without what it is and costs: what the owner alone can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WishRow {
    /// The game.
    pub game: GameId,
    /// Since when it is on the list.
    pub added_at: Timestamp,
}

/// A game on a wishlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The game as it is now.
    pub game: ListedGame,
    /// Since when it is on the list.
    pub added_at: Timestamp,
}

/// What became of a guest's wishlist at sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WishlistReceipt {
    /// Games that the user's list gained.
    pub moved: u32,
    /// Games that were on it.
    pub already_there: u32,
}
