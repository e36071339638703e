//! What the only writer of a cart or a wishlist knows about its content.

use std::collections::VecDeque;

use super::OLD_MAX;

/// The number of earlier states that are stored.
const REMEMBERED: usize = 400;

/// A content of the list, since when, and which node confirmed it.
#[derive(Clone, Copy, Debug)]
struct Held {
    /// A cart's copies, or the games on a wishlist as bits of a number.
    value: u64,
    /// In microseconds of Unix time, when the response arrived: the commit was earlier.
    since: i64,
    node: usize,
}

/// The confirmed states, newest first.
#[derive(Default)]
pub(super) struct Known(VecDeque<Held>);

impl Known {
    /// A node confirmed this content at this moment.
    pub(super) fn confirm(&mut self, value: u64, node: usize, since: i64) {
        self.0.push_front(Held { value, since, node });
        self.0.truncate(REMEMBERED);
    }

    /// The current content, if it is known.
    pub(super) fn last(&self) -> Option<u64> {
        self.0.front().map(|held| held.value)
    }

    /// How long this content had been outdated at `asked_at`, in microseconds.
    pub(super) fn age(&self, node: usize, asked_at: i64, value: u64) -> Result<i64, String> {
        let known = || self.0.iter().take(5).collect::<Vec<_>>();
        let at = self.0.iter().position(|held| held.value == value);
        let at = at.ok_or_else(|| format!("{value}, which it never held: {:?}", known()))?;
        // Each later content should have been seen.
        let mut age = 0;
        for next in self.0.iter().take(at) {
            age = age.max(asked_at - next.since);
            if next.node == node {
                return Err(format!("{value}, and this node itself wrote {next:?}"));
            }
        }
        if age > i64::try_from(OLD_MAX.as_micros()).unwrap_or(i64::MAX) {
            return Err(format!("{value} is {} ms old: {:?}", age / 1_000, known()));
        }
        Ok(age)
    }
}
