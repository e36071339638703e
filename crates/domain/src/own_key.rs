//! Own keys: keys that the shop holds, their rows in a file, and what becomes of each row of an import.

use std::fmt;

use uuid::Uuid;
use zeroize::Zeroizing;

use crate::money::Cents;
use crate::typed::is_invisible;

/// The most rows of an import, bad ones too.
pub const IMPORT_ROWS_MAX: usize = 100_000;
/// The largest file of an import, in bytes.
pub const IMPORT_BYTES_MAX: usize = 32 * 1024 * 1024;
/// The longest key, in characters.
const KEY_CHARS_MAX: usize = 1_000;

/// The id of a key that the shop holds: not a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OwnKeyId(pub Uuid);

/// The id of an import of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyImportId(pub Uuid);

/// A key in clear. It shows itself to nobody who does not ask for it by name, and its memory is overwritten in the end.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyText(Zeroizing<String>);

/// What became of a key that the shop holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OwnKeyState {
    /// For sale.
    Free,
    /// A unit's, not delivered yet.
    Claimed,
    /// A customer's.
    Delivered,
    /// Taken back before it was sold, or found bad.
    Withdrawn,
}

/// How a file of keys is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFormat {
    /// CSV with a header: `game`, `key` and perhaps `cost`, in any order.
    Csv,
    /// A key a line, all of one game.
    Lines,
}

/// A row of a file of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// The line in which it begins, from 1.
    pub line: u64,
    /// What it says, or why it cannot be read.
    pub content: Result<KeyRowContent, &'static str>,
}

/// What a row of a file of keys says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRowContent {
    /// The slug or the id of a game, or a supplier's product; `None` if the row does not say.
    pub game: Option<String>,
    /// The key.
    pub key: KeyText,
    /// What it cost, if the row says so.
    pub cost: Option<Cents>,
}

/// What became of a row of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyFate {
    /// The key is the shop's, and for sale.
    Taken,
    /// An earlier line of the file has the same key.
    Repeated {
        /// That line.
        line: u64,
    },
    /// The shop holds this key already, or sold it.
    Held,
    /// No game has this name.
    UnknownGame,
    /// Several games have this name: the slug of one is the product of another.
    AmbiguousGame,
    /// It cannot be read, and why.
    Unreadable(&'static str),
}

/// How many keys of an import are in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyCounts {
    /// For sale.
    pub free: u64,
    /// Sold, not delivered yet.
    pub claimed: u64,
    /// Delivered.
    pub delivered: u64,
    /// Taken back.
    pub withdrawn: u64,
}

impl fmt::Display for OwnKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for KeyImportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl KeyText {
    /// A key as it stands in a file, without the spaces around it. Nothing else is changed: letters of both cases and
    /// dashes may be part of a key.
    ///
    /// # Errors
    /// Why it is none, without the text.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        if text.is_empty() {
            return Err("has no key");
        }
        if text.chars().nth(KEY_CHARS_MAX).is_some() {
            return Err("has a key of more than 1000 characters");
        }
        if text.chars().any(|c| c.is_control() || is_invisible(c)) {
            return Err("has a key with characters that do not show");
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// A key as it was kept, whatever rules hold for new ones.
    #[must_use]
    pub fn kept(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The characters: to be sealed, hashed, or shown to whom the key belongs.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText(…)")
    }
}

impl OwnKeyState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Free, Self::Claimed, Self::Delivered, Self::Withdrawn];

    /// The name in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Claimed => "claimed",
            Self::Delivered => "delivered",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Parses the result of [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl KeyRowContent {
    /// A row with these cells.
    ///
    /// # Errors
    /// Why it cannot be read, without what it says.
    pub fn read(game: &str, key: &str, cost: &str) -> Result<Self, &'static str> {
        let (game, cost) = (game.trim(), cost.trim());
        let key = KeyText::parse(key)?;
        let cost = match cost {
            "" => None,
            cost => Some(Cents::parse(cost).ok_or("has a cost that is no amount such as 12.50")?),
        };
        let game = (!game.is_empty()).then(|| game.to_owned());
        Ok(Self { game, key, cost })
    }
}

impl KeyFate {
    /// Whether the key is the shop's now.
    #[must_use]
    pub const fn is_taken(self) -> bool {
        matches!(self, Self::Taken)
    }

    /// Whether it is one of several equal ones.
    #[must_use]
    pub const fn is_duplicate(self) -> bool {
        matches!(self, Self::Repeated { .. } | Self::Held)
    }
}

impl fmt::Display for KeyFate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Taken => f.write_str("taken"),
            Self::Repeated { line } => write!(f, "duplicate of line {line}"),
            Self::Held => f.write_str("duplicate of a key that the shop has or had"),
            Self::UnknownGame => f.write_str("unknown game"),
            Self::AmbiguousGame => f.write_str("unknown game: the name fits several"),
            Self::Unreadable(why) => write!(f, "unreadable: {why}"),
        }
    }
}

impl KeyCounts {
    /// The count of a state.
    pub const fn of_mut(&mut self, state: OwnKeyState) -> &mut u64 {
        match state {
            OwnKeyState::Free => &mut self.free,
            OwnKeyState::Claimed => &mut self.claimed,
            OwnKeyState::Delivered => &mut self.delivered,
            OwnKeyState::Withdrawn => &mut self.withdrawn,
        }
    }

    /// Those that were sold.
    #[must_use]
    pub const fn sold(self) -> u64 {
        self.claimed + self.delivered
    }
}

#[cfg(test)]
#[path = "own_key_tests.rs"]
mod tests;
