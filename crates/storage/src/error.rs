//! What can go wrong between the shop and its database, sorted by what to do about it.

use sea_orm::{DbErr, RuntimeErr};
use thiserror::Error as ThisError;

/// A failed use of the database.
#[derive(Debug, ThisError)]
pub enum Error {
    /// Two transactions got in each other's way; nothing happened, and running the use case again may succeed.
    #[error("the transaction collided with another")]
    Collision(#[source] DbErr),
    /// The database cannot be reached, or no connection was free in time.
    #[error("the database is away")]
    Away(#[source] DbErr),
    /// The reply to a commit was lost: what was to happen may have happened.
    #[error("whether the transaction was committed is unknown")]
    UnknownOutcome(#[source] DbErr),
    /// A row holds what this program never writes.
    #[error("a row of {table} cannot be read: {reason}")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// What is wrong with the row.
        reason: String,
    },
    /// The address is not one of a database that the shop knows.
    #[error("the database's address must begin with sqlite:// or postgres://")]
    Address,
    /// The schema has what this program does not know.
    #[error("the database belongs to a newer version of this program, which brought its schema up to: {steps}")]
    NewerSchema {
        /// The steps of the schema's history that this program lacks.
        steps: String,
    },
    /// Anything else: a statement that the database refuses is a mistake of this program.
    #[error("the database refused a statement")]
    Statement(#[source] DbErr),
}

impl Error {
    /// Sorts an error of a commit: whatever is not plainly a collision leaves the outcome unknown.
    pub(crate) fn at_commit(error: DbErr) -> Self {
        match Self::from(error) {
            Self::Away(source) | Self::Statement(source) => Self::UnknownOutcome(source),
            other => other,
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        let runtime = match &error {
            DbErr::Conn(runtime) | DbErr::Exec(runtime) | DbErr::Query(runtime) => Some(runtime),
            DbErr::ConnectionAcquire(_) => return Self::Away(error),
            _ => None,
        };
        let Some(RuntimeErr::SqlxError(cause)) = runtime else {
            return Self::Statement(error);
        };
        match cause.as_ref() {
            sqlx::Error::Database(refused) => match refused.code().as_deref() {
                // PostgreSQL: serialisation, deadlock, lock timeout, a transaction ended because it slept (rolled back for
                // certain). SQLite: busy and locked, with their extended forms.
                Some("40001" | "40P01" | "55P03" | "25P03" | "5" | "6" | "261" | "262" | "517") => {
                    Self::Collision(error)
                }
                // PostgreSQL: shutting down, crashed, starting up, too many connections. SQLite: no such file, or no
                // right to it.
                Some("57P01" | "57P02" | "57P03" | "53300" | "14") => Self::Away(error),
                _ => Self::Statement(error),
            },
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Self::Away(error),
            _ => Self::Statement(error),
        }
    }
}
