//! Job leases: one holder at a time, by the database's clock, and batches fenced by the holder's token.

use std::collections::HashMap;
use std::time::Duration;

use domain::clock::Timestamp;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use crate::tables::JobLeases;
use crate::{Error, dialect};

/// The repository of leases.
#[derive(Clone, Copy, Debug)]
pub struct LeaseRepository<'a, C> {
    conn: &'a C,
}

/// The holder of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The holder's description of itself: program, process, machine.
    pub name: String,
    /// When it took the lease, by the database's clock.
    pub since: Timestamp,
    /// Its progress, as text.
    pub progress: String,
}

impl<'a, C: ConnectionTrait> LeaseRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The current holder of `job`.
    pub async fn holder(&self, job: &str) -> Result<Option<Holder>, Error> {
        let select = Query::select()
            .columns([JobLeases::Holder, JobLeases::Since, JobLeases::Progress])
            .from(JobLeases::Table)
            .and_where(Expr::col(JobLeases::Name).eq(job))
            .and_where(Expr::col(JobLeases::ExpiresAt).gt(dialect::now_micros(self.conn)))
            .to_owned();
        let Some(row) = self.conn.query_one(&select).await? else {
            return Ok(None);
        };
        Ok(Some(Holder {
            name: row.try_get("", "holder")?,
            since: Timestamp::from_micros(row.try_get("", "since")?),
            progress: row.try_get("", "progress")?,
        }))
    }

    /// The current holders of all jobs, by the names of the jobs.
    pub async fn holders(&self) -> Result<HashMap<String, String>, Error> {
        let select = Query::select()
            .columns([JobLeases::Name, JobLeases::Holder])
            .from(JobLeases::Table)
            .and_where(Expr::col(JobLeases::ExpiresAt).gt(dialect::now_micros(self.conn)))
            .to_owned();
        let rows = self.conn.query_all(&select).await?;
        let holders = rows
            .iter()
            .map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?)));
        holders.collect()
    }
}

impl LeaseRepository<'_, DatabaseTransaction> {
    /// Takes `job` for `span` if it is free; `token` then identifies the holder.
    pub async fn take(&self, job: &str, token: Uuid, holder: &str, span: Duration) -> Result<bool, Error> {
        let now = || dialect::now_micros(self.conn);
        let insert = Query::insert()
            .into_table(JobLeases::Table)
            .columns([
                JobLeases::Name,
                JobLeases::Token,
                JobLeases::Holder,
                JobLeases::Since,
                JobLeases::ExpiresAt,
                JobLeases::Progress,
            ])
            .values_panic([
                job.into(),
                token.into(),
                holder.into(),
                now(),
                now().add(micros(span)),
                "".into(),
            ])
            .on_conflict(
                OnConflict::column(JobLeases::Name)
                    .update_columns([
                        JobLeases::Token,
                        JobLeases::Holder,
                        JobLeases::Since,
                        JobLeases::ExpiresAt,
                        JobLeases::Progress,
                    ])
                    .action_and_where(Expr::col((JobLeases::Table, JobLeases::ExpiresAt)).lte(now()))
                    .to_owned(),
            )
            .to_owned();
        Ok(self.conn.execute(&insert).await?.rows_affected() == 1)
    }

    /// Extends the lease by `span` and records the progress; `false` when the lease is lost. The lease's row stays
    /// locked until this transaction ends, so this fences as [`fence`](Self::fence) does. A lease that expired and that
    /// no other holder took is not lost.
    pub async fn renew(&self, job: &str, token: Uuid, span: Duration, progress: &str) -> Result<bool, Error> {
        let update = Query::update()
            .table(JobLeases::Table)
            .value(JobLeases::ExpiresAt, dialect::now_micros(self.conn).add(micros(span)))
            .value(JobLeases::Progress, progress)
            .and_where(Expr::col(JobLeases::Name).eq(job))
            .and_where(Expr::col(JobLeases::Token).eq(token))
            .to_owned();
        Ok(self.conn.execute(&update).await?.rows_affected() == 1)
    }

    /// Locks the lease until this transaction ends, if it still belongs to `token`: nothing of an older holder can then
    /// commit after something of a newer one. (After a plain read the older batch could commit last.)
    pub async fn fence(&self, job: &str, token: Uuid) -> Result<bool, Error> {
        let mut select = Query::select()
            .column(JobLeases::Name)
            .from(JobLeases::Table)
            .and_where(Expr::col(JobLeases::Name).eq(job))
            .and_where(Expr::col(JobLeases::Token).eq(token))
            .to_owned();
        dialect::lock_shared(self.conn, &mut select);
        Ok(self.conn.query_one(&select).await?.is_some())
    }

    /// Releases `job`, if it still belongs to `token`.
    pub async fn give_back(&self, job: &str, token: Uuid) -> Result<bool, Error> {
        let delete = Query::delete()
            .from_table(JobLeases::Table)
            .and_where(Expr::col(JobLeases::Name).eq(job))
            .and_where(Expr::col(JobLeases::Token).eq(token))
            .to_owned();
        Ok(self.conn.execute(&delete).await?.rows_affected() == 1)
    }
}

pub(crate) fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}
