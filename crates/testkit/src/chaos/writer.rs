//! Whoever writes: the supplier offers new versions, and syncs of one process after the other bring them into the shop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::mix;
use super::stage::{GAMES, Stage, offer};
use crate::program::latchkey;

/// How long a first sync may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs until stopped.
pub(super) struct Writer {
    stop: CancellationToken,
    task: JoinHandle<()>,
    syncs: Arc<AtomicU64>,
}

impl Writer {
    pub(super) fn start(stage: &Stage, seed: u64) -> Self {
        let (stop, syncs) = (CancellationToken::new(), Arc::new(AtomicU64::new(0)));
        let environment = stage.environment(&stage.database.url, &stage.redis.url());
        let (supplier, products) = (stage.supplier.url.clone(), stage.products.clone());
        let (folder, versions) = (stage.folder.clone(), Arc::clone(&stage.versions));
        let (stopped, counted) = (stop.clone(), Arc::clone(&syncs));
        let task = tokio::spawn(async move {
            let mut state = seed;
            while !stopped.is_cancelled() {
                for _ in 0..4 {
                    state = mix(state);
                    let game = u32::try_from(state % u64::from(GAMES)).unwrap_or_default();
                    let version = {
                        let mut versions = versions.lock().expect("no panic");
                        versions[game as usize] += 1;
                        versions[game as usize]
                    };
                    offer(&supplier, &products[game as usize], game, version).await;
                }
                // One in four is a stock check: it brings prices and stock, and leaves the texts to the next.
                let is_check = mix(state ^ 2).is_multiple_of(4);
                let arguments: &[&str] = if is_check {
                    &["sync", "--stock", "--no-demo"]
                } else {
                    &["sync", "--no-demo"]
                };
                let mut command = latchkey(&folder, arguments);
                command.envs(environment.iter().map(|(name, value)| (name, value)));
                // One in eight dies right after its first commit: it tells nobody, and its touches must do.
                let dies = mix(state ^ 1).is_multiple_of(8);
                if dies {
                    command.env("LATCHKEY_STOP_AT", "write:committed");
                    command.env("LATCHKEY_DIE_THERE", "yes");
                }
                let ended = command.output().await.expect("latchkey runs");
                // While the database is away a sync fails, which is as it should be.
                counted.fetch_add(u64::from(ended.status.success()), Ordering::Relaxed);
            }
        });
        Self { stop, task, syncs }
    }

    /// Waits until something was written, on a machine that is busy with other things.
    pub(super) async fn has_written(&self) {
        let begun = tokio::time::Instant::now();
        while self.syncs.load(Ordering::Relaxed) == 0 && begun.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Stops after the sync that runs, and tells how many succeeded.
    pub(super) async fn stop(self) -> u64 {
        self.stop.cancel();
        self.task.await.expect("the writer");
        self.syncs.load(Ordering::Relaxed)
    }
}
