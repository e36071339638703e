//! On PostgreSQL a transfer finds the wallet that it moves by its id alone. SQLite always does.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use crate::dialect;

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let postgres = include_str!("m0023_wallet_moves/postgres.sql");
    tx.execute_unprepared(dialect::of_database(tx, "", postgres)).await?;
    Ok(())
}
