//! The search index: the fields of every game that lists need, in memory, so that a list is selected and sorted without
//! the database.
//!
//! It says which games a list shows and in which order. What is shown of them, such as prices and stock, callers read
//! from the database. `services` fills it and keeps it up to date.

mod bitset;
mod column;
mod edit_distance;
mod price_range;
mod query;
mod sort_orders;
mod suggest;
mod word_index;

use std::collections::HashMap;

use domain::id::GameId;
use domain::indexed_game::IndexedGame;

use bitset::Bitset;
use column::{Column, count};
use price_range::Ranks;
pub use query::{IndexPage, IndexQuery};
pub use sort_orders::SortOrder;
use sort_orders::SortOrders;
pub use suggest::Suggestion;
use word_index::WordIndex;

/// An index of every game of the shop. A game keeps its place for the lifetime of the index, hidden or not.
#[derive(Debug, Default)]
pub struct SearchIndex {
    places: HashMap<GameId, u32>,
    facts: Facts,
    shown: Bitset,
    for_sale: Bitset,
    online: Bitset,
    platforms: Column,
    genres: Column,
    publishers: Column,
    services: Column,
    regions: Column,
    words: WordIndex,
    orders: SortOrders,
    ranks: Ranks,
    highest_number: i64,
}

/// The values that orders and ranges compare, one for each place.
#[derive(Debug, Default)]
struct Facts {
    ids: Vec<GameId>,
    cents: Vec<i64>,
    copies: Vec<i64>,
    /// `yyyymmdd`; 0 for a game without a date.
    days: Vec<u32>,
    added: Vec<i64>,
}

impl SearchIndex {
    /// Inserts `games`, or updates them in their places.
    pub fn put(&mut self, games: &[IndexedGame]) {
        let mut changed = Vec::with_capacity(games.len());
        for game in games {
            changed.push(self.put_one(game));
        }
        changed.sort_unstable();
        changed.dedup();
        if changed.is_empty() {
            return;
        }
        self.orders.follow(&self.facts, &changed);
        let by_price = [SortOrder::PriceAsc, SortOrder::PriceDesc].map(|order| self.orders.of(order));
        self.ranks.count(&self.for_sale, by_price[0], by_price[1]);
    }

    fn put_one(&mut self, game: &IndexedGame) -> u32 {
        self.highest_number = self.highest_number.max(game.number);
        let next = count(self.places.len());
        let place = *self.places.entry(game.id).or_insert(next);
        self.facts.set(place, game);
        for bits in [&mut self.shown, &mut self.for_sale, &mut self.online] {
            bits.grow(self.places.len());
        }
        self.shown.put(place, !game.hidden);
        self.for_sale.put(place, !game.hidden && game.copies > 0);
        self.online.put(place, game.multiplayer);
        self.platforms.set(place, game.platforms.iter().map(String::as_str));
        self.genres.set(place, game.genres.iter().map(String::as_str));
        self.publishers.set(place, game.publisher.as_deref().into_iter());
        self.services.set(place, game.activation_service.as_deref().into_iter());
        self.regions.set(place, game.region.as_deref().into_iter());
        // Typing errors are tolerated only in words that no game has; the words of hidden games do not count.
        self.words.set(place, if game.hidden { "" } else { &game.search_text });
        place
    }

    /// The number of games, hidden ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether it has no games.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// The number of the game that was added to the shop last.
    #[must_use]
    pub const fn highest_number(&self) -> i64 {
        self.highest_number
    }

    /// How much memory it takes, about.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let columns = [
            &self.platforms,
            &self.genres,
            &self.publishers,
            &self.services,
            &self.regions,
        ];
        let places = self.places.capacity() * (size_of::<(GameId, u32)>() + 1);
        let bits: usize = [&self.shown, &self.for_sale, &self.online]
            .map(Bitset::bytes)
            .iter()
            .sum();
        places
            + bits
            + self.facts.bytes()
            + columns.map(Column::bytes).iter().sum::<usize>()
            + self.words.bytes()
            + self.orders.bytes()
            + self.ranks.bytes()
    }

    fn ids(&self, places: impl IntoIterator<Item = u32>) -> Vec<GameId> {
        places.into_iter().map(|place| self.facts.ids[place as usize]).collect()
    }
}

impl Facts {
    fn bytes(&self) -> usize {
        self.ids.capacity() * size_of::<GameId>()
            + (self.cents.capacity() + self.copies.capacity() + self.added.capacity()) * size_of::<i64>()
            + self.days.capacity() * size_of::<u32>()
    }

    fn set(&mut self, place: u32, game: &IndexedGame) {
        let at = place as usize;
        if at == self.ids.len() {
            self.ids.push(game.id);
            self.cents.push(0);
            self.copies.push(0);
            self.days.push(0);
            self.added.push(0);
        }
        self.cents[at] = game.price.get();
        self.copies[at] = game.copies;
        self.days[at] = game.release_date.as_deref().map_or(0, day_number);
        self.added[at] = game.created_at.as_micros();
    }
}

/// `yyyy-mm-dd` as `yyyymmdd`; 0 for anything else.
fn day_number(day: &str) -> u32 {
    let digits = day.bytes().filter(u8::is_ascii_digit);
    let number = digits.fold(0_u32, |sum, digit| {
        sum.saturating_mul(10).saturating_add(u32::from(digit - b'0'))
    });
    if day.len() == 10 { number } else { 0 }
}
