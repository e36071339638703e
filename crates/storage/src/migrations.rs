//! Migrations: add-only, each in a transaction, none edited once released.
//!
//! The history table has the name and the shape that SeaORM's migrator gave it in the first versions, so that existing
//! databases continue. (sqlx's migrator has another table, with checksums of SQL files that differ by database.)

mod m0001_catalog;
mod m0002_coherence;
mod m0003_jobs;
mod m0004_pace;
mod m0005_sync;
mod m0006_people;
mod m0007_mails;
mod m0008_forgotten_touches;
mod m0009_offers;
mod m0010_parked_changes;
mod m0011_overrides;
mod m0012_staff;
mod m0013_trail;
mod m0014_known_devices;
mod m0015_addresses;
mod m0016_lists;
mod m0017_people_lists;
mod m0018_terms;
mod m0019_ledger;
mod m0020_own_keys;
mod m0021_orders;
mod m0022_cases;
mod m0023_wallet_moves;
mod m0024_late_references;

use std::pin::Pin;

use sea_orm::sea_query::{ColumnDef, ExprTrait, Query, Table};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbErr, SqliteTransactionMode, TransactionOptions,
    TransactionTrait,
};

use crate::{Error, connect, dialect};

/// The table of migrations that ran.
const HISTORY: &str = "seaql_migrations";

/// A running migration.
type Running<'a> = Pin<Box<dyn Future<Output = Result<(), DbErr>> + Send + 'a>>;

struct Step {
    /// Its name in the history.
    name: &'static str,
    up: fn(&DatabaseTransaction) -> Running<'_>,
}

const STEPS: [Step; 24] = [
    Step {
        name: "m0001_catalog",
        up: |tx| Box::pin(m0001_catalog::up(tx)),
    },
    Step {
        name: "m0002_coherence",
        up: |tx| Box::pin(m0002_coherence::up(tx)),
    },
    Step {
        name: "m0003_jobs",
        up: |tx| Box::pin(m0003_jobs::up(tx)),
    },
    Step {
        name: "m0004_pace",
        up: |tx| Box::pin(m0004_pace::up(tx)),
    },
    Step {
        name: "m0005_sync",
        up: |tx| Box::pin(m0005_sync::up(tx)),
    },
    Step {
        name: "m0006_people",
        up: |tx| Box::pin(m0006_people::up(tx)),
    },
    Step {
        name: "m0007_mails",
        up: |tx| Box::pin(m0007_mails::up(tx)),
    },
    Step {
        name: "m0008_forgotten_touches",
        up: |tx| Box::pin(m0008_forgotten_touches::up(tx)),
    },
    Step {
        name: "m0009_offers",
        up: |tx| Box::pin(m0009_offers::up(tx)),
    },
    Step {
        name: "m0010_parked_changes",
        up: |tx| Box::pin(m0010_parked_changes::up(tx)),
    },
    Step {
        name: "m0011_overrides",
        up: |tx| Box::pin(m0011_overrides::up(tx)),
    },
    Step {
        name: "m0012_staff",
        up: |tx| Box::pin(m0012_staff::up(tx)),
    },
    Step {
        name: "m0013_trail",
        up: |tx| Box::pin(m0013_trail::up(tx)),
    },
    Step {
        name: "m0014_known_devices",
        up: |tx| Box::pin(m0014_known_devices::up(tx)),
    },
    Step {
        name: "m0015_addresses",
        up: |tx| Box::pin(m0015_addresses::up(tx)),
    },
    Step {
        name: "m0016_lists",
        up: |tx| Box::pin(m0016_lists::up(tx)),
    },
    Step {
        name: "m0017_people_lists",
        up: |tx| Box::pin(m0017_people_lists::up(tx)),
    },
    Step {
        name: "m0018_terms",
        up: |tx| Box::pin(m0018_terms::up(tx)),
    },
    Step {
        name: "m0019_ledger",
        up: |tx| Box::pin(m0019_ledger::up(tx)),
    },
    Step {
        name: "m0020_own_keys",
        up: |tx| Box::pin(m0020_own_keys::up(tx)),
    },
    Step {
        name: "m0021_orders",
        up: |tx| Box::pin(m0021_orders::up(tx)),
    },
    Step {
        name: "m0022_cases",
        up: |tx| Box::pin(m0022_cases::up(tx)),
    },
    Step {
        name: "m0023_wallet_moves",
        up: |tx| Box::pin(m0023_wallet_moves::up(tx)),
    },
    Step {
        name: "m0024_late_references",
        up: |tx| Box::pin(m0024_late_references::up(tx)),
    },
];

