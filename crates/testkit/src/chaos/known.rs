//! What the owner of a cart or a wishlist knows of it: nobody else writes into it.

use std::collections::VecDeque;

use super::OLD_MAX;

/// So much is remembered of what was.
const REMEMBERED: usize = 400;

/// What the list held, from when on, and which node said so.
#[derive(Clone, Copy, Debug)]
struct Held {
    /// A cart's copies, or the games on a wishlist as bits of a number.
    value: u64,
    /// In microseconds of Unix time, when the answer was there: the commit was earlier.
    since: i64,
    node: usize,
}

/// What was confirmed, the last one in front.
#[derive(Default)]
pub(super) struct Known(VecDeque<Held>);

impl Known {
    /// A node said at this moment that the list holds this.
    pub(super) fn confirm(&mut self, value: u64, node: usize, since: i64) {
        self.0.push_front(Held { value, since, node });
        self.0.truncate(REMEMBERED);
    }

    /// What it holds, if that is known.
    pub(super) fn last(&self) -> Option<u64> {
        self.0.front().map(|held| held.value)
    }

    /// How long before `asked_at` this was no longer true, in microseconds.
    pub(super) fn age(&self, node: usize, asked_at: i64, value: u64) -> Result<i64, String> {
        let known = || self.0.iter().take(5).collect::<Vec<_>>();
        let at = self.0.iter().position(|held| held.value == value);
        let at = at.ok_or_else(|| format!("{value}, which it never held: {:?}", known()))?;
        // What came after it: each of them should have been seen.
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
