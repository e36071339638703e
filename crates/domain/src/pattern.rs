//! A pattern over the names of cache keys, as an operator writes it: `*` matches any run of characters.

use std::fmt;

use uuid::Uuid;

use crate::cart::Owner;
use crate::id::{GameId, GuestId, UserId};
use crate::touch::Touch;

/// No key is longer.
const BYTES_MAX: usize = 200;

/// Why a text is not a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPattern {
    /// It is empty.
    Empty,
    /// It is longer than 200 bytes.
    TooLong,
    /// It holds line breaks or other control characters.
    ControlCharacters,
}

impl fmt::Display for NoPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "is empty",
            Self::TooLong => "is longer than 200 bytes",
            Self::ControlCharacters => "holds control characters",
        })
    }
}

impl std::error::Error for NoPattern {}

/// A pattern. `*` matches any run of characters, also an empty one; every other character matches itself, also `?` and
/// `[`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pattern(String);

impl Pattern {
    /// Parses a pattern.
    pub fn parse(text: &str) -> Result<Self, NoPattern> {
        if text.is_empty() {
            Err(NoPattern::Empty)
        } else if text.len() > BYTES_MAX {
            Err(NoPattern::TooLong)
        } else if text.chars().any(char::is_control) {
            Err(NoPattern::ControlCharacters)
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// The pattern that matches every name.
    #[must_use]
    pub fn everything() -> Self {
        Self("*".to_owned())
    }

    /// The pattern's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The only name that it matches; `None` when it may match several.
    #[must_use]
    pub fn as_name(&self) -> Option<&str> {
        (!self.0.contains('*')).then_some(&*self.0)
    }

    /// Whether it matches `name`.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = name.strip_prefix(first) else {
            return false;
        };
        let Some(last) = parts.next_back() else {
            return rest.is_empty();
        };
        // Taking the first occurrence of each part leaves the most text for the parts after it.
        for part in parts {
            let Some(at) = rest.find(part) else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last)
    }

    /// Touches that cover every name that it matches. They may cover more: too many invalidated entries cost only
    /// loads, a missed one is an error.
    #[must_use]
    pub fn touches(&self) -> Vec<Touch> {
        let (fixed, is_open) = match self.0.split_once('*') {
            Some((fixed, _)) => (fixed, true),
            None => (self.0.as_str(), false),
        };
        if let Some(touches) = of_one(fixed, is_open) {
            return touches;
        }
        let may_mean = |group: &str| fixed.starts_with(group) || (is_open && group.starts_with(fixed));
        // No slot covers all users or all guests.
        if may_mean("user:") || may_mean("session:") {
            return vec![Touch::Everything];
        }
        let (games, catalog, home) = (may_mean("game:"), may_mean("catalog:"), may_mean("home:"));
        // Lists are built from cached games.
        let touches = [
            (games || catalog || home, Touch::Games),
            (catalog, Touch::Catalog),
            (home, Touch::Home),
        ];
        touches
            .iter()
            .filter(|(is_meant, _)| *is_meant)
            .map(|(_, touch)| *touch)
            .collect()
    }
}

/// The touches of `fixed`, the pattern's beginning, when it holds a whole id.
fn of_one(fixed: &str, is_open: bool) -> Option<Vec<Touch>> {
    let (kind, rest) = fixed.split_once(':')?;
    let (id, is_ended) = match rest.split_once(':') {
        Some((id, _)) => (id, true),
        // Characters after an open end may still belong to the id; all ids have the same length.
        None => (rest, !is_open || rest.len() == Uuid::nil().to_string().len()),
    };
    let id = Uuid::parse_str(id).ok().filter(|_| is_ended)?;
    match kind {
        "game" => Some(vec![Touch::Game(GameId(id))]),
        "user" => {
            let owner = Owner::User(UserId(id));
            Some(vec![
                Touch::Cart(owner),
                Touch::Wishlist(owner),
                Touch::Profile(UserId(id)),
                Touch::Transactions(UserId(id)),
            ])
        }
        "session" => {
            let owner = Owner::Guest(GuestId(id));
            Some(vec![Touch::Cart(owner), Touch::Wishlist(owner)])
        }
        _ => None,
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    #[test]
    fn a_star_is_any_run_and_all_else_means_itself() {
        for (text, name, is_meant) in [
            ("game:7", "game:7", true),
            ("game:7", "game:77", false),
            ("game:7", "game:", false),
            ("*", "", true),
            ("*", "anything:at all", true),
            ("game:*", "game:7:page", true),
            ("game:*", "games", false),
            ("*:page", "game:7:page", true),
            ("*:page", "game:7:page:x", false),
            ("game:*:page", "game::page", true),
            ("game:*:page", "game:page", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("a**c", "ac", true),
            ("a*a", "a", false),
            ("ga?e:*", "game:7", false),
            ("ga?e:*", "ga?e:7", true),
            ("[gh]ame", "game", false),
            ("g\\*", "g\\x", true),
            ("ä*ö", "äöö", true),
        ] {
            assert_eq!(pattern(text).matches(name), is_meant, "{text} and {name}");
        }
    }

    #[test]
    fn what_names_nothing_is_no_pattern() {
        for (text, why) in [
            ("", NoPattern::Empty),
            ("a\nb", NoPattern::ControlCharacters),
            ("a\0", NoPattern::ControlCharacters),
            (&"x".repeat(201), NoPattern::TooLong),
        ] {
            assert_eq!(Pattern::parse(text), Err(why), "{text:?}");
        }
    }

    #[test]
    fn the_touches_cover_what_the_pattern_means() {
        let id = Uuid::from_u128(7);
        let (game, user) = (Touch::Game(GameId(id)), UserId(id));
        let cart = Touch::Cart(Owner::User(user));
        for (text, touches) in [
            (format!("game:{id}"), vec![game]),
            (format!("game:{id}*"), vec![game]),
            (format!("game:{id}:*"), vec![game]),
            ("game:0000*".to_owned(), vec![Touch::Games]),
            ("game:*".to_owned(), vec![Touch::Games]),
            ("ga*".to_owned(), vec![Touch::Games]),
            ("home:*".to_owned(), vec![Touch::Games, Touch::Home]),
            ("home:lists".to_owned(), vec![Touch::Games, Touch::Home]),
            ("catalog:list:*".to_owned(), vec![Touch::Games, Touch::Catalog]),
            (
                format!("user:{id}:*"),
                vec![
                    cart,
                    Touch::Wishlist(Owner::User(user)),
                    Touch::Profile(user),
                    Touch::Transactions(user),
                ],
            ),
            ("user:*".to_owned(), vec![Touch::Everything]),
            ("*:page".to_owned(), vec![Touch::Everything]),
            ("*".to_owned(), vec![Touch::Everything]),
            ("moon:*".to_owned(), vec![]),
            ("game".to_owned(), vec![]),
        ] {
            assert_eq!(pattern(&text).touches(), touches, "{text}");
        }
    }
}
