//! The pulse: carries what went stale from the database to the caches, several times a second.

use std::pin::pin;
use std::time::{Duration, Instant};

use cache::coherence::PULSE_AGE_MAX;
use storage::touches::{Pulse, Seen, TouchRow};
use tokio_util::sync::CancellationToken;

use crate::caches::Way;
use crate::{Error, Shop};

/// How often the database is asked. On SQLite, where other processes write to the same file unseen, the question is an
/// index look-up without a network, so that it can be asked more often.
const EVERY: Duration = Duration::from_millis(150);
const EVERY_EMBEDDED: Duration = Duration::from_millis(50);
/// However often it is woken, it leaves this much between two questions: many commits are answered by one.
const REST: Duration = Duration::from_millis(5);

/// What a pulse read.
#[derive(Debug)]
struct Last {
    seen: Seen,
    lowest: u64,
    incarnation: String,
}

/// What the pulse remembers from one question to the next.
#[derive(Debug, Default)]
struct Cursor {
    /// What the last pulse read; `None` before the first.
    last: Option<Last>,
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

impl Shop {
    /// Keeps this process's caches, and its shelf if it is read, in step with the database until `stop`. Without it nothing cached is served.
    pub async fn keep_in_step(&self, stop: CancellationToken) {
        tokio::join!(
            // Large, and alive as long as the process.
            Box::pin(self.keep_pulsing(&stop)),
            self.follow_touches(&stop),
            self.listen(&stop),
            self.wake_others_until(&stop),
            self.keep_sampling_caches(&stop)
        );
    }

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
        let sent = Instant::now();
        let takes_over = self.parts.cache.redis().is_some();
        let seen = match &cursor.last {
            Some(last) => last.seen.clone(),
            // What others loaded may be taken over, so all touches are needed by which it can be judged.
            None if takes_over => Seen::default(),
            // There is no value that older touches could concern.
            None => Seen::from(u64::MAX),
        };
        let pulse = self.db().pulse(seen).await?;
        self.publish(&pulse, known_from(cursor.last.as_ref(), takes_over, &pulse), sent);
        cursor.last = Some(Last {
            seen: pulse.seen,
            lowest: pulse.lowest,
            incarnation: pulse.incarnation,
        });
        Ok(())
    }

    fn publish(&self, pulse: &Pulse, known_from: Option<u64>, sent: Instant) {
        let coherence = self.parts.cache.coherence();
        coherence.enter(&pulse.incarnation, pulse.lowest);
        if known_from.is_some() {
            self.shelf.note_gap();
        }
        for row in &pulse.rows {
            if known_from.is_none() {
                self.shelf.note(row);
            }
            // What was committed while nobody watched says nothing of how soon it is heard of.
            if self.void(row) && known_from.is_none() {
                self.watched.lags.note(Way::Pulse, pulse.age(row) + sent.elapsed());
            }
        }
        coherence.publish(pulse.lowest, &pulse.incarnation, known_from.unwrap_or(0), sent);
        metrics::gauge!("cache_pulse_duration_seconds").set(sent.elapsed().as_secs_f64());
    }

    /// Voids what this process wrote by a commit that it asked for at `committing`.
    pub(crate) fn raise(&self, row: &TouchRow, committing: Instant) {
        self.shelf.note(row);
        if self.void(row) {
            self.watched.lags.note(Way::Write, committing.elapsed());
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

/// The number from which on all touches are known after this pulse; `None` when it goes on where the last one ended.
fn known_from(last: Option<&Last>, takes_over: bool, pulse: &Pulse) -> Option<u64> {
    match last {
        // Numbers that begin anew are another database's, whatever it calls itself.
        Some(last) if last.incarnation != pulse.incarnation || last.lowest > pulse.lowest => Some(pulse.lowest),
        Some(last) if last.seen.covers(pulse.forgotten) => None,
        None if !takes_over => Some(pulse.lowest),
        // Slept too long, or just started: all that is left was asked for.
        _ => Some(pulse.forgotten.saturating_add(1)),
    }
}
