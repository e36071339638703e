//! A game as the search index holds it: enough to choose and to order, too little to show.

use crate::clock::Timestamp;
use crate::id::GameId;
use crate::money::Cents;

/// A game as filters, orders and searches see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedGame {
    /// Its id.
    pub id: GameId,
    /// Its number, which rises with each game that comes into the shop; 0 for a game without one.
    pub number: i64,
    /// Whether it is out of the shop.
    pub hidden: bool,
    /// The title folded for search ([`crate::search::fold`]).
    pub search_text: String,
    /// What the customer pays.
    pub price: Cents,
    /// Copies for sale; may be below zero while reservations are settled.
    pub copies: i64,
    /// `yyyy-mm-dd`.
    pub release_date: Option<String>,
    /// Where it may be activated.
    pub region: Option<String>,
    /// Where it is activated.
    pub activation_service: Option<String>,
    /// Who published it.
    pub publisher: Option<String>,
    /// Whether it is played online.
    pub multiplayer: bool,
    /// Names of its platforms.
    pub platforms: Vec<String>,
    /// Names of its genres.
    pub genres: Vec<String>,
    /// When it came into the shop.
    pub created_at: Timestamp,
}
