//! The record of syncs: start, progress, outcome, report, and the position at which a crawl can be resumed.

use domain::clock::Timestamp;
use domain::id::SupplierName;
use domain::sync::{SyncKind, SyncProgress, SyncReport};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::Error;
use crate::tables::{SyncPositions, SyncRuns as Table};

/// The repository of sync runs.
#[derive(Clone, Copy, Debug)]
pub struct SyncRunRepository<'a, C> {
    conn: &'a C,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncRun {
    /// Its row.
    pub id: Uuid,
    /// The supplier whose catalogue it reads.
    pub supplier: SupplierName,
    /// Its kind.
    pub kind: SyncKind,
    /// The description of the process that runs it; after a resumption, of the last one.
    pub holder: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` while it runs, or when its process was killed.
    pub finished_at: Option<Timestamp>,
    /// `complete`, `incomplete`, `stopped`, `failed` or `abandoned`; `None` as above.
    pub outcome: Option<String>,
    /// Its progress.
    pub progress: SyncProgress,
    /// Its result so far.
    pub report: SyncReport,
}

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

impl<'a, C: ConnectionTrait> SyncRunRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The run that began last.
    pub async fn latest(&self) -> Result<Option<SyncRun>, Error> {
        self.latest_where(None).await
    }

    /// The run of this supplier's that began last.
    pub async fn latest_of(&self, supplier: &SupplierName) -> Result<Option<SyncRun>, Error> {
        self.latest_where(Some(supplier)).await
    }

    async fn latest_where(&self, supplier: Option<&SupplierName>) -> Result<Option<SyncRun>, Error> {
        let mut select = select();
        select
            .and_where_option(supplier.map(|name| Expr::col(Table::Supplier).eq(name.as_str())))
            .order_by(Table::StartedAt, Order::Desc)
            .order_by(Table::Id, Order::Desc)
            .limit(1);
        self.conn.query_one(&select).await?.as_ref().map(run).transpose()
    }

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
    /// Records the beginning of a run. The supplier's runs without an outcome are closed as abandoned, except for the
    /// crawl that can be resumed.
    pub async fn begin(
        &self,
        id: Uuid,
        supplier: &SupplierName,
        kind: SyncKind,
        holder: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let resumable = Query::select()
            .column(SyncPositions::RunId)
            .from(SyncPositions::Table)
            .to_owned();
        let close = Query::update()
            .table(Table::Table)
            .value(Table::FinishedAt, now.as_micros())
            .value(Table::Outcome, "abandoned")
            .and_where(Expr::col(Table::FinishedAt).is_null())
            .and_where(Expr::col(Table::Supplier).eq(supplier.as_str()))
            .and_where(Expr::col(Table::Id).not_in_subquery(resumable))
            .to_owned();
        self.conn.execute(&close).await?;
        let insert = Query::insert()
            .into_table(Table::Table)
            .columns([Table::Id, Table::Supplier, Table::Kind, Table::StartedAt, Table::Holder])
            .values_panic([
                id.into(),
                supplier.as_str().into(),
                kind.as_str().into(),
                now.as_micros().into(),
                holder.into(),
            ])
            .to_owned();
        self.conn.execute(&insert).await?;
        Ok(())
    }

    /// Records that a run is resumed.
    pub async fn go_on(&self, id: Uuid, holder: &str) -> Result<(), Error> {
        let update = Query::update()
            .table(Table::Table)
            .value(Table::FinishedAt, Option::<i64>::None)
            .value(Table::Outcome, Option::<String>::None)
            .value(Table::Holder, holder)
            .and_where(Expr::col(Table::Id).eq(id))
            .to_owned();
        self.conn.execute(&update).await?;
        Ok(())
    }

    /// Records the progress of a run.
    pub async fn progress(&self, id: Uuid, progress: SyncProgress, report: &SyncReport) -> Result<(), Error> {
        let update = Query::update()
            .table(Table::Table)
            .value(Table::Progress, written(&progress)?)
            .value(Table::Report, written(report)?)
            .and_where(Expr::col(Table::Id).eq(id))
            .to_owned();
        self.conn.execute(&update).await?;
        Ok(())
    }

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

    /// Records the outcome of a run.
    pub async fn finish(&self, id: Uuid, outcome: &str, report: &SyncReport, now: Timestamp) -> Result<(), Error> {
        let update = Query::update()
            .table(Table::Table)
            .value(Table::FinishedAt, now.as_micros())
            .value(Table::Outcome, outcome)
            .value(Table::Report, written(report)?)
            .and_where(Expr::col(Table::Id).eq(id))
            .to_owned();
        self.conn.execute(&update).await?;
        Ok(())
    }

    /// Deletes runs that began before `before`.
    pub async fn trim(&self, before: Timestamp) -> Result<u64, Error> {
        let delete = Query::delete()
            .from_table(Table::Table)
            .and_where(Expr::col(Table::StartedAt).lt(before.as_micros()))
            .to_owned();
        Ok(self.conn.execute(&delete).await?.rows_affected())
    }
}

fn select() -> sea_orm::sea_query::SelectStatement {
    Query::select()
        .columns([
            Table::Id,
            Table::Supplier,
            Table::Kind,
            Table::Holder,
            Table::StartedAt,
            Table::FinishedAt,
            Table::Outcome,
            Table::Progress,
            Table::Report,
        ])
        .from(Table::Table)
        .to_owned()
}

fn run(row: &QueryResult) -> Result<SyncRun, Error> {
    let (supplier, kind): (String, String) = (row.try_get("", "supplier")?, row.try_get("", "kind")?);
    let finished_at: Option<i64> = row.try_get("", "finished_at")?;
    Ok(SyncRun {
        id: row.try_get("", "id")?,
        supplier: SupplierName::parse(&supplier).ok_or_else(|| unreadable(&format!("supplier {supplier:?}")))?,
        kind: SyncKind::parse(&kind).ok_or_else(|| unreadable(&format!("kind {kind:?}")))?,
        holder: row.try_get::<Option<String>>("", "holder")?.unwrap_or_default(),
        started_at: Timestamp::from_micros(row.try_get("", "started_at")?),
        finished_at: finished_at.map(Timestamp::from_micros),
        outcome: row.try_get("", "outcome")?,
        progress: read(row, "progress")?,
        report: read(row, "report")?,
    })
}

fn read<T: Default + DeserializeOwned>(row: &QueryResult, column: &str) -> Result<T, Error> {
    let text: Option<String> = row.try_get("", column)?;
    text.map_or_else(|| Ok(T::default()), |text| serde_json::from_str(&text))
        .map_err(|error| unreadable(&error.to_string()))
}

fn written(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| unreadable(&error.to_string()))
}

fn unreadable(reason: &str) -> Error {
    Error::Unreadable {
        table: "sync_runs",
        reason: reason.to_owned(),
    }
}
