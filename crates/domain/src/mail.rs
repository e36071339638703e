//! What the shop writes to people, by mail.

use serde::{Deserialize, Serialize};

use crate::email::EmailAddress;

/// A mail: to whom, and what it says.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// To whom.
    pub to: EmailAddress,
    /// What it says.
    pub content: MailContent,
}

/// What a mail says. Without `Debug`: codes and tokens open things.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MailContent {
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

/// Where a mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    /// It is to be sent, or sent again.
    Waiting,
    /// A mail server took it.
    Sent,
    /// There was no mail server to send it by: it can be read in the shop.
    Kept,
    /// It was refused, or tried too often: an operator's case.
    DeadLettered,
}

impl MailState {
    const ALL: [Self; 4] = [Self::Waiting, Self::Sent, Self::Kept, Self::DeadLettered];

    /// As the API and the database write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Kept => "kept",
            Self::DeadLettered => "buried",
        }
    }

    /// Reads what [`as_str`](Self::as_str) wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// What stands where a code or a token is not shown.
const MASK: &str = "********";

impl MailContent {
    /// The same without what opens anything.
    #[must_use]
    pub fn masked(self) -> Self {
        match self {
            Self::VerifyEmail { .. } => Self::VerifyEmail { code: MASK.to_owned() },
            Self::ResetPassword { .. } => Self::ResetPassword { token: MASK.to_owned() },
            harmless
            @ (Self::Welcome { .. } | Self::PasswordChanged | Self::SecondFactorOn | Self::SecondFactorOff) => harmless,
        }
    }

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
