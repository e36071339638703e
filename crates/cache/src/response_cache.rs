//! The response cache: the last response for each address, found with one look-up and one check.

use std::hash::RandomState;
use std::sync::Arc;
use std::time::Instant;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::cache_metrics::{CacheMetrics, Counter, Event, Read, Tier};
use crate::{CacheEntry, Coherence};

/// Longer addresses are not cached: they are not requested twice.
const ADDRESS_BYTES_MAX: usize = 1_000;

/// Responses of type `T` by their addresses, bounded by bytes. Each holds the value that it was built from, and is
/// returned only while that value may be served.
pub struct ResponseCache<T> {
    answers: Cache<Box<str>, Arc<CachedResponse<T>>, Weight, RandomState>,
    coherence: Arc<Coherence>,
    metrics: Arc<CacheMetrics>,
}

/// A response, and the value that it was built from.
pub struct CachedResponse<T> {
    /// The value.
    pub entry: CacheEntry,
    /// The response.
    pub response: T,
    bytes: usize,
    /// Counts how often it was served.
    hits: Arc<Counter>,
}

#[derive(Clone, Debug)]
struct Weight;

impl<T> Weighter<Box<str>, Arc<CachedResponse<T>>> for Weight {
    fn weight(&self, address: &Box<str>, answer: &Arc<CachedResponse<T>>) -> u64 {
        (address.len() + answer.bytes + answer.entry.weight()) as u64
    }
}

impl<T> CachedResponse<T> {
    /// Counts that it was served.
    pub fn note_sent(&self) {
        self.hits.add(1);
    }
}

impl<T> ResponseCache<T> {
    pub(crate) fn new(bytes_max: u64, coherence: Arc<Coherence>, metrics: Arc<CacheMetrics>) -> Self {
        Self {
            answers: crate::bounded(bytes_max, Weight),
            coherence,
            metrics,
        }
    }

    /// The response for `address`, if its value may still be served; `now` is the current time. A caller that sends it
    /// also calls [`CachedResponse::note_sent`].
    #[must_use]
    pub fn get(&self, address: &str, now: Instant) -> Option<Arc<CachedResponse<T>>> {
        let answer = self.answers.get(address)?;
        if !answer.entry.is_current(&self.coherence, now) {
            let reason = answer.entry.objection(&self.coherence);
            self.metrics.reject(Tier::Response, answer.entry.kind(), reason);
            return None;
        }
        Some(answer)
    }

    /// Caches a response that was built from `entry`; `bytes` is its size besides the value.
    pub fn put(&self, address: &str, entry: CacheEntry, response: T, bytes: usize) {
        if !entry.is_cacheable() || address.len() > ADDRESS_BYTES_MAX {
            return;
        }
        let hits = self.metrics.counter(entry.kind(), Event::Read(Read::Response));
        let answer = CachedResponse {
            entry,
            response,
            bytes,
            hits,
        };
        self.answers.insert(address.into(), Arc::new(answer));
    }
}
