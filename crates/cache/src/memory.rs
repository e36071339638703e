//! The memory tier: bounded by bytes, one load per key at a time.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Instant;

use domain::pattern::Pattern;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::sync::MutexGuard;

use crate::cache_metrics::{CacheMetrics, Event, Tier};
use crate::{CacheEntry, Coherence, Key};

#[derive(Debug)]
pub(crate) struct Memory {
    values: Cache<Key, CacheEntry, Weight, RandomState>,
    /// Loads that run; weak references, so that a key that nobody waits for leaves nothing behind. Sharded, so that
    /// readers of different keys seldom wait for each other.
    flights: Box<[Mutex<Flights>]>,
    hasher: RandomState,
    metrics: Arc<CacheMetrics>,
}

#[derive(Clone, Debug)]
struct Weight;

impl Weighter<Key, CacheEntry> for Weight {
    fn weight(&self, key: &Key, entry: &CacheEntry) -> u64 {
        (key.bytes() + entry.weight()) as u64
    }
}

/// The keys that are being loaded.
type Flights = HashMap<Key, Weak<Flight>>;

/// The loads of one key, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Flight {
    begun: AtomicU64,
    last: tokio::sync::Mutex<Option<(u64, CacheEntry)>>,
}

/// The right to load a key.
pub(crate) struct Turn<'a> {
    flight: &'a Flight,
    last: MutexGuard<'a, Option<(u64, CacheEntry)>>,
}

impl Memory {
    pub(crate) fn new(bytes_max: u64, metrics: Arc<CacheMetrics>) -> Self {
        Self {
            values: crate::bounded(bytes_max, Weight),
            flights: (0..64).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            metrics,
        }
    }

    /// The value of `key`, if it is cached and may be served; checked after it was found.
    pub(crate) fn get(&self, key: &Key, coherence: &Coherence) -> Option<CacheEntry> {
        let entry = self.values.get(key)?;
        if entry.is_current(coherence, Instant::now()) {
            Some(entry)
        } else {
            self.metrics
                .reject(Tier::Memory, key.kind(), entry.objection(coherence));
            None
        }
    }

    /// The value of `key`, if at most its order prevents serving it.
    pub(crate) fn get_in_any_order(&self, key: &Key, coherence: &Coherence) -> Option<CacheEntry> {
        let entry = self.values.get(key)?;
        entry.shows_the_truth(coherence, Instant::now()).then_some(entry)
    }

    /// Replaces an entry by the same value with a confirmed order.
    pub(crate) fn renew(&self, key: &Key, entry: &CacheEntry) {
        self.values.insert(key.clone(), entry.clone());
    }

    pub(crate) fn put(&self, key: &Key, entry: &CacheEntry) {
        self.metrics.count(key.kind(), Event::Filled);
        self.renew(key, entry);
    }

    /// Removes every value whose key's name `pattern` matches, and returns how many.
    pub(crate) fn sweep(&self, pattern: &Pattern) -> u64 {
        let meant: Vec<Key> = self
            .values
            .iter()
            .map(|(key, _)| key)
            .filter(|key| pattern.matches(&key.to_string()))
            .collect();
        meant.iter().filter(|key| self.values.remove(*key).is_some()).count() as u64
    }

    /// The number of values, and their bytes.
    pub(crate) fn size(&self) -> (u64, u64) {
        (self.values.len() as u64, self.values.weight())
    }

    /// The loads of `key`.
    pub(crate) fn flight(&self, key: &Key) -> Arc<Flight> {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the remainder is below the number of shards"
        )]
        let shard = (self.hasher.hash_one(key) % self.flights.len() as u64) as usize;
        let mut flights = self.flights[shard].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flight) = flights.get(key).and_then(Weak::upgrade) {
            return flight;
        }
        // Loads that ended are removed when the next one begins: the map holds only running loads and one shard's
        // leftovers.
        flights.retain(|_, flight| flight.strong_count() > 0);
        let flight = Arc::new(Flight::default());
        flights.insert(key.clone(), Arc::downgrade(&flight));
        flight
    }
}

impl Flight {
    /// How many loads have begun so far.
    pub(crate) fn loads_begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    /// Waits until no load of this key runs. A load that is cancelled (its reader disconnected) passes the turn on.
    pub(crate) async fn turn(&self) -> Turn<'_> {
        Turn {
            flight: self,
            last: self.last.lock().await,
        }
    }
}

impl Turn<'_> {
    /// The last load's number and value, if one succeeded while a reader waited.
    pub(crate) fn loaded(&self) -> Option<(u64, CacheEntry)> {
        self.last.clone()
    }

    /// Counts a load that begins now and returns its number, from 1.
    pub(crate) fn begin(&self) -> u64 {
        self.flight.begun.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Passes the value of load `number` to the readers that wait.
    pub(crate) fn finish(mut self, number: u64, value: &CacheEntry) {
        *self.last = Some((number, value.clone()));
    }
}

#[cfg(test)]
mod tests {
    use domain::lists::GameList;

    use super::*;
    use crate::Rendered;

    #[test]
    fn long_keys_of_empty_values_are_bounded_too() {
        const BYTES_MAX: u64 = 4 << 20;
        const TYPED: usize = 60_000;
        let memory = Memory::new(BYTES_MAX, Arc::default());
        for number in 0..1_000 {
            let key = Key::List(GameList::ByGenre(format!("{number:0TYPED$}")));
            memory.put(
                &key,
                &CacheEntry::new(Rendered::new("[]".to_owned(), false), None, &key),
            );
        }
        let (values, bytes) = memory.size();
        assert!(
            values > 10 && values < BYTES_MAX / TYPED as u64 && bytes <= BYTES_MAX,
            "{values}, {bytes}"
        );
    }
}
