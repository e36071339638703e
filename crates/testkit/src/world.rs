//! A clock that the test sets, counted ids, and randomness that is the same in each run.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use domain::chance::Chance;
use domain::clock::{Clock, Timestamp};
use domain::id::Ids;
use services::accounts::{AccountRules, HashCost};
use uuid::Uuid;
use vault::Secrets;

/// A clock that the test moves. It begins at 2026-11-23T04:00:00Z.
#[derive(Debug)]
pub struct SetClock(AtomicI64);

impl Default for SetClock {
    fn default() -> Self {
        Self(AtomicI64::new(1_795_406_400_000_000))
    }
}

impl SetClock {
    /// A clock that begins at this time, in microseconds since the epoch.
    #[must_use]
    pub const fn at(micros: i64) -> Self {
        Self(AtomicI64::new(micros))
    }

    /// Moves it forward by `span`.
    pub fn pass(&self, span: Duration) {
        self.0
            .fetch_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl SetClock {
    /// Moves it back by `span`, so that later reads look earlier.
    pub fn back(&self, span: Duration) {
        self.0
            .fetch_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// Ids in order: …0001, …0002.
#[derive(Debug, Default)]
pub struct CountedIds(AtomicU64);

impl CountedIds {
    /// Ids that continue after `count`.
    pub(crate) const fn after(count: u64) -> Self {
        Self(AtomicU64::new(count))
    }

    /// How many were given out.
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl Ids for CountedIds {
    fn fresh(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::SeqCst) + 1))
    }
}

/// Bytes that look random, differ from call to call, and are the same in each run.
#[derive(Debug, Default)]
pub struct SeededChance(AtomicU64);

impl Chance for SeededChance {
    /// Steele, Lea and Flood's `SplitMix64`.
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let step = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            let mut z = step.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            let word = (z ^ (z >> 31)).to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
    }
}

/// The default rules, with cheap hashes of passwords: a test may sign in a hundred people.
#[must_use]
pub fn account_rules() -> AccountRules {
    AccountRules {
        hash_cost: HashCost { memory: 8, passes: 1 },
        ..AccountRules::default()
    }
}

/// The master key of every test's shop: `keys.master_key`.
pub const MASTER_KEY: &str = "the master key of every test's shop";
/// The secret that signs the access tokens of every test's shop: `keys.jwt_secret`.
pub const JWT_SECRET: &str = "the JWT secret of every test's shop";

/// The secrets of every test's shop.
#[must_use]
pub fn secrets() -> Secrets {
    Secrets::new(MASTER_KEY, JWT_SECRET, Arc::new(SeededChance::default()))
}
