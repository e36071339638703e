//! Cases for people, the account of the shop's bank, and an index by which wallets are listed.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

use crate::dialect;

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    let (sqlite, postgres) = (
        include_str!("m0022_cases/sqlite.sql"),
        include_str!("m0022_cases/postgres.sql"),
    );
    tx.execute_unprepared(dialect::of_database(tx, sqlite, postgres))
        .await?;
    Ok(())
}
