//! Many rows in one statement, specific to each database.

use sea_orm::sea_query::ArrayType;
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};
use uuid::Uuid;

use super::is_sqlite;
use crate::Error;

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Uuid,
    UuidOrNone,
    Text,
    TextOrNone,
    Number,
    NumberOrNone,
    Bytes,
    Truth,
}

impl Kind {
    /// PostgreSQL's name of the type.
    const fn sql_type(self) -> &'static str {
        match self {
            Self::Uuid | Self::UuidOrNone => "uuid",
            Self::Text | Self::TextOrNone => "text",
            Self::Number | Self::NumberOrNone => "bigint",
            Self::Bytes => "bytea",
            Self::Truth => "boolean",
        }
    }
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
    let mut written = 0;
    for statement in insertions(conn, table, columns, rows, on_conflict) {
        written += conn.execute_raw(statement).await?.rows_affected();
    }
    Ok(written)
}

/// The same; the clauses `then` end with a `RETURNING`, whose rows it returns.
pub(crate) async fn insert_returning(
    conn: &impl ConnectionTrait,
    table: &str,
    columns: &[(&str, Kind)],
    rows: Vec<Vec<Value>>,
    then: &str,
) -> Result<Vec<QueryResult>, Error> {
    let mut returned = Vec::new();
    for statement in insertions(conn, table, columns, rows, then) {
        returned.extend(conn.query_all_raw(statement).await?);
    }
    Ok(returned)
}

/// The statements that insert `rows`.
fn insertions(
    conn: &impl ConnectionTrait,
    table: &str,
    columns: &[(&str, Kind)],
    rows: Vec<Vec<Value>>,
    then: &str,
) -> Vec<Statement> {
    let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let backend = conn.get_database_backend();
    if rows.is_empty() {
        return Vec::new();
    }
    if !is_sqlite(conn) {
        let sql = format!("INSERT INTO {table} ({names}) {} {then}", unnested(columns, "", ""));
        let statement = Statement::from_sql_and_values(backend, sql, by_column(columns, rows));
        return vec![statement];
    }
    let mut statements = Vec::new();
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let next = rows_at_once(rows.len());
        let some: Vec<Vec<Value>> = rows.by_ref().take(next).collect();
        let sql = format!(
            "INSERT INTO {table} ({names}) {} {then}",
            listed(columns.len(), some.len())
        );
        let values = some.into_iter().flatten();
        statements.push(Statement::from_sql_and_values(backend, sql, values));
    }
    statements
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
    set_many(conn, table, columns, rows, |name| format!("{name} = u.{name}")).await
}

/// The same, but the other values, numbers, are added to what the rows hold.
pub(crate) async fn add_many(
    conn: &impl ConnectionTrait,
    table: &str,
    columns: &[(&str, Kind)],
    rows: Vec<Vec<Value>>,
) -> Result<u64, Error> {
    let add = |name: &str| format!("{name} = {table}.{name} + u.{name}");
    set_many(conn, table, columns, rows, add).await
}

