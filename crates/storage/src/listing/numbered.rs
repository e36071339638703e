//! Pages of long lists by their number, for programs that ask so: what is skipped are entries of an index, not rows.

use domain::listing::ListQuery;
use sea_orm::{ConnectionTrait, QueryResult, Statement};

use super::{Conditions, ListSource};
use crate::Error;

/// The rows of a list without the first `skipped` ones, and how many the list has in all; where `query` begins is not looked at.
pub(crate) async fn numbered<T>(
    conn: &impl ConnectionTrait,
    source: &ListSource,
    query: &ListQuery,
    conditions: Conditions,
    skipped: u64,
    row: impl Fn(&QueryResult) -> Result<T, Error>,
) -> Result<(u64, Vec<T>), Error> {
    let (_, column, _) = source.sort(query.sort);
    let direction = if query.is_descending { "DESC" } else { "ASC" };
    let (columns, joins, table, id) = (source.columns, source.joins, source.table, source.id);
    let (where_all, limit) = (conditions.where_all(), query.limit);
    let backend = conn.get_database_backend();
    let count = format!("SELECT COUNT(*) AS found FROM {table} {where_all}");
    let count = Statement::from_sql_and_values(backend, count, conditions.values.clone());
    let counted = conn.query_one_raw(count).await?;
    let total: i64 = counted.map_or(Ok(0), |row| row.try_get("", "found"))?;
    let text = format!(
        "SELECT k.id AS key_id, {columns} FROM (SELECT {id} AS id, {column} AS sort_key FROM {table} {where_all} \
         ORDER BY {column} {direction}, {id} {direction} LIMIT {limit} OFFSET {skipped}) AS k {joins} \
         ORDER BY k.sort_key {direction}, k.id {direction}"
    );
    let asked = Statement::from_sql_and_values(backend, text, conditions.values);
    let found = conn.query_all_raw(asked).await?;
    let rows: Result<Vec<T>, Error> = found.iter().map(row).collect();
    Ok((total.unsigned_abs(), rows?))
}
