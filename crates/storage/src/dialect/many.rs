//! Many rows in one statement, specific to each database.

use sea_orm::sea_query::ArrayType;
use sea_orm::{ConnectionTrait, Statement, Value};

use super::is_sqlite;
use crate::Error;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Uuid,
    Text,
    TextOrNone,
    Number,
    Truth,
}

/// Rows in one statement on SQLite. Few sizes keep the number of prepared statements small: one for each number of rows
/// took megabytes. The largest is enough to make the cost of a statement's text negligible.
const ROWS_AT_ONCE: [usize; 4] = [100, 25, 5, 1];

/// How many of `left` rows the next statement inserts.
fn rows_at_once(left: usize) -> usize {
    ROWS_AT_ONCE.into_iter().find(|rows| *rows <= left).unwrap_or(left)
}

/// Inserts `rows` into `table` with the clause `on_conflict`; returns how many rows changed. Each value has its
/// column's type.
///
/// PostgreSQL gets one array for each column: a constant text and few parameters, whatever the number of rows. SQLite
/// gets a parameter for each value, which is faster than unpacking arrays.
pub(crate) async fn insert_many(
    conn: &impl ConnectionTrait,
    table: &str,
    columns: &[(&str, Kind)],
    rows: Vec<Vec<Value>>,
    on_conflict: &str,
) -> Result<u64, Error> {
    let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let backend = conn.get_database_backend();
    if rows.is_empty() {
        return Ok(0);
    }
    if !is_sqlite(conn) {
        let sql = format!("INSERT INTO {table} ({names}) {} {on_conflict}", unnested(columns));
        let values = by_column(columns, rows);
        let statement = Statement::from_sql_and_values(backend, sql, values);
        return Ok(conn.execute_raw(statement).await?.rows_affected());
    }
    let mut written = 0;
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let next = rows_at_once(rows.len());
        let some: Vec<Vec<Value>> = rows.by_ref().take(next).collect();
        let sql = format!(
            "INSERT INTO {table} ({names}) {} {on_conflict}",
            listed(columns.len(), some.len())
        );
        let statement = Statement::from_sql_and_values(backend, sql, some.into_iter().flatten());
        written += conn.execute_raw(statement).await?.rows_affected();
    }
    Ok(written)
}

/// `VALUES (?,…),…` with placeholders for `rows` rows of `columns` columns.
fn listed(columns: usize, rows: usize) -> String {
    let one = format!("({})", vec!["?"; columns].join(","));
    format!("VALUES {}", vec![one; rows].join(","))
}

/// Updates the rows of `table` whose key is the first value of each of `rows` with the other values; returns how many
/// rows existed. Parameters are passed as in [`insert_many`].
pub(crate) async fn update_many(
    conn: &impl ConnectionTrait,
    table: &str,
    columns: &[(&str, Kind)],
    rows: Vec<Vec<Value>>,
) -> Result<u64, Error> {
    let [(key, _), rest @ ..] = columns else { return Ok(0) };
    if rows.is_empty() {
        return Ok(0);
    }
    let set: Vec<String> = rest.iter().map(|(name, _)| format!("{name} = u.{name}")).collect();
    let update = format!("UPDATE {table} SET {} FROM", set.join(", "));
    let backend = conn.get_database_backend();
    if !is_sqlite(conn) {
        let sql = format!("{update} ({}) AS u WHERE {table}.{key} = u.{key}", unnested(columns));
        let statement = Statement::from_sql_and_values(backend, sql, by_column(columns, rows));
        return Ok(conn.execute_raw(statement).await?.rows_affected());
    }
    let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let mut written = 0;
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let next = rows_at_once(rows.len());
        let some: Vec<Vec<Value>> = rows.by_ref().take(next).collect();
        let listed = listed(columns.len(), some.len());
        let sql = format!("WITH u ({names}) AS ({listed}) {update} u WHERE {table}.{key} = u.{key}");
        let statement = Statement::from_sql_and_values(backend, sql, some.into_iter().flatten());
        written += conn.execute_raw(statement).await?.rows_affected();
    }
    Ok(written)
}

/// `SELECT … FROM UNNEST($1, $2, …)`: one row for each index of the arrays.
fn unnested(columns: &[(&str, Kind)]) -> String {
    let mut arrays = Vec::new();
    let mut taken = Vec::new();
    for (at, (name, kind)) in columns.iter().enumerate() {
        let sql_type = match kind {
            Kind::Uuid => "uuid",
            Kind::Text | Kind::TextOrNone => "text",
            Kind::Number => "bigint",
            Kind::Truth => "boolean",
        };
        arrays.push(format!("CAST(${} AS {sql_type}[])", at + 1));
        taken.push(match kind {
            Kind::TextOrNone => format!("CASE WHEN u.{name} = '' THEN NULL ELSE substr(u.{name}, 2) END AS {name}"),
            _ => format!("u.{name}"),
        });
    }
    let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    format!(
        "SELECT {} FROM UNNEST({}) AS u ({names})",
        taken.join(", "),
        arrays.join(", ")
    )
}

/// Transposes rows into one array for each column. The library's arrays cannot hold NULL: a nullable text is empty for
/// NULL, and otherwise has a prefix.
fn by_column(columns: &[(&str, Kind)], rows: Vec<Vec<Value>>) -> Vec<Value> {
    let mut arrays: Vec<Vec<Value>> = columns.iter().map(|_| Vec::with_capacity(rows.len())).collect();
    for row in rows {
        for ((array, value), (_, kind)) in arrays.iter_mut().zip(row).zip(columns) {
            array.push(match (kind, value) {
                (Kind::TextOrNone, Value::String(text)) => {
                    text.map_or_else(String::new, |text| format!("={text}")).into()
                }
                (_, value) => value,
            });
        }
    }
    let kinds = columns.iter().map(|(_, kind)| match kind {
        Kind::Uuid => ArrayType::Uuid,
        Kind::Text | Kind::TextOrNone => ArrayType::String,
        Kind::Number => ArrayType::BigInt,
        Kind::Truth => ArrayType::Bool,
    });
    kinds
        .zip(arrays)
        .map(|(kind, array)| Value::Array(kind, Some(Box::new(array))))
        .collect()
}
