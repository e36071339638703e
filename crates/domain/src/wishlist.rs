//! Wishlists: games that a visitor saves for later.

use serde::{Deserialize, Serialize};

use crate::cart::ListedGame;
use crate::clock::Timestamp;
use crate::id::GameId;

/// A game on a wishlist, without the game's own data: the part that only the owner changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WishRow {
    /// The game.
    pub game: GameId,
    /// When it was added.
    pub added_at: Timestamp,
}

/// A game on a wishlist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// The game as it is now.
    pub game: ListedGame,
    /// When it was added.
    pub added_at: Timestamp,
}

/// How a guest's wishlist was migrated at sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WishlistReceipt {
    /// Games added to the user's list.
    pub moved: u32,
    /// Games that were already on it.
    pub already_there: u32,
}
