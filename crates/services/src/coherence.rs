//! The pulse: carries touches from the database to the caches, several times a second.

use std::pin::pin;
use std::time::{Duration, Instant};

use cache::coherence::PULSE_AGE_MAX;
use futures::future::BoxFuture;
use storage::LogState;
use storage::touches::{Pulse, TouchRow, TouchSnapshot};
use tokio_util::sync::CancellationToken;

use crate::caches::InvalidationPath;
use crate::{CacheService, Error, Shop};

/// The interval of the pulse. On SQLite, where other processes write to the same file without a notification, its
/// write-ahead log is checked for commits in between, which costs much less than the statement.
const EVERY: Duration = Duration::from_millis(150);
const EVERY_EMBEDDED: Duration = Duration::from_millis(250);
const LOG_CHECKED_EVERY: Duration = Duration::from_millis(100);
/// The shortest pause between two pulses, however often it is woken: one pulse covers many commits.
const REST: Duration = Duration::from_millis(5);

/// No value is cached for longer, so after so long without a pulse nothing is lost by starting over.
const LASTS: Duration = Duration::from_secs(10 * 60);

/// The result of a pulse.
#[derive(Debug)]
struct Last {
    seen: TouchSnapshot,
    lowest: u64,
    incarnation: String,
    sent: Instant,
}

/// The state that a pulse passes on to the next.
#[derive(Debug, Default)]
struct Cursor {
    /// The result of the last pulse; `None` before the first.
    last: Option<Last>,
    /// Whether a first pulse got no answer: reading all stored touches may take too long.
    hurries: bool,
}

/// Where a pulse starts reading touches.
#[derive(Clone, Copy, Debug)]
enum Start {
    /// After those of the last pulse.
    Last,
    /// At the oldest stored touch: values that other processes loaded may be used, and are checked against all of them.
    All,
    /// Reads no touches: values that other processes loaded before now are not used.
    Now,
    /// Reads no touches: there are no cached values yet.
    Empty,
}

/// Whether the caches are suspended for lack of a recent pulse, and whether that was logged.
#[derive(Debug)]
struct Rest {
    /// Why the last pulse failed, if it did.
    failure: Option<Error>,
    /// When the first pulse could have been made.
    began: Instant,
    is_logged: bool,
}

impl<'a> CacheService<'a> {
    /// Keeps this process's caches, and its search index if it is used, in step with the database until `stop`. Without
    /// it nothing is served from a cache.
    pub fn keep_in_step(self, stop: CancellationToken) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            tokio::join!(
                self.shop.keep_pulsing(&stop),
                self.shop.follow_touches(&stop),
                self.shop.listen(&stop),
                self.wake_others_until(&stop),
                self.keep_sampling(&stop)
            );
        })
    }
}

impl Shop {
    async fn keep_pulsing(&self, stop: &CancellationToken) {
        let every = if self.db().is_embedded() { EVERY_EMBEDDED } else { EVERY };
        let mut cursor = Cursor::default();
        let mut rest = Rest::new();
        while !stop.is_cancelled() {
            // Before the statement is sent: a commit that it does not see changes the log afterwards.
            let log = self.db().log_state();
            self.pulse_and_log(&mut cursor, &mut rest).await;
            let woken = async {
                tokio::time::sleep(REST).await;
                self.wake_pulse.notified().await;
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = woken => {}
                () = tokio::time::sleep(every) => {}
                () = self.until_log_differs(log), if self.db().is_embedded() => {}
            }
        }
    }

    /// Waits until SQLite's write-ahead log is in another state than `seen`: a process has committed.
    async fn until_log_differs(&self, seen: Option<LogState>) {
        loop {
            tokio::time::sleep(LOG_CHECKED_EVERY).await;
            if self.db().log_state() != seen {
                return;
            }
        }
    }

    /// Pulses, and logs once when caches are suspended and once when they are used again, also while a pulse hangs.
    async fn pulse_and_log(&self, cursor: &mut Cursor, rest: &mut Rest) {
        let coherence = self.parts.cache.coherence();
        let mut pulse = pin!(self.pulse(cursor));
        let left = PULSE_AGE_MAX.saturating_sub(coherence.pulse_age().unwrap_or_else(|| rest.began.elapsed()));
        let outcome = tokio::select! {
            biased;
            outcome = &mut pulse => outcome,
            () = tokio::time::sleep(left), if !rest.is_logged => {
                rest.say();
                pulse.await
            }
        };
        rest.failure = outcome.err();
        if coherence.is_in_step() {
            rest.is_over();
        } else if rest.began.elapsed() >= PULSE_AGE_MAX {
            rest.say();
        }
    }

    async fn pulse(&self, cursor: &mut Cursor) -> Result<(), Error> {
        let is_the_same = self.ask(cursor).await.inspect_err(|_| cursor.note_failure())?;
        if !is_the_same {
            self.ask(cursor).await?;
        }
        Ok(())
    }

