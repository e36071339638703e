//! Everything that differs between SQLite and PostgreSQL. No other code checks which database it is.

mod append_only;
mod at_once;
mod many;
mod one_of;
mod selling;

use sea_orm::sea_query::{Expr, LockBehavior, LockType, SelectStatement, SimpleExpr, TableCreateStatement};
use sea_orm::{ConnectionTrait, DbBackend, Statement};

use crate::Error;
use crate::tables::Touches;

pub(crate) use append_only::append_only;
pub(crate) use at_once::{insert_at_once, insertion_at_once, run_all, run_all_and_read, run_all_if_and_read};
pub(crate) use many::{Kind, add_many, insert_many, insert_returning, update_many, with_rows};
pub(crate) use one_of::{is_one_of, is_one_of_ids, is_one_of_uuids};
pub(crate) use selling::{claim_key, claim_keys, if_key_is_new, key_lock, stock_lock, stock_taking};

pub(crate) fn is_sqlite(conn: &impl ConnectionTrait) -> bool {
    conn.get_database_backend() == DbBackend::Sqlite
}

/// The one of two texts that is written for this database.
pub(crate) fn of_database<'t>(conn: &impl ConnectionTrait, sqlite: &'t str, postgres: &'t str) -> &'t str {
    if is_sqlite(conn) { sqlite } else { postgres }
}

/// The database's own clock, in microseconds since the epoch: for leases and claims, as machines' clocks differ.
pub(crate) fn now_micros(conn: &impl ConnectionTrait) -> SimpleExpr {
    Expr::cust(now_sql(conn))
}

/// The same, as text.
pub(crate) fn now_text(conn: &impl ConnectionTrait) -> &'static str {
    now_sql(conn)
}

fn now_sql(conn: &impl ConnectionTrait) -> &'static str {
    if is_sqlite(conn) {
        "CAST(unixepoch('subsec') * 1000000 AS INTEGER)"
    } else {
        "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)"
    }
}

/// Locks the rows that `select` reads until the transaction ends. On SQLite the transaction is the only writer anyway.
pub(crate) fn lock_rows(conn: &impl ConnectionTrait, select: &mut SelectStatement) {
    if !is_sqlite(conn) {
        select.lock(LockType::NoKeyUpdate);
    }
}

/// Locks the rows that `select` reads against changes, with a shared lock.
pub(crate) fn lock_shared(conn: &impl ConnectionTrait, select: &mut SelectStatement) {
    if !is_sqlite(conn) {
        select.lock(LockType::Share);
    }
}

/// Locks the rows that `select` reads and skips those that another transaction has locked.
pub(crate) fn lock_skipping(conn: &impl ConnectionTrait, select: &mut SelectStatement) {
    if !is_sqlite(conn) {
        select.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
}

/// The end of a `SELECT` as text that locks its rows until the transaction ends, as [`lock_rows`] does.
pub(crate) fn row_lock(conn: &impl ConnectionTrait) -> &'static str {
    if is_sqlite(conn) { "" } else { " FOR NO KEY UPDATE" }
}

/// The same for a join of these tables, of each row in this order.
pub(crate) fn row_lock_of(conn: &impl ConnectionTrait, tables: &[&str]) -> String {
    if is_sqlite(conn) {
        return String::new();
    }
    format!("{} OF {}", row_lock(conn), tables.join(", "))
}

/// The end of a `SELECT` as text that locks its rows with a shared lock, as [`lock_shared`] does.
pub(crate) fn row_lock_shared(conn: &impl ConnectionTrait) -> &'static str {
    if is_sqlite(conn) { "" } else { " FOR SHARE" }
}

/// The end of a join of `users u`, `sessions s` and `ledger_accounts a` that locks who asks, shared, and then what they pay with.
pub(crate) fn payer_lock(conn: &impl ConnectionTrait) -> &'static str {
    if is_sqlite(conn) {
        ""
    } else {
        " FOR SHARE OF u, s FOR NO KEY UPDATE OF a"
    }
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

