//! The writer: the supplier offers new versions, and syncs of one process after another bring them into the shop.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::mix;
use super::offers::offer;
use super::operator::Operator;
use super::readers::{Seen, chosen};
use super::stage::{GAMES, Stage};
use crate::program::latchkey;

/// How long a first sync may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Products that change before each sync.
const CHANGES: usize = 4;
/// One change in so many withdraws the product; it comes back with its next version.
const WITHDRAWALS: u64 = 12;
/// One sync in so many dies right after its first commit: it notifies nobody, and its touches must suffice.
const DEATHS: u64 = 8;
/// After one sync in so many an operator invalidates a pattern.
const OPERATIONS: u64 = 3;

/// Runs until stopped.
pub(super) struct Writer {
    stop: CancellationToken,
    task: JoinHandle<Seen>,
    syncs: Arc<AtomicU64>,
}

/// The input of the syncs.
struct Work {
    environment: Vec<(String, String)>,
    supplier: String,
    products: Vec<String>,
    folder: PathBuf,
    versions: Arc<Mutex<Vec<u32>>>,
    nodes: Vec<Arc<Mutex<String>>>,
    operator: Operator,
}

impl Writer {
    pub(super) async fn start(stage: &Stage, seed: u64) -> Self {
        let (stop, syncs) = (CancellationToken::new(), Arc::new(AtomicU64::new(0)));
        let work = Work {
            environment: stage.environment(&stage.database.url, &stage.redis.url()),
            supplier: stage.supplier.url.clone(),
            products: stage.products.clone(),
            folder: stage.folder.clone(),
            versions: Arc::clone(&stage.versions),
            nodes: stage.nodes.iter().map(|node| Arc::clone(&node.url)).collect(),
            operator: Operator::of(stage).await,
        };
        let task = tokio::spawn(work.go_on(seed, stop.clone(), Arc::clone(&syncs)));
        Self { stop, task, syncs }
    }

    /// Waits until something was written; a busy machine may need long.
    pub(super) async fn has_written(&self) {
        let begun = tokio::time::Instant::now();
        while self.syncs.load(Ordering::Relaxed) == 0 && begun.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Stops after the running sync, and returns how many succeeded.
    pub(super) async fn stop(self, all: &mut Seen) -> u64 {
        self.stop.cancel();
        all.add(self.task.await.expect("the writer"));
        self.syncs.load(Ordering::Relaxed)
    }
}

impl Work {
    async fn go_on(self, seed: u64, stop: CancellationToken, syncs: Arc<AtomicU64>) -> Seen {
        let (mut state, mut seen) = (seed, Seen::default());
        while !stop.is_cancelled() {
            let mut changed = Vec::new();
            for _ in 0..CHANGES {
                state = mix(state);
                changed.push(self.change(state).await);
            }
            // While the database is unavailable a sync fails, as expected.
            syncs.fetch_add(u64::from(self.sync(state, &changed).await), Ordering::Relaxed);
            if mix(state ^ 3).is_multiple_of(OPERATIONS) {
                let url = chosen(&self.nodes, state >> 16).lock().expect("no panic").clone();
                self.operator.invalidate(&url, state >> 24, &mut seen).await;
            }
        }
        seen
    }

    /// Offers another version of a game, or withdraws it, and returns its product.
    async fn change(&self, state: u64) -> &str {
        let game = u32::try_from(state % u64::from(GAMES)).unwrap_or_default();
        let version = if mix(state ^ 4).is_multiple_of(WITHDRAWALS) {
            None
        } else {
            let mut versions = self.versions.lock().expect("no panic");
            versions[game as usize] += 1;
            Some(versions[game as usize])
        };
        let product = &self.products[game as usize];
        offer(&self.supplier, product, game, version).await;
        product
    }

    /// Every kind of sync takes its turn. A stock check writes prices and stock, and leaves the texts to the next.
    async fn sync(&self, state: u64, changed: &[&str]) -> bool {
        let products = changed.join(",");
        let what: &[&str] = match mix(state ^ 2) % 8 {
            0 => &["--stock"],
            1 => &["--stock", "--products", &products],
            2 | 3 => &["--delta"],
            4 | 5 => &["--products", &products],
            _ => &[],
        };
        let mut command = latchkey(&self.folder, &[&["sync", "--no-demo"], what].concat());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        if mix(state ^ 1).is_multiple_of(DEATHS) {
            command.env("LATCHKEY_STOP_AT", "write:committed");
            command.env("LATCHKEY_DIE_THERE", "yes");
        }
        command.output().await.expect("latchkey runs").status.success()
    }
}
