//! Errors of use cases.

use domain::refusal::Refusal;
use thiserror::Error as ThisError;

/// Why a use case failed.
#[derive(Debug, ThisError)]
pub enum Error {
    /// A business error; nothing changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database is not available, or it is unknown whether the change was made: try again.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// An unexpected error: logged once at the boundary, never shown to customers.
    #[error("an internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<storage::Error> for Error {
    fn from(error: storage::Error) -> Self {
        match error {
            storage::Error::Away(_) | storage::Error::UnknownOutcome(_) | storage::Error::Collision(_) => {
                Self::Unavailable(Box::new(error))
            }
            _ => Self::Internal(Box::new(error)),
        }
    }
}

impl From<vault::UnsealError> for Error {
    fn from(unopened: vault::UnsealError) -> Self {
        Self::Internal(Box::new(unopened))
    }
}
