//! How a run begins and ends in the database: the lease taken and given back, the record opened and closed.

use domain::refusal::Refusal;
use domain::slice::Slice;
use domain::sync::{RunningSync, SyncKind, SyncOrder, SyncReport};
use uuid::Uuid;

use super::position::Position;
use super::run::{Run, Writer};
use super::{JOB, NEWEST, RESUMED_WITHIN};
use crate::{Error, Shop};

/// What a run begins with.
pub(super) struct Resumed {
    pub(super) position: Position,
    pub(super) report: SyncReport,
}

impl From<Position> for Resumed {
    fn from(position: Position) -> Self {
        Self {
            position,
            report: SyncReport::default(),
        }
    }
}

impl Shop {
    /// Takes the lease, and begins a run or goes on with one.
    pub(super) async fn begin_run(
        &self,
        order: &SyncOrder,
        slice: Slice,
        holder: &str,
    ) -> Result<(Writer, Resumed), Error> {
        let token = self.take_lease(holder).await?;
        let (kind, now, fresh_id) = (order.kind, self.now(), self.parts.ids.fresh());
        let holder = holder.to_owned();
        let begun = self.write(move |tx| {
            let holder = holder.clone();
            Box::pin(async move {
                let runs = tx.sync_runs();
                let interrupted = match kind {
                    SyncKind::Full => runs.interrupted(now.minus(RESUMED_WITHIN)).await?,
                    _ => None,
                };
                if let Some((run, kept)) = interrupted
                    && let Some(position) = Position::read(kept)
                {
                    runs.go_on(run.id, &holder).await?;
                    return Ok((run.id, run.started_at, Some((position, run.report))));
                }
                if kind == SyncKind::Full {
                    runs.forget_positions().await?;
                }
                runs.begin(fresh_id, kind, &holder, now).await?;
                Ok((fresh_id, now, None))
            })
        });
        let begun = begun.await;
        let (run_id, started_at, resumed) = match begun {
            Ok(begun) => begun,
            Err(error) => {
                self.give_lease_back(token).await?;
                return Err(error);
            }
        };
        let writer = Writer {
            kind,
            run_id,
            started_at,
            token,
            lease: self.parts.sync.lease,
        };
        if let Some((position, _)) = &resumed {
            tracing::info!(
                "[{}] goes on with the crawl that began at {started_at} and was interrupted: {}",
                writer.tag(),
                position.progress()
            );
        }
        let (position, report) = resumed.unwrap_or_else(|| (Position::at(slice), SyncReport::default()));
        Ok((writer, Resumed { position, report }))
    }

    /// Gives the lease back and closes the record; a crawl that was stopped or failed can be gone on with. Who lost the
    /// lease writes nothing: the record may be another's by now.
    pub(super) async fn end_run(&self, writer: &Writer, run: &Run<'_>, word: &'static str) -> Result<(), Error> {
        let (writer, now) = (writer.clone(), self.now());
        let (report, progress) = (run.report.clone(), run.progress());
        let newest = run.position.newest.clone();
        let ended = matches!(word, "complete" | "incomplete");
        self.write(move |tx| {
            let (writer, report, newest) = (writer.clone(), report.clone(), newest.clone());
            Box::pin(async move {
                if !tx.leases().give_back(JOB, writer.token).await? {
                    return Ok(());
                }
                tx.sync_runs().progress(writer.run_id, progress, &report).await?;
                tx.sync_runs().finish(writer.run_id, word, &report, now).await?;
                if ended && writer.kind == SyncKind::Full {
                    tx.sync_runs().forget_positions().await?;
                }
                let reads_changes = matches!(writer.kind, SyncKind::Full | SyncKind::Delta);
                if let (true, "complete", Some(newest)) = (reads_changes, word, newest) {
                    tx.marks().set(NEWEST, &newest).await?;
                }
                Ok(())
            })
        })
        .await
    }

    async fn take_lease(&self, holder: &str) -> Result<Uuid, Error> {
        let (token, holder, span) = (self.parts.ids.fresh(), holder.to_owned(), self.parts.sync.lease);
        let taken = self.write(move |tx| {
            let holder = holder.clone();
            Box::pin(async move { Ok(tx.leases().take(JOB, token, &holder, span).await?) })
        });
        if taken.await? {
            return Ok(token);
        }
        let other = self.db().leases().holder(JOB).await?;
        let run = self
            .db()
            .sync_runs()
            .latest()
            .await?
            .filter(|run| run.finished_at.is_none());
        let words = match (&other, &run) {
            (Some(other), Some(run)) => format!(
                "{} since {}, a {} sync, {}",
                other.name, other.since, run.kind, run.progress
            ),
            (Some(other), None) => format!("{} since {}", other.name, other.since),
            (None, _) => "it ended just now".to_owned(),
        };
        let kind = run.map(|run| run.kind);
        Err(Refusal::SyncRunning(RunningSync { kind, words }).into())
    }

    async fn give_lease_back(&self, token: Uuid) -> Result<(), Error> {
        self.write(move |tx| Box::pin(async move { Ok(tx.leases().give_back(JOB, token).await?) }))
            .await?;
        Ok(())
    }
}
