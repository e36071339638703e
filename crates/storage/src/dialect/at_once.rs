//! Rows and statements in one go, for transactions whose number of statements must not grow.

use sea_orm::{ConnectionTrait, Statement, Value};

use super::is_sqlite;
use super::many::{Kind, with_rows};
use crate::Error;

/// Inserts some hundreds of rows at most, in one statement however many they are: for transactions whose number of
/// statements must not grow.
pub(crate) async fn insert_at_once(
    conn: &impl ConnectionTrait,
    table: &str,
    columns: &[(&str, Kind)],
    rows: Vec<Vec<Value>>,
) -> Result<(), Error> {
    if rows.is_empty() {
        return Ok(());
    }
    conn.execute_raw(insertion_at_once(conn, table, columns, rows)).await?;
    Ok(())
}

/// The same as a statement.
pub(crate) fn insertion_at_once(
    conn: &impl ConnectionTrait,
    table: &str,
    columns: &[(&str, Kind)],
    rows: Vec<Vec<Value>>,
) -> Statement {
    let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let text = format!("INSERT INTO {table} ({names}) SELECT {names} FROM w");
    with_rows(conn, columns, rows, &text)
}

/// Runs statements that return nothing, and none of which needs to see what another did. On PostgreSQL they are one statement,
/// which saves the way there and back for each; SQLite is in this process.
pub(crate) async fn run_all(conn: &impl ConnectionTrait, statements: Vec<Statement>) -> Result<(), Error> {
    if is_sqlite(conn) {
        for statement in statements {
            conn.execute_raw(statement).await?;
        }
        return Ok(());
    }
    let (mut parts, mut values) = (Vec::new(), Vec::new());
    for statement in statements {
        let text = renumbered(&statement.sql, values.len());
        parts.push(format!("s{} AS ({text})", parts.len()));
        values.extend(statement.values.into_iter().flatten());
    }
    let text = format!("WITH {} SELECT 1", parts.join(", "));
    conn.execute_raw(Statement::from_sql_and_values(
        conn.get_database_backend(),
        text,
        values,
    ))
    .await?;
    Ok(())
}

/// The text with so much added to the number of each of its parameters; it has no other dollar sign.
fn renumbered(text: &str, by: usize) -> String {
    let mut parts = text.split('$');
    let mut renumbered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let number: usize = part[..end].parse().unwrap_or_default();
        renumbered += &format!("${}{}", number + by, &part[end..]);
    }
    renumbered
}
