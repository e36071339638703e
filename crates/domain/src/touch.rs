//! What can go stale: each mutation names what it made so.

use std::fmt;

use uuid::Uuid;

use crate::id::GameId;

/// A part of the shop whose cached views a transaction made stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Touch {
    /// One game's price, stock or text: `game:{id}`.
    Game(GameId),
    /// Any list, filter option or slug of the catalogue: `catalog:*`.
    Catalog,
    /// The lists of the home page: `home:*`.
    Home,
}

impl Touch {
    /// Reads what [`Display`](fmt::Display) wrote; `None` for a touch of a later version of this program.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "catalog:*" => Some(Self::Catalog),
            "home:*" => Some(Self::Home),
            _ => Uuid::parse_str(text.strip_prefix("game:")?)
                .ok()
                .map(|id| Self::Game(GameId(id))),
        }
    }
}

/// The key or group as operators know it.
impl fmt::Display for Touch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Game(id) => write!(f, "game:{id}"),
            Self::Catalog => f.write_str("catalog:*"),
            Self::Home => f.write_str("home:*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_wrote() {
        for touch in [Touch::Game(GameId(Uuid::from_u128(7))), Touch::Catalog, Touch::Home] {
            assert_eq!(Touch::parse(&touch.to_string()), Some(touch));
        }
        assert_eq!(Touch::parse("moon:*"), None);
    }
}