/// Inserts a touch, dated by the database's clock, and returns its number and its date.
pub(crate) fn insert_touch(conn: &impl ConnectionTrait, names: String) -> Statement {
    let now = now_sql(conn);
    let sql = if is_sqlite(conn) {
        format!("INSERT INTO touches (names, touched_at) VALUES (?1, {now}) RETURNING number, touched_at")
    } else {
        let number = "CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)";
        format!(
            "INSERT INTO touches (number, names, touched_at) VALUES ({number}, $1, {now}) RETURNING number, touched_at"
        )
    };
    Statement::from_sql_and_values(conn.get_database_backend(), sql, [names.into()])
}

/// Sets the touches of this transaction's row.
pub(crate) fn update_touch(conn: &impl ConnectionTrait, number: i64, names: String) -> Statement {
    let text = format!(
        "UPDATE touches SET names = $1, touched_at = {} WHERE number = $2 RETURNING number, touched_at",
        now_sql(conn)
    );
    Statement::from_sql_and_values(conn.get_database_backend(), text, [names.into(), number.into()])
}

/// One statement, so one snapshot: which transactions have ended, the incarnation, how far touches were deleted, the
/// database's time, and the touches that `seen` does not cover.
///
/// On PostgreSQL transactions commit in another order than that of their numbers; reading again what still ran at the
/// last pulse misses none, where a cursor on the highest number would. The numbers are shared with the server's other
/// databases, and after a crash numbers that nothing durable used are given out again. So neither `lowest` nor `next`
/// is higher than durable touches guarantee: the last one's number plus one.
pub(crate) fn pulse(conn: &impl ConnectionTrait, next: i64, running: Vec<i64>) -> Statement {
    let now = now_sql(conn);
    if is_sqlite(conn) {
        let sql = format!(
            "SELECT last.seq + 1 AS lowest, last.seq + 1 AS next, '' AS running, \
             (SELECT value FROM shop_marks WHERE name = 'incarnation') AS incarnation, \
             (SELECT CAST(value AS BIGINT) FROM shop_marks WHERE name = 'touches forgotten') AS forgotten, \
             {now} AS clock, t.number, t.names, t.touched_at \
             FROM (SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'touches'), 0) AS seq) AS last \
             LEFT JOIN touches t ON t.number >= ?1"
        );
        return Statement::from_sql_and_values(conn.get_database_backend(), sql, [next.into()]);
    }
    // The timeline changes when a standby takes over, which may have lost the last commits.
    let sql = format!(
        "SELECT LEAST(CAST(CAST(pg_snapshot_xmin(s.now) AS TEXT) AS BIGINT), c.next) AS lowest, \
         LEAST(CAST(CAST(pg_snapshot_xmax(s.now) AS TEXT) AS BIGINT), c.next) AS next, \
         (SELECT string_agg(CAST(x AS TEXT), ' ') FROM pg_snapshot_xip(s.now) AS x) AS running, \
         (SELECT value FROM shop_marks WHERE name = 'incarnation') || '.' || \
         left(pg_walfile_name(pg_current_wal_lsn()), 8) AS incarnation, \
         s.forgotten, s.clock, t.number, t.names, t.touched_at \
         FROM (SELECT pg_current_snapshot() AS now, {now} AS clock, \
         (SELECT CAST(value AS BIGINT) FROM shop_marks WHERE name = 'touches forgotten') AS forgotten) AS s \
         CROSS JOIN LATERAL \
         (SELECT 1 + GREATEST(0, s.forgotten, (SELECT MAX(number) FROM touches)) AS next) AS c \
         LEFT JOIN touches t ON t.number >= $1 OR t.number = ANY($2)"
    );
    Statement::from_sql_and_values(conn.get_database_backend(), sql, [next.into(), running.into()])
}

/// The lowest number of a running transaction, where a touch may be older than one that is not committed yet.
pub(crate) fn lowest_running(conn: &impl ConnectionTrait) -> &'static str {
    if is_sqlite(conn) {
        "9223372036854775807"
    } else {
        "CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)"
    }
}

/// The lowest number that no touch can have yet.
pub(crate) fn next_touch(conn: &impl ConnectionTrait) -> &'static str {
    if is_sqlite(conn) {
        "1 + COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'touches'), 0)"
    } else {
        "CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT)"
    }
}

