//! Leases on loads: one process loads a key for all. They only save load on the database; correctness does not depend
//! on them.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::queue::{Job, Queue};

/// A lease expires by itself when its holder dies.
pub(crate) const LASTS: Duration = Duration::from_secs(3);
/// After this time it is left to expire instead of being deleted, since another process may hold it by now. Deleting it
/// only if it is still ours would take a script, which a restricted user may not run; if clocks differ by as much as
/// this, the only cost is that another process loads the key once more.
const GIVEN_BACK_WITHIN: Duration = Duration::from_secs(1);

/// A held lease. When dropped it is returned: after the value that was queued before, in the same queue.
#[derive(Debug)]
pub(crate) struct Lease {
    queue: Queue,
    /// The key's kind in metrics.
    kind: &'static str,
    place: String,
    /// When it was requested.
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

/// Distinguishes this lease from others, for people who inspect Redis. Nothing depends on it, so it may be predictable.
pub(crate) fn token() -> String {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().build_hasher().finish());
    static COUNT: AtomicU64 = AtomicU64::new(1);
    format!("{:016x}-{:x}", *PROCESS, COUNT.fetch_add(1, Ordering::Relaxed))
}
