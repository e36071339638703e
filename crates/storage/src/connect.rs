//! How connections are opened and set: durable, bounded, and never waiting for ever.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectOptions, Database};
use tokio::sync::Mutex;

use crate::{Db, Error};

/// How a database is opened.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The most connections at once, beside the pulse's own.
    pub connections_max: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { connections_max: 8 }
    }
}

/// How long a request waits for a free connection before the shop says that the database is away.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// How long a statement waits for a writer of another process on SQLite.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

pub(crate) async fn open(url: &str, options: Options) -> Result<Db, Error> {
    let embedded = url.starts_with("sqlite:");
    if !embedded && !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(Error::Address);
    }
    let pool = Database::connect(configured(url, options.connections_max)).await?;
    let pulse = Database::connect(configured(url, 1)).await?;
    Ok(Db {
        pool,
        pulse,
        write_queue: embedded.then(|| Arc::new(Mutex::new(()))),
    })
}

fn configured(url: &str, connections_max: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections_max)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_timeout(ACQUIRE_TIMEOUT)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(|sqlite| {
            use sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
            // FULL: an intent that can be lost at power failure is no intent.
            sqlite
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .busy_timeout(BUSY_TIMEOUT)
                .foreign_keys(true)
        })
        .map_sqlx_postgres_opts(|postgres| {
            postgres.application_name("latchkey").options([
                ("lock_timeout", "2s"),
                ("idle_in_transaction_session_timeout", "5s"),
                ("synchronous_commit", "on"),
            ])
        });
    options
}
