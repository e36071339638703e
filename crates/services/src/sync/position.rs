//! The position of a run: where its crawl can be resumed and which offers were shown, committed with each batch.

use domain::game_set::GameSet;
use domain::sync::{SyncPhase, SyncProgress};
use gateways::suppliers::{CrawlBatch, Cursor};
use serde::{Deserialize, Serialize};

use crate::Error;

/// The position of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Position {
    /// Whether the crawl has ended.
    pub(super) is_read: bool,
    /// Whether everything was shown so far; only then can something be missing.
    pub(super) complete: bool,
    /// What the run does.
    pub(super) phase: SyncPhase,
    /// Distinct products shown so far.
    pub(super) read: u64,
    /// The supplier's count of all products.
    pub(super) total: u64,
    /// The supplier's latest time of change when this crawl began: it reads all changes up to then.
    pub(super) newest: Option<String>,
    /// Where the crawl can be resumed; `None` at the beginning of the list.
    #[serde(skip)]
    pub(super) cursor: Option<Cursor>,
    /// The numbers of the offers that were shown.
    #[serde(skip)]
    pub(super) seen: GameSet,
}

impl Position {
    /// The beginning of a crawl.
    pub(super) fn at(cursor: Option<Cursor>) -> Self {
        Self {
            is_read: false,
            complete: true,
            phase: SyncPhase::Reading,
            read: 0,
            total: 0,
            newest: None,
            cursor,
            seen: GameSet::default(),
        }
    }

    /// Moves behind a batch.
    pub(super) fn pass(&mut self, batch: &CrawlBatch) {
        self.complete &= batch.complete;
        (self.read, self.total) = (batch.read, batch.total);
        match &batch.next {
            Some(next) => self.cursor = Some(next.clone()),
            None => self.is_read = true,
        }
    }

    /// For a progress bar.
    pub(super) const fn progress(&self) -> SyncProgress {
        SyncProgress {
            phase: self.phase,
            read: self.read,
            total: self.total,
        }
    }

    /// In the format of the database.
    pub(super) fn written(&self) -> Result<storage::sync_runs::StoredPosition, Error> {
        Ok(storage::sync_runs::StoredPosition {
            state: serde_json::to_string(self).map_err(|error| Error::Internal(Box::new(error)))?,
            seen: self.seen.as_bytes().to_vec(),
            cursor: self.cursor.clone().unwrap_or_default().0,
        })
    }

    /// From the database; `None` if another version of this program wrote it: the crawl then starts from the beginning.
    pub(super) fn read(stored: storage::sync_runs::StoredPosition) -> Option<Self> {
        let mut position: Self = serde_json::from_str(&stored.state).ok()?;
        position.seen = GameSet::from_bytes(stored.seen);
        position.cursor = (!stored.cursor.is_empty()).then_some(Cursor(stored.cursor));
        Some(position)
    }
}
