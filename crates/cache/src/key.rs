//! What is cached: each key with its name as operators know it, and what makes its value stale.

use std::fmt;

use domain::catalog::GameFilter;
use domain::id::GameId;
use domain::lists::{GameList, Names, Sitemap};
use domain::touch::Touch;

/// Which rendering of a thing is meant; each is kept by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// For programs.
    Json,
    /// For people.
    Page,
}

/// A key. Its value shows only what its touches cover.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// One game: `game:{id}`.
    Game(GameId, View),
    /// The home page: `home:lists`.
    Home,
    /// A page of the catalogue: `catalog:list:…`.
    Catalog(Box<GameFilter>, View),
    /// A list with a name of its own: `home:{list}` or `catalog:{list}`.
    List(GameList),
    /// What can be filtered by: `catalog:{names}`.
    Names(Names),
    /// Games that have something in common: `catalog:collections`.
    Collections,
    /// What fits what is being typed (folded), so many: `catalog:autocomplete:…`.
    Suggestions(String, u32),
    /// Addresses for search engines: `catalog:sitemap…`.
    Sitemap(Sitemap),
}

impl Key {
    /// What makes the value stale; where one thing does, it is said twice.
    #[must_use]
    pub const fn touches(&self) -> [Touch; 2] {
        match self {
            Self::Game(id, View::Json) => [Touch::Game(*id); 2],
            // The page shows games like it too.
            Self::Game(id, View::Page) => [Touch::Game(*id), Touch::Catalog],
            Self::Home => [Touch::Home; 2],
            Self::List(list) if list.is_at_home() => [Touch::Home; 2],
            Self::Catalog(..)
            | Self::List(_)
            | Self::Names(_)
            | Self::Collections
            | Self::Suggestions(..)
            | Self::Sitemap(_) => [Touch::Catalog; 2],
        }
    }

    /// Its kind in metrics.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Game(..) => "game",
            Self::Home => "home",
            Self::List(list) if list.is_at_home() => "home",
            Self::Catalog(..)
            | Self::List(_)
            | Self::Names(_)
            | Self::Collections
            | Self::Suggestions(..)
            | Self::Sitemap(_) => "catalog",
        }
    }

    /// Whether most of its keys are asked for once or hardly ever: those are not worth compressing with patience.
    #[must_use]
    pub fn is_open_ended(&self) -> bool {
        match self {
            Self::Catalog(filter, _) => {
                let plain = GameFilter {
                    sort: filter.sort,
                    ..GameFilter::default()
                };
                **filter != plain
            }
            // The sitemap's parts are few, long, and read by robots now and then.
            Self::Suggestions(..) | Self::Sitemap(_) => true,
            Self::List(list) => !list.is_at_home(),
            Self::Game(..) | Self::Home | Self::Names(_) | Self::Collections => false,
        }
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "json",
            Self::Page => "page",
        })
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Game(id, View::Json) => write!(f, "game:{id}"),
            Self::Game(id, view) => write!(f, "game:{id}:{view}"),
            Self::Home => f.write_str("home:lists"),
            Self::Catalog(filter, view) => write!(f, "catalog:list:{view}:{filter:?}"),
            Self::List(list) => list.fmt(f),
            Self::Names(names) => write!(f, "catalog:{names}"),
            Self::Collections => f.write_str("catalog:collections"),
            Self::Sitemap(sitemap) => write!(f, "catalog:{sitemap}"),
            Self::Suggestions(typed, count) => write!(f, "catalog:autocomplete:{count}:{typed}"),
        }
    }
}
