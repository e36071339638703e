//! The trail: what staff and the command line do, by names that never change.

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_action_has_a_name_of_its_own() {
        for action in TrailAction::ALL {
            assert_eq!(TrailAction::parse(action.as_str()), Some(*action));
        }
    }
}
