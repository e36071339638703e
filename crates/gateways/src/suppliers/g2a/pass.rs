//! One pass over a query partition: its pages in order, those that overlap or failed once more.

use std::time::Duration;

use domain::query_partition::QueryPartition;
use tokio::time::Instant;

use super::crawl::Crawl;
use super::pages::{Answer, Page, PageStream};
use super::position::Reading;
use super::tally::PageTally;
use crate::supplier::{PRODUCTS_PER_PAGE, SupplierError};

/// After so many consecutive pages without a product the last page is looked at.
const EMPTY_MAX: u32 = 10;
/// A batch is delivered after this time even if it is not full, so that leases are renewed and progress is visible.
const DELIVERED_AFTER: Duration = Duration::from_secs(1);

impl Crawl {
    /// Reads the pages of this pass that remain.
    pub(super) async fn read_pages(&mut self, partition: QueryPartition) -> Result<(), SupplierError> {
        self.before = None;
        if let Some(page) = self.opened_with.take() {
            self.take(partition, (1, Ok(page))).await?;
        }
        let left = |reading: &&Reading| reading.next <= reading.last;
        while let Some(reading) = self.position.reading.as_ref().filter(left) {
            let left = reading.next..=reading.last;
            let mut pages_ahead = PageStream::fetch(&self.asker, partition, left);
            let mut begun = Instant::now();
            while let Some(answer) = pages_ahead.next().await {
                self.take(partition, answer).await?;
                if self.is_spent() || self.has_run_dry(partition).await {
                    return Ok(());
                }
                if self.is_batch_full() || begun.elapsed() >= DELIVERED_AFTER {
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

    /// By pages, and by products where pages have more than usual.
    fn is_batch_full(&self) -> bool {
        let pages = u64::from(self.asker.request.batch_pages);
        u64::from(self.pages) >= pages || self.shown.len() as u64 >= pages * PRODUCTS_PER_PAGE
    }

    /// Whether a repeated pass has shown all that the partition counts.
    fn is_shown_again(&self) -> bool {
        let reading = self.position.reading.as_ref();
        reading.is_some_and(|reading| reading.pass > 1 && reading.is_all(self.position.shown_in_partition()))
    }

    /// Whether the partition ends here although it counts more: many consecutive pages are empty, and so is the last one.
    async fn has_run_dry(&mut self, partition: QueryPartition) -> bool {
        let Some(last) = self
            .position
            .reading
            .as_ref()
            .filter(|reading| reading.empty == EMPTY_MAX)
        else {
            return false;
        };
        let last = last.last;
        match self.ask(&partition, last).await {
            Ok(page) => page.documents() == 0,
            // A refusal, as some servers answer a page past the end.
            Err(error) => matches!(error, SupplierError::Answer(_)),
        }
    }

    /// Takes a page. Two neighbouring pages that overlap were shifted against each other, and a product may have been
    /// skipped; both are requested again.
    async fn take(&mut self, partition: QueryPartition, (number, answer): Answer) -> Result<(), SupplierError> {
        self.pages += 1;
        let Some(reading) = &mut self.position.reading else {
            return Ok(());
        };
        reading.next = number + 1;
        let page = match answer {
            Ok(page) => page,
            // The protocol does not say how a page past the end is answered.
            Err(_) if number > reading.last => return Ok(()),
            Err(error) => {
                self.before = None;
                if self.position.is_uncounted {
                    self.failed_uncounted(number, &error);
                } else {
                    reading.failed.insert(number);
                }
                return self.failed(&error);
            }
        };
        self.failing = 0;
        if self.position.is_uncounted {
            self.take_uncounted(number, page);
            return Ok(());
        }
        reading.count(page.total);
        reading.empty = if page.documents() == 0 { reading.empty + 1 } else { 0 };
        let tally = PageTally::of(&page);
        reading.tally.add(&tally);
        let Some(before) = self.before.take() else {
            self.before = Some(tally);
            self.keep(page);
            return Ok(());
        };
        // An unsteady list must not cost more than it is worth: the count at the end finds what is missing.
        let again = before.overlaps(&tally) && reading.asked_again < reading.last / 4 + 4;
        self.keep(page);
        let [before, tally] = match again {
            true => self.ask_both_again(partition, number, [before, tally]).await,
            false => [before, tally],
        };
        if let Some(reading) = &mut self.position.reading {
            reading.tally.compare(&before, &tally);
        }
        self.before = Some(tally);
        Ok(())
    }

    /// Requests page `number` and the one before again, in place of what they showed.
    async fn ask_both_again(
        &mut self,
        partition: QueryPartition,
        number: u32,
        received: [PageTally; 2],
    ) -> [PageTally; 2] {
        let (first, second) = tokio::join!(self.ask(&partition, number - 1), self.ask(&partition, number));
        let mut again = Vec::with_capacity(2);
        for page in [first, second].into_iter().flatten() {
            again.push(PageTally::of(&page));
            self.keep(page);
        }
        let Some(reading) = &mut self.position.reading else {
            return received;
        };
        reading.asked_again += 2;
        let Ok(again) = <[PageTally; 2]>::try_from(again) else {
            return received;
        };
        received.iter().for_each(|page| reading.tally.remove(page));
        again.iter().for_each(|page| reading.tally.add(page));
        again
    }

    /// Keeps the products of a page for the next batch.
    pub(super) fn keep(&mut self, page: Page) {
        if let Some(reading) = &mut self.position.reading {
            reading.unidentified += page.unidentified.len() as u64;
        }
        self.unidentified.extend(page.unidentified);
        for (mut product, hash) in page.shown.into_iter().zip(page.hashes) {
            product.again = !self.position.show(hash);
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
    pub(super) async fn retry_failed(&mut self, partition: QueryPartition) -> Result<(), SupplierError> {
        let Some(reading) = &mut self.position.reading else {
            return Ok(());
        };
        let failed: Vec<u32> = std::mem::take(&mut reading.failed).into_iter().collect();
        for number in failed {
            match self.ask(&partition, number).await {
                Ok(page) => {
                    if let Some(reading) = &mut self.position.reading {
                        reading.tally.add(&PageTally::of(&page));
                    }
                    self.keep(page);
                }
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
}
