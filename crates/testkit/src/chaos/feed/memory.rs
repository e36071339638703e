//! The memory of the serving process, looked at all the time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// How often it is read.
const READ_EVERY: Duration = Duration::from_millis(500);
/// The shortest warm-up; it is a quarter of the time if that is longer.
const WARM_UP: Duration = Duration::from_secs(20);
/// What the process may grow by after its warm-up, in kilobytes.
const GROWTH_MAX: u64 = 80 * 1024;

/// Samples of the resident memory.
pub(super) struct Memory {
    samples: Arc<Mutex<Vec<(Duration, u64)>>>,
    _task: AbortOnDropHandle<()>,
}

impl Memory {
    pub(super) fn watch(process: u32) -> Self {
        let samples = Arc::new(Mutex::new(Vec::new()));
        let (kept, begun) = (Arc::clone(&samples), Instant::now());
        let task = tokio::spawn(async move {
            while let Some(kilobytes) = resident(process) {
                kept.lock().expect("no panic").push((begun.elapsed(), kilobytes));
                tokio::time::sleep(READ_EVERY).await;
            }
        });
        Self {
            samples,
            _task: AbortOnDropHandle::new(task),
        }
    }

    pub(super) fn seen(&self) -> Resident {
        Resident::of(&self.samples.lock().expect("no panic"))
    }
}

/// The resident memory in kilobytes; `None` when the process has ended.
fn resident(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The highest resident memory during the warm-up and after it, in kilobytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resident {
    /// During the warm-up.
    pub warming_up: u64,
    /// After it; 0 if there was no time left.
    pub afterwards: u64,
}

impl Resident {
    fn of(samples: &[(Duration, u64)]) -> Self {
        let over = samples.last().map_or(Duration::ZERO, |(at, _)| *at);
        let warm_up = WARM_UP.max(over / 4);
        let (before, after): (Vec<_>, Vec<_>) = samples.iter().partition(|(at, _)| *at < warm_up);
        let highest = |of: &[(Duration, u64)]| of.iter().map(|(_, kilobytes)| *kilobytes).max().unwrap_or(0);
        Self {
            warming_up: highest(&before),
            afterwards: highest(&after),
        }
    }

    pub(super) fn violation(&self) -> Option<String> {
        (self.afterwards > self.warming_up + GROWTH_MAX).then(|| {
            format!(
                "the serving process grew from {} to {} KB after its warm-up",
                self.warming_up, self.afterwards
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_after_the_warm_up_is_a_violation() {
        let samples = |growth: u64| -> Vec<(Duration, u64)> {
            let sample = |second: u64| {
                (
                    Duration::from_secs(second),
                    100_000 + growth * second.saturating_sub(20),
                )
            };
            (0..60).map(sample).collect()
        };
        assert_eq!(Resident::of(&samples(100)).violation(), None);
        let grown = Resident::of(&samples(4_000));
        assert_eq!(grown.warming_up, 100_000);
        assert!(grown.violation().is_some());
    }
}
