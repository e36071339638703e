//! The pulse's own connection: never shared, with a short time limit, and replaced when it hangs.

use std::os::unix::fs::MetadataExt as _;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use sea_orm::{ConnAcquireErr, ConnectOptions, DatabaseConnection, DbErr};

use crate::touches::{Pulse, TouchRepository, TouchSnapshot};
use crate::{Db, Error, connect};

/// A statement that takes longer is sent again: its pulse would be too old to be of use.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// One connection, and how to replace it.
#[derive(Clone, Debug)]
pub(crate) struct OwnConnection {
    now: Arc<RwLock<DatabaseConnection>>,
    options: Arc<ConnectOptions>,
    statements: Arc<AtomicU64>,
}

impl OwnConnection {
    pub(crate) async fn open(options: ConnectOptions, statements: Arc<AtomicU64>) -> Result<Self, Error> {
        let connection = connect::connected(options.clone(), &statements).await?;
        Ok(Self {
            now: Arc::new(RwLock::new(connection)),
            options: Arc::new(options),
            statements,
        })
    }

    fn now(&self) -> DatabaseConnection {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Replaces a connection that hangs. After a silent network failure it would otherwise hang until the system gives
    /// up: a quarter of an hour.
    async fn renew(&self) -> Result<(), Error> {
        let fresh = connect::connected(ConnectOptions::clone(&self.options), &self.statements).await?;
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    pub(crate) async fn close(self) -> Result<(), Error> {
        Ok(self.now().close().await?)
    }
}

/// The state of a SQLite file's write-ahead log: each commit of any process changes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogState {
    bytes: u64,
    modified_nanos: i128,
}

impl Db {
    /// The state of SQLite's write-ahead log now; `None` on PostgreSQL, or if there is no log yet. It costs a few microseconds,
    /// and may miss a commit within a few milliseconds of the last one: a hint, not an answer.
    #[must_use]
    pub fn log_state(&self) -> Option<LogState> {
        let log = self.log.as_deref()?.metadata().ok()?;
        Some(LogState {
            bytes: log.size(),
            modified_nanos: i128::from(log.mtime()) * 1_000_000_000 + i128::from(log.mtime_nsec()),
        })
    }

    /// Every touch that `seen` does not cover (for a number: that one and higher ones), which transactions have ended,
    /// and the incarnation, in one snapshot; read on a connection that nothing else uses.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached, or does not answer within two seconds.
    pub async fn pulse(&self, seen: impl Into<TouchSnapshot>) -> Result<Pulse, Error> {
        let (connection, seen) = (self.pulse.now(), seen.into());
        let asked = async { TouchRepository::new(&connection).pulse(&seen).await };
        match tokio::time::timeout(ANSWER_WITHIN, asked).await {
            Ok(answer) => answer,
            // The next pulse shows whether another connection helps.
            Err(_) => match tokio::time::timeout(ANSWER_WITHIN, self.pulse.renew()).await {
                Ok(Err(error)) => Err(error),
                Ok(Ok(())) | Err(_) => Err(Error::Away(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))),
            },
        }
    }
}
