//! The record of syncs: when each began, how it ended, and what it did.

use domain::clock::Timestamp;
use domain::sync::SyncReport;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use crate::Error;
use crate::tables::SyncRuns as Table;

/// The room of sync runs.
#[derive(Clone, Copy, Debug)]
pub struct SyncRuns<'a, C> {
    conn: &'a C,
}

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncRun {
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` while it runs, or when its process was killed.
    pub finished_at: Option<Timestamp>,
    /// `complete`, `incomplete` or `failed`; `None` as above.
    pub outcome: Option<String>,
    /// What it did.
    pub report: Option<SyncReport>,
}

impl<'a, C: ConnectionTrait> SyncRuns<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The run that began last.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn latest(&self) -> Result<Option<SyncRun>, Error> {
        let select = Query::select()
            .columns([Table::StartedAt, Table::FinishedAt, Table::Outcome, Table::Report])
            .from(Table::Table)
            .order_by(Table::StartedAt, Order::Desc)
            .order_by(Table::Id, Order::Desc)
            .limit(1)
            .to_owned();
        let Some(row) = self.conn.query_one(&select).await? else {
            return Ok(None);
        };
        let report: Option<String> = row.try_get("", "report")?;
        Ok(Some(SyncRun {
            started_at: Timestamp::from_micros(row.try_get("", "started_at")?),
            finished_at: row
                .try_get::<Option<i64>>("", "finished_at")?
                .map(Timestamp::from_micros),
            outcome: row.try_get("", "outcome")?,
            report: report
                .map(|text| serde_json::from_str(&text))
                .transpose()
                .map_err(|error| unreadable(&error))?,
        }))
    }
}

impl SyncRuns<'_, DatabaseTransaction> {
    /// Records that a run begins.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn begin(&self, id: Uuid, kind: &str, now: Timestamp) -> Result<(), Error> {
        let insert = Query::insert()
            .into_table(Table::Table)
            .columns([Table::Id, Table::Kind, Table::StartedAt])
            .values_panic([id.into(), kind.into(), now.as_micros().into()])
            .to_owned();
        self.conn.execute(&insert).await?;
        Ok(())
    }

    /// Records how a run ended.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn finish(&self, id: Uuid, outcome: &str, report: &SyncReport, now: Timestamp) -> Result<(), Error> {
        let report = serde_json::to_string(report).map_err(|error| unreadable(&error))?;
        let update = Query::update()
            .table(Table::Table)
            .value(Table::FinishedAt, now.as_micros())
            .value(Table::Outcome, outcome)
            .value(Table::Report, report)
            .and_where(Expr::col(Table::Id).eq(id))
            .to_owned();
        self.conn.execute(&update).await?;
        Ok(())
    }
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error::Unreadable {
        table: "sync_runs",
        reason: error.to_string(),
    }
}
