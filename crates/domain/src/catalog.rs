//! Games and the lists of them: what is shown, sold, filtered and sorted.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::{GameId, ProductId};
use crate::money::Cents;

/// Everything that the supplier's word decides about a game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameFacts {
    /// The product that is bought for it.
    pub product: ProductId,
    /// The full title, with service and region as the supplier writes them.
    pub title: String,
    /// The title folded for search ([`crate::search::fold`]).
    pub search_text: String,
    /// Sanitised HTML; empty when there is none.
    pub description_html: String,
    /// What the customer pays.
    pub price: Cents,
    /// What the supplier asks.
    pub supplier_price: Cents,
    /// Copies that the supplier has; written by the supplier's word alone.
    pub supplier_qty: i64,
    /// The portrait picture's address; may be empty.
    pub image: String,
    /// All pictures' addresses.
    pub images: Vec<String>,
    /// `yyyy-mm-dd`.
    pub release_date: Option<String>,
    /// Where it may be activated, such as `Global`.
    pub region: Option<String>,
    /// Where it is activated, such as `Steam`.
    pub activation_service: Option<String>,
    /// Names of its platforms.
    pub platforms: Vec<String>,
    /// Who made it.
    pub developer: Option<String>,
    /// Who published it.
    pub publisher: Option<String>,
    /// Whether it is played online.
    pub multiplayer: bool,
    /// What a computer must have.
    pub requirements: Requirements,
    /// Names of its genres, sorted.
    pub genres: Vec<String>,
    /// Names of its categories, sorted.
    pub categories: Vec<String>,
    /// The supplier's time of change, in its own words; may be empty.
    pub supplier_updated_at: String,
    /// When the page that said all this was asked for.
    pub observed_at: Timestamp,
}

/// A game that several lists show at once.
pub type SharedGame = Arc<Game>;

impl GameFacts {
    /// Whether a list that shows this game may show another one, or it otherwise, when `after` is said of it. Lists
    /// show neither what a computer must have nor the supplier's time of change.
    #[must_use]
    pub fn lists_may_differ(&self, after: &Self) -> bool {
        let unlisted = Self {
            requirements: after.requirements.clone(),
            supplier_updated_at: after.supplier_updated_at.clone(),
            ..self.clone()
        };
        !unlisted.says_the_same_as(after)
    }

    /// Whether all that `after` says otherwise is what the product costs and how many copies there are.
    #[must_use]
    pub fn differs_in_offer_alone(&self, after: &Self) -> bool {
        let offered_otherwise = Self {
            price: after.price,
            supplier_price: after.supplier_price,
            supplier_qty: after.supplier_qty,
            supplier_updated_at: after.supplier_updated_at.clone(),
            ..self.clone()
        };
        offered_otherwise.says_the_same_as(after)
    }

    /// Whether `other` says the same of the product, whenever either was asked for.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        Self {
            observed_at: other.observed_at,
            ..self.clone()
        } == *other
    }
}

/// A game as the shop holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Game {
    /// Its id.
    pub id: GameId,
    /// Its address in the shop; never changes.
    pub slug: String,
    /// What the supplier said.
    pub facts: GameFacts,
    /// Names of its tags, sorted; an operator's, not the supplier's.
    pub tags: Vec<String>,
    /// Copies promised to customers and not yet bought; written by this shop alone.
    pub reserved: i64,
    /// Whether it is out of the shop, because the supplier no longer has the product.
    pub hidden: bool,
    /// When it came into the shop.
    pub created_at: Timestamp,
}

impl Game {
    /// Copies for sale now.
    #[must_use]
    pub fn qty(&self) -> i64 {
        (self.facts.supplier_qty - self.reserved).max(0)
    }

    /// Whether a copy is for sale.
    #[must_use]
    pub fn in_stock(&self) -> bool {
        self.qty() > 0 && !self.hidden
    }

    /// Whether it is released after `today` (`yyyy-mm-dd`).
    #[must_use]
    pub fn is_preorder(&self, today: &str) -> bool {
        self.facts.release_date.as_deref().is_some_and(|day| day > today)
    }

