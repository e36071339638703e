//! The arithmetic of the rate limit, without clock or store: a generic cell rate algorithm with priorities.
//!
//! Permits are slots on a time line, `spacing` apart. A bucket stores only the first free slot. Unused slots are lost
//! except for the last few (the burst), so that a caller that comes a little late does not lose its rate.
//!
//! A permit must be used within [`Rate::USE_WITHIN`] of its slot. So the calls of any 60 seconds come from the slots of
//! 61, and `spacing` is chosen so that together with the burst they never exceed the limit. Used means passed to the
//! network: a call that takes seconds to connect may arrive a minute later than counted. The supplier then answers 429,
//! and all calls are held.

use std::time::Duration;

use super::Priority;

const SECOND: i64 = 1_000_000;
/// How far ahead of the clock an order may book; beyond that, orders have to wait too.
const ORDERS_REACH: i64 = 10 * SECOND;
/// A bucket whose first free slot is farther away was written under another clock: the farthest that a priority books,
/// plus the widest spacing.
const LONGEST_DEBT: i64 = ORDERS_REACH + 62 * SECOND;
/// The longest that a 429 may hold all calls, orders included: after it one more call is tried.
pub(super) const LONGEST_HOLD: Duration = Duration::from_secs(600);
const LONGEST_HOLD_MICROS: i64 = 600 * SECOND;

/// A limit on calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    per_minute: u32,
    /// Microseconds between two slots.
    spacing: i64,
    /// How many slots may be in the past.
    burst: i64,
}

impl Rate {
    /// How long after its slot a permit is valid.
    pub const USE_WITHIN: Duration = Duration::from_secs(1);

    /// At most `n` calls in any sliding minute; 0 counts as 1.
    #[must_use]
    pub fn per_minute(n: u32) -> Rate {
        let n = n.max(1);
        let burst = i64::from(n / 100).min(50);
        let window = 61 * SECOND;
        // Rounded up: a spacing that is too small by a fraction would eventually allow one call too many.
        let spacing = window.div_euclid(i64::from(n) - burst) + 1;
        Rate {
            per_minute: n,
            spacing,
            burst,
        }
    }

    /// The limit in calls per minute.
    #[must_use]
    pub const fn limit(self) -> u32 {
        self.per_minute
    }

    /// How many permits to take at once: about a tenth of a second's.
    #[must_use]
    pub fn block(self) -> u32 {
        (self.per_minute / 600).max(1)
    }

    /// How far ahead of the clock a priority may book slots.
    fn reach(self, priority: Priority) -> i64 {
        match priority {
            Priority::Orders => ORDERS_REACH,
            Priority::Stock => (3 * self.spacing).min(ORDERS_REACH / 2),
            Priority::Crawl => 0,
        }
    }
}

/// Slots that were taken: `count` of them, the first after `first_in`, the others each `spacing` later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slots {
    /// Microseconds from the moment of taking; negative for a slot of the burst.
    pub first_in: i64,
    /// Microseconds between two.
    pub spacing: i64,
    /// At least 1.
    pub count: u32,
}

/// The time line of all callers that share a rate limit, in microseconds of one clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bucket {
    /// The first free slot.
    pub next_at: i64,
    /// No slot before this: the supplier asked for a pause.
    pub held_until: i64,
}

impl Bucket {
    /// Takes up to `want` slots at `now`.
    ///
    /// # Errors
    ///
    /// How long to wait before the next attempt, when the priority may take none now.
    pub fn take(&mut self, rate: Rate, priority: Priority, now: i64, want: u32) -> Result<Slots, Duration> {
        self.forget_other_clocks(now);
        let first = self.next_at.max(now - rate.burst * rate.spacing).max(self.held_until);
        let room = now + rate.reach(priority) - first;
        if room < 0 {
            return Err(Duration::from_micros(room.unsigned_abs()));
        }
        let open = u32::try_from(room / rate.spacing + 1).unwrap_or(u32::MAX);
        let count = want.clamp(1, open);
        self.next_at = first + rate.spacing * i64::from(count);
        Ok(Slots {
            first_in: first - now,
            spacing: rate.spacing,
            count,
        })
    }

    /// Blocks all slots before `now + span`; at most ten minutes.
    pub fn hold(&mut self, now: i64, span: Duration) {
        self.forget_other_clocks(now);
        let span = i64::try_from(span.min(LONGEST_HOLD).as_micros()).unwrap_or(LONGEST_HOLD_MICROS);
        self.held_until = self.held_until.max(now + span);
    }

    /// A clock that was set back must not stop the shop until it has caught up.
    fn forget_other_clocks(&mut self, now: i64) {
        if self.next_at > now + LONGEST_DEBT {
            self.next_at = now;
        }
        self.held_until = self.held_until.min(now + LONGEST_HOLD_MICROS);
    }
}

#[cfg(test)]
#[path = "bucket_tests.rs"]
mod tests;
