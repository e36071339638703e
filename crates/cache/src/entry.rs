//! A cache entry: a value with the data that decides whether it may be served.

use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::touch::Touch;

use crate::coherence::Slot;
use crate::{Coherence, Key, Rendered, Stamp};

/// A value ready to send. Cheap to clone.
#[derive(Clone, Debug)]
pub struct CacheEntry(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    value: Rendered,
    kind: &'static str,
    /// `None`: loaded for one reader, not to be cached.
    mark: Option<Mark>,
}

#[derive(Debug)]
struct Mark {
    stamp: Stamp,
    /// The slots of everything that the value shows.
    slots: Box<[Slot]>,
    /// The slot that its order may lag behind.
    order: Option<Slot>,
    until: Instant,
}

impl CacheEntry {
    /// The entry of `key` with the stamp taken before its load; without one it must not be cached.
    pub(crate) fn new(value: Rendered, stamp: Option<Stamp>, key: &Key) -> Self {
        Self::marked(value, stamp, key, Instant::now() + key.lifetime())
    }

    /// The entry of a value that another process loaded with this stamp, and that is not to be served after `until`.
    pub(crate) fn found(value: Rendered, stamp: Stamp, key: &Key, until: Instant) -> Self {
        Self::marked(value, Some(stamp), key, until)
    }

    fn marked(value: Rendered, stamp: Option<Stamp>, key: &Key, until: Instant) -> Self {
        let mark = stamp.map(|stamp| Mark {
            stamp,
            slots: slots_of(key, &value),
            order: key.lags_behind().map(Coherence::slot_of),
            until,
        });
        Self(Arc::new(Inner {
            value,
            kind: key.kind(),
            mark,
        }))
    }

    /// Its stamp.
    pub(crate) fn stamp(&self) -> Option<Stamp> {
        self.0.mark.as_ref().map(|mark| mark.stamp)
    }

    /// The same entry after its order was confirmed by a check that began after `stamp` was given.
    pub(crate) fn confirmed(&self, stamp: Stamp) -> Self {
        let Inner { value, kind, mark } = &*self.0;
        Self(Arc::new(Inner {
            value: value.clone(),
            kind,
            mark: mark.as_ref().map(|mark| Mark {
                stamp,
                slots: mark.slots.clone(),
                ..*mark
            }),
        }))
    }

    /// Approximate memory.
    pub(crate) fn weight(&self) -> usize {
        let slots = self.0.mark.as_ref().map_or(0, |mark| size_of_val(&*mark.slots));
        self.bytes() + size_of::<Inner>() + slots
    }

    /// How long it may still be cached from `now` on if nothing touches it.
    pub(crate) fn left(&self, now: Instant) -> Duration {
        let mark = self.0.mark.as_ref();
        mark.map_or(Duration::ZERO, |mark| mark.until.saturating_duration_since(now))
    }

    /// Its key's kind in metrics.
    pub(crate) fn kind(&self) -> &'static str {
        self.0.kind
    }

    /// Whether it may be cached, to be checked on each use.
    #[must_use]
    pub fn is_cacheable(&self) -> bool {
        self.0.mark.is_some()
    }

    /// Whether it may still be served. Called after the value was found, with `now` read before.
    pub(crate) fn is_current(&self, coherence: &Coherence, now: Instant) -> bool {
        let order = |mark: &Mark| mark.order.is_none_or(|slot| coherence.admits_order(mark.stamp, slot));
        self.shows_the_truth(coherence, now) && self.0.mark.as_ref().is_some_and(order)
    }

    /// Whether what it shows of each game may still be served, in any order.
    pub(crate) fn shows_the_truth(&self, coherence: &Coherence, now: Instant) -> bool {
        let is_current = |mark: &Mark| now < mark.until && coherence.admits_slots(mark.stamp, &mark.slots, now);
        self.0.mark.as_ref().is_some_and(is_current)
    }

    /// Whether its order, too, is unchanged.
    pub(crate) fn is_in_order(&self, coherence: &Coherence) -> bool {
        let is_in_order = |mark: &Mark| mark.order.is_none_or(|slot| coherence.is_untouched(mark.stamp, slot));
        self.0.mark.as_ref().is_some_and(is_in_order)
    }

    /// Why it may not be served, as a metrics label.
    pub(crate) fn objection(&self, coherence: &Coherence) -> &'static str {
        let reason = self.0.mark.as_ref().and_then(|mark| {
            let is_late = mark.order.is_some_and(|slot| !coherence.admits_order(mark.stamp, slot));
            let of_slots = coherence.objection(mark.stamp, &mark.slots);
            of_slots.or(is_late.then_some("order"))
        });
        reason.unwrap_or("lifetime")
    }
}

/// The slots of everything that makes a value stale: its key's touches, and the other games that it shows.
fn slots_of(key: &Key, value: &Rendered) -> Box<[Slot]> {
    let [one, other] = key.touches();
    let also = (one != other).then_some(other);
    let shown = value.shows.iter().map(|game| Touch::Game(*game));
    [one]
        .into_iter()
        .chain(also)
        .chain(shown)
        .map(Coherence::slot_of)
        .collect()
}

impl Deref for CacheEntry {
    type Target = Rendered;

    fn deref(&self) -> &Rendered {
        &self.0.value
    }
}
