//! Background work of `serve` and `worker`: messages, the timetable, the first sync.

use std::time::Duration;

use anyhow::Context;
use domain::id::SupplierName;
use services::Shop;
use storage::Db;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::Ended;
use crate::demo::DemoSupplier;
use crate::progress::SyncBar;
use crate::settings::Loaded;
use crate::stop::Signal;
use crate::trail_head;

/// How long running requests and the current job step may take after a signal to stop.
pub(super) const STOP_WITHIN: Duration = Duration::from_secs(10);

/// Shuts everything down, and returns how the program ended by the signal that it received.
pub(super) async fn closed(demo: Option<DemoSupplier>, db: Db, signal: Signal) -> anyhow::Result<Ended> {
    if let Some(demo) = demo {
        demo.stop().await;
    }
    db.close().await?;
    Ok(if signal == Signal::Interrupt {
        Ended::Interrupted
    } else {
        Ended::Done
    })
}

/// Writes the head of the trail into the data folder every minute and at the stop.
pub(super) fn keep_trail_head(loaded: &Loaded, shop: &Shop, stopping: &CancellationToken) -> JoinHandle<()> {
    let (shop, folder, stopping) = (shop.clone(), loaded.settings.data_dir.clone(), stopping.clone());
    tokio::spawn(async move { trail_head::keep(shop, &folder, stopping).await })
}

/// The timetable of the settings.
pub(super) fn timetable(loaded: &Loaded) -> anyhow::Result<jobs::Timetable> {
    let sync = &loaded.settings.sync;
    // An interval of nothing is never.
    let minutes = |count: Option<u32>| Duration::from_secs(u64::from(count.unwrap_or(0)) * 60);
    let others = loaded.settings.suppliers.iter();
    let others = others.map(|other| (other.name.clone(), minutes(other.every_minutes)));
    let timetable = jobs::Timetable::new(&sync.zone, &sync.full_at, minutes(sync.stock_every_minutes));
    let timetable = timetable.map_err(anyhow::Error::msg).context("sync")?;
    Ok(timetable.with_suppliers(others.collect()))
}

/// Fills an empty shop or resumes an interrupted crawl, unless full syncs are switched off, and meanwhile runs the
/// timetable and the messages, so that mails wait for no crawl.
pub(super) async fn run(shop: Shop, timetable: jobs::Timetable, worker: String, stopping: CancellationToken) {
    let crawls = timetable.crawls();
    // Decided before any job runs: another supplier's list, synced first, would end its being empty.
    let is_due = if crawls { is_filling_due(&shop).await } else { Ok(false) };
    let jobs = jobs::run(shop.clone(), timetable, worker.clone(), stopping.clone());
    let filling = async {
        if !crawls {
            tracing::info!("[G2A Sync] sync.full_at is empty: no full sync is started by itself");
        }
        let filled = match is_due {
            Ok(true) => fill(&shop, &worker, &stopping).await,
            outcome => outcome.map(|_| ()),
        };
        if let Err(error) = filled {
            // The shop serves what it has; the timetable, or an operator's `latchkey sync`, tries again.
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "[G2A Sync] the shop could not be filled"
            );
        }
    };
    tokio::join!(filling, jobs);
}

async fn is_filling_due(shop: &Shop) -> Result<bool, services::Error> {
    Ok(shop.catalog().is_empty().await? || shop.sync().is_interrupted().await?)
}

async fn fill(shop: &Shop, worker: &str, stopping: &CancellationToken) -> Result<(), services::Error> {
    let bar = SyncBar::new(&SupplierName::g2a());
    let watcher = |progress| {
        bar.show(&progress);
        !stopping.is_cancelled()
    };
    let report = shop.sync().catalogue(worker, &watcher).await;
    bar.clear();
    report.map(|_| ())
}
