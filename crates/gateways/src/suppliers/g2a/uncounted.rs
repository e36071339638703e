//! Query partitions of a list of which the counts are false: read until a page is empty, split by what pages show.

use domain::query_partition::QueryPartition;

use super::crawl::Crawl;
use super::pages::Page;
use super::position::{Reading, pages};
use super::tally::PageTally;
use crate::supplier::{PRODUCTS_PER_QUERY_MAX, SupplierError};

/// Pages requested ahead of the last one that showed a product.
const PAGES_AHEAD: u32 = 8;

impl Crawl {
    /// Stops believing the supplier's counts, and says why. The crawl is incomplete from then on: nothing else says what a
    /// list has.
    pub(super) fn distrust(&mut self, partition: QueryPartition, why: &str) {
        self.position.distrust_counts();
        self.incomplete(format!(
            "{partition}: {why}; the list is read by its pages without its counts, and no product counts as missing"
        ));
    }

    /// Begins to read a partition, of which `first` is the first page, or splits it; `false` if it was split.
    pub(super) async fn open_uncounted(&mut self, partition: QueryPartition, first: Page) -> bool {
        if first.documents() > 0 && self.fills_a_query(partition).await && self.split_uncounted(partition).await {
            return false;
        }
        self.position.reading = Some(Reading {
            last: PAGES_AHEAD,
            ..Reading::of(0)
        });
        self.opened_with = Some(first);
        true
    }

    /// Whether the last page that can be requested shows products, others than the one before: some servers answer a page past
    /// the end with the last one.
    async fn fills_a_query(&mut self, partition: QueryPartition) -> bool {
        let last = pages(PRODUCTS_PER_QUERY_MAX);
        let (before, last) = tokio::join!(self.ask(&partition, last - 1), self.ask(&partition, last));
        let Ok(last) = last else { return false };
        let repeats = |before: &Page| PageTally::of(before).equals(&PageTally::of(&last));
        last.documents() > 0 && !before.as_ref().is_ok_and(repeats)
    }

    /// Replaces a partition with its halves; `false` if it cannot be split, or its halves show the same.
    async fn split_uncounted(&mut self, partition: QueryPartition) -> bool {
        let Some((_, halves)) = partition.halves(self.asker.request.clock.now()) else {
            self.incomplete(format!(
                "{partition}: one price and one second hold more than the {PRODUCTS_PER_QUERY_MAX} products that the supplier shows"
            ));
            return false;
        };
        let (low, high) = tokio::join!(self.ask(&halves[0], 1), self.ask(&halves[1], 1));
        if let (Ok(low), Ok(high)) = (low, high)
            && low.documents() > 0
            && PageTally::of(&low).equals(&PageTally::of(&high))
        {
            self.incomplete(format!(
                "{partition}: both halves show the same products, so that only the first {PRODUCTS_PER_QUERY_MAX} can be read"
            ));
            return false;
        }
        self.position.split_partition(halves);
        true
    }

    /// Takes a page: the partition ends with one that is empty, or that repeats the page before.
    pub(super) fn take_uncounted(&mut self, number: u32, page: Page) {
        let tally = PageTally::of(&page);
        let is_end = page.documents() == 0 || self.before.as_ref().is_some_and(|before| before.equals(&tally));
        if let Some(reading) = &mut self.position.reading
            && number <= reading.last
        {
            reading.last = if is_end {
                number
            } else {
                (number + PAGES_AHEAD).min(pages(PRODUCTS_PER_QUERY_MAX))
            };
        }
        self.before = Some(tally);
        self.keep(page);
    }

    /// A page of such a list that could not be read: a refusal is its end, anything else is tried again.
    pub(super) fn failed_uncounted(&mut self, number: u32, error: &SupplierError) {
        if let Some(reading) = &mut self.position.reading {
            if matches!(error, SupplierError::Answer(_)) {
                reading.last = reading.last.min(number);
            } else {
                reading.failed.insert(number);
            }
        }
    }
}
