//! The limit of calls in any 60 seconds, and the record of calls.

use std::collections::VecDeque;
use std::time::Instant;

const MINUTE: u64 = 60_000_000;

/// Counts from its creation on; times are in microseconds since then.
#[derive(Debug)]
pub(crate) struct Rate {
    start: Instant,
    admitted: Window,
    arrived: Window,
    arrivals: u64,
    worst: usize,
}

impl Rate {
    pub(crate) fn new() -> Rate {
        Rate {
            start: Instant::now(),
            admitted: Window::default(),
            arrived: Window::default(),
            arrivals: 0,
            worst: 0,
        }
    }

    /// Counts a call; whether it is among the first `limit` of the last 60 seconds. Refused ones do not count towards
    /// the limit.
    pub(crate) fn admits(&mut self, limit: u32) -> bool {
        let now = u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.arrivals += 1;
        self.arrived.move_to(now);
        self.arrived.0.push_back(now);
        self.worst = self.worst.max(self.arrived.0.len());
        self.admitted.move_to(now);
        let fits = self.admitted.0.len() < limit as usize;
        if fits {
            self.admitted.0.push_back(now);
        }
        fits
    }

    /// All calls since the start, refused ones included.
    pub(crate) fn arrivals(&self) -> u64 {
        self.arrivals
    }

    /// The most calls in any 60 seconds, refused ones included.
    pub(crate) fn worst_minute(&self) -> usize {
        self.worst
    }
}

#[derive(Debug, Default)]
struct Window(VecDeque<u64>);

impl Window {
    fn move_to(&mut self, now: u64) {
        while self.0.front().is_some_and(|then| now - then >= MINUTE) {
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_calls_are_counted_but_take_no_place() {
        let mut rate = Rate::new();
        let admitted = (0..5).filter(|_| rate.admits(3)).count();
        assert_eq!((admitted, rate.arrivals(), rate.worst_minute()), (3, 5, 5));
        let mut window = Window(VecDeque::from([0, 1, MINUTE]));
        window.move_to(MINUTE);
        assert_eq!(window.0, [1, MINUTE]);
    }
}
