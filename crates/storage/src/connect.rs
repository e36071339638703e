//! Opening and configuring connections: durable, bounded, and with time limits.

use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use tokio::sync::Mutex;

use crate::signals::Signals;
use crate::{Db, Error, Writer, pulse};

/// Options for opening a database.
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

/// How long a request waits for a free connection before the database counts as unavailable.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// A connection that was not used for so long is asked whether it is still there before it is used: each time, that would be a
/// way there and back more for every read.
const ASKED_AFTER: Duration = Duration::from_millis(200);
/// How long a statement waits for another process's write on SQLite.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// The pause between two attempts to open or set up a file that another process is setting up.
const PAUSE: Duration = Duration::from_millis(20);

/// SQLite's page cache of the writer, in KiB (therefore negative). A batch of a sync writes into every index; with
/// SQLite's default of 2 MB most pages were written several times.
const WRITERS_PAGES: &str = "-16000";
/// Pages in SQLite's write-ahead log before a checkpoint. With SQLite's default of 1000 each batch of a sync waits for
/// one.
const LOGGED_PAGES_MAX: &str = "4000";

/// How long to wait while another process sets up a new SQLite file.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs `work`, and repeats it while another process blocks it. A process that sets up a new file locks all others out;
/// SQLite then fails at once, or after [`BUSY_TIMEOUT`], which is too short for a whole schema on a busy machine.
pub(crate) async fn patiently<T, F>(work: impl Fn() -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let begun = Instant::now();
    loop {
        match work().await {
            Err(Error::Collision(_)) if begun.elapsed() < PATIENCE => tokio::time::sleep(PAUSE).await,
            outcome => return outcome,
        }
    }
}

pub(crate) async fn open(url: &str, options: Options) -> Result<Db, Error> {
    patiently(|| open_once(url, options)).await
}

async fn open_once(url: &str, options: Options) -> Result<Db, Error> {
    let embedded = url.starts_with("sqlite:");
    if !embedded && !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(Error::Address);
    }
    if embedded {
        make_private(url);
    }
    let statements = Arc::new(AtomicU64::new(0));
    let connect = async |options| connected(options, &statements).await;
    let pool = connect(configured(url, "latchkey", options.connections_max)).await?;
    let pulse = pulse::OwnConnection::open(configured(url, "latchkey pulse", 1), Arc::clone(&statements)).await?;
    let signals = if embedded { None } else { Some(Signals::new(url)?) };
    let writer = if embedded {
        let mut options = configured(url, "latchkey", 1);
        options.map_sqlx_sqlite_opts(|sqlite| sqlite_options(sqlite).pragma("cache_size", WRITERS_PAGES));
        Some(Writer {
            connection: connect(options).await?,
            queue: Arc::new(Mutex::new(())),
        })
    } else {
        None
    };
    Ok(Db {
        pool,
        pulse,
        signals,
        statements,
        writer,
        log: if embedded { log_of(url) } else { None },
    })
}

/// The file of the write-ahead log of the SQLite file at `url`.
fn log_of(url: &str) -> Option<Arc<Path>> {
    let options = SqliteConnectOptions::from_str(url).ok()?;
    let mut log = options.get_filename().as_os_str().to_owned();
    log.push("-wal");
    Some(Path::new(&log).into())
}

/// Creates a missing SQLite file that only its owner can read; SQLite gives the files beside it the same mode.
fn make_private(url: &str) {
    let is_elsewhere = url.contains(":memory:") || url.contains("mode=");
    let Ok(options) = SqliteConnectOptions::from_str(url) else {
        return;
    };
    if !is_elsewhere {
        let mut file = std::fs::OpenOptions::new();
        // It exists already, or SQLite will report why it cannot be created.
        let _made = file
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(options.get_filename());
    }
}

/// Connects, and counts the statements that are sent.
pub(crate) async fn connected(
    options: ConnectOptions,
    statements: &Arc<AtomicU64>,
) -> Result<DatabaseConnection, Error> {
    let mut connection = Database::connect(options).await?;
    let statements = Arc::clone(statements);
    connection.set_metric_callback(move |_| {
        statements.fetch_add(1, Ordering::Relaxed);
    });
    Ok(connection)
}

/// Options of connections that PostgreSQL shows under this name.
fn configured(url: &str, name: &'static str, connections_max: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections_max)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_timeout(ACQUIRE_TIMEOUT)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(sqlite_options)
        .test_before_acquire_if_idle_for(ASKED_AFTER)
        // SQLite ends a transaction by itself after some errors, such as a full disk; the library then counts the connection
        // as within it for ever, and would begin the next ones as savepoints.
        .map_sqlx_sqlite_before_acquire(|connection, _| Box::pin(async { Ok(!connection.is_in_transaction()) }))
        .map_sqlx_postgres_opts(move |postgres| {
            postgres.application_name(name).options([
                ("lock_timeout", "2s"),
                ("idle_in_transaction_session_timeout", "5s"),
                ("synchronous_commit", "on"),
                // Tables that are read by an id are in memory or on an SSD. With the default of spinning disks, plans that are made
                // while a shop is new read whole tables, and are kept by their connections while these grow.
                ("random_page_cost", "1.1"),
                // Whatever the database's own defaults are; said at each transaction's beginning it would be a way there and back.
                ("default_transaction_isolation", "read committed"),
                ("default_transaction_read_only", "off"),
            ])
        });
    options
}

fn sqlite_options(sqlite: SqliteConnectOptions) -> SqliteConnectOptions {
    // FULL: a committed intent must survive a power failure.
    sqlite
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true)
        .pragma("wal_autocheckpoint", LOGGED_PAGES_MAX)
}
