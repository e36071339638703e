//! The position of a crawl: what remains to be read and what was shown, as a cursor.

use std::collections::{BTreeSet, HashSet};

use domain::id::ProductId;
use domain::query_partition::QueryPartition;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::tally::Tally;
use crate::supplier::{PRODUCTS_PER_PAGE, PRODUCTS_PER_QUERY_MAX};
use crate::suppliers::Cursor;

/// The most requests for each page of the list: three passes, and pages that are requested again.
const REQUESTS_PER_PAGE_MAX: u64 = 4;
/// So many more for lists of any length: splits, and pages that turn out to be empty.
const REQUESTS_MAX: u64 = 2_000;
/// A count above this many products is not believed in what it allows.
const PRODUCTS_MAX: u64 = 1_000_000;

/// The position of a crawl.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Position {
    /// The partitions that remain; the first is the current one.
    pub(super) todo: Vec<QueryPartition>,
    /// The position within the current partition.
    pub(super) reading: Option<Reading>,
    /// Whether the supplier has answered at all.
    pub(super) answered: bool,
    /// Whether everything was shown so far; only then can something be missing.
    pub(super) complete: bool,
    /// The supplier's count of all products.
    pub(super) total: u64,
    /// Whether the supplier's counts are false: pages are then read until one is empty.
    #[serde(default)]
    pub(super) is_uncounted: bool,
    /// Requests for pages so far.
    #[serde(default)]
    pub(super) requests: u64,
    /// How many had been sent when a page last showed a product that its partition had not shown.
    #[serde(default)]
    pub(super) requests_when_new: u64,
    /// Products shown by earlier partitions.
    pub(super) read_before: u64,
    /// The products that the current partition has shown, as hashes.
    #[serde(skip)]
    pub(super) shown: HashSet<u64>,
}

/// The position within a partition.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Reading {
    /// The next page.
    pub(super) next: u32,
    /// The last page, by the supplier's latest count.
    pub(super) last: u32,
    /// Products in the partition, by the supplier's latest count.
    pub(super) total: u64,
    /// The number of the pass, from 1.
    pub(super) pass: u32,
    /// Pages that failed in this pass.
    pub(super) failed: BTreeSet<u32>,
    /// Products of this pass whose ids were not readable.
    pub(super) unidentified: u64,
    /// Pages that this pass requested again because they overlapped.
    pub(super) asked_again: u32,
    /// Whether it is certain that the partition cannot be read completely.
    pub(super) given_up: bool,
    /// The lowest and the highest of the supplier's counts of the partition.
    #[serde(default)]
    pub(super) counted: Option<(u64, u64)>,
    /// What this pass received, and what the pass before did.
    #[serde(default)]
    pub(super) tally: Tally,
    #[serde(default)]
    pub(super) tally_before: Tally,
    /// Consecutive pages without a product.
    #[serde(default)]
    pub(super) empty: u32,
}

impl Position {
    /// The beginning of `partition`.
    pub(super) fn at(partition: QueryPartition) -> Self {
        Self {
            todo: vec![partition],
            reading: None,
            answered: false,
            complete: true,
            total: 0,
            is_uncounted: false,
            requests: 0,
            requests_when_new: 0,
            read_before: 0,
            shown: HashSet::new(),
        }
    }

    /// Marks the product of this hash as shown by the current partition; `false` if it was before.
    pub(super) fn show(&mut self, hash: u64) -> bool {
        let is_new = self.shown.insert(hash);
        if is_new {
            self.requests_when_new = self.requests;
        }
        is_new
    }

    /// Products that the current partition has shown, each counted once.
    pub(super) fn shown_in_partition(&self) -> u64 {
        self.shown.len() as u64 + self.reading.as_ref().map_or(0, |reading| reading.unidentified)
    }

    /// Products read so far and products in all, for a progress bar.
    pub(super) fn progress(&self) -> (u64, u64) {
        let read = self.read_before + self.shown.len() as u64;
        let total = if self.is_uncounted { read } else { self.total };
        (read.min(total), total)
    }

    /// Whether the crawl has sent as many requests as it may: so many for each page that the list has, and some more; and
    /// only some in a row that show nothing new. The list's length is its first count, or what was shown of it if its
    /// counts are false.
    pub(super) fn is_spent(&self) -> bool {
        let products = match self.is_uncounted {
            true => self.read_before + self.shown.len() as u64,
            false => self.total,
        };
        let pages = products.min(PRODUCTS_MAX).div_ceil(PRODUCTS_PER_PAGE);
        let barren = self.requests.saturating_sub(self.requests_when_new);
        self.requests >= pages * REQUESTS_PER_PAGE_MAX + REQUESTS_MAX || barren >= REQUESTS_MAX
    }

