//! A crawl of G2A's list: its partitions are read page by page until each has shown all that it counts.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use domain::id::ProductId;
use domain::query_partition::QueryPartition;
use tokio::time::Instant;

use super::pages::{Answer, Page, PageStream, ask};
use super::position::{Position, Reading, pages};
use crate::supplier::{ListClient, PRODUCTS_PER_QUERY_MAX, SupplierError};
use crate::suppliers::{CrawlBatch, CrawlRequest, CrawlSender, CrawledProduct};

/// How often a partition is read at most until it has shown all that it counts.
const PASSES_MAX: u32 = 3;
/// After so many consecutive failed pages the supplier counts as unreachable.
const FAILING_MAX: u32 = 20;
/// A batch is delivered after this time even if it is not full, so that leases are renewed and progress is visible.
const DELIVERED_AFTER: Duration = Duration::from_secs(1);

/// A crawl.
pub(super) struct Crawl {
    client: ListClient,
    pub(super) request: CrawlRequest,
    pub(super) position: Position,
    sender: CrawlSender,
    /// The first page of the current partition, if it was read to open the partition.
    pub(super) opened_with: Option<Page>,
    /// Consecutive failed pages.
    failing: u32,
    /// Products that no batch has delivered yet.
    shown: HashMap<ProductId, CrawledProduct>,
    unidentified: Vec<String>,
    problems: Vec<String>,
    /// Pages that no batch has delivered yet.
    pages: u32,
}

impl Crawl {
    pub(super) fn new(client: ListClient, request: CrawlRequest, position: Position, sender: CrawlSender) -> Self {
        Self {
            client,
            request,
            position,
            sender,
            opened_with: None,
            failing: 0,
            shown: HashMap::new(),
            unidentified: Vec::new(),
            problems: Vec::new(),
            pages: 0,
        }
    }

    /// Reads all partitions that remain.
    pub(super) async fn run(mut self) -> Result<(), SupplierError> {
        while let Some(partition) = self.position.todo.first().copied() {
            if self.position.reading.is_some() || self.open(partition).await? {
                self.read_partition(partition).await?;
            }
        }
        self.deliver().await
    }

    /// Reads a partition until it has shown as many products as it counts, or cannot show more.
    async fn read_partition(&mut self, partition: QueryPartition) -> Result<(), SupplierError> {
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
            if shown >= total || reading.given_up || !self.request.thorough {
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
            // What one pass spent on an unsteady list must not leave the next ones without it.
            reading.asked_again = 0;
        }
        // Before the position forgets what this partition has shown; the last one is delivered with the end.
        if self.position.todo.len() > 1 {
            self.deliver_unfinished().await?;
        }
        self.position.close_partition();
        Ok(())
    }

