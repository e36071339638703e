//! What a call that spends came to: done, refused, or unknown; three things that a shop must never confuse.

use std::fmt;

use bytes::Bytes;

use crate::Error;

/// The outcome of a call that may not be repeated. Await it to its end: who drops the call half-way never learns whether it
/// was sent.
#[derive(Debug)]
#[must_use = "an unknown outcome is money on its way"]
pub enum Outcome<T> {
    /// The supplier did it and said so.
    Done(T),
    /// Certain: this call had no effect. It was never sent, or the supplier refused it with a code that says so. An
    /// earlier call of the same kind may have had one all the same.
    Refused(Error),
    /// Nobody can tell: the supplier may have acted.
    Unknown(Unknown),
}

/// Why an outcome is unknown.
#[derive(Debug)]
pub struct Unknown {
    /// What stood in the way.
    pub error: Error,
    /// What arrived of an answer that ought to hold a key and could not be read: an operator may still save the key.
    pub unread: Option<Unread>,
}

/// Bytes that may hold a game's key. `Debug` shows their number only.
#[derive(Clone, PartialEq, Eq)]
pub struct Unread(Bytes);

impl Unread {
    pub(crate) fn new(bytes: Bytes) -> Option<Unread> {
        (!bytes.is_empty()).then_some(Unread(bytes))
    }

    /// The bytes. Keep them sealed: they may be worth as much as the key.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Unread({} bytes)", self.0.len())
    }
}

impl<T> Outcome<T> {
    /// The answer of a call that was done.
    pub fn done(self) -> Option<T> {
        match self {
            Outcome::Done(answer) => Some(answer),
            Outcome::Refused(_) | Outcome::Unknown(_) => None,
        }
    }

    /// Why it was not done, or why nobody can tell.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match self {
            Outcome::Done(_) => None,
            Outcome::Refused(error) | Outcome::Unknown(Unknown { error, .. }) => Some(error),
        }
    }

    /// Whether the supplier may have acted without our knowing.
    #[must_use]
    pub const fn is_unknown(&self) -> bool {
        matches!(self, Outcome::Unknown(_))
    }

    /// Whether it is certain that this call had no effect.
    #[must_use]
    pub const fn is_refused(&self) -> bool {
        matches!(self, Outcome::Refused(_))
    }
}
