//! What is cached: each key with its name as operators know it, and what makes its value stale.

use std::fmt;

use domain::catalog::GameFilter;
use domain::id::GameId;
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
}

impl Key {
    /// What makes the value stale.
    #[must_use]
    pub const fn touches(&self) -> [Touch; 1] {
        match self {
            Self::Game(id, _) => [Touch::Game(*id)],
            Self::Home => [Touch::Home],
            Self::Catalog(..) => [Touch::Catalog],
        }
    }

    /// Its kind in metrics.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Game(..) => "game",
            Self::Home => "home",
            Self::Catalog(..) => "catalog",
        }
    }

    /// Whether so many different keys can be asked for that most are asked for once: those are not worth compressing
    /// with patience.
    #[must_use]
    pub const fn is_open_ended(&self) -> bool {
        matches!(self, Self::Catalog(..))
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
        }
    }
}
