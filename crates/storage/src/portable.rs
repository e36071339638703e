//! Everything that differs between SQLite and PostgreSQL. Nobody else asks which database it is.

use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{
    ArrayType, Expr, ExprTrait, LockBehavior, LockType, SelectStatement, SimpleExpr, TableCreateStatement,
};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Value};

use domain::id::GameId;

use crate::Error;
use crate::tables::{Games, Touches};

fn is_sqlite(conn: &impl ConnectionTrait) -> bool {
    conn.get_database_backend() == DbBackend::Sqlite
}

/// The database's own clock, in microseconds since the epoch: for leases and claims, as machines' clocks differ.
pub(crate) fn now_micros(conn: &impl ConnectionTrait) -> SimpleExpr {
    Expr::cust(now_sql(conn))
}

fn now_sql(conn: &impl ConnectionTrait) -> &'static str {
    if is_sqlite(conn) {
        "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
    } else {
        "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"
    }
}

/// Locks the rows that `select` reads until the transaction ends. SQLite's transaction is the only writer anyway.
pub(crate) fn lock_rows(conn: &impl ConnectionTrait, select: &mut SelectStatement) {
    if !is_sqlite(conn) {
        select.lock(LockType::NoKeyUpdate);
    }
}

/// Locks the rows that `select` reads against change, yet lets others do the same.
pub(crate) fn lock_shared(conn: &impl ConnectionTrait, select: &mut SelectStatement) {
    if !is_sqlite(conn) {
        select.lock(LockType::Share);
    }
}

/// Locks the rows that `select` reads and passes over those that another transaction has locked.
pub(crate) fn lock_skipping(conn: &impl ConnectionTrait, select: &mut SelectStatement) {
    if !is_sqlite(conn) {
        select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
}

/// Ends a written `SELECT` that locks its rows until the transaction ends, as [`lock_rows`] does.
pub(crate) fn row_lock(conn: &impl ConnectionTrait) -> &'static str {
    if is_sqlite(conn) { "" } else { " FOR NO KEY UPDATE" }
}

/// Ends a written `SELECT` that locks its rows against change, as [`lock_shared`] does.
pub(crate) fn row_lock_shared(conn: &impl ConnectionTrait) -> &'static str {
    if is_sqlite(conn) { "" } else { " FOR SHARE" }
}

/// The greater of two expressions.
pub(crate) fn greater(conn: &impl ConnectionTrait, one: &str, other: &str) -> String {
    let function = if is_sqlite(conn) { "MAX" } else { "GREATEST" };
    format!("{function}({one}, {other})")
}

/// The column of a touch's number: a counter on SQLite, the transaction's own number on PostgreSQL.
pub(crate) fn touch_number(conn: &impl ConnectionTrait, table: &mut TableCreateStatement) {
    use sea_orm::sea_query::ColumnDef;
    let mut number = ColumnDef::new(Touches::Number);
    if is_sqlite(conn) {
        number.integer().not_null().primary_key().auto_increment();
    } else {
        number.big_integer().not_null().primary_key();
    }
    table.col(&mut number);
}

/// Inserts a touch, dated by the database's clock, and returns its number.
pub(crate) fn insert_touch(conn: &impl ConnectionTrait, names: String) -> Statement {
    let now = now_sql(conn);
    let sql = if is_sqlite(conn) {
        format!("INSERT INTO touches (names, touched_at) VALUES (?1, {now}) RETURNING number")
    } else {
        let number = "CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)";
        format!("INSERT INTO touches (number, names, touched_at) VALUES ({number}, $1, {now}) RETURNING number")
    };
    Statement::from_sql_and_values(conn.get_database_backend(), sql, [names.into()])
}

/// One statement, so one snapshot: the lowest number still running, the incarnation, and the touches from `from` on.
///
/// On PostgreSQL transactions commit out of the order of their numbers; reading again from the lowest that was running
/// sees them all, where a cursor on the highest seen would miss some.
pub(crate) fn pulse(conn: &impl ConnectionTrait, from: i64) -> Statement {
    let sql = if is_sqlite(conn) {
        "SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'touches'), 0) + 1 AS lowest, \
         (SELECT value FROM shop_marks WHERE name = 'incarnation') AS incarnation, t.number, t.names \
         FROM (SELECT 1) AS one LEFT JOIN touches t ON t.number >= ?1"
    } else {
        "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) AS lowest, \
         (SELECT value FROM shop_marks WHERE name = 'incarnation') AS incarnation, t.number, t.names \
         FROM (SELECT 1) AS one LEFT JOIN touches t ON t.number >= $1"
    };
    Statement::from_sql_and_values(conn.get_database_backend(), sql, [from.into()])
}

/// A random text that tells this database from any other, and from an older copy of itself.
pub(crate) fn random_text(conn: &impl ConnectionTrait) -> &'static str {
    if is_sqlite(conn) {
        "lower(hex(randomblob(16)))"
    } else {
        "replace(CAST(gen_random_uuid() AS TEXT), '-', '')"
    }
}

