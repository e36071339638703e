//! The metrics of the cache, counted once for `/metrics` and for the administration's page.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// The kind of the game entries that lists are built from.
pub const GAME_ROW: &str = "game row";
/// The kind of games as lists render them.
pub const RENDERED_GAME: &str = "rendered game";

/// Where values are cached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Whole responses, by their addresses.
    Response,
    /// The memory of this process.
    Memory,
    /// Redis.
    Redis,
}

/// How a read was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Read {
    /// From the response cache.
    Response,
    /// From memory.
    Hit,
    /// By a load that was already running.
    Joined,
    /// From Redis.
    Shared,
    /// By a list whose order was checked again and found unchanged.
    Confirmed,
    /// By its own load.
    Miss,
}

/// The outcome of a lease on a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeaseStep {
    /// It was acquired.
    Taken,
    /// Another process holds it: one check by a waiting reader.
    Waited,
    /// Another process held it for longer than a reader waits.
    WaitedInVain,
    /// It expired before its load had ended: another process may have loaded the same key.
    Lost,
}

/// The outcome of a write to Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Write {
    /// Redis accepted it.
    Done,
    /// Redis failed or refused it.
    Failed,
    /// The queue was full.
    Dropped,
    /// The value was touched while it was queued.
    Void,
}

/// An event of a cached value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// It was read.
    Read(Read),
    /// It was found and not served, for this reason.
    Rejected(Tier, &'static str),
    /// It was put into memory, after a load or from Redis.
    Filled,
    /// It was asked for once, and so not stored.
    AskedOnce,
    /// It was to be loaded for all processes.
    Lease(LeaseStep),
    /// A write to Redis or a removal from it.
    Write(Write),
}

/// The number of events of one type for values of one kind since the process started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count {
    /// The kind's name in metrics.
    pub kind: &'static str,
    /// The event.
    pub event: Event,
    /// The number of events.
    pub count: u64,
}

/// The counters. Each is registered with the metrics recorder that is installed when it is first used.
#[derive(Debug, Default)]
pub(crate) struct CacheMetrics(RwLock<HashMap<(&'static str, Event), Arc<Counter>>>);

/// One counter.
pub(crate) struct Counter {
    count: AtomicU64,
    metric: metrics::Counter,
}

impl std::fmt::Debug for Counter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.count.fmt(f)
    }
}

impl Tier {
    /// Its name in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Response => "response",
            Self::Memory => "memory",
            Self::Redis => "redis",
        }
    }
}

impl Counter {
    pub(crate) fn add(&self, times: u64) {
        self.count.fetch_add(times, Ordering::Relaxed);
        self.metric.increment(times);
    }
}

impl CacheMetrics {
    /// Counts `event` for a value of this kind.
    pub(crate) fn count(&self, kind: &'static str, event: Event) {
        self.counter(kind, event).add(1);
    }

    /// Counts that a value was found and not served.
    pub(crate) fn reject(&self, tier: Tier, kind: &'static str, reason: &'static str) {
        self.count(kind, Event::Rejected(tier, reason));
    }

    /// The counter, for callers that count the same event often.
    pub(crate) fn counter(&self, kind: &'static str, event: Event) -> Arc<Counter> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(counter) = known.get(&(kind, event)) {
            return Arc::clone(counter);
        }
        drop(known);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let counter = known.entry((kind, event)).or_insert_with(|| {
            Arc::new(Counter {
                count: AtomicU64::new(0),
                metric: metric(kind, event),
            })
        });
        Arc::clone(counter)
    }

    /// All counts, by kind.
    pub(crate) fn counts(&self) -> Vec<Count> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut counts: Vec<Count> = known
            .iter()
            .map(|((kind, event), counter)| Count {
                kind,
                event: *event,
                count: counter.count.load(Ordering::Relaxed),
            })
            .filter(|count| count.count > 0)
            .collect();
        drop(known);
        counts.sort_unstable();
        counts
    }
}

fn metric(kind: &'static str, event: Event) -> metrics::Counter {
    match event {
        Event::Read(read) => {
            let outcome = match read {
                Read::Response => "response",
                Read::Hit => "hit",
                Read::Joined => "joined",
                Read::Shared => "shared",
                Read::Confirmed => "confirmed",
                Read::Miss => "miss",
            };
            metrics::counter!("cache_reads_total", "kind" => kind, "outcome" => outcome)
        }
        Event::Rejected(tier, reason) => {
            metrics::counter!("cache_rejected_total", "tier" => tier.name(), "kind" => kind, "reason" => reason)
        }
        Event::Filled => metrics::counter!("cache_fills_total", "kind" => kind),
        Event::AskedOnce => metrics::counter!("cache_asked_once_total", "kind" => kind),
        Event::Lease(step) => {
            let outcome = match step {
                LeaseStep::Taken => "taken",
                LeaseStep::Waited => "waited",
                LeaseStep::WaitedInVain => "waited in vain",
                LeaseStep::Lost => "lost",
            };
            metrics::counter!("cache_leases_total", "kind" => kind, "outcome" => outcome)
        }
        Event::Write(write) => {
            let outcome = match write {
                Write::Done => "done",
                Write::Failed => "failed",
                Write::Dropped => "dropped",
                Write::Void => "void",
            };
            metrics::counter!("cache_redis_writes_total", "kind" => kind, "outcome" => outcome)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_is_counted_by_kind_and_told_in_order() {
        let metrics = CacheMetrics::default();
        metrics.count("home", Event::Read(Read::Miss));
        metrics.counter("game", Event::Read(Read::Hit)).add(2);
        metrics.count("game", Event::Read(Read::Hit));
        metrics.reject(Tier::Memory, "game", "slot");
        let told = metrics
            .counts()
            .into_iter()
            .map(|count| (count.kind, count.event, count.count));
        assert!(told.eq([
            ("game", Event::Read(Read::Hit), 3),
            ("game", Event::Rejected(Tier::Memory, "slot"), 1),
            ("home", Event::Read(Read::Miss), 1),
        ]));
    }
}
