//! Background work: the kinds of jobs, their queues, and the timetable that posts them.

mod queues;
pub mod timetable;

use std::sync::Arc;
use std::time::Duration;

use domain::message::Queue;
use services::jobs::{JobKind, Worker};
use services::mails::SendMail;
use services::sync::{CheckStock, RequestedSync, SyncCatalogue, SyncSupplier};
use services::{Error, Shop};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use timetable::Timetable;

/// Every kind of job.
pub const JOBS: [JobKind; 5] = [
    JobKind::of::<SyncCatalogue>(),
    JobKind::of::<CheckStock>(),
    JobKind::of::<SyncSupplier>(),
    JobKind::of::<RequestedSync>(),
    JobKind::of::<SendMail>(),
];

/// How often the timetable is checked.
const EVERY: Duration = Duration::from_secs(1);
/// How often maintenance runs.
const MAINTENANCE_EVERY: Duration = Duration::from_secs(10 * 60);

/// Runs jobs until `stop`; running ones are finished first. `worker` is this process's name for others.
pub async fn run(shop: Shop, timetable: Timetable, worker: String, stop: CancellationToken) {
    let worker = Arc::new(Worker {
        name: worker,
        stop: stop.clone(),
    });
    let mut queues: JoinSet<()> = Queue::ALL
        .into_iter()
        .map(|queue| queues::work(queue, shop.clone(), Arc::clone(&worker)))
        .collect();
    queues.spawn(advance_orders(shop.clone(), stop.clone()));
    keep_time(&shop, &timetable, &stop).await;
    while let Some(ended) = queues.join_next().await {
        if let Err(join_error) = ended {
            tracing::error!(reason = join_error.to_string(), "[Job] a queue has stopped");
        }
    }
}

/// Moves orders on that nobody else did: those whose process ended between the payment and the delivery, and those that were
/// not delivered in time. Several processes may do so at once.
async fn advance_orders(shop: Shop, stop: CancellationToken) {
    let mut watch = Watch::over("orders");
    while !stop.is_cancelled() {
        watch.saw(&shop.orders().advance_due().await);
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Posts due work and runs maintenance, until `stop`.
async fn keep_time(shop: &Shop, timetable: &Timetable, stop: &CancellationToken) {
    let mut watch = Watch::over("timetable");
    let mut last_maintenance: Option<tokio::time::Instant> = None;
    while !stop.is_cancelled() {
        let mut outcome = timetable.post_due(shop).await;
        if outcome.is_ok() && last_maintenance.is_none_or(|at| at.elapsed() > MAINTENANCE_EVERY) {
            outcome = shop.operations().run_maintenance().await;
            last_maintenance = Some(tokio::time::Instant::now());
        }
        watch.saw(&outcome);
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Logs once that something fails, and once that it works again.
struct Watch {
    what: &'static str,
    failing: bool,
}

impl Watch {
    const fn over(what: &'static str) -> Self {
        Self { what, failing: false }
    }

    fn saw(&mut self, outcome: &Result<(), Error>) {
        let what = self.what;
        match outcome {
            Err(error) if !self.failing => tracing::error!(
                what,
                error = error as &dyn std::error::Error,
                "[Job] background work failed and is retried"
            ),
            Ok(()) if self.failing => tracing::info!(what, "[Job] background work succeeds again"),
            _ => {}
        }
        self.failing = outcome.is_err();
    }
}
