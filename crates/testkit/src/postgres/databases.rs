//! The databases of a server: created, copied, dropped.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::{PATIENCE, Postgres, connect};

impl Postgres {
    /// Creates an empty database and returns its URL, `postgres://postgres@127.0.0.1:PORT/NAME`.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn database(&self) -> Result<String> {
        self.copy("template1").await
    }

    /// Copies the database `template`, which must have no connections, and returns the copy's URL.
    ///
    /// # Errors
    /// The server refuses: no such template, or somebody is connected to it.
    pub async fn copy(&self, template: &str) -> Result<String> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let server = connect(&self.url("postgres"), PATIENCE).await?;
        self.sweep(&server).await?;
        // Files are copied as they are: by default the copy would go through the log, page by page.
        let create = format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\" STRATEGY file_copy");
        let made = server.execute_unprepared(&create).await;
        server.close().await?;
        made.with_context(|| format!("the database {name} from {template}"))?;
        Ok(self.url(&name))
    }

    /// Queues the database at `url` to be dropped when the next one is created: its last connections may still be open.
    pub(crate) fn forget(&self, url: &str) {
        self.gone().extend(url.rsplit('/').next().map(str::to_owned));
    }

    async fn sweep(&self, server: &DatabaseConnection) -> Result<()> {
        let gone = std::mem::take(&mut *self.gone());
        for name in gone {
            let drop = format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)");
            server.execute_unprepared(&drop).await?;
        }
        Ok(())
    }

    fn gone(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.gone.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forbids connections to the database `name`, and ends open ones: a template must have none.
    ///
    /// # Errors
    /// The server refuses.
    pub(crate) async fn leave_alone(&self, name: &str) -> Result<()> {
        let server = connect(&self.url("postgres"), PATIENCE).await?;
        let closed = format!("ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS false");
        server.execute_unprepared(&closed).await?;
        // The milliseconds are the time limit for ending each.
        let ended = format!("SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE datname = '{name}'");
        server.execute_unprepared(&ended).await?;
        Ok(server.close().await?)
    }
}
