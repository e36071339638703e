//! Whether a column is one of many values, passed as one parameter.

use domain::id::GameId;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::extension::postgres::PgFunc;
use sea_orm::sea_query::{Expr, ExprTrait, Func, IntoColumnRef, Query, SelectStatement, SimpleExpr};
use uuid::Uuid;

use super::is_sqlite;

/// Whether `column` is one of `texts`, passed as one parameter: the statement's text is the same for any number of
/// them, so it is prepared once.
pub(crate) fn is_one_of<'t>(
    conn: &impl ConnectionTrait,
    column: impl IntoColumnRef,
    texts: impl IntoIterator<Item = &'t str>,
) -> SimpleExpr {
    let array: Vec<&str> = texts.into_iter().collect();
    if !is_sqlite(conn) {
        let array: Vec<String> = array.into_iter().map(str::to_owned).collect();
        return Expr::col(column).eq(PgFunc::any(array));
    }
    Expr::col(column).in_subquery(each_of(&array, Expr::col("value")))
}

/// `read` applied to the `value` of each of `texts`, as rows from one parameter; for SQLite.
fn each_of(texts: &[&str], read: Expr) -> SelectStatement {
    let json = serde_json::Value::from(texts).to_string();
    let each = Func::cust("json_each").arg(json);
    Query::select().expr(read).from_function(each, "texts").to_owned()
}

/// Whether `column` is one of `ids`; see [`is_one_of`].
pub(crate) fn is_one_of_ids(conn: &impl ConnectionTrait, column: Expr, ids: &[GameId]) -> SimpleExpr {
    is_one_of_uuids(conn, column, ids.iter().map(|id| id.0))
}

/// The same of ids of any kind.
pub(crate) fn is_one_of_uuids(
    conn: &impl ConnectionTrait,
    column: Expr,
    ids: impl Iterator<Item = Uuid>,
) -> SimpleExpr {
    if !is_sqlite(conn) {
        return column.eq(PgFunc::any(ids.collect::<Vec<_>>()));
    }
    // On SQLite ids are bytes, which JSON cannot hold.
    let texts: Vec<String> = ids.map(|id| id.simple().to_string()).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let bytes = Func::cust("unhex").arg(Expr::col("value"));
    column.in_subquery(each_of(&texts, Expr::expr(bytes)))
}
