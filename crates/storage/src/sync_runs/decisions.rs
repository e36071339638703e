//! Runs of which changes wait for a decision of the staff.

use domain::clock::Timestamp;
use domain::id::SupplierName;
use domain::sync::SyncReport;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::{SyncRun, SyncRunRepository, run, select, written};
use crate::Error;
use crate::tables::SyncRuns as Table;

impl<C: ConnectionTrait> SyncRunRepository<'_, C> {
    /// The runs of which changes wait for a decision, the latest first; of one supplier, or of all.
    pub async fn parked(&self, supplier: Option<&SupplierName>) -> Result<Vec<SyncRun>, Error> {
        let select = select()
            .and_where(Expr::col(Table::Outcome).eq("parked"))
            .and_where_option(supplier.map(|name| Expr::col(Table::Supplier).eq(name.as_str())))
            .order_by(Table::StartedAt, Order::Desc)
            .order_by(Table::Id, Order::Desc)
            .to_owned();
        self.conn.query_all(&select).await?.iter().map(run).collect()
    }
}

impl SyncRunRepository<'_, DatabaseTransaction> {
    /// Records that changes of a run wait for a decision.
    pub async fn park(&self, id: Uuid, now: Timestamp) -> Result<(), Error> {
        let update = Query::update()
            .table(Table::Table)
            .value(Table::ParkedAt, now.as_micros())
            .and_where(Expr::col(Table::Id).eq(id))
            .to_owned();
        self.conn.execute(&update).await?;
        Ok(())
    }

    /// Records who accepted a parked run, and its report.
    pub async fn accept(&self, id: Uuid, by: &str, report: &SyncReport, now: Timestamp) -> Result<(), Error> {
        let update = Query::update()
            .table(Table::Table)
            .value(Table::Outcome, "accepted")
            .value(Table::AcceptedBy, by)
            .value(Table::AcceptedAt, now.as_micros())
            .value(Table::Report, written(report)?)
            .and_where(Expr::col(Table::Id).eq(id))
            .to_owned();
        self.conn.execute(&update).await?;
        Ok(())
    }

    /// Records that nothing of parked runs waits any more, because later runs say otherwise.
    pub async fn supersede(&self, ids: &[Uuid]) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let update = Query::update()
            .table(Table::Table)
            .value(Table::Outcome, "superseded")
            .and_where(Expr::col(Table::Id).is_in(ids.iter().copied()))
            .to_owned();
        self.conn.execute(&update).await?;
        Ok(())
    }
}
