//! The real clock, ids and randomness; all other code takes them as arguments.

use domain::chance::Chance;
use domain::clock::{Clock, Timestamp};
use domain::id::Ids;
use uuid::Uuid;

/// The machine's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

/// Random ids that sort by their creation time (UUID version 7), which keeps indexes compact.
#[derive(Clone, Copy, Debug)]
pub struct RandomIds;

/// The operating system's source of randomness.
#[derive(Clone, Copy, Debug)]
pub struct SystemChance;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that everybody else takes as an argument"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(jiff::Timestamp::now().as_microsecond())
    }
}

impl Ids for RandomIds {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the source of ids that everybody else takes as an argument"
    )]
    fn fresh(&self) -> Uuid {
        Uuid::now_v7()
    }
}

impl Chance for SystemChance {
    #[expect(
        clippy::expect_used,
        reason = "without chance there are no secrets, and a guessable one is worse than an end"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}
