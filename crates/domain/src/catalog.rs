//! Games and the lists of them: what is shown, sold, filtered and sorted.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::id::GameId;
use crate::money::Cents;
use crate::term::TermSlugs;

/// The fields that a supplier decides, of a game or of a product.
///
/// The price and the copies of a game are those of its shown offer ([`crate::offer::shown`]); the other fields come from
/// its leading supplier ([`crate::offer::leading`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameFacts {
    /// The full title, with service and region as the supplier writes them.
    pub title: String,
    /// The title folded for search ([`crate::search::fold`]).
    pub search_text: String,
    /// Sanitised HTML; empty when there is none.
    pub description_html: String,
    /// The price for the customer.
    pub price: Cents,
    /// Of a game: copies for sale. Of a product: copies that its supplier has.
    pub copies: i64,
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
    /// The developer's name.
    pub developer: Option<String>,
    /// The publisher's name.
    pub publisher: Option<String>,
    /// Whether it has an online mode.
    pub multiplayer: bool,
    /// The system requirements.
    pub requirements: Requirements,
    /// Names of its genres, sorted.
    pub genres: Vec<String>,
    /// Names of its categories, sorted.
    pub categories: Vec<String>,
}

/// A game that is part of several lists at once.
pub type SharedGame = Arc<Game>;

impl GameFacts {
    /// Whether a list that shows this game may change when the game becomes `after`. Lists do not show system
    /// requirements.
    #[must_use]
    pub fn lists_may_differ(&self, after: &Self) -> bool {
        let unlisted = Self {
            requirements: after.requirements.clone(),
            ..self.clone()
        };
        unlisted != *after
    }

    /// Whether `after` differs only in price and copies.
    #[must_use]
    pub fn differs_in_offer_alone(&self, after: &Self) -> bool {
        let offered_otherwise = Self {
            price: after.price,
            copies: after.copies,
            ..self.clone()
        };
        offered_otherwise == *after
    }
}

/// A game in the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Game {
    /// Its id.
    pub id: GameId,
    /// Its slug in the shop's addresses; never changes.
    pub slug: String,
    /// The fields that its suppliers decide.
    pub facts: GameFacts,
    /// Names of its tags, sorted; set by an operator, not by the supplier.
    pub tags: Vec<String>,
    /// Whether it is hidden because no supplier has an offer of it.
    pub hidden: bool,
    /// When it was added to the shop.
    pub created_at: Timestamp,
}

impl Game {
    /// Copies for sale now.
    #[must_use]
    pub fn qty(&self) -> i64 {
        self.facts.copies.max(0)
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

/// System requirements, in the supplier's text.
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

/// How a list of games is sorted. Games that compare equal are ordered by id, so that pages never overlap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sort {
    /// Largest stock first: the only sign of demand until orders are counted.
    #[default]
    Popular,
    /// The latest release first; games without a date last.
    Newest,
    /// The cheapest first.
    PriceAsc,
    /// Most expensive first.
    PriceDesc,
}

/// Which games a list shows. The texts within one field are alternatives; the fields are conditions.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GameFilter {
    /// Words that must all occur in the title, already folded; a word that no title has matches despite typing errors.
    pub search: String,
    /// At least this price.
    pub min_price: Option<Cents>,
    /// At most this price.
    pub max_price: Option<Cents>,
    /// Only games that can be bought now.
    pub in_stock_only: bool,
    /// Names of platforms.
    pub platforms: Vec<String>,
    /// Names of activation services.
    pub activation_services: Vec<String>,
    /// Names of regions.
    pub regions: Vec<String>,
    /// Only games with an online mode, or only those without.
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

/// The default number of games on a page.
pub const PAGE_SIZE_DEFAULT: u32 = 36;
/// The largest number of games on a page.
pub const PAGE_SIZE_MAX: u32 = 100;
/// The highest page number; it keeps offsets small enough for any database.
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
    /// The items on this page.
    pub items: Vec<T>,
    /// The number of items on all pages.
    pub total: u64,
    /// Its number, from 1.
    pub page: u32,
    /// The maximum number of items on a page.
    pub page_size: u32,
}

impl<T> Page<T> {
    /// The number of pages; 0 when nothing was found.
    #[must_use]
    pub fn total_pages(&self) -> u64 {
        self.total.div_ceil(u64::from(self.page_size.max(1)))
    }
}

/// A value that games can be filtered by, and the number of games that have it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Facet {
    /// As shown and as used in a filter.
    pub name: String,
    /// The number of games that have it.
    pub games: u64,
}

/// The values that the catalogue can be filtered by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FilterOptions {
    /// Platforms, most common first.
    pub platforms: Vec<Facet>,
    /// Genres, most common first.
    pub genres: Vec<Facet>,
    /// Publishers, most common first, at most 100.
    pub publishers: Vec<Facet>,
    /// Activation services, most common first.
    pub activation_services: Vec<Facet>,
    /// Regions, most common first.
    pub regions: Vec<Facet>,
    /// The slugs that staff chose.
    pub slugs: TermSlugs,
    /// The lowest and the highest price for sale; zero in an empty shop.
    pub price_range: (Cents, Cents),
}
