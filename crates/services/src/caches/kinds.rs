//! The counts of the caches, put together by kind.

use std::collections::BTreeMap;

use cache::cache_metrics::{Count, Event, Tier, Write};

use super::{CacheStatistics, Reads};

/// Writes of this kind remove values that were touched.
const FORGET: &str = "forget";

/// What happened to values of one kind since the process began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindCounts {
    /// The kind, as metrics name it.
    pub kind: &'static str,
    /// How reads were answered, in the order of [`Read`](cache::cache_metrics::Read)'s variants.
    pub reads: [u64; 6],
    /// Values that memory took.
    pub filled: u64,
    /// Values that Redis took.
    pub written: u64,
    /// What became of leases, in the order of [`LeaseStep`](cache::cache_metrics::LeaseStep)'s variants.
    pub leases: [u64; 4],
    /// What was in hand and not served.
    pub rejected: Vec<Rejected>,
}

/// Values that were in hand and not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Where they were stored.
    pub tier: Tier,
    /// Why, as metrics name it.
    pub reason: &'static str,
    /// How many.
    pub values: u64,
}

impl CacheStatistics {
    /// The counts by kind.
    #[must_use]
    pub fn kinds(&self) -> Vec<KindCounts> {
        KindCounts::of(&self.counts)
    }
}

impl KindCounts {
    /// Puts `counts` together.
    #[must_use]
    pub fn of(counts: &[Count]) -> Vec<Self> {
        let mut kinds = BTreeMap::new();
        for count in counts.iter().filter(|count| count.kind != FORGET) {
            let new = || Self {
                kind: count.kind,
                ..Self::default()
            };
            kinds.entry(count.kind).or_insert_with(new).add(*count);
        }
        kinds.into_values().collect()
    }

    fn add(&mut self, Count { event, count, .. }: Count) {
        match event {
            Event::Read(read) => self.reads[read as usize] += count,
            Event::Filled => self.filled += count,
            Event::Write(Write::Done) => self.written += count,
            Event::Write(_) => {}
            Event::Lease(step) => self.leases[step as usize] += count,
            Event::Rejected(tier, reason) => self.rejected.push(Rejected {
                tier,
                reason,
                values: count,
            }),
        }
    }

    /// Its reads.
    #[must_use]
    pub const fn visits(&self) -> Reads {
        let [at_hand, memory, joined, redis, confirmed, loaded] = self.reads;
        Reads {
            served: at_hand + memory + joined + redis + confirmed,
            loaded,
        }
    }
}
