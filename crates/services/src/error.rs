//! How a use case ends when it does not succeed.

use domain::refusal::Refusal;
use thiserror::Error as ThisError;

/// Why a use case did not succeed.
#[derive(Debug, ThisError)]
pub enum Error {
    /// The shop says no; nothing changed.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database cannot be asked now, or whether the change was made is unknown: ask again.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What should not happen: logged once at the boundary, shown to nobody.
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