    /// Removes the current partition.
    pub(super) fn close_partition(&mut self) {
        self.read_before += self.shown.len() as u64;
        self.reading = None;
        self.shown.clear();
        self.todo.remove(0);
    }

    /// Stops believing the supplier's counts; the current partition is read anew, without them.
    pub(super) fn distrust_counts(&mut self) {
        self.is_uncounted = true;
        self.reading = None;
    }

    /// Ends the crawl here.
    pub(super) fn end(&mut self) {
        self.read_before += self.shown.len() as u64;
        self.reading = None;
        self.shown.clear();
        self.todo.clear();
    }

    /// Replaces the current partition with its halves.
    pub(super) fn split_partition(&mut self, halves: [QueryPartition; 2]) {
        self.reading = None;
        self.shown.clear();
        self.todo.splice(0..1, halves);
    }

    /// The cursor: a line of JSON, then eight bytes for each product.
    pub(super) fn cursor(&self) -> Cursor {
        let mut bytes = serde_json::to_vec(self).unwrap_or_default();
        bytes.push(b'\n');
        for hash in &self.shown {
            bytes.extend(hash.to_le_bytes());
        }
        Cursor(bytes)
    }

    /// Reads a cursor; `None` for one of another version.
    pub(super) fn from_cursor(cursor: &Cursor) -> Option<Self> {
        let end = cursor.0.iter().position(|byte| *byte == b'\n')?;
        let mut position: Self = serde_json::from_slice(&cursor.0[..end]).ok()?;
        let (hashes, rest) = cursor.0[end + 1..].as_chunks::<8>();
        position.shown = hashes.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        rest.is_empty().then_some(position)
    }
}

impl Reading {
    /// The beginning of a partition of `total` products.
    pub(super) fn of(total: u64) -> Self {
        Self {
            next: 1,
            last: pages(total),
            total,
            pass: 1,
            failed: BTreeSet::new(),
            unidentified: 0,
            asked_again: 0,
            given_up: false,
            counted: None,
            tally: Tally::default(),
            tally_before: Tally::default(),
            empty: 0,
        }
    }

    /// Takes the supplier's count of the partition from a page.
    pub(super) fn count(&mut self, total: u64) {
        let (low, high) = self.counted.unwrap_or((total, total));
        self.counted = Some((low.min(total), high.max(total)));
        (self.total, self.last) = (total, pages(total));
    }

    /// Why the supplier's counts of this partition cannot be right, if they cannot.
    pub(super) fn contradiction(&self) -> Option<String> {
        let (low, high) = self.counted?;
        let shown = self.tally.documents;
        if high > low.saturating_add(tolerance(low)) {
            return Some(format!(
                "while it was read, the supplier counted {low} products in it and {high}"
            ));
        }
        (shown >= high.saturating_add(tolerance(high)))
            .then(|| format!("the supplier counts {high} products in it and shows {shown}"))
    }

    /// Whether so many distinct products are all that the partition has.
    pub(super) fn is_all(&self, shown: u64) -> bool {
        let (_, high) = self.counted.unwrap_or((self.total, self.total));
        // While a list is read more than once, products come and go.
        let slack = if self.pass > 1 { high / 20 } else { 0 };
        shown >= self.total && shown <= high.saturating_add(slack)
    }

    /// Begins the next pass.
    pub(super) fn begin_next_pass(&mut self) {
        self.tally_before = std::mem::take(&mut self.tally);
        (self.pass, self.next, self.unidentified, self.empty) = (self.pass + 1, 1, 0, 0);
        // A partition that counts nothing may show something all the same.
        self.last = self.last.max(1);
        // What one pass spent on an unsteady list must not leave the next ones without it.
        self.asked_again = 0;
    }
}

/// How much counts of the same list may differ: it changes while it is read.
pub(super) const fn tolerance(count: u64) -> u64 {
    20 + count / 20
}

/// What stands for a product's id: eight bytes of its SHA-256.
pub(super) fn hash_of(product: &ProductId) -> u64 {
    let digest = Sha256::digest(product.as_str());
    u64::from_le_bytes(digest.first_chunk().copied().unwrap_or_default())
}

/// The number of requestable pages that show `total` products.
pub(super) fn pages(total: u64) -> u32 {
    u32::try_from(total.min(PRODUCTS_PER_QUERY_MAX).div_ceil(PRODUCTS_PER_PAGE)).unwrap_or(u32::MAX)
}
