//! Syncs as jobs: the timetable asks for them, or staff.

use std::time::Duration;

use domain::id::SupplierName;
use domain::message::Queue;
use domain::refusal::Refusal;
use domain::sync::{SyncKind, SyncOrder, SyncReport};
use serde::{Deserialize, Serialize};

use crate::jobs::{Job, JobError, Worker};
use crate::{Error, Shop};

/// Longer than most syncs take. The lease decides all the same: who takes up one that runs finds that, and skips.
const CLAIMED_FOR: Duration = Duration::from_secs(15 * 60);
/// Twenty minutes of tries.
const RETRIES: u32 = 7;

/// Reads the supplier's whole catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncCatalogue {
    /// The timetable's instant in UTC, such as `2026-11-23T02:00Z`.
    pub slot: String,
}

/// Looks at the prices and the stock of all games.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckStock {
    /// Named as above.
    pub slot: String,
}

/// Reads the whole list of a supplier besides G2A.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncSupplier {
    /// The supplier.
    pub supplier: SupplierName,
    /// Named as above.
    pub slot: String,
}

/// Reads the whole list of a supplier because staff asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestedSync {
    /// The supplier.
    pub supplier: SupplierName,
}

impl Job for SyncCatalogue {
    const NAME: &'static str = "sync_catalogue";
    const QUEUE: Queue = Queue::Sync;
    const RETRIES: u32 = RETRIES;
    const TIMEOUT: Duration = CLAIMED_FOR;

    async fn run(self, shop: &Shop, worker: &Worker) -> Result<(), JobError> {
        match sync(shop, worker, &SyncKind::Full.into(), &self.slot).await {
            // A crawl sees what a stock check does not: it waits for it, and is tried again.
            Err(Error::Refused(Refusal::SyncRunning(running))) if running.kind == Some(SyncKind::Stock) => {
                Err(JobError::temporary(format!("a stock check is running: {running}")))
            }
            Err(error) => {
                skipped(error, "G2A Sync", &self.slot).map_err(|error| JobError::temporary(error.to_string()))
            }
            Ok(_) => Ok(()),
        }
    }
}

impl Job for CheckStock {
    const NAME: &'static str = "check_stock";
    const QUEUE: Queue = Queue::Sync;
    const RETRIES: u32 = RETRIES;
    const TIMEOUT: Duration = CLAIMED_FOR;

    async fn run(self, shop: &Shop, worker: &Worker) -> Result<(), JobError> {
        if let Err(error) = sync(shop, worker, &SyncKind::Stock.into(), &self.slot).await
            && let Err(error) = skipped(error, "Stock", &self.slot)
        {
            // The next look is soon enough.
            tracing::warn!(slot = self.slot, "[Stock] the stock was not checked: {error}");
        }
        Ok(())
    }
}

impl Job for SyncSupplier {
    const NAME: &'static str = "sync_supplier";
    const QUEUE: Queue = Queue::Sync;
    const RETRIES: u32 = RETRIES;
    const TIMEOUT: Duration = CLAIMED_FOR;

    async fn run(self, shop: &Shop, worker: &Worker) -> Result<(), JobError> {
        let order = whole_list_of(&self.supplier);
        if let Err(error) = sync(shop, worker, &order, &self.slot).await
            && let Err(error) = skipped(error, "Sync", &self.slot)
        {
            // A list that is unusable now may be usable at the next instant.
            tracing::warn!(supplier = %self.supplier, slot = self.slot, "[Sync] the list was not read: {error}");
        }
        Ok(())
    }
}

impl Job for RequestedSync {
    const NAME: &'static str = "requested_sync";
    const QUEUE: Queue = Queue::Sync;
    const RETRIES: u32 = RETRIES;
    const TIMEOUT: Duration = CLAIMED_FOR;

    async fn run(self, shop: &Shop, worker: &Worker) -> Result<(), JobError> {
        let order = whole_list_of(&self.supplier);
        match sync_as(shop, worker, &order, "requested by staff").await {
            // As the timetable's: a crawl waits for a stock check.
            Err(Error::Refused(Refusal::SyncRunning(running))) if running.kind == Some(SyncKind::Stock) => {
                Err(JobError::temporary(format!("a stock check is running: {running}")))
            }
            Err(error) => {
                if let Err(error) = skipped(error, "Sync", "requested") {
                    // Staff see why in the list of runs, and ask again.
                    tracing::warn!(supplier = %self.supplier, "[Sync] the requested sync failed: {error}");
                }
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }
}

fn whole_list_of(supplier: &SupplierName) -> SyncOrder {
    SyncOrder {
        supplier: supplier.clone(),
        ..SyncKind::Full.into()
    }
}

async fn sync(shop: &Shop, worker: &Worker, order: &SyncOrder, slot: &str) -> Result<SyncReport, Error> {
    sync_as(shop, worker, order, &format!("timetable {slot}")).await
}

async fn sync_as(shop: &Shop, worker: &Worker, order: &SyncOrder, why: &str) -> Result<SyncReport, Error> {
    let holder = format!("{}, {why}", worker.name);
    shop.sync().run(order, &holder, &|_| !worker.stop.is_cancelled()).await
}

/// Says why a sync is left out; any other error is given back. A run that finds the lease taken skips, and says so.
fn skipped(error: Error, tag: &str, slot: &str) -> Result<(), Error> {
    match error {
        Error::Refused(Refusal::SyncRunning(running)) => {
            tracing::info!(slot, "[{tag}] skipped: a sync is running already: {running}");
            Ok(())
        }
        Error::Refused(Refusal::NoSupplier) => {
            tracing::warn!(slot, "[{tag}] skipped: no supplier is set up");
            Ok(())
        }
        error => Err(error),
    }
}
