//! The catalogue follows its supplier: crawls, delta syncs, stock checks, under one lease, in fenced batches.
//!
//! Each file uses only files of lines below its own:
//!
//! ```text
//! requests          what staff ask for, and the list of runs
//! watched           runs as staff watch them
//! jobs              syncs that the timetable asks for
//! mod               the use cases
//! parking           what a run held back: made, parked, accepted
//! missing           what a complete crawl did not show
//! by_id    crawl    products asked for by their ids, and by pages of the list
//! matching          the games that new products are offers of
//! run               where a run is, and what it does with what it finds out
//! preview  record   what would change; how a run begins and ends
//! commit            the fenced transactions
//! plan              what a batch changes
//! comparison        a product against its offer
//! change_detection  what of a batch says anything new
//! known_list        the version of a list that was read to its end
//! batch    state    what pages showed; how syncs are
//! metrics           runs that have ended, for operators
//! entries  position    lease
//! ```

mod batch;
mod by_id;
mod change_detection;
mod commit;
mod comparison;
mod crawl;
mod entries;
mod jobs;
mod known_list;
mod lease;
mod matching;
mod metrics;
mod missing;
mod parking;
mod plan;
mod position;
mod preview;
mod record;
mod requests;
mod run;
mod state;
mod watched;

use std::time::Duration;

use domain::id::SupplierName;
use domain::parking::ParkingRule;
use domain::sync::{SyncKind, SyncOrder, SyncReport};
use futures::future::BoxFuture;
use gateways::Supplier;
use gateways::suppliers::Cursor;

pub use self::jobs::{CheckStock, RequestedSync, SyncCatalogue, SyncSupplier};
pub(crate) use comparison::touch as touch_changed;
pub(crate) use metrics::RunMetrics;
pub use preview::OnDifference;
pub use requests::{ListedSupplier, SyncRunPage};
pub use run::Watcher;
pub use state::{RecordedSync, SyncState, SyncStatus};
pub use watched::WatchedRun;

use self::lease::job;
use self::position::Position;
use self::record::{RESUMED_WITHIN, newest_mark};
use self::run::{Mode, Run};
use crate::{Error, SyncService};

/// How syncs are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SyncRules {
    /// How long the lease holds without a batch: longer than the slowest page takes, all repeats included.
    pub lease: Duration,
    /// Pages in one batch, so in one transaction.
    pub batch_pages: u32,
    /// When changes of a run wait for a decision of the staff.
    pub parking: ParkingRule,
}

impl Default for SyncRules {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(180),
            batch_pages: 50,
            parking: ParkingRule::default(),
        }
    }
}

impl<'a> SyncService<'a> {
    /// Reads the supplier's whole catalogue and makes this shop's equal to it; goes on with a crawl that was
    /// interrupted within the last two hours. `holder` says who syncs, to others who want to.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn catalogue(self, holder: &'a str, watcher: &'a Watcher<'a>) -> BoxFuture<'a, Result<SyncReport, Error>> {
        Box::pin(async move { self.run(&SyncKind::Full.into(), holder, watcher).await })
    }

    /// Does what `order` says.
    ///
    /// # Errors
    /// `Refusal::NoSupplier`; `Refusal::SyncRunning` with who holds the lease; `Refusal::SyncStopped` by the
    /// watcher; `Refusal::SyncLost` when another sync took the lease; `Refusal::SupplierFailed` when the supplier
    /// does not answer at all; the database's. What could not be read or sold singly stands in the report.
    pub fn run(
        self,
        order: &'a SyncOrder,
        holder: &'a str,
        watcher: &'a Watcher<'a>,
    ) -> BoxFuture<'a, Result<SyncReport, Error>> {
        Box::pin(async move {
            let name = order.supplier.clone();
            let supplier = self.shop.source(&name)?;
            let (order, beginning) = self.settled(order, supplier).await?;
            let (writer, position) = self.shop.begin_run(&name, &order, beginning, holder).await?;
            let tag = writer.tag();
            let mut run = Run::new(
                self.shop,
                (&name, supplier),
                &order,
                Mode::Write(writer.clone()),
                watcher,
            );
            run.resume(position);
            tracing::info!("[{tag}] a {} sync begins", order.kind);
            let outcome = Box::pin(async {
                self.shop.finish_parking(&writer).await?;
                run.work().await
            });
            let outcome = outcome.await;
            let ending = run.ending(&outcome);
            let word = ending.word;
            let closed = self.shop.end_run(&writer, ending).await;
            let report = run.report;
            tracing::info!(
                added = report.added,
                updated = report.updated,
                removed = report.removed,
                errors = report.error_count,
                "[{tag}] the {} sync is {word}",
                order.kind
            );
            // Whatever happened, the lease was given back and the record closed; the first error is the one to tell.
            outcome.and(closed)?;
            Ok(report)
        })
    }

    /// Does as [`Self::run`] would and writes nothing, but shows each difference. Takes no lease: it disturbs nobody.
    ///
    /// # Errors
    /// As [`Self::run`], without those about the lease.
    pub fn preview(
        self,
        order: &'a SyncOrder,
        watcher: &'a Watcher<'a>,
        on_difference: &'a OnDifference<'a>,
    ) -> BoxFuture<'a, Result<SyncReport, Error>> {
        Box::pin(async move {
            let name = order.supplier.clone();
            let supplier = self.shop.source(&name)?;
            let (order, beginning) = self.settled(order, supplier).await?;
            let mut run = Run::new(
                self.shop,
                (&name, supplier),
                &order,
                Mode::Preview(on_difference),
                watcher,
            );
            run.resume(Position::at(beginning));
            Box::pin(run.work()).await?;
            Ok(run.report)
        })
    }

    /// Whether a crawl was cut off that can be gone on with, and nobody does.
    pub fn is_interrupted(self) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async move {
            let since = self.shop.now().minus(RESUMED_WITHIN);
            let name = SupplierName::g2a();
            let interrupted = self.shop.db().sync_runs().interrupted(&name, since).await?.is_some();
            Ok(interrupted && self.shop.db().leases().holder(&job(&name)).await?.is_none())
        })
    }

    /// What is read for `order`: a delta sync without a time to begin at is a crawl.
    async fn settled(&self, order: &SyncOrder, supplier: &dyn Supplier) -> Result<(SyncOrder, Option<Cursor>), Error> {
        if order.kind != SyncKind::Delta {
            return Ok((order.clone(), None));
        }
        let newest = self.shop.db().metadata().get(&newest_mark(&order.supplier)).await?;
        if let Some(window) = newest.and_then(|newest| supplier.changes_since(&newest)) {
            return Ok((order.clone(), Some(window)));
        }
        tracing::info!(
            supplier = %order.supplier,
            "[Sync] no complete crawl has read a time of change: the delta sync is a crawl"
        );
        let kind = SyncKind::Full;
        Ok((SyncOrder { kind, ..order.clone() }, None))
    }
}

impl Run<'_> {
    /// Does all of it.
    async fn work(&mut self) -> Result<(), Error> {
        if !self.order.products.is_empty() {
            return self.ask_named().await;
        }
        self.crawl().await?;
        if self.is_unchanged {
            return Ok(());
        }
        if self.order.kind == SyncKind::Full {
            self.handle_missing().await?;
        }
        self.settle_held().await
    }
}
