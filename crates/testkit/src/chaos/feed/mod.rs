//! The checker of feeds that lie: two suppliers of the same games, a G2A sandbox and a wholesaler's CSV list, lie in turn in
//! every way, go away and come back, while syncs of all kinds run, readers read and customers fill their carts.
//!
//! The liars write down what they say and when (`world`), triggers write down what the shop made of it (`records`), and the
//! judge compares the two (`judge`).

mod goods;
mod honest;
mod judge;
mod lies;
mod list;
mod memory;
mod records;
mod sandbox;
mod stage;
mod syncs;
mod verdict;
mod world;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use stage::FeedStage;
pub use verdict::FeedVerdict;

use self::records::Records;
use self::syncs::Turn;
use super::customers::Customers;
use super::judge::judged;
use super::readers::{Readers, Seen, now};

/// The suppliers' names.
const G2A: &str = "g2a";
const WHOLESALER: &str = "wholesaler";
const SUPPLIERS: [&str; 2] = [G2A, WHOLESALER];

/// How often the shown prices are compared with the offers.
const LOOKED_EVERY: Duration = Duration::from_millis(250);
/// What was said longer ago than this no run refers to, in microseconds.
const REMEMBERED: i64 = 600_000_000;

/// How long suppliers lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LieFor {
    /// So long, in an order that the seed says: another part of the lies each time.
    Span(Duration),
    /// So long, and on until each has told every lie once.
    SpanAndEachOnce(Duration),
}

/// Lies, then checks everything. `report` is told each lie.
///
/// # Panics
/// When the test setup itself breaks.
pub async fn feed_episode(stage: &mut FeedStage, lie_for: LieFor, seed: u64, report: fn(&str)) -> FeedVerdict {
    stage.stage.recover().await;
    let began_at = now();
    stage
        .world
        .lock()
        .expect("no panic")
        .forget_before(began_at - REMEMBERED);
    let marks = (stage.stage.history().await.mark().await, stage.records.mark().await);
    let readers = Readers::start(&stage.stage, seed);
    let customers = Customers::start(&stage.stage, seed);
    let looks = Looks::start(Arc::clone(&stage.records));
    let (LieFor::Span(span) | LieFor::SpanAndEachOnce(span)) = lie_for;
    let turn = Turn {
        until: Instant::now() + span,
        each_once: matches!(lie_for, LieFor::SpanAndEachOnce(_)),
        seed,
        report,
    };
    let (of_sandbox, of_list) = tokio::join!(Box::pin(stage.sandbox.lie(&turn)), Box::pin(stage.list.lie(&turn)));
    let left = Box::pin(stage.become_honest()).await;
    let mut seen = Seen::default();
    readers.stop(&mut seen).await;
    customers.stop(&mut seen).await;
    let (checks, wrongly_shown) = looks.stop().await;
    let truth = stage.stage.history().await.since(marks.0).await;
    let offers = stage.records.offers_since(marks.1).await;
    let runs = stage.records.runs_since(began_at).await;
    let memory = stage.memory.seen();

    let mut violations = std::mem::take(&mut seen.wrong);
    let answers = judged(&truth, &seen);
    violations.extend(answers.violations);
    if let Some(first) = seen.unavailable.first() {
        let (count, asked_at) = (seen.unavailable.len(), first.asked_at);
        violations.push(format!(
            "{count} answers were 503 while the database was there, the first at {asked_at}"
        ));
    }
    violations.extend(judge::violations(
        &offers,
        &runs,
        &stage.world.lock().expect("no panic"),
    ));
    violations.extend(wrongly_shown);
    violations.extend(left);
    violations.extend(memory.violation());
    violations.extend(of_sandbox.wrong.into_iter().chain(of_list.wrong));
    FeedVerdict {
        violations,
        lies: of_sandbox.lies + of_list.lies,
        outcomes: verdict::counted(&runs),
        offers: offers.values().map(|versions| versions.len() - 1).sum(),
        versions: truth.values().map(|versions| versions.len().saturating_sub(1)).sum(),
        answers: seen.answers,
        shown: seen.shown.len(),
        oldest: answers.ages.iter().copied().max().unwrap_or(0),
        list_writes: seen.list_writes,
        checks,
        memory,
    }
}

/// Compares the price of each game with its offers, again and again.
struct Looks {
    stop: CancellationToken,
    task: JoinHandle<(u64, Vec<String>)>,
}

impl Looks {
    fn start(records: Arc<Records>) -> Self {
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let task = tokio::spawn(async move {
            let (mut checks, mut wrong) = (0, Vec::new());
            while !stopped.is_cancelled() {
                wrong.extend(records.wrongly_shown().await);
                checks += 1;
                tokio::time::sleep(LOOKED_EVERY).await;
            }
            wrong.extend(records.wrongly_shown().await);
            (checks + 1, wrong)
        });
        Self { stop, task }
    }

    async fn stop(self) -> (u64, Vec<String>) {
        self.stop.cancel();
        self.task.await.expect("the looks")
    }
}
