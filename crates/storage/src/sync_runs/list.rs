//! The list of runs, for staff.

use domain::id::SupplierName;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};

use super::{SyncRun, SyncRunRepository, run, select};
use crate::Error;
use crate::tables::SyncRuns as Table;

impl<C: ConnectionTrait> SyncRunRepository<'_, C> {
    /// How many runs there are, of one supplier or of all.
    pub async fn count(&self, supplier: Option<&SupplierName>) -> Result<u64, Error> {
        let select = Query::select()
            .expr_as(Expr::col(Table::Id).count(), "runs")
            .from(Table::Table)
            .and_where_option(supplier.map(|name| Expr::col(Table::Supplier).eq(name.as_str())))
            .to_owned();
        let row = self.conn.query_one(&select).await?;
        let runs: i64 = row.map_or(Ok(0), |row| row.try_get("", "runs"))?;
        Ok(u64::try_from(runs).unwrap_or(0))
    }

    /// Up to `limit` runs, of one supplier or of all, newest first, without the first `skipped` ones.
    pub async fn list(&self, supplier: Option<&SupplierName>, limit: u32, skipped: u64) -> Result<Vec<SyncRun>, Error> {
        let mut select = select();
        select
            .and_where_option(supplier.map(|name| Expr::col(Table::Supplier).eq(name.as_str())))
            .order_by(Table::StartedAt, Order::Desc)
            .order_by(Table::Id, Order::Desc)
            .limit(u64::from(limit))
            .offset(skipped);
        self.conn.query_all(&select).await?.iter().map(run).collect()
    }
}