/// What a column of many rows holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Uuid,
    Text,
    TextOrNone,
    Number,
    Truth,
}

/// Rows in one statement on SQLite: enough that the text of the statement, which is kept prepared, costs nothing.
const ROWS_AT_ONCE: usize = 100;

/// Inserts `rows` into `table`, then does as `on_conflict` says; returns how many rows that changed. Each value is of
/// its column's kind.
///
/// PostgreSQL gets one array for each column: a text that never changes and few parameters, whatever the number of
/// rows. SQLite gets a parameter for each value, which it takes faster than anything it would have to take apart.
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
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let some: Vec<Vec<Value>> = rows.by_ref().take(ROWS_AT_ONCE).collect();
        let sql = format!(
            "INSERT INTO {table} ({names}) {} {on_conflict}",
            listed(columns.len(), some.len())
        );
        let statement = Statement::from_sql_and_values(backend, sql, some.into_iter().flatten());
        written += conn.execute_raw(statement).await?.rows_affected();
    }
    Ok(written)
}

/// `VALUES (?,…),…`: so many parameters for each of so many rows.
fn listed(columns: usize, rows: usize) -> String {
    let one = format!("({})", vec!["?"; columns].join(","));
    format!("VALUES {}", vec![one; rows].join(","))
}

/// Gives each row of `table` that `rows` name by their first value the rest of them; returns how many rows there were.
/// Takes its parameters as [`insert_many`] does.
pub(crate) async fn update_many(
    conn: &impl ConnectionTrait,
    table: &str,
    columns: &[(&str, Kind)],
    rows: Vec<Vec<Value>>,
) -> Result<u64, Error> {
    let [(key, _), rest @ ..] = columns else { return Ok(0) };
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
    for some in rows.chunks(ROWS_AT_ONCE) {
        let listed = listed(columns.len(), some.len());
        let sql = format!("WITH u ({names}) AS ({listed}) {update} u WHERE {table}.{key} = u.{key}");
        let statement = Statement::from_sql_and_values(backend, sql, some.iter().flatten().cloned());
        written += conn.execute_raw(statement).await?.rows_affected();
    }
    Ok(written)
}

/// `SELECT … FROM UNNEST($1, $2, …)`: one row for each place in the arrays.
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
            Kind::TextOrNone => format!("CASE WHEN u.{name} = '' THEN NULL ELSE substr(u.{name}, 2) END"),
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

/// Rows turned into one array for each column. The library's arrays hold no NULL: a text that may be none is empty for
/// none, and else begins with a mark.
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

/// Whether `column` is one of `texts`: one array on PostgreSQL, which else takes each text for a parameter.
pub(crate) fn is_one_of<'t>(
    conn: &impl ConnectionTrait,
    column: Games,
    texts: impl IntoIterator<Item = &'t str>,
) -> SimpleExpr {
    let texts = texts.into_iter();
    if is_sqlite(conn) {
        return Expr::col(column).is_in(texts);
    }
    let array: Vec<String> = texts.map(str::to_owned).collect();
    Expr::col(column).eq(PgFunc::any(array))
}

/// Whether `column` is one of `ids`, as [`is_one_of`] says it of texts.
pub(crate) fn is_one_of_ids(conn: &impl ConnectionTrait, column: Expr, ids: &[GameId]) -> SimpleExpr {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    if is_sqlite(conn) {
        column.is_in(ids)
    } else {
        column.eq(PgFunc::any(ids))
    }
}

/// Makes transactions that give games their numbers wait for each other. On SQLite there is one writer anyway.
pub(crate) fn numbering_lock(conn: &impl ConnectionTrait) -> Option<&'static str> {
    // The key is "game no." in ASCII.
    (!is_sqlite(conn)).then_some("SELECT pg_advisory_xact_lock(7449363249404374830)")
}

/// Makes migrations of several processes wait for each other. On SQLite the file's own lock does.
pub(crate) fn migration_lock(conn: &impl ConnectionTrait) -> Option<&'static str> {
    // The key is "latchkey" in ASCII.
    (!is_sqlite(conn)).then_some("SELECT pg_advisory_xact_lock(7809634629297661305)")
}

/// The database's name and version.
pub(crate) async fn version(conn: &impl ConnectionTrait) -> Result<String, Error> {
    let sql = if is_sqlite(conn) {
        "SELECT 'SQLite ' || sqlite_version() AS v"
    } else {
        "SELECT 'PostgreSQL ' || current_setting('server_version') AS v"
    };
    let row = conn
        .query_one_raw(Statement::from_string(conn.get_database_backend(), sql))
        .await?;
    Ok(row.map(|row| row.try_get("", "v")).transpose()?.unwrap_or_default())
}
