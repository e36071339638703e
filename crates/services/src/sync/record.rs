//! How a run begins and ends in the database: the lease taken and given back, the record opened and closed.

use std::time::Duration;

use domain::id::SupplierName;
use domain::sync::{SyncKind, SyncOrder, SyncProgress, SyncReport};
use gateways::suppliers::Cursor;
use storage::Tx;

use super::known_list::KnownList;
use super::lease::{Writer, job};
use super::position::Position;
use crate::write::Failed;
use crate::{Error, Shop};

/// A crawl that began longer ago is not gone on with: too much of what it read is old.
pub(super) const RESUMED_WITHIN: Duration = Duration::from_secs(2 * 60 * 60);
/// The mark that holds the supplier's time of change up to which everything was read. G2A's is what the only one was called.
pub(super) fn newest_mark(supplier: &SupplierName) -> String {
    let mark = "supplier's changes read up to";
    if *supplier == SupplierName::g2a() {
        mark.to_owned()
    } else {
        format!("{mark}: {supplier}")
    }
}

/// What a run begins with.
pub(super) struct Resumed {
    pub(super) position: Position,
    pub(super) report: SyncReport,
}

/// How a run ended.
pub(super) struct Ending {
    /// In a word.
    pub(super) word: &'static str,
    /// Whether it has seen everything.
    pub(super) is_complete: bool,
    pub(super) report: SyncReport,
    pub(super) progress: SyncProgress,
    /// The supplier's latest time of change when it began, if it read that.
    pub(super) newest: Option<String>,
    /// The version of the list that it read, if the supplier names one.
    pub(super) list_version: Option<String>,
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
        supplier: &SupplierName,
        order: &SyncOrder,
        beginning: Option<Cursor>,
        holder: &str,
    ) -> Result<(Writer, Resumed), Error> {
        let token = self.take_lease(supplier, holder).await?;
        let (kind, now, fresh_id) = (order.kind, self.now(), self.parts.ids.fresh());
        let lists = KnownList::of(self, supplier);
        let input = (supplier.clone(), kind, now, fresh_id, holder.to_owned(), lists);
        let begun = self.write(
            input,
            |tx, &(ref supplier, kind, now, fresh_id, ref holder, ref list)| {
                Box::pin(async move {
                    let runs = tx.sync_runs();
                    let interrupted = match kind {
                        SyncKind::Full => runs.interrupted(supplier, now.minus(RESUMED_WITHIN)).await?,
                        _ => None,
                    };
                    if let Some((run, kept)) = interrupted
                        && let Some(position) = Position::read(kept)
                    {
                        tx.parked().forget_undecided(supplier, run.id).await?;
                        runs.go_on(run.id, holder).await?;
                        return Ok((run.id, run.started_at, Some((position, run.report)), None));
                    }
                    if kind == SyncKind::Full {
                        runs.forget_positions(supplier).await?;
                    }
                    tx.parked().forget_undecided(supplier, fresh_id).await?;
                    runs.begin(fresh_id, supplier, kind, holder, now).await?;
                    Ok((fresh_id, now, None, list.take(tx, supplier, kind).await?))
                })
            },
        );
        let begun = begun.await;
        let (run_id, started_at, resumed, known) = match begun {
            Ok(begun) => begun,
            Err(error) => {
                self.give_lease_back(supplier, token).await?;
                return Err(error);
            }
        };
        let writer = Writer {
            supplier: supplier.clone(),
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
        let (position, report) = resumed.unwrap_or_else(|| (Position::at(beginning.or(known)), SyncReport::default()));
        Ok((writer, Resumed { position, report }))
    }

    /// Gives the lease back and closes the record; a crawl that was stopped or failed can be gone on with. Who lost the
    /// lease writes nothing: the record may be another's by now.
    pub(super) async fn end_run(&self, writer: &Writer, ending: Ending) -> Result<(), Error> {
        self.write(
            (
                writer.clone(),
                ending,
                self.now(),
                KnownList::of(self, &writer.supplier),
            ),
            |tx, &(ref writer, ref ending, now, ref list)| {
                Box::pin(async move {
                    let Ending { word, report, .. } = ending;
                    if !tx.leases().give_back(&job(&writer.supplier), writer.token).await? {
                        return Ok(());
                    }
                    tx.sync_runs().progress(writer.run_id, ending.progress, report).await?;
                    tx.sync_runs().finish(writer.run_id, word, report, now).await?;
                    let has_ended = matches!(*word, "complete" | "incomplete" | "parked");
                    if has_ended && writer.kind == SyncKind::Full {
                        tx.sync_runs().forget_positions(&writer.supplier).await?;
                    }
                    if has_ended {
                        supersede(tx, writer, ending).await?;
                    }
                    let reads_changes = matches!(writer.kind, SyncKind::Full | SyncKind::Delta);
                    if let (true, true, Some(newest)) = (reads_changes, ending.is_complete, &ending.newest) {
                        tx.metadata().set(&newest_mark(&writer.supplier), newest).await?;
                    }
                    if let (SyncKind::Full, "complete", Some(version)) = (writer.kind, *word, &ending.list_version) {
                        list.keep(tx, version).await?;
                    }
                    Ok(())
                })
            },
        )
        .await
    }
}

/// Closes earlier parked runs of which nothing waits any more. Of a run that saw an empty list nothing was held back: it waits
/// until a later one reads the list.
async fn supersede(tx: &Tx, writer: &Writer, ending: &Ending) -> Result<(), Failed> {
    let mut over = Vec::new();
    for run in tx.sync_runs().parked(Some(&writer.supplier)).await? {
        let is_earlier = run.id != writer.run_id;
        let saw_nothing = run.progress.total == 0;
        let reads_it = writer.kind == SyncKind::Full || (writer.kind, run.kind) == (SyncKind::Stock, SyncKind::Stock);
        let is_settled = !saw_nothing || (reads_it && (ending.progress.total > 0 || ending.word == "parked"));
        if is_earlier && is_settled && tx.parked().left(run.id).await? == 0 {
            over.push(run.id);
        }
    }
    Ok(tx.sync_runs().supersede(&over).await?)
}
