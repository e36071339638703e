//! What needs somebody now: parked runs, failed jobs, doubtful syncs, a full disk.

use domain::id::SupplierName;
use domain::message::QueueState;
use futures::future::BoxFuture;
use storage::cases::OpenCases;

use crate::sync::{RecordedSync, SyncStatus};
use crate::{Error, OperationService};

/// With less room than this in the data folder, the shop soon cannot write.
pub const LOW_DISK_BYTES: u64 = 1024 * 1024 * 1024;

/// What needs somebody, and how the shop is doing.
#[derive(Clone, Debug, Default)]
pub struct Today {
    /// Runs of which changes wait for a decision, the latest first.
    pub parked: Vec<RecordedSync>,
    /// The last run of each supplier.
    pub latest: Vec<RecordedSync>,
    /// Suppliers of the settings with a source that were never synced.
    pub never_synced: Vec<SupplierName>,
    /// Cases that are open.
    pub cases: OpenCases,
    /// The queues that have open or dead-lettered messages.
    pub queues: Vec<QueueState>,
    /// The room that is left in the data folder; `None` where it cannot be told.
    pub free_bytes: Option<u64>,
}

impl Today {
    /// Last runs that did not end as they should.
    pub fn doubtful(&self) -> impl Iterator<Item = &RecordedSync> {
        self.latest.iter().filter(|run| run.state.status.is_doubtful())
    }
}

impl SyncStatus {
    /// Whether somebody should look at a run that is or ended so. Parked runs are told apart.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        match self {
            Self::Running => false,
            Self::Interrupted => true,
            Self::Ended(outcome) => matches!(outcome.as_str(), "failed" | "incomplete" | "lost" | "abandoned"),
        }
    }
}

impl<'a> OperationService<'a> {
    /// What needs somebody now: five statements.
    pub fn today(self) -> BoxFuture<'a, Result<Today, Error>> {
        Box::pin(async move {
            let shop = self.shop;
            let parked = shop.db().sync_runs().parked(None).await?;
            let latest = shop.db().sync_runs().latest_of_each().await?;
            let known = |name: &SupplierName| latest.iter().any(|run| run.supplier == *name);
            let with_source = shop.suppliers().iter().filter(|terms| shop.source(&terms.name).is_ok());
            let never_synced = with_source.map(|terms| terms.name.clone()).filter(|name| !known(name));
            let never_synced = never_synced.collect();
            let store = shop.parts.pictures.store.clone();
            let free_bytes = tokio::task::spawn_blocking(move || store.free_bytes().ok()).await;
            let both = parked.len();
            let mut recorded = shop
                .sync()
                .all_recorded(parked.into_iter().chain(latest).collect())
                .await?;
            Ok(Today {
                latest: recorded.split_off(both),
                parked: recorded,
                never_synced,
                cases: shop.cases().open_cases().await?,
                queues: shop.db().outbox().queues().await?,
                free_bytes: free_bytes.ok().flatten(),
            })
        })
    }
}
