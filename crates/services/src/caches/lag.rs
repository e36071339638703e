//! The invalidation lag: how long changes took to invalidate cached values, as a histogram with narrow buckets.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How this process learnt about a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InvalidationPath {
    /// By writing it.
    Write,
    /// By a pulse.
    Pulse,
}

/// The bounds within a power of ten: the preferred numbers of the series R10, each about a quarter above the previous
/// one.
const STEPS: [u64; 10] = [100, 125, 160, 200, 250, 315, 400, 500, 630, 800];
/// From 100 microseconds to 10 seconds.
const DECADES: usize = 5;
/// The last bucket counts what is above all bounds.
const BUCKETS: usize = STEPS.len() * DECADES + 1;

/// Upper bounds in microseconds.
const BOUNDS: [u64; BUCKETS - 1] = {
    let mut bounds = [0; BUCKETS - 1];
    let mut at = 0;
    while at < bounds.len() {
        bounds[at] = if at < STEPS.len() {
            STEPS[at]
        } else {
            bounds[at - STEPS.len()] * 10
        };
        at += 1;
    }
    bounds
};

/// A histogram: how many changes took how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Histogram([u32; BUCKETS]);

/// How long changes took to invalidate what is cached in this process: from when the change was recorded, the last
/// statement before its commit, until its slots were raised. Never less than the time from the commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lag {
    /// Changes that this process wrote: mostly the duration of the commit.
    pub by_write: Histogram,
    /// Changes of other processes, which a pulse brought.
    pub by_pulse: Histogram,
}

/// The counters behind [`Lag`].
#[derive(Debug)]
pub(crate) struct LagRecorder {
    by_write: [AtomicU32; BUCKETS],
    by_pulse: [AtomicU32; BUCKETS],
}

impl Default for Histogram {
    fn default() -> Self {
        Self([0; BUCKETS])
    }
}

impl Default for LagRecorder {
    fn default() -> Self {
        let nothing = || std::array::from_fn(|_| AtomicU32::new(0));
        Self {
            by_write: nothing(),
            by_pulse: nothing(),
        }
    }
}

impl Histogram {
    /// The number of changes.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.0.iter().map(|count| u64::from(*count)).sum()
    }

    /// The value that so many percent of the changes did not exceed, at most a quarter too high; `None` without
    /// changes. Changes above ten seconds count as twenty.
    #[must_use]
    pub fn percentile(&self, percent: u64) -> Option<Duration> {
        let rank = (self.changes() * percent).div_ceil(100).max(1);
        let mut seen = 0;
        let at = self.0.iter().position(|count| {
            seen += u64::from(*count);
            seen >= rank
        })?;
        Some(
            BOUNDS
                .get(at)
                .map_or(Duration::from_secs(20), |micros| Duration::from_micros(*micros)),
        )
    }

    /// The sum with `other`.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at].saturating_add(other.0[at])))
    }

    /// The difference to `earlier`. Counters wrap after four thousand million changes.
    fn since(&self, earlier: &Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at].wrapping_sub(earlier.0[at])))
    }
}

impl Lag {
    /// All changes.
    #[must_use]
    pub fn all(&self) -> Histogram {
        self.by_write.and(&self.by_pulse)
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        Self {
            by_write: self.by_write.and(&other.by_write),
            by_pulse: self.by_pulse.and(&other.by_pulse),
        }
    }

    pub(super) fn since(&self, earlier: &Self) -> Self {
        Self {
            by_write: self.by_write.since(&earlier.by_write),
            by_pulse: self.by_pulse.since(&earlier.by_pulse),
        }
    }
}

impl LagRecorder {
    /// Counts a change with this lag.
    pub(crate) fn note(&self, path: InvalidationPath, took: Duration) {
        let (name, counts) = match path {
            InvalidationPath::Write => ("write", &self.by_write),
            InvalidationPath::Pulse => ("pulse", &self.by_pulse),
        };
        metrics::histogram!("cache_invalidation_lag_seconds", "way" => name).record(took);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        counts[BOUNDS.partition_point(|bound| *bound < micros)].fetch_add(1, Ordering::Relaxed);
    }

    /// The counts so far.
    pub(super) fn so_far(&self) -> Lag {
        let read =
            |counts: &[AtomicU32; BUCKETS]| Histogram(std::array::from_fn(|at| counts[at].load(Ordering::Relaxed)));
        Lag {
            by_write: read(&self.by_write),
            by_pulse: read(&self.by_pulse),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn percentiles_are_never_too_low_and_a_quarter_too_high_at_most() {
        let lags = LagRecorder::default();
        for took in 1..=1_000 {
            lags.note(InvalidationPath::Pulse, millis(took));
        }
        let spread = lags.so_far().by_pulse;
        assert_eq!(spread.changes(), 1_000);
        for (percent, exact) in [(1, 10), (50, 500), (99, 990), (100, 1_000)] {
            let told = spread.percentile(percent).unwrap();
            assert!(
                told >= millis(exact) && told <= millis(exact) * 127 / 100,
                "{percent}: {told:?}"
            );
        }
    }

    #[test]
    fn what_is_very_short_or_very_long_has_a_place_too() {
        let lags = LagRecorder::default();
        assert_eq!(lags.so_far().all().percentile(50), None);
        lags.note(InvalidationPath::Write, Duration::ZERO);
        assert_eq!(lags.so_far().by_write.percentile(99), Some(Duration::from_micros(100)));
        lags.note(InvalidationPath::Write, Duration::MAX);
        assert_eq!(lags.so_far().by_write.percentile(99), Some(Duration::from_secs(20)));
        assert_eq!(lags.so_far().by_pulse.changes(), 0);
    }

    #[test]
    fn a_difference_holds_what_came_in_between() {
        let lags = LagRecorder::default();
        lags.note(InvalidationPath::Write, millis(3));
        let before = lags.so_far();
        lags.note(InvalidationPath::Pulse, millis(70));
        let between = lags.so_far().since(&before);
        assert_eq!(
            (between.by_write.changes(), between.all().percentile(50)),
            (0, Some(millis(80)))
        );
        assert_eq!(before.and(&between), lags.so_far());
    }
}
