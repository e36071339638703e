//! The shop's database: the same code for SQLite and PostgreSQL, readable anywhere, writable only inside a [`Tx`].
//!
//! A write outside a transaction does not compile, because [`Db`]'s repositories have no write methods:
//!
//! ```
//! async fn forget(tx: &storage::Tx, offer: domain::id::OfferId) -> Result<u64, storage::Error> {
//!     tx.parked().forget(&[offer]).await
//! }
//! ```
//!
//! ```compile_fail,E0599
//! async fn forget(db: &storage::Db, offer: domain::id::OfferId) -> Result<u64, storage::Error> {
//!     db.parked().forget(&[offer]).await
//! }
//! ```

pub mod accounts;
pub mod audit;
pub mod carts;
pub mod cases;
pub mod catalog;
mod connect;
mod dialect;
mod error;
pub mod guests;
pub mod known_devices;
pub mod leases;
pub mod ledger;
mod listing;
pub mod mails;
pub mod metadata;
mod migrations;
mod numbering;
pub mod offers;
pub mod orders;
pub mod outbox;
pub mod overrides;
pub mod own_keys;
mod owned;
pub mod pace;
pub mod parked;
mod pulse;
mod repositories;
pub mod second_factors;
pub mod security_events;
pub mod sessions;
pub mod signals;
mod sql;
pub mod staff;
pub mod sync_runs;
mod tables;
pub mod terms;
pub mod throttles;
pub mod tickets;
pub mod touches;
pub mod trail;
pub mod wishlists;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::touch::Touch;
#[cfg(latchkey_chaos)]
use sea_orm::ConnectionTrait;
use sea_orm::{DatabaseConnection, DatabaseTransaction, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use tokio::sync::{Mutex, OwnedMutexGuard};

pub use connect::Options;
pub use error::Error;
pub use pulse::LogState;

/// A database: for reads, and for beginning transactions.
#[derive(Clone, Debug)]
pub struct Db {
    pool: DatabaseConnection,
    /// A separate connection, so that the pulse never waits for one that a slow request holds.
    pulse: pulse::OwnConnection,
    /// `None` on SQLite.
    signals: Option<signals::Signals>,
    /// How many statements were sent.
    statements: Arc<AtomicU64>,
    /// `None` on PostgreSQL.
    writer: Option<Writer>,
    /// The file of SQLite's write-ahead log.
    log: Option<Arc<Path>>,
}

/// SQLite's single writer.
#[derive(Clone, Debug)]
struct Writer {
    /// Always the same connection: each has a page cache of its own, and a writer needs a large one.
    connection: DatabaseConnection,
    /// A fair queue; SQLite's own busy timeout is not one.
    queue: Arc<Mutex<()>>,
}

/// A transaction: dropped without [`commit`](Tx::commit), it is rolled back.
#[must_use = "a transaction that is not committed is rolled back"]
#[derive(Debug)]
pub struct Tx {
    inner: DatabaseTransaction,
    touches: BTreeSet<Touch>,
    /// What was recorded of them already.
    recorded: Option<touches::TouchRow>,
    /// Held until the transaction has ended.
    _turn: Option<OwnedMutexGuard<()>>,
}

/// The result of a committed transaction.
#[derive(Debug)]
pub struct Committed {
    /// Its touches, and its number; `None` without touches.
    pub touched: Option<touches::TouchRow>,
}

impl Db {
    /// Opens the database at `url` (`sqlite://PATH` or `postgres://…`). The schema is not changed.
    ///
    /// # Errors
    ///
    /// When the address is wrong or the database cannot be reached.
    pub async fn open(url: &str, options: Options) -> Result<Self, Error> {
        Box::pin(connect::open(url, options)).await
    }

    /// Begins a transaction: IMMEDIATE on SQLite, in a fair queue; READ COMMITTED on PostgreSQL.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached, or is busy with another process's write.
    pub async fn begin(&self) -> Result<Tx, Error> {
        let (connection, turn) = match &self.writer {
            Some(writer) => (&writer.connection, Some(Arc::clone(&writer.queue).lock_owned().await)),
            None => (&self.pool, None),
        };
        let options = TransactionOptions {
            sqlite_transaction_mode: turn.as_ref().map(|_| SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let inner = connection.begin_with_options(options).await?;
        Ok(Tx {
            inner,
            touches: BTreeSet::new(),
            recorded: None,
            _turn: turn,
        })
    }

    /// Brings the schema up to date: each migration in a transaction of its own on PostgreSQL, all in one on SQLite.
    /// Safe to run in several processes. In a database that was loaded from a dump the numbers of touches start over.
    ///
    /// # Errors
    ///
    /// When a migration fails: it is then rolled back.
    pub async fn migrate(&self) -> Result<u32, Error> {
        let steps = migrations::run(&self.pool).await?;
        numbering::settle(self).await?;
        Ok(steps)
    }

    /// How many migrations have not run yet.
    pub async fn pending_migrations(&self) -> Result<usize, Error> {
        connect::patiently(|| migrations::pending(&self.pool)).await
    }

    /// Reads the database's name and version, which shows that it answers.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub async fn version(&self) -> Result<String, Error> {
        dialect::version(&self.pool).await
    }

    /// Whether the database is a file on this machine (SQLite), accessed without a network.
    #[must_use]
    pub const fn is_embedded(&self) -> bool {
        self.writer.is_some()
    }

    /// How many statements this handle and its copies have sent, without those that begin and end transactions.
    #[must_use]
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Closes all connections; on SQLite this checkpoints the write-ahead log.
    ///
    /// # Errors
    ///
    /// When a connection cannot be closed cleanly.
    pub async fn close(self) -> Result<(), Error> {
        self.pulse.close().await?;
        if let Some(signals) = self.signals {
            signals.close().await;
        }
        if let Some(writer) = self.writer {
            writer.connection.close().await?;
        }
        self.pool.close().await?;
        Ok(())
    }

    /// For tests only: calls `sees` with the text of each statement that is sent.
    #[cfg(latchkey_chaos)]
    pub fn on_statement_for_test(&mut self, sees: impl Fn(&str) + Send + Sync + Clone + 'static) {
        if let Some(writer) = &mut self.writer {
            let sees = sees.clone();
            writer
                .connection
                .set_metric_callback(move |sent| sees(&sent.statement.sql));
        }
        self.pool.set_metric_callback(move |sent| sees(&sent.statement.sql));
    }

    /// Shows each statement to `see`, for tests of their plans.
    #[cfg(latchkey_chaos)]
    pub fn see_statements_for_test(&mut self, see: impl Fn(&sea_orm::Statement) + Send + Sync + 'static) {
        self.pool.set_metric_callback(move |info| see(info.statement));
    }

    /// For tests of this crate only: the connection, for access without the repositories.
    #[cfg(latchkey_chaos)]
    #[must_use]
    pub const fn raw(&self) -> &DatabaseConnection {
        &self.pool
    }
}

impl Tx {
    /// Records that this transaction makes `touch` stale; written with the commit at the latest.
    pub fn touch(&mut self, touch: Touch) {
        self.touches.insert(touch);
    }

    /// Begins a part of this transaction that can be undone alone: a savepoint. Until it is kept or undone, nothing else is
    /// done in this transaction.
    ///
    /// # Errors
    ///
    /// When the transaction is lost, as after any error of these three.
    pub async fn begin_part(&self) -> Result<Self, Error> {
        Ok(Self {
            inner: self.inner.begin().await?,
            touches: BTreeSet::new(),
            recorded: self.recorded.clone(),
            _turn: None,
        })
    }

    /// Ends a part; what it did is committed with the whole, and so are its touches.
    ///
    /// # Errors
    ///
    /// As [`begin_part`](Self::begin_part).
    pub async fn keep_part(&mut self, part: Self) -> Result<(), Error> {
        part.inner.commit().await?;
        self.touches.extend(part.touches);
        self.recorded = part.recorded;
        Ok(())
    }

    /// Undoes a part, and nothing else.
    ///
    /// # Errors
    ///
    /// As [`begin_part`](Self::begin_part): after some errors, such as a full disk, SQLite has undone everything.
    pub async fn undo_part(&mut self, part: Self) -> Result<(), Error> {
        Ok(part.inner.rollback().await?)
    }

    /// Commits the transaction with its touches.
    ///
    /// # Errors
    ///
    /// After an error of the commit itself the outcome is unknown: read again before acting on it.
    pub async fn commit(self) -> Result<Committed, Error> {
        let touched = self
            .touches()
            .record(self.touches.clone(), self.recorded.clone())
            .await?;
        self.inner.commit().await.map_err(Error::at_commit)?;
        Ok(Committed { touched })
    }

    /// For tests of this crate only: runs `sql` unchanged, and returns how many rows it changed.
    #[cfg(latchkey_chaos)]
    pub async fn execute_for_test(&self, sql: &str) -> Result<u64, Error> {
        Ok(self.inner.execute_unprepared(sql).await?.rows_affected())
    }
}