/// Whether no touch has a number that is still to be given out, and the mark `written` belongs to this database.
/// SQLite's numbers are copied with everything else, so there the mark need not exist.
pub(crate) fn owns_numbers(conn: &impl ConnectionTrait, written: &str) -> Statement {
    let is_written = if is_sqlite(conn) {
        "?1 <> ''"
    } else {
        "EXISTS (SELECT 1 FROM shop_marks m JOIN pg_database d ON d.datname = current_database() \
         WHERE m.name = $1 AND m.value = CAST(d.oid AS TEXT) || '.' || CAST(m.xmin AS TEXT))"
    };
    let sql = format!(
        "SELECT {is_written} \
         AND COALESCE((SELECT MAX(number) FROM touches), 0) < {next} \
         AND COALESCE((SELECT CAST(value AS BIGINT) FROM shop_marks WHERE name = 'touches forgotten'), 0) < {next} AS is_own",
        next = next_touch(conn),
    );
    Statement::from_sql_and_values(conn.get_database_backend(), sql, [written.into()])
}

/// The identity of this database and of the current transaction; `None` on SQLite.
pub(crate) fn this_transaction(conn: &impl ConnectionTrait) -> Option<&'static str> {
    (!is_sqlite(conn)).then_some(
        "(SELECT CAST(oid AS TEXT) FROM pg_database WHERE datname = current_database()) || '.' || \
         CAST(CAST(pg_current_xact_id() AS xid) AS TEXT)",
    )
}

/// An id as readable text: on SQLite ids are bytes.
pub(crate) fn id_text(conn: &impl ConnectionTrait, column: &str) -> String {
    if is_sqlite(conn) {
        format!("LOWER(HEX({column}))")
    } else {
        format!("CAST({column} AS TEXT)")
    }
}

/// A random text that differs between databases, and from older copies of this one.
pub(crate) fn random_text(conn: &impl ConnectionTrait) -> &'static str {
    if is_sqlite(conn) {
        "lower(hex(randomblob(16)))"
    } else {
        "replace(CAST(gen_random_uuid() AS TEXT), '-', '')"
    }
}

/// Serialises transactions that number new games. SQLite has only one writer anyway.
pub(crate) fn numbering_lock(conn: &impl ConnectionTrait) -> Option<&'static str> {
    // The key is "game no." in ASCII.
    (!is_sqlite(conn)).then_some("SELECT pg_advisory_xact_lock(7449363249404374830)")
}

/// Lets many transactions use the names that games are grouped by, and with `is_changing` only one that changes them. SQLite has
/// only one writer anyway.
pub(crate) fn terms_lock(conn: &impl ConnectionTrait, is_changing: bool) -> Option<&'static str> {
    // The key is "terms..." in ASCII.
    let lock = if is_changing {
        "SELECT pg_advisory_xact_lock(8387235695456824878)"
    } else {
        "SELECT pg_advisory_xact_lock_shared(8387235695456824878)"
    };
    (!is_sqlite(conn)).then_some(lock)
}

/// Serialises migrations of several processes. On SQLite the file's own lock does so.
pub(crate) fn migration_lock(conn: &impl ConnectionTrait) -> Option<&'static str> {
    // The key is "latchkey" in ASCII.
    (!is_sqlite(conn)).then_some("SELECT pg_advisory_xact_lock(7809634629297661305)")
}

/// Whether a table of this name exists; only reads, so that a user without the right to create one may call it.
pub(crate) async fn has_table(conn: &impl ConnectionTrait, name: &str) -> Result<bool, Error> {
    let sql = if is_sqlite(conn) {
        "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1) AS is_there"
    } else {
        "SELECT to_regclass($1) IS NOT NULL AS is_there"
    };
    let asked = Statement::from_sql_and_values(conn.get_database_backend(), sql, [name.into()]);
    let row = conn.query_one_raw(asked).await?;
    Ok(row
        .map(|row| row.try_get("", "is_there"))
        .transpose()?
        .unwrap_or_default())
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
