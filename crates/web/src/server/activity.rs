//! What a connection is doing, and until when it may: read and written by its own task, and read when room is needed.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// How long a request's head may take: from its first byte, for the first request of a connection from its beginning.
const HEAD: Duration = Duration::from_secs(10);
/// How long a connection may wait for the next request.
const IDLE: Duration = Duration::from_secs(60);
/// In this time a reader has to take [`TAKEN`] bytes, or all that there is to send.
const WRITE: Duration = Duration::from_secs(30);
const TAKEN: u64 = 32 * 1024;

/// A request is being answered. How long that may take is for the layers to say: the end of an answer has no limit here,
/// because a stream of events is an answer that lasts for hours.
const ANSWERING: u64 = 0;
/// The answer is complete and not yet sent.
const ANSWERED: u64 = 1;
/// It has to close: it waited longest, and room was needed. It takes no further request.
const DISPLACED: u64 = u64::MAX;
/// The first moment; what is less is none.
const FIRST: u64 = 2;

/// Why a connection has to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overdue {
    Head,
    Idle,
    Reader,
}

/// Moments are microseconds since `epoch`, which all connections of a server have in common, from [`FIRST`] on.
#[derive(Debug)]
pub(super) struct Activity {
    epoch: Instant,
    /// One of the phases above; any other number is the moment since which the next request's head is waited for.
    /// Sequentially consistent, so that a connection that begins to wait and a server that begins to stop see each other.
    phase: AtomicU64,
    /// Whether anything was received in this phase.
    received: AtomicBool,
    /// Since when a head is being received; 0 for never.
    head_since: AtomicU64,
    /// Since when the reader owes us progress; 0 when it took all that there is.
    blocked_since: AtomicU64,
    /// What it took since.
    taken: AtomicU64,
}

impl Activity {
    /// While nothing is waited for, how long until it may be asked again: nothing that begins meanwhile is due before.
    pub(super) const LONGEST: Duration = IDLE;

    pub(super) fn new(epoch: Instant) -> Self {
        let now = moment(epoch);
        Self {
            epoch,
            phase: AtomicU64::new(now),
            received: AtomicBool::new(false),
            head_since: AtomicU64::new(now),
            blocked_since: AtomicU64::new(0),
            taken: AtomicU64::new(0),
        }
    }

    /// Since when the next request is waited for; `None` while one is being answered.
    pub(super) fn waiting_since(&self) -> Option<u64> {
        let phase = self.phase.load(Ordering::SeqCst);
        (phase >= FIRST && phase != DISPLACED).then_some(phase)
    }

    /// Has it close, if it has been waiting since then without a break; whether it has.
    pub(super) fn displace(&self, since: u64) -> bool {
        self.phase
            .compare_exchange(since, DISPLACED, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }

    pub(super) fn is_displaced(&self) -> bool {
        self.phase.load(Ordering::SeqCst) == DISPLACED
    }

    /// A request's head is complete. `false` when it came too late: the connection is being closed.
    pub(super) fn begin_answer(&self) -> bool {
        let begun = self.phase.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |phase| {
            (phase != DISPLACED).then_some(ANSWERING)
        });
        self.rest();
        begun.is_ok()
    }

    /// The last byte of the answer is made.
    pub(super) fn end_answer(&self) {
        self.phase.store(ANSWERED, Ordering::SeqCst);
    }

    pub(super) fn note_received(&self) {
        self.received.store(true, Ordering::Relaxed);
    }

    /// There is something to send, and the reader takes nothing of it.
    pub(super) fn note_blocked(&self) {
        if self.blocked_since.load(Ordering::Relaxed) == 0 {
            self.taken.store(0, Ordering::Relaxed);
            self.blocked_since.store(moment(self.epoch), Ordering::Relaxed);
        }
    }

    /// The reader took so many bytes.
    pub(super) fn note_sent(&self, bytes: usize) {
        if self.blocked_since.load(Ordering::Relaxed) == 0 {
            return;
        }
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        if self.taken.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) >= TAKEN {
            self.blocked_since.store(0, Ordering::Relaxed);
        }
    }

    /// The reader took all that there is; after an answer the next request is waited for.
    pub(super) fn note_flushed(&self) {
        self.blocked_since.store(0, Ordering::Relaxed);
        if self.phase.load(Ordering::SeqCst) == ANSWERED {
            self.rest();
            self.phase.store(moment(self.epoch), Ordering::SeqCst);
        }
    }

    fn rest(&self) {
        self.received.store(false, Ordering::Relaxed);
        self.head_since.store(0, Ordering::Relaxed);
    }

    /// When the connection has to be closed unless something happens before, and why; `None` when nothing is waited for.
    pub(super) fn due(&self) -> Option<(Instant, Overdue)> {
        let blocked = self.blocked_since.load(Ordering::Relaxed);
        if blocked != 0 {
            return Some((self.instant(blocked) + WRITE, Overdue::Reader));
        }
        let waiting = self.waiting_since()?;
        let mut head = self.head_since.load(Ordering::Relaxed);
        // A head that comes whole, as nearly all do, never gets here, and the clock is not asked for it.
        if head == 0 && self.received.load(Ordering::Relaxed) {
            head = moment(self.epoch);
            self.head_since.store(head, Ordering::Relaxed);
        }
        Some(match head {
            0 => (self.instant(waiting) + IDLE, Overdue::Idle),
            head => (self.instant(head) + HEAD, Overdue::Head),
        })
    }

    fn instant(&self, moment: u64) -> Instant {
        self.epoch + Duration::from_micros(moment - FIRST)
    }
}

fn moment(epoch: Instant) -> u64 {
    let since = epoch.elapsed();
    FIRST + since.as_secs() * 1_000_000 + u64::from(since.subsec_micros())
}
