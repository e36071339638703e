//! Tables whose rows are only ever added: triggers of the database refuse every other change.

use sea_orm::ConnectionTrait;

use super::is_sqlite;

/// The statements after which the rows of `table` can neither be changed nor deleted.
pub(crate) fn append_only(conn: &impl ConnectionTrait, table: &str) -> Vec<String> {
    if is_sqlite(conn) {
        let trigger = |operation: &str| {
            format!(
                "CREATE TRIGGER {table}_no_{operation} BEFORE {operation} ON {table} \
                 BEGIN SELECT RAISE(ABORT, 'rows of {table} are only ever added'); END"
            )
        };
        return ["update", "delete"].map(trigger).to_vec();
    }
    let mut statements = vec![format!(
        "CREATE FUNCTION {table}_only_added() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN RAISE EXCEPTION 'rows of {table} are only ever added'; END $$"
    )];
    statements.extend(["update", "delete", "truncate"].map(|operation| {
        format!(
            "CREATE TRIGGER {table}_no_{operation} BEFORE {operation} ON {table} \
             FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_added()"
        )
    }));
    statements
}