    /// Whether it was released in the 90 days before now.
    #[must_use]
    pub fn is_new(&self, now: Timestamp) -> bool {
        let from = now.minus(std::time::Duration::from_secs(90 * 86_400)).iso_day();
        let today = now.iso_day();
        self.facts
            .release_date
            .as_deref()
            .is_some_and(|day| day > from.as_str() && day <= today.as_str())
    }
}

/// What a computer must have, in the supplier's words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirements {
    /// To run at all.
    pub minimal: SystemRequirements,
    /// To run well.
    pub recommended: SystemRequirements,
}

/// One list of requirements; each part may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemRequirements {
    /// Operating system.
    pub system: String,
    /// Processor.
    pub processor: String,
    /// Graphics card.
    pub graphics: String,
    /// Main memory.
    pub memory: String,
    /// Space on disk.
    pub disk_space: String,
    /// Anything else.
    pub other: String,
}

/// How a list of games is sorted. Equal games follow each other by id, so that pages never overlap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// The largest stock first: until orders are counted, the only sign of demand.
    #[default]
    Popular,
    /// The latest release first; games without a date last.
    Newest,
    /// The cheapest first.
    PriceAsc,
    /// The dearest first.
    PriceDesc,
}

/// Which games a list shows. Texts within one list are alternatives; the lists are conditions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GameFilter {
    /// Words that all must stand in the title, already folded; one that no title has is found despite typing errors.
    pub search: String,
    /// At least this price.
    pub min_price: Option<Cents>,
    /// At most this price.
    pub max_price: Option<Cents>,
    /// Only what can be bought now.
    pub in_stock_only: bool,
    /// Names of platforms.
    pub platforms: Vec<String>,
    /// Names of activation services.
    pub activation_services: Vec<String>,
    /// Names of regions.
    pub regions: Vec<String>,
    /// Played online, or not.
    pub multiplayer: Option<bool>,
    /// Names of publishers.
    pub publishers: Vec<String>,
    /// Names of genres.
    pub genres: Vec<String>,
    /// Released in this year or later.
    pub released_from: Option<u16>,
    /// Released in this year or earlier.
    pub released_to: Option<u16>,
    /// The order.
    pub sort: Sort,
    /// The page, from 1.
    pub page: u32,
    /// Games on a page, 1 to [`PAGE_SIZE_MAX`].
    pub page_size: u32,
}

/// Games on a page when nobody says otherwise.
pub const PAGE_SIZE_DEFAULT: u32 = 36;
/// The most games that one page shows.
pub const PAGE_SIZE_MAX: u32 = 100;
/// The furthest page that can be asked for: offsets stay small enough for any database.
pub const PAGE_MAX: u32 = 1_000_000;

impl Default for GameFilter {
    fn default() -> Self {
        Self {
            search: String::new(),
            min_price: None,
            max_price: None,
            in_stock_only: true,
            platforms: Vec::new(),
            activation_services: Vec::new(),
            regions: Vec::new(),
            multiplayer: None,
            publishers: Vec::new(),
            genres: Vec::new(),
            released_from: None,
            released_to: None,
            sort: Sort::default(),
            page: 1,
            page_size: PAGE_SIZE_DEFAULT,
        }
    }
}

/// One page of a longer list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// What stands on it.
    pub items: Vec<T>,
    /// How many there are on all pages.
    pub total: u64,
    /// Its number, from 1.
    pub page: u32,
    /// How many fit on one.
    pub page_size: u32,
}

impl<T> Page<T> {
    /// How many pages there are; none when nothing was found.
    #[must_use]
    pub fn total_pages(&self) -> u64 {
        self.total.div_ceil(u64::from(self.page_size.max(1)))
    }
}

/// A name that games are grouped by, and in how many of them it stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Facet {
    /// As shown and as used in a filter.
    pub name: String,
    /// How many of the games bear it.
    pub games: u64,
}

/// What a catalogue can be filtered by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FilterOptions {
    /// Platforms, the commonest first.
    pub platforms: Vec<Facet>,
    /// Genres, the commonest first.
    pub genres: Vec<Facet>,
    /// Publishers, the commonest first, at most 100.
    pub publishers: Vec<Facet>,
    /// Activation services, the commonest first.
    pub activation_services: Vec<Facet>,
    /// Regions, the commonest first.
    pub regions: Vec<Facet>,
    /// The cheapest and the dearest price for sale; zero in an empty shop.
    pub price_range: (Cents, Cents),
}
