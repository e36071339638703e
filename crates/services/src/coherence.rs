//! The pulse: carries what went stale from the database to the caches, several times a second.

use std::time::{Duration, Instant};

use storage::touches::{Pulse, Seen, TouchRow};
use tokio_util::sync::CancellationToken;

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
    failing: bool,
}

impl Shop {
    /// Keeps this process's caches, and its shelf if it is read, in step with the database until `stop`. Without it nothing cached is served.
    pub async fn keep_in_step(&self, stop: CancellationToken) {
        tokio::join!(
            self.keep_pulsing(&stop),
            self.follow_touches(&stop),
            self.listen(&stop),
            self.wake_others_until(&stop)
        );
    }

    async fn keep_pulsing(&self, stop: &CancellationToken) {
        let every = if self.db().is_embedded() { EVERY_EMBEDDED } else { EVERY };
        let mut cursor = Cursor::default();
        while !stop.is_cancelled() {
            self.pulse_and_log(&mut cursor).await;
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
            self.void(row);
        }
        coherence.publish(pulse.lowest, &pulse.incarnation, known_from.unwrap_or(0), sent);
        metrics::gauge!("cache_pulse_duration_seconds").set(sent.elapsed().as_secs_f64());
    }

    /// Voids what this process wrote.
    pub(crate) fn raise(&self, row: &TouchRow) {
        self.shelf.note(row);
        self.void(row);
        self.parts.cache.forget(&row.touches);
    }

    fn void(&self, row: &TouchRow) {
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
