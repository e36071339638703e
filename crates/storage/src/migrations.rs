//! The schema's history: add-only, each step in a transaction, none edited once released.

mod m0001_catalog;
mod m0002_coherence;
mod m0003_jobs;

use sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use crate::{Error, portable};

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0001_catalog::Migration), Box::new(m0002_coherence::Migration), Box::new(m0003_jobs::Migration)]
    }
}

/// Runs what has not run yet; returns how many steps that were.
pub(crate) async fn run(pool: &DatabaseConnection) -> Result<u32, Error> {
    // The lock's transaction stays open beside the migrations' own: a second process waits here, then finds no work.
    let gate = match portable::migration_lock(pool) {
        Some(lock) => {
            let gate = pool.begin().await?;
            gate.execute_unprepared("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = 0").await?;
            gate.execute_unprepared(lock).await?;
            Some(gate)
        }
        None => None,
    };
    let steps = pending(pool).await?;
    if steps > 0 {
        Migrator::up(pool, None).await?;
    }
    if let Some(gate) = gate {
        gate.commit().await?;
    }
    Ok(u32::try_from(steps).unwrap_or(u32::MAX))
}

pub(crate) async fn pending(pool: &DatabaseConnection) -> Result<usize, Error> {
    Ok(Migrator::get_pending_migrations(pool).await?.len())
}
