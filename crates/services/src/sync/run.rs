//! One run of a sync: where it is, and what it does with what it finds out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::id::SupplierName;
use domain::money::BasisPoints;
use domain::parking::ParkedChange;
use domain::refusal::Refusal;
use domain::sync::{SyncKind, SyncOrder, SyncProgress, SyncReport};
use gateways::Supplier;
use gateways::pace::Priority;
use gateways::suppliers::CrawlRequest;

use super::batch::Batch;
use super::commit::Input;
use super::lease::Writer;
use super::matching::Matcher;
use super::position::Position;
use super::preview::OnDifference;
use super::record::{Ending, Resumed};
use crate::{Error, Shop};

/// Is told after each batch, and now and then between, how far the sync is, and says whether it is to go on.
pub type Watcher<'a> = dyn Fn(SyncProgress) -> bool + Send + Sync + 'a;

/// Whether a run writes its changes or previews them.
pub(super) enum Mode<'a> {
    /// Writes it.
    Write(Writer),
    /// Shows it.
    Preview(&'a OnDifference<'a>),
}

/// One run of a sync.
pub(super) struct Run<'a> {
    pub(super) shop: &'a Shop,
    /// What the shop calls the supplier.
    pub(super) name: &'a SupplierName,
    pub(super) supplier: &'a dyn Supplier,
    pub(super) order: &'a SyncOrder,
    pub(super) mode: Mode<'a>,
    pub(super) report: SyncReport,
    pub(super) position: Position,
    /// How far the run is, where it reads no pages.
    pub(super) asked: Option<SyncProgress>,
    /// Whether pages are read as they come: where most of what they say is new.
    pub(super) reads_ahead: Arc<AtomicBool>,
    /// Games that new products may be offers of, once they were read.
    pub(super) matcher: Option<Matcher>,
    /// Whether changes of it wait for a decision of the staff.
    pub(super) is_parked: bool,
    /// The version of the list that was read, if the supplier names one.
    pub(super) list_version: Option<String>,
    /// Whether the list is the one that the last complete run read.
    pub(super) is_unchanged: bool,
    watcher: &'a Watcher<'a>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        shop: &'a Shop,
        (name, supplier): (&'a SupplierName, &'a dyn Supplier),
        order: &'a SyncOrder,
        mode: Mode<'a>,
        watcher: &'a Watcher<'a>,
    ) -> Self {
        Self {
            shop,
            name,
            supplier,
            order,
            mode,
            report: SyncReport::default(),
            position: Position::at(None),
            asked: None,
            reads_ahead: Arc::new(AtomicBool::new(true)),
            matcher: None,
            list_version: None,
            is_unchanged: false,
            is_parked: false,
            watcher,
        }
    }

    /// With which priority this run asks.
    pub(super) const fn priority(&self) -> Priority {
        match self.order.kind {
            SyncKind::Stock => Priority::Stock,
            _ => Priority::Crawl,
        }
    }

    /// How this run asks the supplier.
    pub(super) fn request(&self) -> CrawlRequest {
        CrawlRequest {
            clock: Arc::clone(&self.shop.parts.clock),
            priority: self.priority(),
            thorough: self.order.kind != SyncKind::Stock,
            batch_pages: self.shop.parts.sync.batch_pages,
        }
    }

    /// The markup on this supplier's prices.
    pub(super) fn markup(&self) -> BasisPoints {
        self.shop.markup(self.name)
    }

    pub(super) fn progress(&self) -> SyncProgress {
        self.asked.unwrap_or_else(|| self.position.progress())
    }

    /// Writes or shows a batch, and empties it.
    pub(super) async fn flush(&mut self, batch: &mut Batch) -> Result<(), Error> {
        let batch = std::mem::take(batch);
        let changes = self.shop.detect_changes(self.name, self.order.kind, batch).await?;
        self.reads_ahead.store(changes.is_mostly_new(), Ordering::Relaxed);
        let matches = self.matches(&changes.new).await?;
        let input = Input {
            matches,
            supplier: self.name.clone(),
            kind: self.order.kind,
            holds_back: self.holds_back(),
            changes,
            report: self.report.clone(),
            position: self.asked.is_none().then(|| self.position.clone()),
            progress: self.progress(),
        };
        let done = match &self.mode {
            Mode::Write(writer) => self.shop.write_batch(writer, input).await?,
            Mode::Preview(on_difference) => self.shop.preview_batch(on_difference, &input).await?,
        };
        self.report = done.report;
        if let Some(position) = done.position {
            self.position = position;
        }
        self.go_on()
    }

    /// Hides offers that the supplier no longer has, or holds that back until the run knows how many they are, or shows that
    /// it would.
    pub(super) async fn hide(&mut self, offers: Vec<ParkedChange>) -> Result<(), Error> {
        if offers.is_empty() {
            return Ok(());
        }
        match &self.mode {
            Mode::Write(writer) if self.holds_back() => self.shop.write_held(writer, offers, self.progress()).await,
            Mode::Write(_) => self.make(offers).await,
            Mode::Preview(on_difference) => {
                self.report.removed += self.shop.preview_hidden(on_difference, &offers).await?;
                Ok(())
            }
        }
    }

    /// Makes changes, where the run writes.
    pub(super) async fn make(&mut self, changes: Vec<ParkedChange>) -> Result<(), Error> {
        if let Mode::Write(writer) = &self.mode {
            let written = self.shop.write_changes(writer, changes, self.progress(), &self.report);
            written.await?.add_to(&mut self.report);
        }
        Ok(())
    }

    /// Whether changes that may be absurd in their number are held back to the end: not those of products that were named.
    pub(super) const fn holds_back(&self) -> bool {
        self.order.products.is_empty()
    }

    /// Whether the supplier was asked for everything and says that it has nothing.
    pub(super) const fn saw_empty_list(&self) -> bool {
        let everything = matches!(self.order.kind, SyncKind::Full | SyncKind::Stock) && self.holds_back();
        everything && self.position.is_read && self.position.total == 0 && self.position.read == 0
    }

    /// Tells the watcher how far the run is.
    ///
    /// # Errors
    /// [`Refusal::SyncStopped`] when it says that this was enough.
    pub(super) fn go_on(&self) -> Result<(), Error> {
        if (self.watcher)(self.progress()) {
            Ok(())
        } else {
            Err(Refusal::SyncStopped.into())
        }
    }

    /// How the record calls an end such as this.
    const fn outcome_for(&self, outcome: &Result<(), Error>) -> &'static str {
        match outcome {
            Ok(()) if self.is_parked => "parked",
            Ok(()) if self.position.complete => "complete",
            Ok(()) => "incomplete",
            Err(Error::Refused(Refusal::SyncStopped)) => "stopped",
            Err(Error::Refused(Refusal::SyncLost(_))) => "lost",
            Err(_) => "failed",
        }
    }
}

impl Run<'_> {
    /// Takes over where the run begins.
    pub(super) fn resume(&mut self, from: impl Into<Resumed>) {
        let Resumed { position, report } = from.into();
        self.position = position;
        self.report = report;
    }

    /// What the record says of an end such as this.
    pub(super) fn ending(&self, outcome: &Result<(), Error>) -> Ending {
        let word = self.outcome_for(outcome);
        let mut report = self.report.clone();
        if let ("failed", Err(error)) = (word, outcome) {
            // A crawl that goes on after it is not wrong because of it.
            report.note(format!("it failed: {error}"));
        }
        Ending {
            word,
            is_complete: outcome.is_ok() && self.position.complete,
            report,
            progress: self.progress(),
            newest: self.position.newest.clone(),
            list_version: self.list_version.clone(),
        }
    }
}
