//! Where a crawl is: what is left to read and what was seen, committed with each batch so that it can be gone on with.

use std::collections::BTreeSet;

use domain::game_set::GameSet;
use domain::id::ProductId;
use domain::query_partition::QueryPartition;
use domain::sync::{SyncPhase, SyncProgress};
use gateways::supplier::{PRODUCTS_PER_PAGE, PRODUCTS_PER_QUERY_MAX};
use serde::{Deserialize, Serialize};

use crate::Error;

/// Where a crawl is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Position {
    /// The partitions that are left; the first is the one in hand.
    pub(super) todo: Vec<QueryPartition>,
    /// How far the first is read.
    pub(super) reading: Option<Reading>,
    /// Whether the supplier answered at all.
    pub(super) answered: bool,
    /// Whether everything was shown so far: only then may something be missing.
    pub(super) complete: bool,
    /// What it is busy with.
    pub(super) phase: SyncPhase,
    /// Products that the supplier counts.
    pub(super) total: u64,
    /// Products in partitions read before that are no games of the shop.
    #[serde(rename = "odd_before")]
    pub(super) rejected_before: u64,
    /// The supplier's latest time of change when this crawl began: what it changed up to then, this crawl reads.
    pub(super) newest: Option<String>,
    /// The games that were shown.
    #[serde(skip)]
    pub(super) seen: GameSet,
    /// The games that the partition in hand showed.
    #[serde(skip)]
    pub(super) seen_in_partition: GameSet,
}

/// How far a partition is read.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Reading {
    /// The next page.
    pub(super) next: u32,
    /// The last page, as the supplier counted last.
    pub(super) last: u32,
    /// Products in the partition, as the supplier counted last.
    pub(super) total: u64,
    /// How often the partition is being read: 1 at first.
    pub(super) pass: u32,
    /// Pages that failed in this pass.
    pub(super) failed: BTreeSet<u32>,
    /// Products that were shown and are no games of the shop.
    #[serde(rename = "odd")]
    pub(super) rejected: BTreeSet<ProductId>,
    /// Products of this pass of which not even the id could be read.
    #[serde(rename = "nameless")]
    pub(super) unidentified: u64,
    /// Pages that were asked for again because they overlapped.
    pub(super) asked_again: u32,
    /// Whether it is known already that not all of it can be shown.
    pub(super) given_up: bool,
}

impl Position {
    /// At the beginning of `partition`.
    pub(super) fn at(partition: QueryPartition) -> Self {
        Self {
            todo: vec![partition],
            reading: None,
            answered: false,
            complete: true,
            phase: SyncPhase::Reading,
            total: 0,
            rejected_before: 0,
            newest: None,
            seen: GameSet::default(),
            seen_in_partition: GameSet::default(),
        }
    }

    /// Products that the partition in hand showed, each counted once.
    pub(super) fn shown_in_partition(&self) -> u64 {
        let rejected = self
            .reading
            .as_ref()
            .map_or(0, |reading| reading.rejected.len() as u64 + reading.unidentified);
        self.seen_in_partition.len() + rejected
    }

    /// For a progress bar.
    pub(super) fn progress(&self) -> SyncProgress {
        let rejected = self.reading.as_ref().map_or(0, |reading| reading.rejected.len() as u64);
        SyncProgress {
            phase: self.phase,
            read: (self.seen.len() + self.rejected_before + rejected).min(self.total),
            total: self.total,
        }
    }

    /// Takes the partition in hand off the list.
    pub(super) fn close_partition(&mut self) {
        if let Some(reading) = self.reading.take() {
            self.rejected_before += reading.rejected.len() as u64;
        }
        self.seen_in_partition = GameSet::default();
        self.todo.remove(0);
    }

    /// Puts `halves` in the place of the partition in hand.
    pub(super) fn split_partition(&mut self, halves: [QueryPartition; 2]) {
        self.reading = None;
        self.seen_in_partition = GameSet::default();
        self.todo.splice(0..1, halves);
    }

    /// As the database keeps it.
    pub(super) fn written(&self) -> Result<storage::sync_runs::StoredPosition, Error> {
        Ok(storage::sync_runs::StoredPosition {
            state: serde_json::to_string(self).map_err(|error| Error::Internal(Box::new(error)))?,
            seen: self.seen.as_bytes().to_vec(),
            seen_in_slice: self.seen_in_partition.as_bytes().to_vec(),
        })
    }

    /// From the database; `None` for what another version of this program wrote: then the crawl begins anew.
    pub(super) fn read(kept: storage::sync_runs::StoredPosition) -> Option<Self> {
        let mut position: Self = serde_json::from_str(&kept.state).ok()?;
        position.seen = GameSet::from_bytes(kept.seen);
        position.seen_in_partition = GameSet::from_bytes(kept.seen_in_slice);
        Some(position)
    }
}

impl Reading {
    /// At the beginning of a partition of `total` products.
    pub(super) fn of(total: u64) -> Self {
        Self {
            next: 1,
            last: pages(total),
            total,
            pass: 1,
            failed: BTreeSet::new(),
            rejected: BTreeSet::new(),
            unidentified: 0,
            asked_again: 0,
            given_up: false,
        }
    }
}

/// How many pages that can be asked for show `total` products.
pub(super) fn pages(total: u64) -> u32 {
    u32::try_from(total.min(PRODUCTS_PER_QUERY_MAX).div_ceil(PRODUCTS_PER_PAGE)).unwrap_or(u32::MAX)
}