    /// Reads the pages of this pass that remain.
    async fn read_pages(&mut self, partition: QueryPartition) -> Result<(), SupplierError> {
        let mut before = HashSet::new();
        if let Some(page) = self.opened_with.take() {
            self.take(partition, (1, Ok(page)), &mut before).await?;
        }
        let left = |reading: &&Reading| reading.next <= reading.last;
        while let Some(reading) = self.position.reading.as_ref().filter(left) {
            let left = reading.next..=reading.last;
            let mut pages_ahead = PageStream::fetch(&self.client, &self.request, partition, left);
            let mut begun = Instant::now();
            while let Some(answer) = pages_ahead.next().await {
                self.take(partition, answer, &mut before).await?;
                if self.pages >= self.request.batch_pages || begun.elapsed() >= DELIVERED_AFTER {
                    self.deliver_unfinished().await?;
                    begun = Instant::now();
                    if self.is_shown_again() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether a repeated pass has shown all that the partition counts.
    fn is_shown_again(&self) -> bool {
        let reading = self.position.reading.as_ref();
        reading.is_some_and(|reading| reading.pass > 1 && self.position.shown_in_partition() >= reading.total)
    }

    /// Takes a page. `before` are the products of the preceding page: two pages that overlap were shifted against each
    /// other, and a product may have been skipped; both are requested again.
    async fn take(
        &mut self,
        partition: QueryPartition,
        (number, answer): Answer,
        before: &mut HashSet<ProductId>,
    ) -> Result<(), SupplierError> {
        let Some(reading) = &mut self.position.reading else {
            return Ok(());
        };
        reading.next = number + 1;
        self.pages += 1;
        let page = match answer {
            Ok(page) => page,
            // The protocol does not say how a page past the end is answered.
            Err(_) if number > reading.last => return Ok(()),
            Err(error) => {
                reading.failed.insert(number);
                before.clear();
                return self.failed(&error);
            }
        };
        self.failing = 0;
        (reading.total, reading.last) = (page.total, pages(page.total));
        let ids = |page: &Page| page.shown.iter().map(|shown| shown.id.clone()).collect();
        let shown: HashSet<ProductId> = ids(&page);
        let overlap = !shown.is_disjoint(before);
        *before = shown;
        // An unsteady list must not cost more than it is worth: the count at the end finds what is missing.
        let again = overlap && reading.asked_again < reading.last / 4 + 4;
        if again {
            reading.asked_again += 2;
        }
        self.keep(page);
        if again {
            let (first, second) = tokio::join!(self.ask(&partition, number - 1), self.ask(&partition, number));
            for page in [first, second].into_iter().flatten() {
                *before = ids(&page);
                self.keep(page);
            }
        }
        Ok(())
    }

    /// Keeps the products of a page for the next batch.
    fn keep(&mut self, page: Page) {
        if let Some(reading) = &mut self.position.reading {
            reading.unidentified += page.unidentified.len() as u64;
        }
        self.unidentified.extend(page.unidentified);
        for mut product in page.shown {
            product.again = !self.position.show(&product.id);
            match self.shown.get_mut(&product.id) {
                None => drop(self.shown.insert(product.id.clone(), product)),
                Some(other) if other.observed_at > product.observed_at => {}
                Some(other) => {
                    product.again = other.again;
                    *other = product;
                }
            }
        }
    }

    /// Requests failed pages once more.
    async fn retry_failed(&mut self, partition: QueryPartition) -> Result<(), SupplierError> {
        let Some(reading) = &mut self.position.reading else {
            return Ok(());
        };
        let failed: Vec<u32> = std::mem::take(&mut reading.failed).into_iter().collect();
        for number in failed {
            match self.ask(&partition, number).await {
                Ok(page) => self.keep(page),
                Err(error) => {
                    self.failed(&error)?;
                    self.incomplete(format!("{partition}, page {number}: {error}"));
                    if let Some(reading) = &mut self.position.reading {
                        reading.given_up = true;
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) async fn ask(&self, partition: &QueryPartition, page: u32) -> Result<Page, SupplierError> {
        ask(&self.client, &self.request, partition, page).await
    }

    /// Records why the crawl is incomplete.
    pub(super) fn incomplete(&mut self, reason: String) {
        self.position.complete = false;
        self.problems.push(reason);
    }

    /// Counts a failed page.
    ///
    /// # Errors
    /// When all pages fail: the supplier does not answer at all.
    pub(super) fn failed(&mut self, error: &SupplierError) -> Result<(), SupplierError> {
        self.failing += 1;
        if self.failing < FAILING_MAX {
            return Ok(());
        }
        Err(SupplierError::Unreachable(format!(
            "{FAILING_MAX} pages failed one after the other: {error}"
        )))
    }

    /// Delivers what was read, if anything was, with the position after it.
    async fn deliver_unfinished(&mut self) -> Result<(), SupplierError> {
        if self.pages == 0 && self.shown.is_empty() && self.problems.is_empty() {
            return Ok(());
        }
        let next = Some(self.position.cursor());
        let batch = self.batch(next);
        self.sender.send(batch).await
    }

    /// Delivers the end of the crawl.
    async fn deliver(&mut self) -> Result<(), SupplierError> {
        let batch = self.batch(None);
        self.sender.send(batch).await
    }

    fn batch(&mut self, next: Option<crate::suppliers::Cursor>) -> CrawlBatch {
        self.pages = 0;
        // What nobody can identify may be any product: nothing is missing for certain.
        self.position.complete &= self.unidentified.is_empty();
        CrawlBatch {
            products: std::mem::take(&mut self.shown).into_values().collect(),
            unidentified: std::mem::take(&mut self.unidentified),
            problems: std::mem::take(&mut self.problems),
            next,
            complete: self.position.complete,
            read: self.position.read(),
            total: self.position.total,
        }
    }
}
