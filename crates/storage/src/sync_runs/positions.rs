//! The positions at which crawls can be resumed.

use domain::clock::Timestamp;
use domain::id::SupplierName;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::{SyncRun, SyncRunRepository, run, select};
use crate::Error;
use crate::tables::{SyncPositions, SyncRuns as Table};

/// The position at which a crawl can be resumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredPosition {
    /// The remaining work, in the format of its writer.
    pub state: String,
    /// The games that the crawl has seen, as bits.
    pub seen: Vec<u8>,
    /// Where the supplier's list can be resumed, in the supplier's own format; empty at its beginning.
    pub cursor: Vec<u8>,
}

impl<C: ConnectionTrait> SyncRunRepository<'_, C> {
    /// The crawl of a supplier that was interrupted last, and its position; `None` if it began before `since`.
    pub async fn interrupted(
        &self,
        supplier: &SupplierName,
        since: Timestamp,
    ) -> Result<Option<(SyncRun, StoredPosition)>, Error> {
        let mut select = select();
        select
            .columns([SyncPositions::State, SyncPositions::Seen, SyncPositions::SeenInSlice])
            .inner_join(
                SyncPositions::Table,
                Expr::col((SyncPositions::Table, SyncPositions::RunId)).equals((Table::Table, Table::Id)),
            )
            .and_where(Expr::col(Table::Supplier).eq(supplier.as_str()))
            .and_where(Expr::col(Table::StartedAt).gte(since.as_micros()))
            .order_by(Table::StartedAt, Order::Desc)
            .limit(1);
        let Some(row) = self.conn.query_one(&select).await? else {
            return Ok(None);
        };
        let position = StoredPosition {
            state: row.try_get("", "state")?,
            seen: row.try_get("", "seen")?,
            cursor: row.try_get("", "seen_in_slice")?,
        };
        Ok(Some((run(&row)?, position)))
    }
}

impl SyncRunRepository<'_, DatabaseTransaction> {
    /// Replaces the position at which a run can be resumed.
    pub async fn keep(&self, id: Uuid, position: StoredPosition) -> Result<(), Error> {
        let insert = Query::insert()
            .into_table(SyncPositions::Table)
            .columns([
                SyncPositions::RunId,
                SyncPositions::State,
                SyncPositions::Seen,
                SyncPositions::SeenInSlice,
            ])
            .values_panic([
                id.into(),
                position.state.into(),
                position.seen.into(),
                position.cursor.into(),
            ])
            .on_conflict(
                OnConflict::column(SyncPositions::RunId)
                    .update_columns([SyncPositions::State, SyncPositions::Seen, SyncPositions::SeenInSlice])
                    .to_owned(),
            )
            .to_owned();
        self.conn.execute(&insert).await?;
        Ok(())
    }

    /// Deletes the positions of a supplier's interrupted crawls.
    pub async fn forget_positions(&self, supplier: &SupplierName) -> Result<(), Error> {
        let its_runs = Query::select()
            .column(Table::Id)
            .from(Table::Table)
            .and_where(Expr::col(Table::Supplier).eq(supplier.as_str()))
            .to_owned();
        let delete = Query::delete()
            .from_table(SyncPositions::Table)
            .and_where(Expr::col(SyncPositions::RunId).in_subquery(its_runs))
            .to_owned();
        self.conn.execute(&delete).await?;
        Ok(())
    }
}
