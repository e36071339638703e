//! A crawl: partitions of the list opened, cut where they are too long, and read page by page until each showed all it has.

use std::collections::HashSet;
use std::time::Duration;

use domain::id::ProductId;
use domain::query_partition::{QueryPartition, SplitBy};
use domain::refusal::Refusal;
use domain::sync::SyncKind;
use gateways::SupplierError;
use gateways::supplier::PRODUCTS_PER_QUERY_MAX;
use tokio::time::Instant;

use super::batch::Batch;
use super::pages::{Answer, Page, PageStream, ask};
use super::position::{Reading, pages};
use super::run::Run;
use crate::Error;

/// How often a partition is read at most until it showed all that it counts.
const PASSES_MAX: u32 = 3;
/// How often the totals of a partition and its halves are compared before they count as different.
const COMPARED_MAX: u32 = 3;
/// A supplier that fails so many pages one after the other does not answer at all.
const FAILING_MAX: u32 = 20;
/// A batch is written after so long, also when it is not full: the lease is renewed with it, and progress is seen.
const WRITTEN_AFTER: Duration = Duration::from_secs(1);
/// How often the watcher is asked while nothing comes.
const WATCHED_EVERY: Duration = Duration::from_millis(200);

impl Run<'_> {
    /// Reads every partition that is left.
    pub(super) async fn crawl(&mut self) -> Result<(), Error> {
        while let Some(partition) = self.position.todo.first().copied() {
            if self.position.reading.is_some() || self.open(partition).await? {
                self.read_partition(partition).await?;
            }
            self.go_on()?;
        }
        Ok(())
    }

    /// Asks how long a partition is, and cuts it if it is too long; `false` when there is nothing to read of it now.
    async fn open(&mut self, partition: QueryPartition) -> Result<bool, Error> {
        let first = match self.ask(&partition, 1).await {
            Ok(first) => first,
            Err(error) if !self.position.answered => return Err(Refusal::SupplierFailed(error.to_string()).into()),
            Err(error) => {
                self.failed(&error)?;
                self.incomplete(format!("{partition}: {error}"));
                self.position.close_partition();
                return Ok(false);
            }
        };
        if !self.position.answered {
            self.position.answered = true;
            self.position.total = first.total;
        }
        let mut reading = Reading::of(first.total);
        if first.total > PRODUCTS_PER_QUERY_MAX {
            if self.split(partition, first.total).await {
                return Ok(false);
            }
            reading.given_up = true;
        }
        self.position.reading = Some(reading);
        self.opened_with = Some(first);
        Ok(true)
    }

    /// Puts halves in the place of a partition that one query cannot show; `false` when it cannot be cut.
    async fn split(&mut self, partition: QueryPartition, total: u64) -> bool {
        let Some((by, halves)) = partition.halves(self.shop.now()) else {
            self.incomplete(format!(
                "{partition}: one price and one second hold {total} products, of which the supplier shows {PRODUCTS_PER_QUERY_MAX}"
            ));
            return false;
        };
        let mut whole = total;
        for compared in 1..=COMPARED_MAX {
            let (low, high) = tokio::join!(self.ask(&halves[0], 1), self.ask(&halves[1], 1));
            let sum = low.map_or(0, |page| page.total) + high.map_or(0, |page| page.total);
            if sum >= whole {
                break;
            }
            if compared == COMPARED_MAX {
                let why = match by {
                    SplitBy::Price => "",
                    SplitBy::Time => ": they have no time of change",
                };
                let lost = whole - sum;
                self.incomplete(format!(
                    "{partition}: {lost} of {whole} products stand in neither half{why}"
                ));
            } else if let Ok(page) = self.ask(&partition, 1).await {
                // The list may have changed between the questions.
                whole = page.total;
            }
        }
        self.position.split_partition(halves);
        true
    }

    /// Reads a partition until it has shown as many products as it counts, or cannot show more.
    async fn read_partition(&mut self, partition: QueryPartition) -> Result<(), Error> {
        loop {
            self.read_pages(partition).await?;
            self.retry_failed(partition).await?;
            let shown = self.position.shown_in_partition();
            let Some(reading) = &mut self.position.reading else {
                return Ok(());
            };
            let total = reading.total;
            if total > PRODUCTS_PER_QUERY_MAX && !reading.given_up {
                // It grew while it was read.
                if self.split(partition, total).await {
                    return Ok(());
                }
                break;
            }
            // A stock check hides nothing: what slips by is seen by the next.
            if shown >= total || reading.given_up || self.order.kind == SyncKind::Stock {
                break;
            }
            if reading.pass == PASSES_MAX {
                let words = format!(
                    "{partition}: read {PASSES_MAX} times, it showed {shown} of the {total} products that it counts"
                );
                self.incomplete(words);
                break;
            }
            (reading.pass, reading.next, reading.unidentified) = (reading.pass + 1, 1, 0);
        }
        self.position.close_partition();
        Ok(())
    }

    /// Reads the pages of this pass that are left, a batch at a time.
    async fn read_pages(&mut self, partition: QueryPartition) -> Result<(), Error> {
        let mut batch = Batch::default();
        let mut before = HashSet::new();
        if let Some(page) = self.opened_with.take() {
            self.take(partition, (1, Ok(page)), &mut before, &mut batch).await?;
        }
        while let Some(reading) = self
            .position
            .reading
            .as_ref()
            .filter(|reading| reading.next <= reading.last)
        {
            let ahead = self.shop.parts.sync.batch_pages;
            let left = reading.next..=reading.last;
            let (priority, reads) = (self.priority(), &self.reads_ahead);
            let mut pages_ahead = PageStream::fetch(self.shop, self.supplier, partition, left, priority, ahead, reads);
            let mut begun = Instant::now();
            while let Some(answer) = self.next(&mut pages_ahead).await? {
                self.take(partition, answer, &mut before, &mut batch).await?;
                if batch.pages >= ahead || begun.elapsed() >= WRITTEN_AFTER {
                    self.flush(&mut batch).await?;
                    begun = Instant::now();
                    if self.is_shown_again() {
                        return Ok(());
                    }
                }
            }
        }
        if batch.pages > 0 {
            self.flush(&mut batch).await?;
        }
        Ok(())
    }

    /// The next page; the watcher is asked while it is awaited.
    async fn next(&mut self, pages_ahead: &mut PageStream) -> Result<Option<Answer>, Error> {
        loop {
            match tokio::time::timeout(WATCHED_EVERY, pages_ahead.next()).await {
                Ok(answer) => return Ok(answer),
                Err(_) => self.go_on()?,
            }
        }
    }

    /// Whether a partition that is read again has shown all it counts by now.
    fn is_shown_again(&self) -> bool {
        let reading = self.position.reading.as_ref();
        reading.is_some_and(|reading| reading.pass > 1 && self.position.shown_in_partition() >= reading.total)
    }

    /// Takes a page into the batch. `before` are the products of the page before: two pages that overlap were shifted
    /// against each other, and something may have slipped through; both are asked for again.
    async fn take(
        &mut self,
        partition: QueryPartition,
        (number, answer): Answer,
        before: &mut HashSet<ProductId>,
        batch: &mut Batch,
    ) -> Result<(), Error> {
        let Some(reading) = &mut self.position.reading else {
            return Ok(());
        };
        reading.next = number + 1;
        batch.pages += 1;
        let page = match answer {
            Ok(page) => page,
            // Nobody knows what a page past the end is answered with.
            Err(_) if number > reading.last => return Ok(()),
            Err(error) => {
                reading.failed.insert(number);
                before.clear();
                return self.failed(&error);
            }
        };
        self.failing = 0;
        (reading.total, reading.last) = (page.total, pages(page.total));
        let shown: HashSet<ProductId> = page.ids().cloned().collect();
        let overlap = !shown.is_disjoint(before);
        *before = shown;
        batch.take(page);
        // An unsteady list must not cost more than it is worth: the count at the end finds what is missing.
        if overlap && reading.asked_again < reading.last / 4 + 4 {
            reading.asked_again += 2;
            let (first, second) = tokio::join!(self.ask(&partition, number - 1), self.ask(&partition, number));
            for again in [first, second].into_iter().flatten() {
                *before = again.ids().cloned().collect();
                batch.take(again);
            }
        }
        Ok(())
    }

    /// Asks once more for the pages that failed.
    async fn retry_failed(&mut self, partition: QueryPartition) -> Result<(), Error> {
        let Some(reading) = &mut self.position.reading else {
            return Ok(());
        };
        let failed: Vec<u32> = std::mem::take(&mut reading.failed).into_iter().collect();
        let mut batch = Batch::default();
        for number in failed {
            match self.ask(&partition, number).await {
                Ok(page) => batch.take(page),
                Err(error) => {
                    self.failed(&error)?;
                    self.incomplete(format!("{partition}, page {number}: {error}"));
                    if let Some(reading) = &mut self.position.reading {
                        reading.given_up = true;
                    }
                }
            }
        }
        if !batch.is_empty() {
            self.flush(&mut batch).await?;
        }
        Ok(())
    }

    async fn ask(&self, partition: &QueryPartition, page: u32) -> Result<Page, SupplierError> {
        ask(self.shop, self.supplier, partition, page, self.priority()).await
    }

    /// Notes why not everything is shown.
    pub(super) fn incomplete(&mut self, reason: String) {
        self.position.complete = false;
        self.report.record(None, reason);
    }

    /// Counts a page that failed; a supplier that fails them all ends the run, which can be gone on with.
    fn failed(&mut self, error: &SupplierError) -> Result<(), Error> {
        self.failing += 1;
        if self.failing < FAILING_MAX {
            return Ok(());
        }
        Err(Refusal::SupplierFailed(format!("{FAILING_MAX} pages failed one after the other: {error}")).into())
    }
}
