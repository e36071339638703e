//! One run of a sync: its lease, its record, and how it ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::clock::Timestamp;
use domain::refusal::Refusal;
use domain::slice::Slice;
use domain::sync::{SyncKind, SyncOrder, SyncProgress, SyncReport};
use gateways::Supplier;
use gateways::pace::Lane;
use storage::Tx;
use uuid::Uuid;

use super::batch::{Batch, Done, Input};
use super::pages::Page;
use super::position::Position;
use super::record::Resumed;
use super::{JOB, Show, Watcher};
use crate::write::Failed;
use crate::{Error, Shop};

/// Who writes: proves that it holds the lease, and knows its record.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    pub(super) kind: SyncKind,
    pub(super) run_id: Uuid,
    pub(super) started_at: Timestamp,
    pub(super) token: Uuid,
    pub(super) lease: Duration,
}

/// What a run does with what it finds out.
pub(super) enum Hand<'a> {
    /// Writes it.
    Write(Writer),
    /// Shows it.
    Show(&'a Show<'a>),
}

/// One run of a sync.
pub(super) struct Run<'a> {
    pub(super) shop: &'a Shop,
    pub(super) supplier: &'a Supplier,
    pub(super) order: &'a SyncOrder,
    pub(super) hand: Hand<'a>,
    pub(super) report: SyncReport,
    pub(super) position: Position,
    /// How far the run is, where it reads no pages.
    pub(super) asked: Option<SyncProgress>,
    /// The first page of the slice in hand, when it was read to open the slice.
    pub(super) opened_with: Option<Page>,
    /// Pages that failed one after the other.
    pub(super) failing: u32,
    /// Whether pages are read as they come: where most of what they say is new.
    pub(super) reads_ahead: Arc<AtomicBool>,
    watcher: &'a Watcher<'a>,
}

impl Writer {
    /// The component's name in the log.
    pub(super) const fn tag(&self) -> &'static str {
        match self.kind {
            SyncKind::Stock => "Stock",
            _ => "G2A Sync",
        }
    }

    /// Locks the lease until this transaction ends and makes it last longer, or refuses to go on.
    pub(super) async fn hold(&self, tx: &Tx, progress: SyncProgress) -> Result<(), Failed> {
        if tx
            .leases()
            .renew(JOB, self.token, self.lease, &progress.to_string())
            .await?
        {
            return Ok(());
        }
        let words = match tx.leases().holder(JOB).await? {
            Some(other) => format!("{} holds it since {}", other.name, other.since),
            None => "another sync has ended since".to_owned(),
        };
        Err(Failed::UseCase(Refusal::SyncLost(words).into()))
    }

    /// Writes down how far the run is, and where a crawl can be gone on with.
    pub(super) async fn record(&self, tx: &Tx, done: &Done) -> Result<(), Failed> {
        tx.sync_runs()
            .progress(self.run_id, done.progress, &done.report)
            .await?;
        if let (SyncKind::Full, Some(position)) = (self.kind, &done.position) {
            let position = position.written().map_err(Failed::UseCase)?;
            tx.sync_runs().keep(self.run_id, position).await?;
        }
        Ok(())
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(
        shop: &'a Shop,
        supplier: &'a Supplier,
        order: &'a SyncOrder,
        hand: Hand<'a>,
        watcher: &'a Watcher<'a>,
    ) -> Self {
        Self {
            shop,
            supplier,
            order,
            hand,
            report: SyncReport::default(),
            position: Position::at(Slice::default()),
            asked: None,
            opened_with: None,
            failing: 0,
            reads_ahead: Arc::new(AtomicBool::new(true)),
            watcher,
        }
    }

    /// Does all of it.
    pub(super) async fn work(&mut self) -> Result<(), Error> {
        if !self.order.products.is_empty() {
            return self.ask_named().await;
        }
        self.crawl().await?;
        if self.order.kind == SyncKind::Full {
            self.settle_missing().await?;
        }
        Ok(())
    }

    /// In which lane this run asks.
    pub(super) const fn lane(&self) -> Lane {
        match self.order.kind {
            SyncKind::Stock => Lane::Stock,
            _ => Lane::Crawl,
        }
    }

    pub(super) fn progress(&self) -> SyncProgress {
        self.asked.unwrap_or_else(|| self.position.progress())
    }

    /// Writes or shows a batch, and empties it.
    pub(super) async fn flush(&mut self, batch: &mut Batch) -> Result<(), Error> {
        let sifted = self.shop.sift(self.order.kind, std::mem::take(batch)).await?;
        self.reads_ahead.store(sifted.is_mostly_new(), Ordering::Relaxed);
        let input = Input {
            kind: self.order.kind,
            sifted,
            report: self.report.clone(),
            position: self.asked.is_none().then(|| self.position.clone()),
            progress: self.progress(),
        };
        let done = match &self.hand {
            Hand::Write(writer) => self.shop.write_batch(writer, input.into()).await?,
            Hand::Show(show) => self.shop.preview_batch(show, &input).await?,
        };
        self.report = done.report;
        if let Some(position) = done.position {
            self.position = position;
        }
        self.go_on()
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
    pub(super) const fn word_for(&self, outcome: &Result<(), Error>) -> &'static str {
        match outcome {
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
}
