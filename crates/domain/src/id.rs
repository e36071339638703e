//! Typed ids, and the source of new ones.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A game's id in this shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GameId(pub Uuid);

impl fmt::Display for GameId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An offer's id in this shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OfferId(pub Uuid);

impl fmt::Display for OfferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The name of a supplier in this shop: 1 to 32 of `a-z0-9-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SupplierName(String);

impl SupplierName {
    /// The supplier of the section `[supplier]`.
    #[must_use]
    pub fn g2a() -> Self {
        Self("g2a".to_owned())
    }

    /// The shop itself, which sells keys of its own.
    #[must_use]
    pub fn own() -> Self {
        Self("own".to_owned())
    }

    /// Takes `text` if it is such a name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let is_of_it = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let well_formed = (1..=32).contains(&text.len()) && text.bytes().all(is_of_it);
        well_formed.then(|| Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the shop itself, which sells keys of its own.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.0 == "own"
    }
}

impl TryFrom<String> for SupplierName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a supplier's name is 1 to 32 of a-z, 0-9 and -")
    }
}

impl From<SupplierName> for String {
    fn from(name: SupplierName) -> Self {
        name.0
    }
}

impl fmt::Display for SupplierName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An account's id: not a secret, it is part of keys and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct UserId(pub Uuid);

/// The id of one sign-in, from its beginning to its end: not a secret, it gives no access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub Uuid);

/// The id of a guest's session: not a secret. The guest's browser holds another value, which cannot be computed from
/// this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GuestId(pub Uuid);

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for GuestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An order's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderId(pub Uuid);

/// A unit's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitId(pub Uuid);

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A product's id at its supplier: 1 to 128 printable characters without spaces (14 digits at G2A).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProductId(String);

impl ProductId {
    /// Accepts `text` if it is a product id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = (1..=128).contains(&text.chars().count()) && text.chars().all(is_printable);
        well_formed.then(|| Self(text.to_owned()))
    }

    /// The characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The product that the shop's own keys of a game are.
impl From<GameId> for ProductId {
    fn from(game: GameId) -> Self {
        Self(game.to_string())
    }
}

impl TryFrom<String> for ProductId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a product id is 1 to 128 printable characters without spaces")
    }
}

impl From<ProductId> for String {
    fn from(id: ProductId) -> Self {
        id.0
    }
}

impl fmt::Display for ProductId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Generates ids: random ones in the program, counted ones in tests.
pub trait Ids: Send + Sync + fmt::Debug {
    /// A new unique id.
    fn fresh(&self) -> Uuid;
}

/// Whether it can be seen: no space, no control, and none of the characters that only change how others are shown.
fn is_printable(c: char) -> bool {
    !c.is_control() && !c.is_whitespace() && !is_format(c)
}

/// Whether it only changes how others are shown: marks of direction, characters without width.
pub(crate) const fn is_format(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_id_is_printable_and_not_too_long() {
        let long = "ü".repeat(128);
        for text in ["10000000024005", "A-1/ü", "=1+1", "三", long.as_str()] {
            assert_eq!(ProductId::parse(text).map(String::from).as_deref(), Some(text));
        }
        let longer = "x".repeat(129);
        for text in [
            "",
            " ",
            "a b",
            "a\u{a0}b",
            "a\n",
            "\0",
            "a\u{200b}",
            "\u{202e}a",
            longer.as_str(),
        ] {
            assert_eq!(ProductId::parse(text), None, "{text:?}");
        }
    }
}
