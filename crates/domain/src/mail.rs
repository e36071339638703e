//! The mails that the shop writes.

use serde::{Deserialize, Serialize};

use crate::email::EmailAddress;

/// A mail: recipient and content.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The recipient.
    pub to: EmailAddress,
    /// The content.
    pub content: MailContent,
}

/// The content of a mail. Without `Debug`, because codes and tokens give access.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MailContent {
    /// An account was created. Without the nickname: whoever registers an address that is not theirs chooses it.
    Welcome,
    /// A code that proves that the address belongs to the account's owner.
    VerifyEmail {
        /// Six digits.
        code: String,
    },
    /// A link under which a new password can be set.
    ResetPassword {
        /// The link's token.
        token: String,
    },
    /// A link that makes a browser a known device of the account, after many wrong tries of others.
    KnownDevice {
        /// The link's token.
        token: String,
    },
    /// The password was changed.
    PasswordChanged,
    /// The second factor was turned on.
    SecondFactorOn,
    /// The second factor was turned off.
    SecondFactorOff,
    /// What was ordered. Never a key.
    Receipt(OrderReceipt),
}

/// What an order's mail says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderReceipt {
    /// The order's id, for its address.
    pub order: String,
    /// Its number.
    pub number: String,
    /// Each line: how many copies of which game, and what they cost together.
    pub lines: Vec<(String, String)>,
    /// What was paid.
    pub total: String,
}

/// The state of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    /// It is to be sent, for the first time or again.
    Waiting,
    /// A mail server accepted it.
    Sent,
    /// There was no mail server: it is stored and can be read in the shop.
    Kept,
    /// It was refused, or retried too often: an operator has to look at it.
    DeadLettered,
}

impl MailState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Sent, Self::Kept, Self::DeadLettered];

    /// The name in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Kept => "kept",
            Self::DeadLettered => "buried",
        }
    }

    /// Parses the result of [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Shown in place of a code or a token.
const MASK: &str = "********";

impl MailContent {
    /// The same content with codes and tokens masked.
    #[must_use]
    pub fn masked(self) -> Self {
        match self {
            Self::VerifyEmail { .. } => Self::VerifyEmail { code: MASK.to_owned() },
            Self::ResetPassword { .. } => Self::ResetPassword { token: MASK.to_owned() },
            Self::KnownDevice { .. } => Self::KnownDevice { token: MASK.to_owned() },
            harmless @ (Self::Welcome
            | Self::PasswordChanged
            | Self::SecondFactorOn
            | Self::SecondFactorOff
            | Self::Receipt(_)) => harmless,
        }
    }

    /// The kind's name in the database, logs and metrics.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::VerifyEmail { .. } => "verify_email",
            Self::ResetPassword { .. } => "reset_password",
            Self::KnownDevice { .. } => "known_device",
            Self::PasswordChanged => "password_changed",
            Self::SecondFactorOn => "second_factor_on",
            Self::SecondFactorOff => "second_factor_off",
            Self::Receipt(_) => "receipt",
        }
    }
}
