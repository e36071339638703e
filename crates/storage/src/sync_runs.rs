//! The record of syncs: start, progress, outcome, report, and the position at which a crawl can be resumed.

mod decisions;
mod list;
mod positions;
mod watched;

use domain::clock::Timestamp;
use domain::id::SupplierName;
use domain::sync::{SyncKind, SyncProgress, SyncReport};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

pub use self::positions::StoredPosition;
pub use self::watched::WaitingChange;
use crate::Error;
use crate::tables::{ParkedChanges, SyncPositions, SyncRuns as Table};

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
    /// `complete`, `incomplete`, `parked`, `accepted`, `superseded`, `stopped`, `failed`, `lost` or `abandoned`; `None` as
    /// above.
    pub outcome: Option<String>,
    /// When it was decided that changes of it wait for the staff.
    pub parked_at: Option<Timestamp>,
    /// Its progress.
    pub progress: SyncProgress,
    /// Its result so far.
    pub report: SyncReport,
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

    /// The runs that have ended, or were accepted, from `since` on; at most a thousand: more do not end within hours.
    pub async fn ended_since(&self, since: Timestamp) -> Result<Vec<SyncRun>, Error> {
        let mut select = select();
        select
            .and_where(
                Expr::col(Table::FinishedAt)
                    .gte(since.as_micros())
                    .or(Expr::col(Table::AcceptedAt).gte(since.as_micros())),
            )
            .order_by(Table::FinishedAt, Order::Desc)
            .limit(1_000);
        self.conn.query_all(&select).await?.iter().map(run).collect()
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

    /// A run.
    pub async fn get(&self, id: Uuid) -> Result<Option<SyncRun>, Error> {
        let select = select().and_where(Expr::col(Table::Id).eq(id)).to_owned();
        self.conn.query_one(&select).await?.as_ref().map(run).transpose()
    }
}

impl SyncRunRepository<'_, DatabaseTransaction> {
    /// Records the beginning of a run. The supplier's runs without an outcome are closed, as abandoned or, where changes of
    /// them wait for a decision, as parked, except for the crawl that can be resumed.
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
            .value(
                Table::Outcome,
                Expr::cust("CASE WHEN parked_at IS NULL THEN 'abandoned' ELSE 'parked' END"),
            )
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

    /// Deletes runs that began before `before`, but for those of which changes wait for a decision.
    pub async fn trim(&self, before: Timestamp) -> Result<u64, Error> {
        let waiting = Query::select()
            .column(ParkedChanges::RunId)
            .from(ParkedChanges::Table)
            .to_owned();
        let delete = Query::delete()
            .from_table(Table::Table)
            .and_where(Expr::col(Table::Id).not_in_subquery(waiting))
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
            Table::ParkedAt,
        ])
        .from(Table::Table)
        .to_owned()
}

fn run(row: &QueryResult) -> Result<SyncRun, Error> {
    let (supplier, kind): (String, String) = (row.try_get("", "supplier")?, row.try_get("", "kind")?);
    let finished_at: Option<i64> = row.try_get("", "finished_at")?;
    let parked_at: Option<i64> = row.try_get("", "parked_at")?;
    Ok(SyncRun {
        id: row.try_get("", "id")?,
        supplier: SupplierName::parse(&supplier).ok_or_else(|| unreadable(&format!("supplier {supplier:?}")))?,
        kind: SyncKind::parse(&kind).ok_or_else(|| unreadable(&format!("kind {kind:?}")))?,
        holder: row.try_get::<Option<String>>("", "holder")?.unwrap_or_default(),
        started_at: Timestamp::from_micros(row.try_get("", "started_at")?),
        finished_at: finished_at.map(Timestamp::from_micros),
        outcome: row.try_get("", "outcome")?,
        parked_at: parked_at.map(Timestamp::from_micros),
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
