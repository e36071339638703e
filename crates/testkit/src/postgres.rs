//! A real PostgreSQL for one test process: a cluster of its own that ends with the process, however that ends.

mod binaries;
mod databases;
mod dump;
mod owner;
mod processes;

use std::fs;
use std::path::PathBuf;
use std::process::Child;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use sea_orm::{ConnectOptions, Database, DatabaseConnection};
use tokio::sync::OnceCell;

use self::owner::Owner;
use self::processes::{children_of, signal};
use crate::{fast, folder, port};

/// The prefix of folders; the rest is the process id, by which the next run finds stale ones.
const PREFIX: &str = "latchkey-postgres-";
/// A cluster starts in about two seconds; a machine busy with compiling may need much longer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Another process may take the free port before the server does.
const ATTEMPTS: usize = 3;

static SHARED: OnceCell<Postgres> = OnceCell::const_new();
/// Whether servers that start from now on survive the machine's crash.
static DURABLE: AtomicBool = AtomicBool::new(false);

/// A running server on 127.0.0.1 that trusts all connections and survives its own crash, but not the machine's
/// (`fsync=off`), unless [`Postgres::be_durable`] was called.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    databases: AtomicU64,
    /// Databases that are no longer needed.
    gone: Mutex<Vec<String>>,
    owner: Owner,
    binaries: PathBuf,
    folder: PathBuf,
    child: Mutex<Child>,
}

impl Postgres {
    /// The server of this test process, started by the first test that needs it.
    ///
    /// # Errors
    /// No server binaries on this machine, no user to run them as, or a server that does not come up.
    pub async fn shared() -> Result<&'static Self> {
        let start = async || Self::start(folder::of_this_process(PREFIX)?).await;
        SHARED.get_or_try_init(start).await
    }

    /// A separate server, for a test that stops it; it ends with this value.
    ///
    /// # Errors
    /// As those of [`Postgres::shared`].
    pub async fn own() -> Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self::start(folder::of_this_process(&format!("{PREFIX}own-{number}-"))?).await
    }

    /// Has servers that start from now on write to the disk what they commit: for benchmarks of what that costs.
    pub fn be_durable() {
        DURABLE.store(true, Ordering::Relaxed);
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// Stops every process of the server, until [`Postgres::go_on`].
    ///
    /// # Errors
    /// A signal that cannot be sent.
    pub fn pause(&self) -> Result<()> {
        let server = self.child().id();
        // No process is left that could start new ones.
        signal("STOP", &[server])?;
        signal("STOP", &children_of(server)?)
    }

    /// Resumes a server that was paused.
    ///
    /// # Errors
    /// A signal that cannot be sent.
    pub fn go_on(&self) -> Result<()> {
        let server = self.child().id();
        signal("CONT", &children_of(server)?)?;
        signal("CONT", &[server])
    }

    /// Stops the server at once, as a crash would, and starts it again in its folder after `after`. It recovers from
    /// its log.
    ///
    /// # Errors
    /// A server that does not come back.
    pub async fn restart(&self, after: Duration) -> Result<()> {
        signal("QUIT", &[self.child().id()])?;
        self.child().wait()?;
        tokio::time::sleep(after).await;
        *self.child() = self.owner.serve(&self.binaries, &self.folder, self.port)?;
        self.ready().await
    }

    async fn start(folder: PathBuf) -> Result<Self> {
        fast::without("PostgreSQL");
        let binaries = binaries::find().context("no PostgreSQL server here: `cargo xtask test` installs one")?;
        let owner = Owner::find()?;
        owner.initialise(&binaries, &folder)?;
        let mut last = None;
        for _ in 0..ATTEMPTS {
            let port = port::of_ones_own();
            let server = Self {
                port,
                databases: AtomicU64::new(0),
                gone: Mutex::default(),
                owner,
                child: Mutex::new(owner.serve(&binaries, &folder, port)?),
                binaries: binaries.clone(),
                folder: folder.clone(),
            };
            match server.ready().await {
                Ok(()) => return Ok(server),
                // When dropped, it leaves the data folder to the next attempt.
                Err(error) => last = Some(error),
            }
        }
        let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
        Err(last
            .context("no attempt was made")?
            .context(format!("PostgreSQL does not start; it says:\n{log}")))
    }

    fn child(&self) -> std::sync::MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ready(&self) -> Result<()> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child().try_wait()? {
                bail!("the server stopped with {status}");
            }
            match connect(&self.url("postgres"), Duration::from_secs(1)).await {
                Ok(connection) => return Ok(connection.close().await?),
                Err(error) if start.elapsed() > PATIENCE => return Err(error),
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut child = self.child();
        // It has ended already, or is no longer needed.
        let _ignored = child.kill();
        let _ignored = child.wait();
    }
}

async fn connect(url: &str, patience: Duration) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(1)
        .connect_timeout(patience)
        .acquire_timeout(patience)
        .sqlx_logging(false);
    Ok(Database::connect(options).await?)
}

#[cfg(test)]
mod tests {
    use sea_orm::{ConnectionTrait, Statement};

    use super::*;

    async fn ask(url: &str, sql: &str) -> String {
        let connection = connect(url, PATIENCE).await.unwrap();
        let statement = Statement::from_string(connection.get_database_backend(), sql);
        let row = connection.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    #[tokio::test]
    async fn two_databases_know_nothing_of_each_other() {
        let server = Postgres::shared().await.unwrap();
        let (first, second) = (server.database().await.unwrap(), server.database().await.unwrap());
        assert_ne!(first, second);
        assert_eq!(ask(&first, "SELECT '1'").await, "1");
        let connection = connect(&first, PATIENCE).await.unwrap();
        connection
            .execute_unprepared("CREATE TABLE only_here (id INT)")
            .await
            .unwrap();
        connection.close().await.unwrap();
        let count = "SELECT count(*)::text FROM pg_class WHERE relname = 'only_here'";
        assert_eq!(ask(&first, count).await, "1");
        assert_eq!(ask(&second, count).await, "0");
        let copy = server.copy(first.rsplit('/').next().unwrap()).await.unwrap();
        assert_eq!(ask(&copy, count).await, "1");
    }

    #[tokio::test]
    async fn pauses_and_comes_back_from_a_crash_with_what_was_committed() {
        let server = Postgres::own().await.unwrap();
        let url = server.database().await.unwrap();
        let connection = connect(&url, PATIENCE).await.unwrap();
        let make = "CREATE TABLE kept AS SELECT 7 AS it";
        connection.execute_unprepared(make).await.unwrap();
        server.pause().unwrap();
        let asked = connection.execute_unprepared("SELECT 1");
        let asked = tokio::time::timeout(Duration::from_millis(300), asked).await;
        assert!(asked.is_err(), "nobody answers");
        server.go_on().unwrap();
        assert_eq!(ask(&url, "SELECT it::text FROM kept").await, "7");
        server.restart(Duration::ZERO).await.unwrap();
        assert_eq!(ask(&url, "SELECT it::text FROM kept").await, "7");
    }

    #[tokio::test]
    async fn outlives_the_test_that_started_it() {
        let server = Postgres::shared().await.unwrap();
        let url = server.database().await.unwrap();
        assert_eq!(ask(&url, "SHOW track_commit_timestamp").await, "on");
    }
}
