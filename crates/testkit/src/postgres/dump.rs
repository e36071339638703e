//! Dumps of databases as SQL, and loading them.

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use sea_orm::ConnectionTrait as _;

use super::{PATIENCE, Postgres, connect};

impl Postgres {
    /// Loads a dump of the database at `url`, on any server, into a new one of the same name here, and returns the new
    /// one's URL.
    ///
    /// # Errors
    /// `pg_dump` or `psql` fails, or there is such a database here.
    pub async fn load_dump_of(&self, url: &str) -> Result<String> {
        let name = url.rsplit('/').next().context("a name")?;
        let server = connect(&self.url("postgres"), PATIENCE).await?;
        server
            .execute_unprepared(&format!("CREATE DATABASE \"{name}\""))
            .await?;
        server.close().await?;
        let loaded = self.url(name);
        let mut dump = Command::new(self.binaries.join("pg_dump"))
            .arg(url)
            .stdout(Stdio::piped())
            .spawn()?;
        let load = self
            .psql(&loaded)
            .stdin(dump.stdout.take().context("a dump")?)
            .status()?;
        ensure!(
            dump.wait()?.success() && load.success(),
            "{url} cannot be dumped and loaded"
        );
        Ok(loaded)
    }

    /// Loads a dump into a new database, and returns its URL.
    ///
    /// # Errors
    /// `psql` fails.
    pub async fn load(&self, dump: &[u8]) -> Result<String> {
        let loaded = self.database().await?;
        let mut load = self.psql(&loaded).stdin(Stdio::piped()).spawn()?;
        load.stdin.take().context("its input")?.write_all(dump)?;
        ensure!(load.wait()?.success(), "the dump cannot be loaded");
        Ok(loaded)
    }

    /// The schema of the database at `url` as SQL: every table, index, constraint and trigger.
    ///
    /// # Errors
    /// `pg_dump` fails.
    pub fn schema_of(&self, url: &str) -> Result<String> {
        let dump = Command::new(self.binaries.join("pg_dump"))
            .args(["--schema-only", "--no-owner", "--no-privileges", url])
            .stderr(Stdio::inherit())
            .output()?;
        ensure!(dump.status.success(), "{url} cannot be dumped");
        // Newer servers write a random word around each dump.
        let lines = String::from_utf8(dump.stdout)?;
        let lines = lines.lines().filter(|line| !line.starts_with('\\'));
        Ok(lines.collect::<Vec<_>>().join("\n"))
    }

    /// Everything in the database at `url` as SQL.
    ///
    /// # Errors
    /// `pg_dump` fails.
    pub fn dump_of(&self, url: &str) -> Result<Vec<u8>> {
        let dump = Command::new(self.binaries.join("pg_dump"))
            .arg(url)
            .stderr(Stdio::inherit())
            .output()?;
        ensure!(dump.status.success(), "{url} cannot be dumped");
        Ok(dump.stdout)
    }

    fn psql(&self, url: &str) -> Command {
        let mut psql = Command::new(self.binaries.join("psql"));
        psql.args(["-X", "-q", "-o", "/dev/null", "-v", "ON_ERROR_STOP=1", "-d", url]);
        psql
    }
}