/// Runs the pending migrations; returns how many there were.
pub(crate) async fn run(pool: &DatabaseConnection) -> Result<u32, Error> {
    let steps = match dialect::migration_lock(pool) {
        Some(lock) => run_beside(pool, lock).await?,
        None => connect::patiently(|| run_inside(pool)).await?,
    };
    Ok(u32::try_from(steps).unwrap_or(u32::MAX))
}

/// The lock's transaction stays open beside the migrations' own: a second process waits here, then finds none pending.
async fn run_beside(pool: &DatabaseConnection, lock: &str) -> Result<usize, Error> {
    let gate = pool.begin().await?;
    gate.execute_unprepared("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = 0")
        .await?;
    gate.execute_unprepared(lock).await?;
    let missing = missing(pool).await?;
    for step in &missing {
        let tx = pool.begin().await?;
        step.run(&tx).await?;
        tx.commit().await?;
    }
    gate.commit().await?;
    Ok(missing.len())
}

/// Where only one transaction can write, all migrations run inside it, from the check for pending ones to the commit: a
/// second process waits at its begin. (If each migration began its own, both processes could run the same one.)
async fn run_inside(pool: &DatabaseConnection) -> Result<usize, Error> {
    let immediate = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let gate = pool.begin_with_options(immediate).await?;
    let missing = missing(&gate).await?;
    for step in &missing {
        step.run(&gate).await?;
    }
    gate.commit().await?;
    Ok(missing.len())
}

impl Step {
    /// Runs the migration, and records it in the history.
    async fn run(&self, tx: &DatabaseTransaction) -> Result<(), Error> {
        if !dialect::has_table(tx, HISTORY).await? {
            let history = Table::create()
                .table(HISTORY)
                .col(ColumnDef::new("version").string().not_null().primary_key())
                .col(ColumnDef::new("applied_at").big_integer().not_null())
                .to_owned();
            tx.execute(&history).await?;
        }
        (self.up)(tx).await?;
        let seconds = dialect::now_micros(tx).div(1_000_000);
        let record = Query::insert()
            .into_table(HISTORY)
            .columns(["version", "applied_at"])
            .values_panic([self.name.into(), seconds])
            .to_owned();
        tx.execute(&record).await?;
        Ok(())
    }
}

/// How many migrations are pending; only reads, so it never races with a process that migrates.
pub(crate) async fn pending(conn: &impl ConnectionTrait) -> Result<usize, Error> {
    Ok(missing(conn).await?.len())
}

/// The pending migrations, in order; an error if migrations ran that this program does not know.
async fn missing(conn: &impl ConnectionTrait) -> Result<Vec<&'static Step>, Error> {
    let mut missing: Vec<&Step> = STEPS.iter().collect();
    if !dialect::has_table(conn, HISTORY).await? {
        return Ok(missing);
    }
    let names = Query::select().column("version").from(HISTORY).to_owned();
    let mut unknown = Vec::new();
    for row in conn.query_all(&names).await? {
        let name: String = row.try_get("", "version")?;
        match missing.iter().position(|step| step.name == name) {
            Some(at) => drop(missing.remove(at)),
            None => unknown.push(name),
        }
    }
    if unknown.is_empty() {
        return Ok(missing);
    }
    unknown.sort_unstable();
    Err(Error::NewerSchema {
        steps: unknown.join(", "),
    })
}
