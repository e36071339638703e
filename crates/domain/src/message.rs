//! What the shop tells itself to do later: the outbox's messages.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Work that is to happen after a transaction, exactly as sure as the transaction itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    /// Read the supplier's whole catalogue. The slot names the timetable's instant in UTC.
    SyncCatalogue {
        /// Such as `2026-11-23T02:00Z`.
        slot: String,
    },
    /// Look at the prices and the stock of all games. The slot is named as above.
    CheckStock {
        /// Such as `2026-11-23T02:15Z`.
        slot: String,
    },
    /// Send a mail.
    SendMail {
        /// Its row.
        mail: Uuid,
    },
}

/// What runs beside what: messages of one lane never wait for those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Syncs with the supplier: minutes each, one at a time.
    Sync,
    /// Mails: seconds each, several at a time.
    Mail,
}

impl Lane {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Sync, Self::Mail];

    /// As the database writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Mail => "mail",
        }
    }
}

impl Message {
    /// In which lane it is dealt with.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        match self {
            Self::SyncCatalogue { .. } | Self::CheckStock { .. } => Lane::Sync,
            Self::SendMail { .. } => Lane::Mail,
        }
    }

    /// The kind's name in logs and metrics.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::SyncCatalogue { .. } => "sync_catalogue",
            Self::CheckStock { .. } => "check_stock",
            Self::SendMail { .. } => "send_mail",
        }
    }
}
