//! Orders, their units, refunds and time lines, and the answers kept for idempotency keys.
//!
//! Written as SQL for each database, because what a unit got back is moved by triggers, as balances are.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use crate::dialect;

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let (sqlite, postgres) = (
        include_str!("m0021_orders/sqlite.sql"),
        include_str!("m0021_orders/postgres.sql"),
    );
    tx.execute_unprepared(dialect::of_database(tx, sqlite, postgres))
        .await?;
    Ok(())
}
