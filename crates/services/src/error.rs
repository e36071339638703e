//! How a use case ends when it does not succeed.
use domain::refusal::Refusal;
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The shop says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database cannot be asked now, or whether the change was made is unknown: ask again.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Something that should not happen; logged once at the boundary, shown to nobody.
    #[error("an internal error")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}
