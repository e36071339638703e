//! The fields of a game in the search index: those that select and sort, not those that are shown.

use crate::clock::Timestamp;
use crate::id::GameId;
use crate::money::Cents;

/// The fields of a game that filters, orders and searches use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedGame {
    /// Its id.
    pub id: GameId,
    /// Its number, which grows with each game added to the shop; 0 for a game without one.
    pub number: i64,
    /// Whether it is hidden.
    pub hidden: bool,
    /// The title folded for search ([`crate::search::fold`]).
    pub search_text: String,
    /// The price for the customer.
    pub price: Cents,
    /// Copies for sale; may be below zero while reservations are settled.
    pub copies: i64,
    /// `yyyy-mm-dd`.
    pub release_date: Option<String>,
    /// Where it may be activated.
    pub region: Option<String>,
    /// Where it is activated.
    pub activation_service: Option<String>,
    /// The publisher's name.
    pub publisher: Option<String>,
    /// Whether it has an online mode.
    pub multiplayer: bool,
    /// Names of its platforms.
    pub platforms: Vec<String>,
    /// Names of its genres.
    pub genres: Vec<String>,
    /// When it was added to the shop.
    pub created_at: Timestamp,
}
