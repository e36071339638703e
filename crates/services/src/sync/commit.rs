//! The fenced transactions of a sync: a batch is written, games leave the shop, games are noted as missed.

use std::collections::HashMap;

use domain::id::{GameId, ProductId};
use domain::sync::{SyncKind, SyncProgress, SyncReport};
use domain::touch::Touch;
use storage::Tx;

use super::change_detection::{DetectedChanges, Rejected};
use super::lease::Writer;
use super::plan::Plan;
use super::position::Position;
use crate::write::Failed;
use crate::{Error, Shop};

/// The most that the supplier's clock may be ahead of ours, its time zone included, in seconds.
const CLOCKS_APART: i64 = 26 * 60 * 60;

/// What a batch's transaction needs; it may run more than once.
pub(super) struct Input {
    pub(super) kind: SyncKind,
    pub(super) changes: DetectedChanges,
    /// The report before this batch.
    pub(super) report: SyncReport,
    /// The position after this batch, but for what only the transaction finds out; `None` where pages are not what is
    /// read.
    pub(super) position: Option<Position>,
    /// How far the sync is, where the position does not tell.
    pub(super) progress: SyncProgress,
}

/// What a batch did.
pub(super) struct Done {
    pub(super) report: SyncReport,
    pub(super) position: Option<Position>,
    pub(super) progress: SyncProgress,
}

impl Input {
    /// What the report and the position become when `numbered` of the products shown are games of the shop, by their
    /// numbers.
    pub(super) fn account(&self, numbered: &HashMap<ProductId, i64>, report: &mut SyncReport) -> Done {
        let mut position = self.position.clone();
        let before = self.position.as_ref();
        for (product, Rejected { reason, .. }) in &self.changes.rejected {
            // A partition that is read again, or a page, shows it again: it is told once.
            let told = before.is_some_and(|position| match numbered.get(product) {
                Some(number) => position.seen_in_partition.contains(*number),
                None => position
                    .reading
                    .as_ref()
                    .is_some_and(|reading| reading.rejected.contains(product)),
            });
            if !told {
                report.record(Some(product.to_string()), reason.clone());
            }
        }
        for reason in &self.changes.unidentified {
            report.record(None, reason.clone());
        }
        if let Some(position) = &mut position {
            for number in numbered.values() {
                position.seen.insert(*number);
                position.seen_in_partition.insert(*number);
            }
            if let Some(reading) = &mut position.reading {
                let rejected = self
                    .changes
                    .ids
                    .iter()
                    .filter(|product| !numbered.contains_key(*product));
                reading.rejected.extend(rejected.cloned());
                reading.unidentified += self.changes.unidentified.len() as u64;
            }
            // What nobody can name may be anything: nothing is missing for certain.
            position.complete &= self.changes.unidentified.is_empty();
        }
        let mut sum = self.report.clone();
        sum.add(report);
        Done {
            report: sum,
            progress: position.as_ref().map_or(self.progress, Position::progress),
            position,
        }
    }
}

impl Shop {
    /// Writes a batch in one transaction, if the lease is still the writer's: the games, what they touch, how far the
    /// sync is, and where it can be gone on with.
    pub(super) async fn write_batch(&self, writer: &Writer, input: Input) -> Result<Done, Error> {
        self.write((self.clone(), writer.clone(), input), |tx, (shop, writer, input)| {
            Box::pin(async move {
                writer.hold(tx, input.progress).await?;
                let plan = Plan::make(shop, tx, input.kind, &input.changes).await?;
                let (mut report, numbered) = plan.carry_out(shop, tx).await?;
                let mut done = input.account(&numbered, &mut report);
                shop.note_newest(tx, &mut done).await?;
                record(tx, writer, &done).await?;
                Ok(done)
            })
        })
        .await
    }

    /// Takes games out of the shop; returns how many were in it.
    pub(super) async fn write_hidden(
        &self,
        writer: &Writer,
        games: Vec<GameId>,
        progress: SyncProgress,
        report: &SyncReport,
    ) -> Result<u64, Error> {
        let input = (writer.clone(), games, progress, report.clone());
        self.write(input, |tx, &(ref writer, ref games, progress, ref report)| {
            Box::pin(async move {
                writer.hold(tx, progress).await?;
                let hidden = tx.catalog().hide(games).await?;
                games.iter().for_each(|game| tx.touch(Touch::Game(*game)));
                tx.touch(Touch::Catalog);
                tx.touch(Touch::Home);
                let mut report = report.clone();
                report.removed += hidden;
                tx.sync_runs().progress(writer.run_id, progress, &report).await?;
                Ok(hidden)
            })
        })
        .await
    }

    /// Remembers that a complete crawl did not show these games.
    pub(super) async fn write_missed(
        &self,
        writer: &Writer,
        games: Vec<GameId>,
        progress: SyncProgress,
    ) -> Result<(), Error> {
        let input = (writer.clone(), games, progress);
        self.write(input, |tx, &(ref writer, ref games, progress)| {
            Box::pin(async move {
                writer.hold(tx, progress).await?;
                tx.catalog().mark_missed(games, writer.started_at).await?;
                Ok(())
            })
        })
        .await
    }

    /// At the end of its first batch a crawl writes down the latest change that the supplier speaks of: all that was
    /// changed up to then, it reads.
    async fn note_newest(&self, tx: &Tx, done: &mut Done) -> Result<(), Failed> {
        if let Some(position) = done.position.as_mut().filter(|position| position.newest.is_none()) {
            // An error of the supplier, such as the year 2099, must not hide all changes before it.
            let plausible = self.now().as_micros() / 1_000_000 + CLOCKS_APART;
            position.newest = tx
                .catalog()
                .latest_change(&domain::query_partition::written(plausible))
                .await?;
        }
        Ok(())
    }
}

/// Writes down how far the run is, and where a crawl can be gone on with.
async fn record(tx: &Tx, writer: &Writer, done: &Done) -> Result<(), Failed> {
    tx.sync_runs()
        .progress(writer.run_id, done.progress, &done.report)
        .await?;
    if let (SyncKind::Full, Some(position)) = (writer.kind, &done.position) {
        let position = position.written()?;
        tx.sync_runs().keep(writer.run_id, position).await?;
    }
    Ok(())
}
