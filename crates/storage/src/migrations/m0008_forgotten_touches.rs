//! How far touches were forgotten: a cache that knows it can take over values that others loaded before it started.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    // Nobody wrote down what was forgotten so far: it may be any up to now.
    let mark = "INSERT INTO shop_marks (name, value) \
                SELECT 'touches forgotten', CAST(COALESCE(MAX(number), 0) AS TEXT) FROM touches";
    tx.execute_unprepared(mark).await?;
    Ok(())
}
