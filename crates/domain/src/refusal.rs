//! Every way in which the shop says no, each with its stable code.

use thiserror::Error;

use crate::sync::RunningSync;

/// A refusal: the shop works, and says no. The text is fit for a customer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// A parameter or field is not acceptable.
    #[error("Some of what was sent is not valid")]
    Invalid(Vec<FieldError>),
    /// No such game, or not shown.
    #[error("This game does not exist")]
    GameNotFound,
    /// A sync is already running.
    #[error("A sync is already running: {0}")]
    SyncRunning(RunningSync),
    /// The sync lost its lease to another one, or to nobody in particular: it stopped at once.
    #[error("The sync was too slow and lost its lease; {0}")]
    SyncLost(String),
    /// The supplier does not answer as asked; the text is for operators.
    #[error("{0}")]
    SupplierFailed(String),
    /// The sync was told to stop; what it had read is kept.
    #[error("The sync was stopped before its end; what it had read is kept")]
    SyncStopped,
    /// No supplier is set up, so nothing can be synced.
    #[error("No supplier is set up")]
    NoSupplier,
}

/// One field that is not acceptable, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The parameter's or field's name as the caller wrote it.
    pub field: String,
    /// What is wrong, for a person.
    pub message: String,
}

impl Refusal {
    /// The code that clients act on; it never changes.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VAL001",
            Self::GameNotFound => "NOTFOUND002",
            Self::SupplierFailed(_) => "G2A001",
            Self::SyncRunning(_) | Self::SyncLost(_) | Self::SyncStopped | Self::NoSupplier => "G2A005",
        }
    }
}
