//! The phase of a connection and its deadline: updated by its own task, and read when room is needed.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// How long a request's head may take, from its first byte; for the first request, from the beginning of the
/// connection.
const HEAD: Duration = Duration::from_secs(10);
/// How long a connection may wait for the next request.
const IDLE: Duration = Duration::from_secs(60);
/// Within this time a client has to receive [`TAKEN`] bytes, or all that there is to send.
const WRITE: Duration = Duration::from_secs(30);
const TAKEN: u64 = 32 * 1024;

/// A request is being answered. The layers limit the time until the response begins; its end has no limit here, because
/// a stream of events may last for hours.
const ANSWERING: u64 = 0;
/// The response is complete and not yet sent.
const ANSWERED: u64 = 1;
/// It was idle longest when room was needed, and has to close. It takes no further request.
const DISPLACED: u64 = u64::MAX;
/// The first value that is a moment; lower ones are phases.
const FIRST: u64 = 2;

/// Why a connection has to be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overdue {
    Head,
    Idle,
    Reader,
}

/// Moments are microseconds since `epoch`, which all connections of a server share, counted from [`FIRST`].
#[derive(Debug)]
pub(super) struct Activity {
    epoch: Instant,
    /// One of the phases above; any other number is the moment since which it waits for the next request's head.
    /// Sequentially consistent, so that a connection that begins to wait and a server that begins to stop see each
    /// other.
    phase: AtomicU64,
    /// Whether any byte was received in this phase.
    received: AtomicBool,
    /// The moment since which a head is being received; 0 for none.
    head_since: AtomicU64,
    /// The moment since which the client receives nothing; 0 when it received all that there is.
    blocked_since: AtomicU64,
    /// The bytes that it has received since then.
    taken: AtomicU64,
}

impl Activity {
    /// How long to wait before [`Self::due`] is called again when there is no deadline.
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

    /// The moment since which it waits for the next request; `None` while one is being answered.
    pub(super) fn waiting_since(&self) -> Option<u64> {
        let phase = self.phase.load(Ordering::SeqCst);
        (phase >= FIRST && phase != DISPLACED).then_some(phase)
    }

    /// Marks it to be closed if it has been waiting since then without a break; returns whether it has.
    pub(super) fn displace(&self, since: u64) -> bool {
        self.phase
            .compare_exchange(since, DISPLACED, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }

    pub(super) fn is_displaced(&self) -> bool {
        self.phase.load(Ordering::SeqCst) == DISPLACED
    }

    /// A request's head is complete. `false` when it came too late, because the connection is being closed.
    pub(super) fn begin_answer(&self) -> bool {
        let begun = self.phase.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |phase| {
            (phase != DISPLACED).then_some(ANSWERING)
        });
        self.rest();
        begun.is_ok()
    }

    /// The last byte of the response was produced.
    pub(super) fn end_answer(&self) {
        self.phase.store(ANSWERED, Ordering::SeqCst);
    }

    pub(super) fn note_received(&self) {
        self.received.store(true, Ordering::Relaxed);
    }

    /// There is something to send, and the client receives nothing.
    pub(super) fn note_blocked(&self) {
        if self.blocked_since.load(Ordering::Relaxed) == 0 {
            self.taken.store(0, Ordering::Relaxed);
            self.blocked_since.store(moment(self.epoch), Ordering::Relaxed);
        }
    }

    /// The client received so many bytes.
    pub(super) fn note_sent(&self, bytes: usize) {
        if self.blocked_since.load(Ordering::Relaxed) == 0 {
            return;
        }
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        if self.taken.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes) >= TAKEN {
            self.blocked_since.store(0, Ordering::Relaxed);
        }
    }

    /// The client received everything; after a response the connection waits for the next request.
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

    /// The deadline at which the connection has to be closed if nothing happens before, and why; `None` without a
    /// deadline.
    pub(super) fn due(&self) -> Option<(Instant, Overdue)> {
        let blocked = self.blocked_since.load(Ordering::Relaxed);
        if blocked != 0 {
            return Some((self.instant(blocked) + WRITE, Overdue::Reader));
        }
        let waiting = self.waiting_since()?;
        let mut head = self.head_since.load(Ordering::Relaxed);
        // A head that arrives whole, as nearly all do, never gets here and costs no read of the clock.
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
