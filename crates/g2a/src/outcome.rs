//! The outcome of a call that spends: done, refused, or unknown. A shop must never confuse the three.

use std::fmt;

use bytes::Bytes;

use crate::Error;

/// The outcome of a call that may not be repeated. Await it to its end: a caller that drops the future never learns
/// whether the call was sent.
#[derive(Debug)]
#[must_use = "an unknown outcome is money on its way"]
pub enum Outcome<T> {
    /// The supplier did it and confirmed it.
    Done(T),
    /// Certain: this call had no effect. It was never sent, or the supplier refused it with a code that guarantees
    /// that. An earlier call of the same kind may still have had an effect.
    Refused(Error),
    /// The supplier may have acted or not.
    Unknown(Unknown),
}

/// Why an outcome is unknown.
#[derive(Debug)]
pub struct Unknown {
    /// The error.
    pub error: Error,
    /// The bytes of an answer that should hold a key and could not be parsed: an operator may still recover the key.
    pub unread: Option<Unread>,
}

/// Bytes that may hold a game's key. `Debug` shows only their number.
#[derive(Clone, PartialEq, Eq)]
pub struct Unread(Bytes);

impl Unread {
    pub(crate) fn new(bytes: Bytes) -> Option<Unread> {
        (!bytes.is_empty()).then_some(Unread(bytes))
    }

    /// The bytes. Store them sealed: they may be worth as much as the key.
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

    /// Why it was refused, or why its outcome is unknown.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match self {
            Outcome::Done(_) => None,
            Outcome::Refused(error) | Outcome::Unknown(Unknown { error, .. }) => Some(error),
        }
    }

    /// Whether the supplier may have acted without confirming it.
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
