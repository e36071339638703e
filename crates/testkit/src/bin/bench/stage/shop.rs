//! The shop's program as a process of its own.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::Value;
use testkit::{Kind, TestDatabase};
use tokio::process::Command;

use super::load::{Answered, Connection, load, request};
use super::process::Server;
use super::supplier::Supplier;

/// A shop after its first sync, which any number of processes may serve.
pub(crate) struct Filled {
    pub(crate) supplier: Supplier,
    pub(crate) database: TestDatabase,
    folder: PathBuf,
    program: PathBuf,
}

impl Filled {
    /// From a supplier with this program and so many products.
    pub(crate) async fn new(kind: Kind, supplier: &Path, products: u32) -> Result<Self> {
        Self::by(&own_program()?, TestDatabase::migrated(kind).await, supplier, products).await
    }

    /// The same by another `latchkey`, in a database that has this one's schema or none.
    pub(crate) async fn by(program: &Path, database: TestDatabase, supplier: &Path, products: u32) -> Result<Self> {
        let filled = Self {
            supplier: Supplier::start(supplier, products, 100_000_000).await?,
            database,
            folder: testkit::database::own_folder(),
            program: program.to_owned(),
        };
        filled.sync(&[], &[]).await?;
        Ok(filled)
    }

    /// Runs `latchkey sync` to its end, with additional settings.
    pub(crate) async fn sync(&self, arguments: &[&str], settings: &[(&str, &str)]) -> Result<()> {
        let mut sync = self.latchkey()?;
        let synced = sync
            .envs(settings.iter().copied())
            .arg("sync")
            .args(arguments)
            .output()
            .await?;
        ensure!(synced.status.success(), "{}", String::from_utf8_lossy(&synced.stderr));
        Ok(())
    }

    /// Starts a process that serves the shop, with additional settings.
    pub(crate) async fn serve(&self, settings: &[(&str, &str)]) -> Result<Server> {
        let mut serve = self.latchkey()?;
        serve
            .envs(settings.iter().copied())
            .args(["serve", "--listen", "127.0.0.1:0"]);
        Server::start(serve).await
    }

    fn latchkey(&self) -> Result<Command> {
        let mut command = Command::new(&self.program);
        command.env_clear();
        // An older program has no budgets for reads, and refuses settings that it does not know.
        if self.program == own_program()? {
            // All load comes from one address; it is counted all the same, since counting is part of a response's cost.
            command
                .env("LATCHKEY__LIMITS__READS_PER_MINUTE", "1000000000")
                .env("LATCHKEY__LIMITS__COSTLY_READS_PER_MINUTE", "1000000000");
        }
        command
            .current_dir(&self.folder)
            .env("DATABASE_URL", &self.database.url)
            .env("G2A_API_URL", format!("{}/v1", self.supplier.url))
            .env("G2A_CLIENT_ID", "demo-client")
            .env("G2A_EMAIL", "demo@latchkey.invalid")
            .env("G2A_CLIENT_SECRET", "demo-secret")
            .env("G2A_RATE_PER_MINUTE", "1000000")
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Ok(command)
    }
}

/// The `latchkey` of this build.
fn own_program() -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name("latchkey"))
}

/// The JSON at `path`.
pub(crate) async fn json(shop: &Server, path: &str) -> Result<Value> {
    let mut connection = Connection::open(shop.address()).await?;
    let (status, _, body) = connection.ask(&request(path, &[])).await?;
    ensure!(status == 200, "{status} for {path}");
    Ok(serde_json::from_slice(body)?)
}

/// The responses, and the processor time of one response in microseconds.
pub(crate) type Measured = (Answered, f64);

/// Loads a server with `requests` for `span`.
pub(crate) async fn once(server: &Server, requests: &[Vec<u8>], status: u16, span: Duration) -> Result<Measured> {
    let before = server.processor_time()?;
    let answered = load(server.address(), requests, status, span).await?;
    let took = server.processor_time()?.saturating_sub(before);
    let each = took.as_secs_f64() * 1e6 / answered.count() as f64;
    Ok((answered, each))
}

pub(crate) fn shown((answered, processor): &Measured) -> String {
    format!(
        "{:>8.0}/s, p50 {:>6.2} ms, p99 {:>6.2} ms, {processor:>6.1} µs of processor each",
        answered.per_second(),
        answered.percentile(50),
        answered.percentile(99),
    )
}
