//! Errors of the database, classified by what to do about them.

use sea_orm::{DbErr, RuntimeErr};
use thiserror::Error as ThisError;

/// Why an access to the database failed.
#[derive(Debug, ThisError)]
pub enum Error {
    /// A collision of two transactions; nothing changed, and running the use case again may succeed.
    #[error("the transaction collided with another")]
    Collision(#[source] DbErr),
    /// The database is unavailable, or no connection was free in time.
    #[error("the database is away")]
    Away(#[source] DbErr),
    /// The reply to a commit was lost: the changes may have been committed.
    #[error("whether the transaction was committed is unknown")]
    UnknownOutcome(#[source] DbErr),
    /// A row has a content that this program never writes.
    #[error("a row of {table} cannot be read: {reason}")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// What is wrong with the row.
        reason: String,
    },
    /// The address is not that of a supported database.
    #[error("the database's address must begin with sqlite:// or postgres://")]
    Address,
    /// The schema is newer than this program.
    #[error("the database belongs to a newer version of this program, which brought its schema up to: {steps}")]
    NewerSchema {
        /// The unknown migrations.
        steps: String,
    },
    /// Anything else: a statement that the database refuses is a bug of this program.
    #[error("the database refused a statement")]
    Statement(#[source] DbErr),
}

impl Error {
    /// Of the error of an [unknown outcome](Self::UnknownOutcome): whether there was no answer at all. SQLite's answer that a
    /// commit failed is certain: nothing was committed.
    #[must_use]
    pub fn is_lost_reply(error: &DbErr) -> bool {
        match error {
            DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
                !matches!(cause.as_ref(), sqlx::Error::Database(_))
            }
            _ => true,
        }
    }

    /// Classifies an error of a commit: unless it is certainly a collision, the outcome is unknown.
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
                // PostgreSQL: serialisation, deadlock, lock timeout, a transaction ended for being idle (certainly
                // rolled back). SQLite: busy and locked, with their extended codes.
                Some("40001" | "40P01" | "55P03" | "25P03" | "5" | "6" | "261" | "262" | "517") => {
                    Self::Collision(error)
                }
                // PostgreSQL: shutting down, crashed, starting up, too many connections. SQLite: no such file, or no
                // permission.
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
