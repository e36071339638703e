//! How far touches were deleted: a cache that knows it can accept values that others loaded before it started.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};

pub(super) async fn up(tx: &DatabaseTransaction) -> Result<(), DbErr> {
    // Earlier deletions were not recorded: any touch up to now may be missing.
    let mark = "INSERT INTO shop_marks (name, value) \
                SELECT 'touches forgotten', CAST(COALESCE(MAX(number), 0) AS TEXT) FROM touches";
    tx.execute_unprepared(mark).await?;
    Ok(())
}
