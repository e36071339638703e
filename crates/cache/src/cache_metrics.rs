//! The metrics of the cache, counted once for `/metrics` and for the operators' page.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// The kind of the game entries that lists are made of.
pub const GAME_ROW: &str = "game row";

/// Where values are stored.
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
    /// By the response cache.
    Response,
    /// From memory.
    Hit,
    /// By a load that ran already.
    Joined,
    /// From Redis.
    Shared,
    /// By a list whose order was looked at again and found the same.
    Confirmed,
    /// By a load of its own.
    Miss,
}

/// What became of the right to load a key for all processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeaseStep {
    /// It was had.
    Taken,
    /// Another process had it: one look of a reader who waits.
    Waited,
    /// Another process had it for longer than a reader waits.
    WaitedInVain,
    /// It lapsed before its load had ended: another process may have loaded the same.
    Lost,
}

/// What became of a write to Redis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Write {
    /// Redis took it.
    Done,
    /// Redis did not.
    Failed,
    /// The queue was full.
    Dropped,
    /// The value was touched while it waited.
    Void,
}

/// Something that happened to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// It was asked for.
    Read(Read),
    /// It was in hand and not served, for this reason.
    Rejected(Tier, &'static str),
    /// It was put into memory, loaded or found in Redis.
    Filled,
    /// It was to be loaded for all processes.
    Lease(LeaseStep),
    /// It was to be put into Redis, or to leave it.
    Write(Write),
}

/// How often something happened to values of one kind since the process began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count {
    /// The kind, as metrics name it.
    pub kind: &'static str,
    /// What happened.
    pub event: Event,
    /// How often.
    pub count: u64,
}

/// Counts. Each is known to the metrics' recorder that stands when it is first counted.
#[derive(Debug, Default)]
pub(crate) struct CacheMetrics(RwLock<HashMap<(&'static str, Event), Arc<Counter>>>);

/// One of the counts.
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
    /// Counts `event` of a value of this kind.
    pub(crate) fn count(&self, kind: &'static str, event: Event) {
        self.counter(kind, event).add(1);
    }

    /// Counts that a value in hand was not served.
    pub(crate) fn reject(&self, tier: Tier, kind: &'static str, reason: &'static str) {
        self.count(kind, Event::Rejected(tier, reason));
    }

    /// The counter, for who counts the same again and again.
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

    /// Everything that has happened, by kind.
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
