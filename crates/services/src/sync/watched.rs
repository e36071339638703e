//! Runs as staff watch them: a list, and one with what it waits for.

use domain::listing::{ListPage, ListQuery};
use domain::refusal::Refusal;
use futures::future::BoxFuture;
use storage::sync_runs::{SyncRun, WaitingChange};
use uuid::Uuid;

use super::RecordedSync;
use super::lease::job;
use super::state::status_of;
use crate::{Error, SyncService};

/// Changes of a parked run that are shown; the others are counted.
const SHOWN: u32 = 100;

/// A run with what of it waits for a decision.
#[derive(Clone, Debug)]
pub struct WatchedRun {
    /// The run.
    pub run: RecordedSync,
    /// Offers that it would hide.
    pub hides: u64,
    /// Prices that it would lower below half.
    pub lowers: u64,
    /// Some of these changes, the offers that would be hidden first.
    pub waiting: Vec<WaitingChange>,
}

impl<'a> SyncService<'a> {
    /// A page of the runs, as `sync_runs().watched_list` takes its filters.
    pub fn list(self, query: &'a ListQuery) -> BoxFuture<'a, Result<ListPage<RecordedSync>, Error>> {
        Box::pin(async move {
            let found = self.shop.db().sync_runs().watched_list(query).await?;
            let (previous, next) = (found.previous, found.next);
            Ok(ListPage {
                rows: self.all_recorded(found.rows).await?,
                previous,
                next,
            })
        })
    }

    /// A run, and what of it waits for a decision.
    ///
    /// # Errors
    /// [`Refusal::SyncRunNotFound`].
    pub fn watched(self, id: Uuid) -> BoxFuture<'a, Result<WatchedRun, Error>> {
        Box::pin(async move {
            let runs = self.shop.db().sync_runs();
            let run = runs.get(id).await?.ok_or(Refusal::SyncRunNotFound)?;
            let (hides, lowers) = runs.waiting_counts(id).await?;
            let waiting = if hides + lowers > 0 {
                runs.waiting(id, SHOWN).await?
            } else {
                Vec::new()
            };
            Ok(WatchedRun {
                run: self.recorded(run).await?,
                hides,
                lowers,
                waiting,
            })
        })
    }

    /// Runs as staff see them: one statement for all, and none where each has ended.
    pub(crate) async fn all_recorded(&self, runs: Vec<SyncRun>) -> Result<Vec<RecordedSync>, Error> {
        let holders = if runs.iter().any(|run| run.outcome.is_none()) {
            self.shop.db().leases().holders().await?
        } else {
            Default::default()
        };
        let now = self.shop.now();
        let recorded = runs.into_iter().map(|run| {
            let holder = holders.get(&job(&run.supplier));
            let status = status_of(&run, holder.map(String::as_str));
            RecordedSync::of(run, status, now)
        });
        Ok(recorded.collect())
    }
}
