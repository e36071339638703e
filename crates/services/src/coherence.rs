//! The pulse: carries what went stale from the database to the caches, several times a second.

use std::time::{Duration, Instant};

use storage::touches::{Pulse, TouchRow};
use tokio_util::sync::CancellationToken;

use crate::{Error, Shop};

/// How often the database is asked. On SQLite, where other processes write to the same file unseen, the question is an
/// index look-up without a network, so that it can be asked more often.
const EVERY: Duration = Duration::from_millis(150);
const EVERY_EMBEDDED: Duration = Duration::from_millis(50);
/// After a longer silence touches may have been trimmed unseen: caches begin anew. Half of what is kept.
const SILENCE_MAX: Duration = Duration::from_secs(30 * 60);
/// A question that takes longer is asked again: the pulse it would bring is too old to be of use.
const ANSWER_WITHIN: Duration = Duration::from_secs(2);

/// What the pulse remembers from one question to the next.
#[derive(Debug, Default)]
struct Cursor {
    /// The lowest transaction that ran at the last pulse: read again from there, so that none is missed.
    from: u64,
    last: Option<Instant>,
    incarnation: String,
    failing: bool,
}

impl Shop {
    /// Keeps this process's caches, and its shelf if it is read, in step with the database until `stop`. Without it nothing cached is served.
    pub async fn keep_in_step(&self, stop: CancellationToken) {
        tokio::join!(self.keep_pulsing(&stop), self.follow_touches(&stop));
    }

    async fn keep_pulsing(&self, stop: &CancellationToken) {
        let every = if self.db().is_embedded() { EVERY_EMBEDDED } else { EVERY };
        let mut cursor = Cursor::default();
        while !stop.is_cancelled() {
            self.pulse_and_log(&mut cursor).await;
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.wake_pulse.notified() => {}
                () = tokio::time::sleep(every) => {}
            }
        }
    }

    async fn pulse_and_log(&self, cursor: &mut Cursor) {
        match self.pulse(cursor).await {
            Ok(()) if cursor.failing => {
                cursor.failing = false;
                tracing::info!("[Cache] the database answers again: caches are in use");
            }
            Ok(()) => {}
            Err(error) if !cursor.failing => {
                cursor.failing = true;
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "[Cache] no pulse from the database: caches rest"
                );
            }
            Err(_) => {}
        }
    }

    async fn pulse(&self, cursor: &mut Cursor) -> Result<(), Error> {
        let sent = Instant::now();
        // At first only what has ended counts: there is no cached value that older touches could concern.
        let from = if cursor.last.is_some() { cursor.from } else { u64::MAX };
        let touches = self.db().touches();
        let answer = tokio::time::timeout(ANSWER_WITHIN, touches.pulse(from)).await;
        let pulse = answer.map_err(|late| Error::Unavailable(Box::new(late)))??;
        let silent_too_long = cursor.last.is_none_or(|last| sent.duration_since(last) > SILENCE_MAX);
        let another_database = cursor.incarnation != pulse.incarnation;
        self.publish(&pulse, silent_too_long || another_database, sent);
        *cursor = Cursor {
            from: pulse.lowest,
            last: Some(sent),
            incarnation: pulse.incarnation,
            failing: cursor.failing,
        };
        Ok(())
    }

    fn publish(&self, pulse: &Pulse, gap: bool, sent: Instant) {
        for row in &pulse.rows {
            self.raise(row);
        }
        if gap {
            self.shelf.note_gap();
        }
        self.parts
            .cache
            .coherence()
            .publish(pulse.lowest, &pulse.incarnation, gap, sent);
        metrics::gauge!("cache_pulse_duration_seconds").set(sent.elapsed().as_secs_f64());
    }

    /// Voids what `row` touched.
    pub(crate) fn raise(&self, row: &TouchRow) {
        self.shelf.note(row);
        let coherence = self.parts.cache.coherence();
        for touch in &row.touches {
            coherence.raise(*touch, row.number);
        }
        if row.unknown {
            // A newer version of the program runs beside this one and knows more kinds of things.
            coherence.raise_everything(row.number);
        }
    }
}
