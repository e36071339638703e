//! Rows and statements in one go, for transactions whose number of statements must not grow.

use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};

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

/// The same as a statement, which ends with a condition.
pub(crate) fn insertion_at_once(
    conn: &impl ConnectionTrait,
    table: &str,
    columns: &[(&str, Kind)],
    rows: Vec<Vec<Value>>,
) -> Statement {
    let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let text = format!("INSERT INTO {table} ({names}) SELECT {names} FROM w WHERE TRUE");
    with_rows(conn, columns, rows, &text)
}

/// Runs statements that return nothing, and none of which needs to see what another did. In one go, which saves the way there and
/// back for each: on PostgreSQL to the server, as one statement; on SQLite to the connection's thread, one after another.
pub(crate) async fn run_all(conn: &impl ConnectionTrait, statements: Vec<Statement>) -> Result<(), Error> {
    conn.execute_raw(joined(conn, statements, "SELECT 1")).await?;
    Ok(())
}

/// Runs such statements on PostgreSQL, and one more that returns a row.
pub(crate) async fn run_all_and_read(
    conn: &impl ConnectionTrait,
    mut statements: Vec<Statement>,
    read: Statement,
) -> Result<Option<QueryResult>, Error> {
    let last = format!("SELECT * FROM s{}", statements.len());
    statements.push(read);
    Ok(conn.query_one_raw(joined(conn, statements, &last)).await?)
}

/// Does the same if `condition` returns that it `is_met`; the row says so, too, and in any case has what `read` returns. Each of the
/// statements ends with a condition.
pub(crate) async fn run_all_if_and_read(
    conn: &impl ConnectionTrait,
    condition: Statement,
    statements: Vec<Statement>,
    read: Statement,
) -> Result<Option<QueryResult>, Error> {
    let last = format!("SELECT s0.is_met, r.* FROM s0 CROSS JOIN s{} r", statements.len() + 1);
    let mut all = vec![condition];
    all.extend(statements.into_iter().map(|mut statement| {
        statement.sql += " AND (SELECT is_met FROM s0)";
        statement
    }));
    all.push(read);
    Ok(conn.query_one_raw(joined(conn, all, &last)).await?)
}

/// One text of all; on PostgreSQL with a statement that reads what those named `s0`, `s1`… return.
fn joined(conn: &impl ConnectionTrait, statements: Vec<Statement>, last: &str) -> Statement {
    let (mut texts, mut values) = (Vec::new(), Vec::new());
    for statement in statements {
        texts.push(renumbered(&statement.sql, values.len()));
        values.extend(statement.values.into_iter().flatten());
    }
    let text = if is_sqlite(conn) {
        texts.join(";\n")
    } else {
        let parts = texts.iter().enumerate().map(|(at, text)| format!("s{at} AS ({text})"));
        format!("WITH {} {last}", parts.collect::<Vec<_>>().join(", "))
    };
    Statement::from_sql_and_values(conn.get_database_backend(), text, values)
}

/// The text with numbers for its parameters that begin after so many others: a `?` gets the next one, and to that of a `$1` they
/// are added. The text has neither sign elsewhere.
fn renumbered(text: &str, others: usize) -> String {
    let (mut numbered, mut next) = (String::with_capacity(text.len() + 16), others);
    let mut rest = text;
    while let Some(at) = rest.find(['?', '$']) {
        numbered += &rest[..at];
        let behind = &rest[at + 1..];
        let end = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
        next += 1;
        let number = behind[..end].parse().map_or(next, |number: usize| number + others);
        numbered += &format!("${number}");
        rest = &behind[end..];
    }
    numbered + rest
}

#[cfg(test)]
mod tests {
    use super::renumbered;

    #[test]
    fn parameters_follow_those_of_the_statements_before() {
        assert_eq!(renumbered("VALUES (?,?),(?,?)", 3), "VALUES ($4,$5),($6,$7)");
        assert_eq!(
            renumbered("a = $2 AND b = $1 OR c > $12", 3),
            "a = $5 AND b = $4 OR c > $15"
        );
        assert_eq!(renumbered("DELETE FROM t", 3), "DELETE FROM t");
    }
}
