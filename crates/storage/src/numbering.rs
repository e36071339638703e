//! Checks that the numbers of touches are this database's own.
//!
//! On PostgreSQL a touch has its transaction's number. In another cluster, or in a copy of the database, those numbers
//! start elsewhere, and touches that were loaded from a dump may be far ahead of them: each pulse would take those for
//! new, and later ones for old.

use sea_orm::ConnectionTrait;

use crate::metadata::INCARNATION;
use crate::{Db, Error, dialect};

/// The mark that names the database in which it was written, and the transaction. A copy is written by another
/// transaction, or into another database.
const WRITTEN: &str = "written by";

/// Starts the numbers over, as another incarnation, if they belong to another database.
pub(crate) async fn settle(db: &Db) -> Result<(), Error> {
    if is_own(&db.pool).await? {
        return Ok(());
    }
    let tx = db.begin().await?;
    let metadata = tx.metadata();
    // Serialises processes: each of them writes this row.
    metadata
        .set(INCARNATION, &text(&tx.inner, dialect::random_text(&tx.inner)).await?)
        .await?;
    if is_own(&tx.inner).await? {
        return Ok(());
    }
    tx.touches().forget_all().await?;
    if let Some(writer) = dialect::this_transaction(&tx.inner) {
        metadata.set(WRITTEN, &text(&tx.inner, writer).await?).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn is_own(conn: &impl ConnectionTrait) -> Result<bool, Error> {
    let row = conn.query_one_raw(dialect::owns_numbers(conn, WRITTEN)).await?;
    Ok(row.map(|row| row.try_get("", "is_own")).transpose()?.unwrap_or(false))
}

/// The value of an SQL expression.
async fn text(conn: &impl ConnectionTrait, expression: &str) -> Result<String, Error> {
    let sql = format!("SELECT {expression} AS made");
    let statement = sea_orm::Statement::from_string(conn.get_database_backend(), sql);
    let row = conn.query_one_raw(statement).await?;
    Ok(row.map(|row| row.try_get("", "made")).transpose()?.unwrap_or_default())
}
