//! The lists that the shop shows under names of their own.

use std::fmt;

use crate::catalog::{Facet, SharedGame};
use crate::id::GameId;

/// A list of games for sale that has a name; its text is its name in the caches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GameList {
    /// What there is most demand for, of all games or of one genre.
    BestSellers(Option<String>),
    /// What came into the shop last.
    NewInCatalog,
    /// Released after today, the soonest first.
    Preorders,
    /// The latest releases, today's included.
    New,
    /// One genre, by its name or its name in addresses; what there is most demand for first.
    ByGenre(String),
    /// Like one game, so many.
    Similar(GameId, u32),
    /// What a search (folded) finds, the best first.
    Search(String),
}

impl GameList {
    /// Whether the home page shows it: it goes stale with that page.
    #[must_use]
    pub const fn is_at_home(&self) -> bool {
        matches!(
            self,
            Self::BestSellers(None) | Self::NewInCatalog | Self::Preorders | Self::New
        )
    }
}

impl fmt::Display for GameList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_at_home() { "home:" } else { "catalog:" })?;
        match self {
            Self::BestSellers(None) => f.write_str("best-sellers"),
            Self::BestSellers(Some(genre)) => write!(f, "best-sellers:{genre}"),
            Self::NewInCatalog => f.write_str("new-in-catalog"),
            Self::Preorders => f.write_str("preorders"),
            Self::New => f.write_str("new"),
            Self::ByGenre(genre) => write!(f, "by-genre:{genre}"),
            Self::Similar(game, count) => write!(f, "similar:{game}:{count}"),
            Self::Search(words) => write!(f, "search:{words}"),
        }
    }
}

/// What the catalogue's filters are called and count, in one of three renderings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FilterNames {
    /// All of them.
    FilterOptions,
    /// Genres alone.
    Genres,
    /// Platforms alone.
    Platforms,
}

impl fmt::Display for FilterNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FilterOptions => "filter-options",
            Self::Genres => "genres",
            Self::Platforms => "platforms",
        })
    }
}

/// What search engines are shown of the shop's addresses, part by part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sitemap {
    /// Which parts there are.
    Index,
    /// The home page and the lists.
    Lists,
    /// The games of one part, from 1.
    Games(u32),
}

impl fmt::Display for Sitemap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index => f.write_str("sitemap"),
            Self::Lists => f.write_str("sitemap:lists"),
            Self::Games(part) => write!(f, "sitemap:games:{part}"),
        }
    }
}

/// What the games of a collection have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shared {
    /// A genre.
    Genre,
    /// A publisher.
    Publisher,
}

/// Some games for sale that have a name in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// What kind of name.
    pub shared: Shared,
    /// The name.
    pub name: String,
    /// The most popular of them.
    pub games: Vec<SharedGame>,
}

/// A game that fits what is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggested {
    /// Its id.
    pub id: GameId,
    /// Its address in the shop.
    pub slug: String,
    /// The full title.
    pub title: String,
    /// The portrait picture's address; may be empty.
    pub image: String,
    /// How well it fits, from 1 to 100.
    pub relevance: u32,
}

/// The lists of the home page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HomeLists {
    /// The most popular games for sale.
    pub popular: Vec<SharedGame>,
    /// The latest releases, today's included.
    pub newest: Vec<SharedGame>,
    /// The most popular for less than ten euros.
    pub bargains: Vec<SharedGame>,
    /// Released after today.
    pub preorders: Vec<SharedGame>,
    /// The commonest genres.
    pub genres: Vec<Facet>,
    /// How many games are for sale.
    pub total: u64,
}
