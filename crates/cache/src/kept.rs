//! A value with what decides whether it may be served.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Instant;

use crate::coherence::Slot;
use crate::{Coherence, Key, Rendered, Stamp};

/// A value ready to send. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Kept {
    value: Arc<Rendered>,
    kind: &'static str,
    /// `None`: loaded for one reader, to be kept by nobody.
    mark: Option<Mark>,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    stamp: Stamp,
    slots: [Slot; 2],
    until: Instant,
}

impl Kept {
    /// The value of `key` with the stamp of before its load; without one nobody may keep it.
    pub(crate) fn new(value: Rendered, stamp: Option<Stamp>, key: &Key) -> Self {
        Self::marked(value, stamp, key, Instant::now() + key.lifetime())
    }

    /// The same of a value that another process loaded with this stamp, and that is not to be served after `until`.
    pub(crate) fn found(value: Rendered, stamp: Stamp, key: &Key, until: Instant) -> Self {
        Self::marked(value, Some(stamp), key, until)
    }

    fn marked(value: Rendered, stamp: Option<Stamp>, key: &Key, until: Instant) -> Self {
        let mark = stamp.map(|stamp| Mark {
            stamp,
            slots: key.touches().map(Coherence::slot_of),
            until,
        });
        Self {
            value: Arc::new(value),
            kind: key.kind(),
            mark,
        }
    }

    /// The stamp that it bears.
    pub(crate) fn stamp(&self) -> Option<Stamp> {
        self.mark.map(|mark| mark.stamp)
    }

    /// Its key's kind in metrics.
    pub(crate) const fn kind(&self) -> &'static str {
        self.kind
    }

    /// Whether it may be kept, to be checked each time it is used.
    #[must_use]
    pub const fn is_keepable(&self) -> bool {
        self.mark.is_some()
    }

    /// Whether it may still be served. Asked when the value is in hand, `now` read before.
    pub(crate) fn is_true(&self, coherence: &Coherence, now: Instant) -> bool {
        self.mark
            .is_some_and(|mark| now < mark.until && coherence.admits_slots(mark.stamp, mark.slots.into_iter(), now))
    }
}

impl Kept {
    /// Why it may not be served, as metrics name it.
    pub(crate) fn objection(&self, coherence: &Coherence) -> &'static str {
        let reason = self.mark.and_then(|mark| coherence.objection(mark.stamp, mark.slots));
        reason.unwrap_or("lifetime")
    }
}

impl Deref for Kept {
    type Target = Rendered;

    fn deref(&self) -> &Rendered {
        &self.value
    }
}
