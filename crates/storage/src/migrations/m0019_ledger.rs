//! The ledger: accounts and transfers that the database itself keeps right, and a wallet for every account of the shop.
//!
//! Written as SQL for each database, because it is about triggers, and they have no common language.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use crate::dialect;

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let (sqlite, postgres) = (
        include_str!("m0019_ledger/sqlite.sql"),
        include_str!("m0019_ledger/postgres.sql"),
    );
    tx.execute_unprepared(dialect::of_database(tx, sqlite, postgres))
        .await?;
    Ok(())
}
