//! On PostgreSQL an order's references to games and offers are checked at its commit. SQLite has one writer.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use crate::dialect;

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let postgres = include_str!("m0024_late_references/postgres.sql");
    tx.execute_unprepared(dialect::of_database(tx, "", postgres)).await?;
    Ok(())
}
