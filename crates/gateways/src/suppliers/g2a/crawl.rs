//! A crawl of G2A's list: its partitions are read page by page until each has shown all that it counts.

use std::collections::HashMap;

use domain::id::ProductId;
use domain::query_partition::QueryPartition;

use super::pages::{Asker, Page};
use super::partitions::Split;
use super::position::Position;
use super::tally::PageTally;
use crate::supplier::{ListClient, PRODUCTS_PER_QUERY_MAX, SupplierError};
use crate::suppliers::{CrawlBatch, CrawlRequest, CrawlSender, CrawledProduct};

/// How often a partition is read at most until it has shown all that it counts.
const PASSES_MAX: u32 = 3;
/// After so many consecutive failed pages the supplier counts as unreachable.
const FAILING_MAX: u32 = 20;

/// A crawl.
pub(super) struct Crawl {
    pub(super) asker: Asker,
    pub(super) position: Position,
    sender: CrawlSender,
    /// The first page of the current partition, if it was read to open the partition.
    pub(super) opened_with: Option<Page>,
    /// Consecutive failed pages.
    pub(super) failing: u32,
    /// Products that no batch has delivered yet.
    pub(super) shown: HashMap<ProductId, CrawledProduct>,
    pub(super) unidentified: Vec<String>,
    problems: Vec<String>,
    /// What is worth knowing of the list, and makes nothing incomplete.
    notes: Vec<String>,
    /// The page before the next one, if this pass has received it.
    pub(super) before: Option<PageTally>,
    /// Pages that no batch has delivered yet.
    pub(super) pages: u32,
}

impl Crawl {
    pub(super) fn new(client: ListClient, request: CrawlRequest, position: Position, sender: CrawlSender) -> Self {
        Self {
            asker: Asker::new(client, request, position.requests),
            position,
            sender,
            opened_with: None,
            failing: 0,
            shown: HashMap::new(),
            unidentified: Vec::new(),
            problems: Vec::new(),
            notes: Vec::new(),
            before: None,
            pages: 0,
        }
    }

    /// Reads all partitions that remain.
    pub(super) async fn run(mut self) -> Result<(), SupplierError> {
        while let Some(partition) = self.position.todo.first().copied() {
            if self.is_spent() {
                let requests = self.position.requests;
                self.incomplete(format!(
                    "{partition}: not at its end after {requests} requests: the supplier's list does not add up, and the rest of it was not read"
                ));
                self.position.end();
            } else if self.position.reading.is_some() || self.open(partition).await? {
                self.read_partition(partition).await?;
            }
        }
        self.deliver().await
    }

    /// Whether it has sent as many requests as it may.
    pub(super) fn is_spent(&mut self) -> bool {
        self.position.requests = self.asker.sent();
        self.position.is_spent()
    }

    /// Reads a partition until it has shown as many products as it counts, or cannot show more.
    async fn read_partition(&mut self, partition: QueryPartition) -> Result<(), SupplierError> {
        loop {
            self.read_pages(partition).await?;
            self.retry_failed(partition).await?;
            if self.is_spent() {
                return Ok(());
            }
            let Some(reading) = &self.position.reading else {
                return Ok(());
            };
            let total = reading.total;
            if self.position.is_uncounted || reading.given_up {
                break;
            }
            if let Some(why) = reading.contradiction() {
                self.distrust(partition, &why);
                return Ok(());
            }
            if total > PRODUCTS_PER_QUERY_MAX {
                // It grew while it was read.
                if self.split(partition, total).await != Split::Impossible {
                    return Ok(());
                }
                break;
            }
            if self.is_finished(partition) {
                break;
            }
            if let Some(reading) = &mut self.position.reading {
                reading.begin_next_pass();
            }
        }
        // Before the position forgets what this partition has shown; the last one is delivered with the end.
        if self.position.todo.len() > 1 {
            self.deliver_unfinished().await?;
        }
        self.position.close_partition();
        Ok(())
    }

    /// Whether another pass over the partition would show nothing more; says what does not add up.
    fn is_finished(&mut self, partition: QueryPartition) -> bool {
        let shown = self.position.shown_in_partition();
        let Some(reading) = &self.position.reading else {
            return true;
        };
        if !self.asker.request.thorough || reading.is_all(shown) {
            return true;
        }
        let (total, tally) = (reading.total, reading.tally);
        let is_same = reading.pass > 1 && tally.same_as(&reading.tally_before);
        if is_same && !tally.is_paged_well(reading.last) {
            self.incomplete(format!(
                "{partition}: neighbouring pages show the same products each time, {shown} of the {total} that it counts"
            ));
        } else if is_same && tally.documents == total {
            self.notes.push(format!(
                "{partition}: the {total} products that it counts are {shown}, some named more than once; it was read twice and showed the same"
            ));
        } else if is_same {
            let documents = tally.documents;
            self.incomplete(format!(
                "{partition}: it counts {total} products and shows {documents}, the same each time that it is read"
            ));
        } else if reading.pass >= PASSES_MAX {
            self.incomplete(format!(
                "{partition}: read {PASSES_MAX} times, it showed {shown} of the {total} products that it counts"
            ));
        } else {
            return false;
        }
        true
    }

    pub(super) async fn ask(&self, partition: &QueryPartition, page: u32) -> Result<Page, SupplierError> {
        self.asker.ask(partition, page).await
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
    pub(super) async fn deliver_unfinished(&mut self) -> Result<(), SupplierError> {
        if self.pages == 0 && self.shown.is_empty() && self.problems.is_empty() && self.notes.is_empty() {
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
        let (read, total) = self.position.progress();
        CrawlBatch {
            products: std::mem::take(&mut self.shown).into_values().collect(),
            unidentified: std::mem::take(&mut self.unidentified),
            problems: std::mem::take(&mut self.problems),
            notes: std::mem::take(&mut self.notes),
            next,
            complete: self.position.complete,
            read,
            total,
            ..CrawlBatch::default()
        }
    }
}
