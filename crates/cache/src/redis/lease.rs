//! The right to load a key for all processes: it spares the database, and nothing else hangs on it.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::queue::{Job, Queue};

/// A lease lapses by itself when its holder dies.
pub(crate) const LASTS: Duration = Duration::from_secs(3);
/// After this time it is not given back but left to lapse, since it may be another's by now. Deleting only what is one's
/// own would take a script, which a restricted user may not run; and if the clocks were as far apart as this, another
/// process would load the key once more.
const GIVEN_BACK_WITHIN: Duration = Duration::from_secs(1);

/// A lease that is held. Dropped, it is given back: behind the value that was put before, in the same queue.
#[derive(Debug)]
pub(crate) struct Lease {
    queue: Queue,
    /// The key's kind in metrics.
    kind: &'static str,
    place: String,
    /// Before it was asked for.
    since: Instant,
}

impl Lease {
    pub(crate) const fn new(queue: Queue, kind: &'static str, place: String, since: Instant) -> Self {
        Self {
            queue,
            kind,
            place,
            since,
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let held = self.since.elapsed();
        if held < GIVEN_BACK_WITHIN {
            self.queue.push(Job::Forget(vec![std::mem::take(&mut self.place)]));
        } else if held >= LASTS {
            self.queue.note_lost_lease(self.kind);
        }
    }
}

/// What tells this lease from any other, for who looks into Redis. Nothing depends on it: it need not be hard to guess.
pub(crate) fn token() -> String {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());
    static COUNT: AtomicU64 = AtomicU64::new(1);
    format!("{:016x}-{:x}", *PROCESS, COUNT.fetch_add(1, Ordering::Relaxed))
}
