//! The counts of the caches, grouped by kind.

use std::collections::BTreeMap;

use cache::cache_metrics::{Count, Event, Tier, Write};

use super::{CacheStatistics, Reads};

/// Writes of this kind remove values that were touched.
const FORGET: &str = "forget";

/// Counts for values of one kind since the process started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindCounts {
    /// The kind's name in metrics.
    pub kind: &'static str,
    /// Reads by outcome, in the order of [`Read`](cache::cache_metrics::Read)'s variants.
    pub reads: [u64; 6],
    /// Values that were put into memory.
    pub filled: u64,
    /// Values that were written to Redis.
    pub written: u64,
    /// Leases by outcome, in the order of [`LeaseStep`](cache::cache_metrics::LeaseStep)'s variants.
    pub leases: [u64; 4],
    /// Values that were found and not served.
    pub rejected: Vec<Rejected>,
}

/// Values that were found and not served, for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The tier that they were found in.
    pub tier: Tier,
    /// The reason, as a metrics label.
    pub reason: &'static str,
    /// Their number.
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
    /// Groups `counts` by kind.
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
            Event::Write(_) | Event::AskedOnce => {}
            Event::Lease(step) => self.leases[step as usize] += count,
            Event::Rejected(tier, reason) => self.rejected.push(Rejected {
                tier,
                reason,
                values: count,
            }),
        }
    }

    /// Its reads by visitors.
    #[must_use]
    pub const fn visits(&self) -> Reads {
        let [at_hand, memory, joined, redis, confirmed, loaded] = self.reads;
        Reads {
            served: at_hand + memory + joined + redis + confirmed,
            loaded,
        }
    }
}
