//! Cases: what the shop cannot settle by itself, and a person has to.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::id::UnitId;
use crate::money::Cents;
use crate::refusal::{FieldError, Refusal, Wrong};
use crate::typed;

/// The longest account of how a case was settled, in characters.
const OUTCOME_CHARS_MAX: usize = 500;

/// The id of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CaseId(pub Uuid);

/// What a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CaseKind {
    /// A delivered key cannot be unsealed: its customer paid and does not see it.
    KeyUnreadable,
}

/// A case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// What it is about.
    pub kind: CaseKind,
    /// The unit concerned, if one is.
    pub unit: Option<UnitId>,
    /// How much money it is about.
    pub at_risk: Cents,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// How it ended; `None` while it is open.
    pub settled: Option<SettledCase>,
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettledCase {
    /// When.
    pub at: Timestamp,
    /// Who settled it: the id of an account, or the words of a command.
    pub by: String,
    /// What they did.
    pub outcome: String,
}

impl CaseKind {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::KeyUnreadable];

    /// The name in the database; it never changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeyUnreadable => "key_unreadable",
        }
    }

    /// Parses the result of [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// What happened, in plain words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::KeyUnreadable => "A sold key cannot be read",
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::KeyUnreadable => {
                "The key was sealed with another master key, or its row was changed. Start the shop with the master key of \
                 that time, and the customer sees the key. If that key is lost, refund the copy."
            }
        }
    }
}

/// How a case was settled, as somebody typed it: a line of plain text.
///
/// # Errors
/// [`Refusal::Invalid`] if it is missing or too long.
pub fn outcome(typed: &str) -> Result<String, Refusal> {
    let wrong = |wrong, why: &str| Refusal::Invalid(vec![FieldError::of(wrong, "outcome", why)]);
    match typed::line(typed, OUTCOME_CHARS_MAX) {
        Err(why) => Err(wrong(Wrong::Value, &why)),
        Ok(line) if line.is_empty() => Err(wrong(Wrong::Missing, "is missing")),
        Ok(line) => Ok(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_is_settled_in_words() {
        assert_eq!(outcome(" Refunded\nit "), Ok("Refunded it".to_owned()));
        assert!(outcome(" \u{200b}").is_err());
        assert!(outcome(&"é".repeat(500)).is_ok() && outcome(&"é".repeat(501)).is_err());
    }

    #[test]
    fn names_are_read_as_they_were_written() {
        for kind in CaseKind::ALL {
            assert_eq!(CaseKind::parse(kind.as_str()), Some(kind));
        }
    }
}
