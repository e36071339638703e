//! The last hour of this process's caches, in steps of ten seconds, for a plot.

use std::collections::VecDeque;
use std::time::Duration;

use domain::clock::Timestamp;

use super::lag::Lag;

/// The interval between two samples.
pub const SAMPLE_EVERY: Duration = Duration::from_secs(10);
/// An hour of samples.
const SAMPLES_MAX: u32 = 360;

/// The events since the previous sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When it was taken.
    pub at: Timestamp,
    /// Reads.
    pub reads: Reads,
    /// How long changes took to arrive here.
    pub lag: Lag,
}

/// Reads by visitors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reads {
    /// Reads that were answered without the database.
    pub served: u64,
    /// Reads that were not.
    pub loaded: u64,
}

impl Reads {
    /// The share that was answered without the database, from 0 to 1; `None` when nothing was read.
    #[must_use]
    pub fn hit_rate(self) -> Option<f64> {
        let all = self.served + self.loaded;
        #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
        (all > 0).then(|| self.served as f64 / all as f64)
    }
}

/// The counts since the process started.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Totals {
    pub(super) reads: Reads,
    pub(super) lag: Lag,
}

/// The samples, oldest first.
#[derive(Debug, Default)]
pub(super) struct History {
    samples: VecDeque<Sample>,
    /// The totals at the last sample.
    counted: Totals,
}

impl History {
    /// Takes a sample at `now`. When the clock was set back, samples in its future are dropped; while it stands still,
    /// no second sample is taken.
    pub(super) fn note(&mut self, now: Timestamp, totals: Totals) {
        while self.samples.back().is_some_and(|last| last.at > now) {
            self.samples.pop_back();
        }
        if self.samples.back().is_some_and(|last| last.at == now) {
            return;
        }
        if self.samples.len() == SAMPLES_MAX as usize {
            self.samples.pop_front();
        }
        let (reads, before) = (totals.reads, self.counted.reads);
        self.samples.push_back(Sample {
            at: now,
            reads: Reads {
                served: reads.served.saturating_sub(before.served),
                loaded: reads.loaded.saturating_sub(before.loaded),
            },
            lag: totals.lag.since(&self.counted.lag),
        });
        self.counted = totals;
    }

    /// The samples of the hour before `now`.
    pub(super) fn of_last_hour(&self, now: Timestamp) -> Vec<Sample> {
        let began = now.minus(SAMPLE_EVERY * SAMPLES_MAX);
        self.samples
            .iter()
            .filter(|sample| sample.at > began)
            .copied()
            .collect()
    }

    /// The lag of all samples of the hour before `now` together, and of the time since the last one.
    pub(super) fn lag_of_last_hour(&self, now: Timestamp, so_far: &Lag) -> Lag {
        let samples = self.of_last_hour(now);
        let since = so_far.since(&self.counted.lag);
        samples.iter().fold(since, |sum, sample| sum.and(&sample.lag))
    }
}

#[cfg(test)]
mod tests {
    use super::super::lag::{InvalidationPath, LagRecorder};
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000).plus(Duration::from_secs(seconds))
    }

    fn totals(served: u64, loaded: u64) -> Totals {
        Totals {
            reads: Reads { served, loaded },
            lag: Lag::default(),
        }
    }

    #[test]
    fn a_sample_is_the_difference_to_the_one_before_and_an_hour_of_them_is_kept() {
        let mut history = History::default();
        for step in 1..=500 {
            history.note(at(step * 10), totals(step * 3, step));
        }
        let samples = history.of_last_hour(at(5_000));
        assert_eq!((history.samples.len(), samples.len()), (360, 360));
        assert!(
            samples
                .iter()
                .all(|sample| sample.reads == Reads { served: 3, loaded: 1 })
        );
        assert_eq!(samples[0].reads.hit_rate(), Some(0.75));
        assert_eq!(history.of_last_hour(at(5_000 + 1_800)).len(), 180);
        assert_eq!(Reads::default().hit_rate(), None);
    }

    #[test]
    fn a_clock_that_is_set_back_or_stands_still_takes_nothing_twice() {
        let mut history = History::default();
        for (second, served) in [(10, 1), (20, 2), (30, 4)] {
            history.note(at(second), totals(served, 0));
        }
        history.note(at(30), totals(8, 0));
        history.note(at(15), totals(16, 0));
        let told: Vec<_> = history
            .of_last_hour(at(15))
            .iter()
            .map(|sample| (sample.at, sample.reads.served))
            .collect();
        assert_eq!(told, [(at(10), 1), (at(15), 12)]);
    }

    #[test]
    fn the_lag_of_an_hour_holds_what_no_sample_holds_yet() {
        let (lags, mut history) = (LagRecorder::default(), History::default());
        lags.note(InvalidationPath::Pulse, Duration::from_millis(5));
        history.note(
            at(10),
            Totals {
                lag: lags.so_far(),
                ..Totals::default()
            },
        );
        lags.note(InvalidationPath::Pulse, Duration::from_millis(7));
        assert_eq!(history.lag_of_last_hour(at(11), &lags.so_far()).by_pulse.changes(), 2);
        assert_eq!(
            history.lag_of_last_hour(at(4_000), &lags.so_far()).by_pulse.changes(),
            1
        );
    }
}
