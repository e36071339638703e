//! The schema's history: add-only, each step in a transaction, none edited once released.

mod m0001_catalog;
mod m0002_coherence;
mod m0003_jobs;
mod m0004_pace;
mod m0005_sync;
mod m0006_people;
mod m0007_mails;
mod m0008_forgotten_touches;

use sea_orm::{ConnectionTrait, DatabaseConnection, SqliteTransactionMode, TransactionOptions, TransactionTrait};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use crate::{Error, connect, portable};

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_catalog::Migration),
            Box::new(m0002_coherence::Migration),
            Box::new(m0003_jobs::Migration),
            Box::new(m0004_pace::Migration),
            Box::new(m0005_sync::Migration),
            Box::new(m0006_people::Migration),
            Box::new(m0007_mails::Migration),
            Box::new(m0008_forgotten_touches::Migration),
        ]
    }
}

/// Runs what has not run yet; returns how many steps that were.
pub(crate) async fn run(pool: &DatabaseConnection) -> Result<u32, Error> {
    let steps = match portable::migration_lock(pool) {
        Some(lock) => run_beside(pool, lock).await?,
        None => connect::patiently(|| run_inside(pool)).await?,
    };
    Ok(u32::try_from(steps).unwrap_or(u32::MAX))
}

/// The lock's transaction stays open beside the migrations' own: a second process waits here, then finds no work.
async fn run_beside(pool: &DatabaseConnection, lock: &str) -> Result<usize, Error> {
    let gate = pool.begin().await?;
    gate.execute_unprepared("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = 0")
        .await?;
    gate.execute_unprepared(lock).await?;
    let steps = pending(pool).await?;
    if steps > 0 {
        Migrator::up(pool, None).await?;
    }
    gate.commit().await?;
    Ok(steps)
}

/// Where one transaction alone may write, all steps run inside it, from the look at what is missing to the commit: a
/// second process waits at its begin. (Steps that each begin on their own would let both run the same one.)
async fn run_inside(pool: &DatabaseConnection) -> Result<usize, Error> {
    let immediate = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let gate = pool.begin_with_options(immediate).await?;
    let steps = pending(&gate).await?;
    if steps > 0 {
        Migrator::up(&gate, None).await?;
    }
    gate.commit().await?;
    Ok(steps)
}

/// How many steps have not run; looks only, so that asking never races with a process that migrates.
pub(crate) async fn pending(conn: &impl ConnectionTrait) -> Result<usize, Error> {
    Ok(Migrator::get_pending_migrations_read_only(conn).await?.len())
}
