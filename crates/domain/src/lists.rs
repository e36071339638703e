//! The lists that have names of their own.

use std::fmt;

use crate::catalog::{Facet, SharedGame};
use crate::id::GameId;

/// A named list of games for sale; its text form is its name in the caches.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum GameList {
    /// The most popular games, of all or of one genre.
    BestSellers(Option<String>),
    /// The games added to the shop last.
    NewInCatalog,
    /// Released after today, soonest first.
    Preorders,
    /// The latest releases, today's included.
    New,
    /// One genre, by its name or its slug; most popular first.
    ByGenre(String),
    /// Games similar to one game, and how many of them.
    Similar(GameId, u32),
    /// The matches of a search (folded), best first.
    Search(String),
}

impl GameList {
    /// Whether there are endless others like it: it contains a text or a number of the caller.
    #[must_use]
    pub const fn is_endless(&self) -> bool {
        matches!(
            self,
            Self::BestSellers(Some(_)) | Self::ByGenre(_) | Self::Similar(..) | Self::Search(_)
        )
    }

    /// Whether the home page shows it; it then goes stale with that page.
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

/// The names of the catalogue's filters with their counts, in one of three views.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FilterNames {
    /// All filters.
    FilterOptions,
    /// Only genres.
    Genres,
    /// Only platforms.
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

/// The parts of the sitemap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sitemap {
    /// The list of parts.
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

/// Some games for sale that share a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collection {
    /// The kind of name.
    pub shared: Shared,
    /// The name.
    pub name: String,
    /// The most popular of its games.
    pub games: Vec<SharedGame>,
}

/// A suggestion while a visitor types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggested {
    /// Its id.
    pub id: GameId,
    /// Its slug.
    pub slug: String,
    /// The full title.
    pub title: String,
    /// The portrait picture's address; may be empty.
    pub image: String,
    /// How well it matches, from 1 to 100.
    pub relevance: u32,
}

/// The lists of the home page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HomeLists {
    /// The most popular games for sale.
    pub popular: Vec<SharedGame>,
    /// The latest releases, today's included.
    pub newest: Vec<SharedGame>,
    /// The most popular games for less than ten euros.
    pub bargains: Vec<SharedGame>,
    /// Released after today.
    pub preorders: Vec<SharedGame>,
    /// the most common genres.
    pub genres: Vec<Facet>,
    /// How many games are for sale.
    pub total: u64,
}
