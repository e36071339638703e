//! How syncs are, for those who watch over the shop: from the database, so from whatever process asks.

use domain::clock::Timestamp;
use domain::id::SupplierName;
use domain::sync::{SyncKind, SyncProgress, SyncReport};
use futures::future::BoxFuture;
use storage::sync_runs::SyncRun;
use uuid::Uuid;

use super::lease::job;
use crate::{Error, SyncService};

/// What the last sync is doing, or how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyncStatus {
    /// It runs.
    Running,
    /// It was cut off without a word; a crawl can be gone on with.
    Interrupted,
    /// It ended: `complete`, `incomplete`, `stopped`, `failed` or `abandoned`.
    Ended(String),
}

/// The last sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncState {
    /// What it is doing, or how it ended.
    pub status: SyncStatus,
    /// What it reads.
    pub kind: SyncKind,
    /// Who runs it.
    pub holder: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// When this was looked up.
    pub now: Timestamp,
    /// How far it is.
    pub progress: SyncProgress,
    /// What it did so far.
    pub report: SyncReport,
}

impl SyncState {
    /// Products a second, since it began.
    #[must_use]
    pub fn per_second(&self) -> u64 {
        let millis = self
            .finished_at
            .unwrap_or(self.now)
            .since(self.started_at)
            .as_millis()
            .max(1);
        u64::try_from(u128::from(self.progress.read) * 1_000 / millis).unwrap_or(u64::MAX)
    }

    /// Seconds that are left at that rate; `None` when it does not run, or nobody can tell yet.
    #[must_use]
    pub fn seconds_left(&self) -> Option<u64> {
        let left = self.progress.total.saturating_sub(self.progress.read);
        let rate = Some(self.per_second()).filter(|rate| *rate > 0);
        rate.filter(|_| self.status == SyncStatus::Running)
            .map(|rate| left.div_ceil(rate))
    }
}

/// A run in the record of syncs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedSync {
    /// Its id.
    pub id: Uuid,
    /// The supplier whose catalogue it reads.
    pub supplier: SupplierName,
    /// What it is doing, or how it ended.
    pub state: SyncState,
}

impl<'a> SyncService<'a> {
    /// The sync of G2A that began last, if there ever was one.
    pub fn state(self) -> BoxFuture<'a, Result<Option<SyncState>, Error>> {
        self.state_of(SupplierName::g2a())
    }

    /// The sync of a supplier that began last, if there ever was one.
    pub fn state_of(self, supplier: SupplierName) -> BoxFuture<'a, Result<Option<SyncState>, Error>> {
        Box::pin(async move {
            let Some(run) = self.shop.db().sync_runs().latest_of(&supplier).await? else {
                return Ok(None);
            };
            Ok(Some(self.recorded(run).await?.state))
        })
    }

    /// A run as staff see it.
    pub(super) async fn recorded(&self, run: SyncRun) -> Result<RecordedSync, Error> {
        let holder = match run.outcome {
            Some(_) => None,
            None => self.shop.db().leases().holder(&job(&run.supplier)).await?,
        };
        let status = status_of(&run, holder.as_ref().map(|holder| holder.name.as_str()));
        Ok(RecordedSync::of(run, status, self.shop.now()))
    }
}

/// A run without an outcome runs if `holder`, who has the lease of its supplier, is who runs it.
pub(super) fn status_of(run: &SyncRun, holder: Option<&str>) -> SyncStatus {
    match &run.outcome {
        Some(outcome) => SyncStatus::Ended(outcome.clone()),
        None if holder == Some(run.holder.as_str()) => SyncStatus::Running,
        None => SyncStatus::Interrupted,
    }
}

impl RecordedSync {
    pub(super) fn of(run: SyncRun, status: SyncStatus, now: Timestamp) -> Self {
        Self {
            id: run.id,
            supplier: run.supplier,
            state: SyncState {
                status,
                kind: run.kind,
                holder: run.holder,
                started_at: run.started_at,
                finished_at: run.finished_at,
                now,
                progress: run.progress,
                report: run.report,
            },
        }
    }
}