    /// Sends one pulse and publishes its result. `false`: another database answered a statement that used the numbers
    /// of the previous one; the next pulse starts over, and until it is answered no cache entry is served.
    async fn ask(&self, cursor: &mut Cursor) -> Result<bool, Error> {
        let sent = Instant::now();
        let (start, seen) = cursor.question(self.parts.cache.redis().is_some());
        let pulse = self.db().pulse(seen).await?;
        if cursor.last.as_ref().is_some_and(|last| last.is_of_another(&pulse)) {
            self.parts.cache.coherence().enter(&pulse.incarnation, pulse.lowest);
            cursor.last = None;
            return Ok(false);
        }
        self.publish(&pulse, cursor.known_from(start, &pulse), sent);
        *cursor = Cursor {
            last: Some(Last {
                seen: pulse.seen,
                lowest: pulse.lowest,
                incarnation: pulse.incarnation,
                sent,
            }),
            hurries: false,
        };
        Ok(true)
    }

    fn publish(&self, pulse: &Pulse, known_from: Option<u64>, sent: Instant) {
        let coherence = self.parts.cache.coherence();
        coherence.enter(&pulse.incarnation, pulse.lowest);
        if known_from.is_some() {
            self.search_index.note_gap();
        }
        for row in &pulse.rows {
            if known_from.is_none() {
                self.search_index.note(row);
            }
            // Touches that were committed while no pulse ran say nothing about the lag.
            if self.void(row) && known_from.is_none() {
                self.cache_monitor
                    .lags
                    .note(InvalidationPath::Pulse, pulse.age(row) + sent.elapsed());
            }
        }
        coherence.publish(pulse.lowest, &pulse.incarnation, known_from.unwrap_or(0), sent);
        metrics::gauge!("cache_pulse_duration_seconds").set(sent.elapsed().as_secs_f64());
    }

    /// Raises the slots of what this process wrote, in a commit that was sent at `committing`.
    pub(crate) fn raise(&self, row: &TouchRow, committing: Instant) {
        self.search_index.note(row);
        if self.void(row) {
            self.cache_monitor
                .lags
                .note(InvalidationPath::Write, committing.elapsed());
        }
        self.parts.cache.forget(&row.touches);
    }

    /// Raises the slots of a row of touches, and returns whether any of them was lower before.
    fn void(&self, row: &TouchRow) -> bool {
        let coherence = self.parts.cache.coherence();
        let mut is_raised = false;
        for touch in &row.touches {
            is_raised |= coherence.raise(*touch, row.number);
        }
        if row.unknown {
            // A newer version of the program runs beside this one and has more kinds of touches.
            is_raised |= coherence.raise_everything(row.number);
        }
        is_raised
    }
}

impl Rest {
    fn new() -> Self {
        Self {
            failure: None,
            began: Instant::now(),
            is_logged: false,
        }
    }

    fn say(&mut self) {
        if std::mem::replace(&mut self.is_logged, true) {
            return;
        }
        match &self.failure {
            Some(error) => tracing::warn!(
                error = error as &dyn std::error::Error,
                "[Cache] no pulse from the database: caches rest"
            ),
            None => tracing::warn!(
                error = "it does not answer",
                "[Cache] no pulse from the database: caches rest"
            ),
        }
    }

    fn is_over(&mut self) {
        if std::mem::take(&mut self.is_logged) {
            tracing::info!("[Cache] the database answers again: caches are in use");
        }
    }
}

impl Last {
    /// Numbers that start over belong to another database, even if it has the same name.
    fn is_of_another(&self, pulse: &Pulse) -> bool {
        self.incarnation != pulse.incarnation || self.lowest > pulse.lowest
    }
}

impl Cursor {
    /// What the next pulse reads.
    fn question(&self, takes_over: bool) -> (Start, TouchSnapshot) {
        match &self.last {
            Some(last) => (Start::Last, last.seen.clone()),
            None if !takes_over => (Start::Empty, TouchSnapshot::from(u64::MAX)),
            None if self.hurries => (Start::Now, TouchSnapshot::from(u64::MAX)),
            None => (Start::All, TouchSnapshot::default()),
        }
    }

    /// The number from which on all touches are known after this pulse; `None` when it continues where the last one
    /// ended.
    fn known_from(&self, start: Start, pulse: &Pulse) -> Option<u64> {
        match start {
            Start::Last if self.last.as_ref().is_some_and(|last| last.seen.covers(pulse.forgotten)) => None,
            // After a long pause, or at the start: all stored touches were read.
            Start::Last | Start::All => Some(pulse.forgotten.saturating_add(1)),
            // Touches with lower numbers may have been committed, and were not read.
            Start::Now => Some(pulse.seen.next()),
            // A load that begins now sees those, and there is no earlier load.
            Start::Empty => Some(pulse.lowest),
        }
    }

    fn note_failure(&mut self) {
        match &self.last {
            None => self.hurries = true,
            Some(last) if last.sent.elapsed() > LASTS => self.last = None,
            Some(_) => {}
        }
    }
}

#[cfg(test)]
#[path = "coherence_tests.rs"]
mod tests;
