//! Own keys: imports, sealed keys, who holds which key, the key of the hashes, and the ledger's accounts of stock.
//!
//! Written as SQL for each database, as the ledger is: the types of values are part of what the tables promise.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use crate::dialect;

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let (sqlite, postgres) = (
        include_str!("m0020_own_keys/sqlite.sql"),
        include_str!("m0020_own_keys/postgres.sql"),
    );
    tx.execute_unprepared(dialect::of_database(tx, sqlite, postgres))
        .await?;
    Ok(())
}
