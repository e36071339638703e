//! Metrics of runs, read from their record: a sync may run in another process than the one whose metrics are read.

use std::collections::HashMap;
use std::time::Duration;

use domain::clock::Timestamp;
use domain::sync::SyncReport;
use futures::future::BoxFuture;
use storage::sync_runs::SyncRun;
use tokio::sync::Mutex;
use tokio::time::Instant;
use uuid::Uuid;

use crate::SyncService;

/// However often metrics are read, the record is read this often at most.
const READ_EVERY: Duration = Duration::from_secs(2);
/// A database that does not answer must not keep the other metrics from being read.
const READ_WITHIN: Duration = Duration::from_millis(500);
/// A run may be committed after a later one, or by a machine whose clock is behind; and a crawl that was interrupted ends
/// again within two hours.
const LOOKED_BACK: Duration = Duration::from_secs(3 * 60 * 60);
const RUNS: &str = "sync_runs_total";
const DURATION: &str = "sync_duration_seconds";
const CHANGES: &str = "sync_changes_total";
const PARKED: &str = "sync_parked";

/// The runs that the metrics have counted.
#[derive(Debug)]
pub(crate) struct RunMetrics(Mutex<Counted>);

#[derive(Debug)]
struct Counted {
    /// Runs that ended before are not counted.
    since: Timestamp,
    read_at: Option<Instant>,
    /// Those that ended within the time that is looked back.
    runs: HashMap<Uuid, CountedRun>,
}

#[derive(Debug)]
struct CountedRun {
    finished_at: Timestamp,
    is_accepted: bool,
    report: SyncReport,
}

impl RunMetrics {
    /// Counts what ends from `since` on.
    pub(crate) fn since(since: Timestamp) -> Self {
        Self(Mutex::new(Counted {
            since,
            read_at: None,
            runs: HashMap::new(),
        }))
    }
}

impl Counted {
    /// Counts a run that has ended, unless it was counted; of one that was resumed and ends again, or was parked and is
    /// accepted, only what is new.
    fn count(&mut self, run: SyncRun) {
        let (Some(finished_at), Some(outcome)) = (run.finished_at, run.outcome) else {
            return;
        };
        let is_accepted = outcome == "accepted";
        let before = match self.runs.get(&run.id) {
            Some(counted) if (counted.finished_at, counted.is_accepted) == (finished_at, is_accepted) => return,
            Some(counted) => counted.report.clone(),
            // What a run did before it was accepted was counted by whoever watched then.
            None if is_accepted => run.report.clone(),
            None => SyncReport::default(),
        };
        let (supplier, kind) = (run.supplier.to_string(), run.kind.as_str());
        metrics::counter!(RUNS, "supplier" => supplier.clone(), "kind" => kind, "outcome" => outcome).increment(1);
        if !is_accepted {
            let took = finished_at.since(run.started_at);
            metrics::histogram!(DURATION, "supplier" => supplier.clone(), "kind" => kind).record(took.as_secs_f64());
        }
        for (change, now, before) in [
            ("added", run.report.added, before.added),
            ("updated", run.report.updated, before.updated),
            ("removed", run.report.removed, before.removed),
        ] {
            metrics::counter!(CHANGES, "supplier" => supplier.clone(), "change" => change)
                .increment(now.saturating_sub(before));
        }
        let report = run.report;
        let counted = CountedRun {
            finished_at,
            is_accepted,
            report,
        };
        self.runs.insert(run.id, counted);
    }

    /// Forgets runs that are not looked back to.
    fn forget(&mut self, now: Timestamp) {
        let since = now.minus(LOOKED_BACK);
        self.since = self.since.max(since);
        self.runs.retain(|_, run| run.is_accepted || run.finished_at >= since);
    }
}

impl<'a> SyncService<'a> {
    /// Updates the metrics of runs; to be called right before they are read. Without an answer of the database they stay as
    /// they are.
    pub fn count_runs(self) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let mut counted = self.shop.run_metrics.0.lock().await;
            if counted.read_at.is_some_and(|at| at.elapsed() < READ_EVERY) {
                return;
            }
            if counted.read_at.is_none() {
                describe();
            }
            counted.read_at = Some(Instant::now());
            let runs = self.shop.db().sync_runs();
            if let Ok(Ok(runs)) = tokio::time::timeout(READ_WITHIN, runs.ended_since(counted.since)).await {
                runs.into_iter().for_each(|run| counted.count(run));
                counted.forget(self.shop.now());
            }
            if let Ok(Ok(parked)) = tokio::time::timeout(READ_WITHIN, runs.parked(None)).await {
                for supplier in self.shop.suppliers().iter().map(|terms| &terms.name) {
                    let waiting = parked.iter().filter(|run| run.supplier == *supplier).count();
                    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
                    metrics::gauge!(PARKED, "supplier" => supplier.to_string()).set(waiting as f64);
                }
            }
        })
    }
}

fn describe() {
    metrics::describe_counter!(
        RUNS,
        "Syncs that have ended since this process began, whichever process ran them, by supplier, kind and outcome. Each \
         process counts all of them: take the highest of several, not their sum. A parked one that is accepted counts again"
    );
    metrics::describe_histogram!(
        DURATION,
        "Seconds from the beginning of such a sync to its end, interruptions included"
    );
    metrics::describe_gauge!(PARKED, "Syncs of which changes wait for a decision of the staff");
    metrics::describe_counter!(CHANGES, "Offers that such syncs added, updated and removed");
}

#[cfg(test)]
mod tests {
    use domain::id::SupplierName;
    use domain::sync::{SyncKind, SyncProgress};

    use super::*;

    fn run(id: u128, finished_at: i64, added: u64) -> SyncRun {
        SyncRun {
            id: Uuid::from_u128(id),
            supplier: SupplierName::g2a(),
            kind: SyncKind::Full,
            holder: String::new(),
            started_at: Timestamp::from_micros(0),
            finished_at: Some(Timestamp::from_micros(finished_at)),
            outcome: Some("complete".to_owned()),
            progress: SyncProgress::default(),
            parked_at: None,
            report: SyncReport {
                added,
                ..SyncReport::default()
            },
        }
    }

    #[test]
    fn a_run_is_counted_once_and_again_if_it_was_resumed() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            let mut counted = RunMetrics::since(Timestamp::from_micros(0)).0.into_inner();
            for run in [run(1, 10, 4), run(2, 11, 1), run(1, 10, 4), run(1, 12, 6)] {
                counted.count(run);
            }
            counted.forget(Timestamp::from_micros(20));
            counted.count(run(2, 11, 1));
        });
        let text = handle.render();
        for line in [
            "sync_runs_total{supplier=\"g2a\",kind=\"full\",outcome=\"complete\"} 3",
            "sync_changes_total{supplier=\"g2a\",change=\"added\"} 7",
        ] {
            assert!(text.contains(line), "{line} is missing:\n{text}");
        }
    }
}
