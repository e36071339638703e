//! The position of a crawl: what remains to be read and what was shown, as a cursor.

use std::collections::{BTreeSet, HashSet};

use domain::id::ProductId;
use domain::query_partition::QueryPartition;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::supplier::{PRODUCTS_PER_PAGE, PRODUCTS_PER_QUERY_MAX};
use crate::suppliers::Cursor;

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
            read_before: 0,
            shown: HashSet::new(),
        }
    }

    /// Marks a product as shown by the current partition; `false` if it was before.
    pub(super) fn show(&mut self, product: &ProductId) -> bool {
        let digest = Sha256::digest(product.as_str());
        let start = digest.first_chunk().copied().unwrap_or_default();
        self.shown.insert(u64::from_le_bytes(start))
    }

    /// Products that the current partition has shown, each counted once.
    pub(super) fn shown_in_partition(&self) -> u64 {
        self.shown.len() as u64 + self.reading.as_ref().map_or(0, |reading| reading.unidentified)
    }

    /// Products read so far, for a progress bar.
    pub(super) fn read(&self) -> u64 {
        (self.read_before + self.shown.len() as u64).min(self.total)
    }

    /// Removes the current partition.
    pub(super) fn close_partition(&mut self) {
        self.read_before += self.shown.len() as u64;
        self.reading = None;
        self.shown.clear();
        self.todo.remove(0);
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
        }
    }
}

/// The number of requestable pages that show `total` products.
pub(super) fn pages(total: u64) -> u32 {
    u32::try_from(total.min(PRODUCTS_PER_QUERY_MAX).div_ceil(PRODUCTS_PER_PAGE)).unwrap_or(u32::MAX)
}
