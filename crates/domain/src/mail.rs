//! What the shop writes to people, by mail.

use serde::{Deserialize, Serialize};

use crate::email::EmailAddress;

/// A mail: to whom, and what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// To whom.
    pub to: EmailAddress,
    /// What it says.
    pub words: Words,
}

/// What a mail says. Without `Debug`: codes and tokens open things.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Words {
    /// There is an account now.
    Welcome {
        /// What its owner is called.
        nickname: String,
    },
    /// A code that shows that the address is the account owner's.
    VerifyEmail {
        /// Six digits.
        code: String,
    },
    /// A link under which a new password can be set.
    ResetPassword {
        /// The link's token.
        token: String,
    },
    /// The password is another one now.
    PasswordChanged,
    /// Signing in takes a second factor now.
    SecondFactorOn,
    /// Signing in takes no second factor any more.
    SecondFactorOff,
}

impl Words {
    /// The kind's name in the database, logs and metrics.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Welcome { .. } => "welcome",
            Self::VerifyEmail { .. } => "verify_email",
            Self::ResetPassword { .. } => "reset_password",
            Self::PasswordChanged => "password_changed",
            Self::SecondFactorOn => "second_factor_on",
            Self::SecondFactorOff => "second_factor_off",
        }
    }
}
