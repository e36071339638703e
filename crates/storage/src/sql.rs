//! Statements as text: the same for both databases, with parameters `$1`, `$2` and so on.

use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

use crate::Error;

/// A statement to be run.
pub(crate) fn statement<const N: usize>(conn: &impl ConnectionTrait, text: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(conn.get_database_backend(), text, values)
}

/// The first row, if there is one.
pub(crate) async fn one<const N: usize>(
    conn: &impl ConnectionTrait,
    text: &str,
    values: [Value; N],
) -> Result<Option<QueryResult>, Error> {
    Ok(conn.query_one_raw(statement(conn, text, values)).await?)
}

/// All rows.
pub(crate) async fn all<const N: usize>(
    conn: &impl ConnectionTrait,
    text: &str,
    values: [Value; N],
) -> Result<Vec<QueryResult>, Error> {
    Ok(conn.query_all_raw(statement(conn, text, values)).await?)
}

/// Returns how many rows it changed.
pub(crate) async fn run<const N: usize>(
    conn: &impl ConnectionTrait,
    text: &str,
    values: [Value; N],
) -> Result<u64, Error> {
    Ok(conn.execute_raw(statement(conn, text, values)).await?.rows_affected())
}