async fn set_many(
    conn: &impl ConnectionTrait,
    table: &str,
    columns: &[(&str, Kind)],
    rows: Vec<Vec<Value>>,
    set: impl Fn(&str) -> String,
) -> Result<u64, Error> {
    let [(key, _), rest @ ..] = columns else { return Ok(0) };
    if rows.is_empty() {
        return Ok(0);
    }
    let set: Vec<String> = rest.iter().map(|(name, _)| set(name)).collect();
    let update = format!("UPDATE {table} SET {} FROM", set.join(", "));
    let backend = conn.get_database_backend();
    if !is_sqlite(conn) {
        let sql = format!(
            "{update} ({}) AS u WHERE {table}.{key} = u.{key}",
            unnested(columns, "", "")
        );
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

/// `statement` after `rows` as the table `w`; there may be some hundreds of them, and the statement has no other parameters.
/// PostgreSQL gets one text for a single row and one for any other number.
pub(crate) fn with_rows(
    conn: &impl ConnectionTrait,
    columns: &[(&str, Kind)],
    rows: Vec<Vec<Value>>,
    statement: &str,
) -> Statement {
    let names = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let backend = conn.get_database_backend();
    if is_sqlite(conn) {
        let listed = listed(columns.len(), rows.len());
        let text = format!("WITH w ({names}) AS ({listed}) {statement}");
        return Statement::from_sql_and_values(backend, text, rows.into_iter().flatten());
    }
    if let [_] = rows.as_slice() {
        // Its values become part of the plan, as if they stood wherever `w` does. Arrays would be unpacked.
        let text = format!(
            "WITH w ({names}) AS NOT MATERIALIZED ({}) {statement}",
            typed_row(columns)
        );
        return Statement::from_sql_and_values(backend, text, rows.into_iter().flatten());
    }
    // Behind a SELECT the planner does not see how long an array is. Seeing that, it makes a plan for each execution, as it takes
    // arrays of unknown length to be longer; so planning took as long as these statements.
    let text = format!(
        "WITH w ({names}) AS ({}) {statement}",
        unnested(columns, "(SELECT ", ")")
    );
    Statement::from_sql_and_values(backend, text, by_column(columns, rows))
}

/// `VALUES ($1,$2,…)`, each with its type, which PostgreSQL cannot tell from the columns here.
fn typed_row(columns: &[(&str, Kind)]) -> String {
    let typed = columns.iter().enumerate();
    let typed = typed.map(|(at, (_, kind))| format!("CAST(${} AS {})", at + 1, kind.sql_type()));
    format!("VALUES ({})", typed.collect::<Vec<_>>().join(","))
}

/// `SELECT … FROM UNNEST($1, $2, …)`, each between these texts: one row for each index of the arrays.
fn unnested(columns: &[(&str, Kind)], before: &str, after: &str) -> String {
    let mut arrays = Vec::new();
    let mut taken = Vec::new();
    for (at, (name, kind)) in columns.iter().enumerate() {
        let sql_type = match kind {
            // A text that may be empty for NULL: see `by_column`.
            Kind::NumberOrNone => "text",
            kind => kind.sql_type(),
        };
        arrays.push(format!("{before}CAST(${} AS {sql_type}[]){after}", at + 1));
        taken.push(match kind {
            Kind::TextOrNone => format!("CASE WHEN u.{name} = '' THEN NULL ELSE substr(u.{name}, 2) END AS {name}"),
            Kind::NumberOrNone => format!("CAST(NULLIF(u.{name}, '') AS bigint) AS {name}"),
            Kind::UuidOrNone => format!("NULLIF(u.{name}, '{NO_UUID}') AS {name}"),
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

/// Stands for NULL in an array of ids.
const NO_UUID: Uuid = Uuid::nil();

/// Transposes rows into one array for each column. The library's arrays cannot hold NULL: a nullable text is empty for
/// NULL, and otherwise has a prefix; a nullable number is a text, empty for NULL; a nullable id is [`NO_UUID`].
fn by_column(columns: &[(&str, Kind)], rows: Vec<Vec<Value>>) -> Vec<Value> {
    let mut arrays: Vec<Vec<Value>> = columns.iter().map(|_| Vec::with_capacity(rows.len())).collect();
    for row in rows {
        for ((array, value), (_, kind)) in arrays.iter_mut().zip(row).zip(columns) {
            array.push(match (kind, value) {
                (Kind::TextOrNone, Value::String(text)) => {
                    text.map_or_else(String::new, |text| format!("={text}")).into()
                }
                (Kind::NumberOrNone, Value::BigInt(number)) => {
                    number.map_or_else(String::new, |number| number.to_string()).into()
                }
                (Kind::UuidOrNone, Value::Uuid(id)) => id.unwrap_or(NO_UUID).into(),
                (_, value) => value,
            });
        }
    }
    let kinds = columns.iter().map(|(_, kind)| match kind {
        Kind::Uuid | Kind::UuidOrNone => ArrayType::Uuid,
        Kind::Text | Kind::TextOrNone | Kind::NumberOrNone => ArrayType::String,
        Kind::Number => ArrayType::BigInt,
        Kind::Bytes => ArrayType::Bytes,
        Kind::Truth => ArrayType::Bool,
    });
    kinds
        .zip(arrays)
        .map(|(kind, array)| Value::Array(kind, Some(Box::new(array))))
        .collect()
}
