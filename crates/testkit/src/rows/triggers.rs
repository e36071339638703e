//! The triggers that record changed rows, on both databases.

use crate::Kind;

/// The query for every column of every table with rows of the shop, ordered by table.
pub(super) const fn schema(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => {
            "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' \
             AND t.name NOT LIKE 'sqlite~_%' ESCAPE '~' AND t.name NOT IN ('seaql_migrations', 'recorded_rows') ORDER BY t.name, c.cid"
        }
        Kind::Postgres => {
            "SELECT c.table_name::text, c.column_name::text FROM information_schema.columns c \
             JOIN information_schema.tables t USING (table_schema, table_name) WHERE c.table_schema = current_schema() \
             AND t.table_type = 'BASE TABLE' AND c.table_name NOT IN ('seaql_migrations', 'recorded_rows') \
             ORDER BY c.table_name, c.ordinal_position"
        }
    }
}

/// The statements that record one table's changes; the first ones create the table of the records, once.
pub(super) fn of(kind: Kind, table: &str, columns: &[String]) -> Vec<String> {
    match kind {
        Kind::Sqlite => on_sqlite(table, columns),
        Kind::Postgres => on_postgres(table),
    }
}

fn on_sqlite(table: &str, columns: &[String]) -> Vec<String> {
    let mut statements = vec![
        "CREATE TABLE IF NOT EXISTS recorded_rows (number INTEGER PRIMARY KEY AUTOINCREMENT, transaction_number INTEGER, \
         table_name TEXT, operation TEXT, old_row TEXT, new_row TEXT)"
            .to_owned(),
    ];
    for (operation, old, new) in [
        ("INSERT", None, Some("NEW")),
        ("UPDATE", Some("OLD"), Some("NEW")),
        ("DELETE", Some("OLD"), None),
    ] {
        let json = |row: Option<&str>| row.map_or("NULL".to_owned(), |row| json_object(row, columns));
        statements.push(format!(
            "CREATE TRIGGER record_{table}_{operation} AFTER {operation} ON {table} BEGIN \
             INSERT INTO recorded_rows (table_name, operation, old_row, new_row) \
             VALUES ('{table}', '{operation}', {}, {}); END",
            json(old),
            json(new)
        ));
    }
    statements
}

/// A row as JSON; bytes are written in hex.
fn json_object(row: &str, columns: &[String]) -> String {
    let pairs: Vec<String> = columns
        .iter()
        .map(|name| {
            let value = format!("{row}.\"{name}\"");
            format!("'{name}', CASE typeof({value}) WHEN 'blob' THEN lower(hex({value})) ELSE {value} END")
        })
        .collect();
    format!("json_object({})", pairs.join(", "))
}

fn on_postgres(table: &str) -> Vec<String> {
    vec![
        "CREATE TABLE IF NOT EXISTS recorded_rows (number BIGSERIAL PRIMARY KEY, transaction_number BIGINT, \
         table_name TEXT, operation TEXT, old_row TEXT, new_row TEXT)"
            .to_owned(),
        "CREATE OR REPLACE FUNCTION record_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
         INSERT INTO recorded_rows (transaction_number, table_name, operation, old_row, new_row) VALUES \
         (pg_current_xact_id()::text::bigint, TG_TABLE_NAME, TG_OP, to_jsonb(OLD)::text, to_jsonb(NEW)::text); \
         RETURN NULL; END $$"
            .to_owned(),
        format!(
            "CREATE TRIGGER record_{table} AFTER INSERT OR UPDATE OR DELETE ON {table} \
             FOR EACH ROW EXECUTE FUNCTION record_row()"
        ),
    ]
}
