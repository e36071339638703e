//! The databases of a server: made empty, copied, dropped.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result};
use sea_orm::{ConnectionTrait, DatabaseConnection};

use super::{PATIENCE, Postgres, connect};

impl Postgres {
    /// Makes an empty database and returns its URL, `postgres://postgres@127.0.0.1:PORT/NAME`.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn database(&self) -> Result<String> {
        self.copy("template1").await
    }

    /// Makes a copy of the database `template`, to which nobody may be connected, and returns its URL.
    ///
    /// # Errors
    /// The server refuses: no such template, or somebody is connected to it.
    pub async fn copy(&self, template: &str) -> Result<String> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let server = connect(&self.url("postgres"), PATIENCE).await?;
        self.sweep(&server).await?;
        let made = server
            .execute_unprepared(&format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\""))
            .await;
        server.close().await?;
        made.with_context(|| format!("the database {name} from {template}"))?;
        Ok(self.url(&name))
    }

    /// Has the database at `url` dropped when the next one is made: its last connections may still be there.
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

    /// Lets nobody connect to the database `name` any more, and ends whoever still is: a template is used by nobody.
    ///
    /// # Errors
    /// The server refuses.
    pub(crate) async fn leave_alone(&self, name: &str) -> Result<()> {
        let server = connect(&self.url("postgres"), PATIENCE).await?;
        let closed = format!("ALTER DATABASE \"{name}\" ALLOW_CONNECTIONS false");
        server.execute_unprepared(&closed).await?;
        // The milliseconds are how long it waits for each to end.
        let ended = format!("SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE datname = '{name}'");
        server.execute_unprepared(&ended).await?;
        Ok(server.close().await?)
    }
}
