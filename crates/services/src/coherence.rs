//! The pulse: carries what went stale from the database to the caches, several times a second.

use std::pin::pin;
use std::time::{Duration, Instant};

use cache::coherence::PULSE_AGE_MAX;
use futures::future::BoxFuture;
use storage::touches::{Pulse, TouchRow, TouchSnapshot};
use tokio_util::sync::CancellationToken;

use crate::caches::InvalidationPath;
use crate::{CacheService, Error, Shop};

/// How often the database is asked. On SQLite, where other processes write to the same file unseen, the question is an
/// index look-up without a network, so that it can be asked more often.
const EVERY: Duration = Duration::from_millis(150);
const EVERY_EMBEDDED: Duration = Duration::from_millis(50);
/// However often it is woken, it leaves this much between two questions: many commits are answered by one.
const REST: Duration = Duration::from_millis(5);

/// No value is cached for longer: after so long without a pulse nothing is lost by beginning anew.
const LASTS: Duration = Duration::from_secs(10 * 60);

/// What a pulse read.
#[derive(Debug)]
struct Last {
    seen: TouchSnapshot,
    lowest: u64,
    incarnation: String,
    sent: Instant,
}

/// What the pulse remembers from one question to the next.
#[derive(Debug, Default)]
struct Cursor {
    /// What the last pulse read; `None` before the first.
    last: Option<Last>,
    /// Whether a first question was not answered: all stored touches may be too many to come in time.
    hurries: bool,
}

/// What a pulse goes on from.
#[derive(Clone, Copy, Debug)]
enum Start {
    /// What the last one read.
    Last,
    /// Every stored touch: what others loaded may be used, and is judged by them.
    All,
    /// No touch at all: others may have loaded something, and nothing older than this is used.
    Now,
    /// No touch at all: there is no value that any could concern.
    Empty,
}

/// Whether caches rest for want of a young pulse, as far as the log has said.
#[derive(Debug)]
struct Rest {
    /// Why the last pulse failed, if it did.
    failure: Option<Error>,
    /// Since when there might have been a pulse.
    began: Instant,
    is_said: bool,
}

impl<'a> CacheService<'a> {
    /// Keeps this process's caches, and its search index if it is read, in step with the database until `stop`. Without it nothing cached is served.
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
            self.pulse_and_log(&mut cursor, &mut rest).await;
            let woken = async {
                tokio::time::sleep(REST).await;
                self.wake_pulse.notified().await;
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = woken => {}
                () = tokio::time::sleep(every) => {}
            }
        }
    }

    /// Pulses, and says so once when caches begin to rest and once when they are in use again: also while a pulse hangs.
    async fn pulse_and_log(&self, cursor: &mut Cursor, rest: &mut Rest) {
        let coherence = self.parts.cache.coherence();
        let mut pulse = pin!(self.pulse(cursor));
        let left = PULSE_AGE_MAX.saturating_sub(coherence.pulse_age().unwrap_or_else(|| rest.began.elapsed()));
        let outcome = tokio::select! {
            biased;
            outcome = &mut pulse => outcome,
            () = tokio::time::sleep(left), if !rest.is_said => {
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

    /// Asks once and publishes the answer. `false`: another database answered a question that went by the numbers of the
    /// one before; the next question begins anew, and until it is answered no cache entry is served.
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
            // What was committed while nobody watched says nothing of how soon it is heard of.
            if self.void(row) && known_from.is_none() {
                self.cache_monitor
                    .lags
                    .note(InvalidationPath::Pulse, pulse.age(row) + sent.elapsed());
            }
        }
        coherence.publish(pulse.lowest, &pulse.incarnation, known_from.unwrap_or(0), sent);
        metrics::gauge!("cache_pulse_duration_seconds").set(sent.elapsed().as_secs_f64());
    }

    /// Voids what this process wrote by a commit that it asked for at `committing`.
    pub(crate) fn raise(&self, row: &TouchRow, committing: Instant) {
        self.search_index.note(row);
        if self.void(row) {
            self.cache_monitor
                .lags
                .note(InvalidationPath::Write, committing.elapsed());
        }
        self.parts.cache.forget(&row.touches);
    }

    /// Raises the slots of what was touched, and tells whether any of them was not raised before.
    fn void(&self, row: &TouchRow) -> bool {
        let coherence = self.parts.cache.coherence();
        let mut is_news = false;
        for touch in &row.touches {
            is_news |= coherence.raise(*touch, row.number);
        }
        if row.unknown {
            // A newer version of the program runs beside this one and knows more kinds of things.
            is_news |= coherence.raise_everything(row.number);
        }
        is_news
    }
}

impl Rest {
    fn new() -> Self {
        Self {
            failure: None,
            began: Instant::now(),
            is_said: false,
        }
    }

    fn say(&mut self) {
        if std::mem::replace(&mut self.is_said, true) {
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
        if std::mem::take(&mut self.is_said) {
            tracing::info!("[Cache] the database answers again: caches are in use");
        }
    }
}

impl Last {
    /// Numbers that begin anew are another database's, whatever it calls itself.
    fn is_of_another(&self, pulse: &Pulse) -> bool {
        self.incarnation != pulse.incarnation || self.lowest > pulse.lowest
    }
}

impl Cursor {
    /// What to ask for.
    fn question(&self, takes_over: bool) -> (Start, TouchSnapshot) {
        match &self.last {
            Some(last) => (Start::Last, last.seen.clone()),
            None if !takes_over => (Start::Empty, TouchSnapshot::from(u64::MAX)),
            None if self.hurries => (Start::Now, TouchSnapshot::from(u64::MAX)),
            None => (Start::All, TouchSnapshot::default()),
        }
    }

    /// The number from which on all touches are known after this pulse; `None` when it goes on where the last one ended.
    fn known_from(&self, start: Start, pulse: &Pulse) -> Option<u64> {
        match start {
            Start::Last if self.last.as_ref().is_some_and(|last| last.seen.covers(pulse.forgotten)) => None,
            // Slept too long, or just started: all that is left was asked for.
            Start::Last | Start::All => Some(pulse.forgotten.saturating_add(1)),
            // Some with lower numbers may have been committed: nobody asked.
            Start::Now => Some(pulse.seen.next()),
            // A load that begins now sees those, and there is no earlier one.
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
