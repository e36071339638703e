//! The trail: what staff and the command line do, by names that never change, and why.

use crate::refusal::{FieldError, Refusal, Wrong};
use crate::typed;

/// The longest reason, in characters.
const REASON_CHARS_MAX: usize = 500;

macro_rules! actions {
    ($($(#[doc = $doc:literal])+ $Action:ident = $name:literal,)+) => {
        /// Something that is recorded in the trail.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum TrailAction {
            $($(#[doc = $doc])+ $Action,)+
        }

        impl TrailAction {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$Action,)+];

            /// The name in the database and the API; it never changes.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$Action => $name,)+
                }
            }
        }
    };
}

actions! {
    /// An account was made by the command line.
    MakeAccount = "user.make",
    /// A role of staff was given.
    GiveRole = "staff.give",
    /// A role of staff was taken.
    TakeRole = "staff.take",
    /// An account was blocked.
    BlockUser = "user.block",
    /// An account is no longer blocked.
    UnblockUser = "user.unblock",
    /// All sign-ins of an account were ended.
    EndSessions = "user.end-sessions",
    /// Fields of a game were set by hand, or given back to its suppliers.
    OverrideGame = "game.override",
    /// A category, genre, platform or tag was made.
    AddTerm = "name.add",
    /// It was renamed or described.
    ChangeTerm = "name.change",
    /// It was merged into another.
    MergeTerm = "name.merge",
    /// It was deleted.
    DeleteTerm = "name.delete",
    /// An offer was made one of a game's.
    LinkOffer = "offer.link",
    /// An offer was made a game of its own.
    UnlinkOffer = "offer.unlink",
    /// A sync was asked for.
    RequestSync = "sync.request",
    /// What a run had parked was accepted.
    AcceptRun = "sync.accept",
    /// Cached values were invalidated.
    InvalidateCache = "cache.invalidate",
    /// A mail was read.
    ReadMail = "mail.read",
    /// A customer's payment at the cash desk was booked.
    TopUp = "wallet.top-up",
    /// Something was given to a wallet, or taken back.
    AdjustBalance = "wallet.adjust",
    /// A balance was paid out.
    PayOut = "wallet.pay-out",
    /// Keys were imported.
    ImportKeys = "keys.import",
    /// What of an import of keys was unsold was taken back.
    UndoKeyImport = "keys.undo",
    /// The price of a copy was given back.
    RefundUnit = "unit.refund",
    /// A case was settled.
    SettleCase = "case.settle",
    /// A job that had failed for good was run again.
    RunJobAgain = "job.run-again",
}

impl TrailAction {
    /// Parses the result of [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.as_str() == text)
    }
}

/// A reason as the trail keeps it: a line of plain text; `None` if none was typed.
///
/// # Errors
/// [`Refusal::Invalid`] if it is too long, or missing where one is needed.
pub fn reason(typed: &str, is_needed: bool) -> Result<Option<String>, Refusal> {
    let wrong = |wrong, why: &str| Refusal::Invalid(vec![FieldError::of(wrong, "reason", why)]);
    match typed::line(typed, REASON_CHARS_MAX) {
        Err(why) => Err(wrong(Wrong::Value, &why)),
        Ok(line) if line.is_empty() && is_needed => Err(wrong(Wrong::Missing, "is missing")),
        Ok(line) => Ok((!line.is_empty()).then_some(line)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_line_of_plain_text() {
        assert_eq!(
            reason(" They\r\nasked\u{202e} ", true),
            Ok(Some("They asked".to_owned()))
        );
        assert_eq!(reason(" \u{200b}", false), Ok(None));
        assert!(reason(" \u{200b}", true).is_err());
        assert!(reason(&"é".repeat(500), true).is_ok() && reason(&"é".repeat(501), false).is_err());
    }

    #[test]
    fn each_action_has_a_name_of_its_own() {
        for action in TrailAction::ALL {
            assert_eq!(TrailAction::parse(action.as_str()), Some(*action));
        }
    }
}
