//! Slots and stamps: what was touched, when a value was loaded, and whether the value may still be served.

use std::collections::VecDeque;
#[cfg(any(test, latchkey_chaos))]
use std::sync::atomic::AtomicBool;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::touch::Touch;

use crate::fault_injection;

/// The number of slots. When two touches share one, the only cost is an unnecessary load.
const SLOTS: usize = 1 << 20;

/// No cached value is served when the last pulse was sent longer ago than this.
pub const PULSE_AGE_MAX: Duration = Duration::from_millis(700);

/// A list's order is not served when its load began longer than this before the last pulse. Together with the age of
/// that pulse and the delay of the load itself that stays below five seconds.
pub const ORDER_AGE_MAX: Duration = Duration::from_millis(3_200);

/// The number of the last transaction that touched a key or group, for each of [`SLOTS`] hashes.
#[derive(Debug)]
pub struct Coherence {
    slots: Box<[AtomicU64]>,
    /// Stamps below this are invalid: the touches before it are not known.
    floor: AtomicU64,
    /// Counts the incarnations of the database that this process has seen.
    incarnation: AtomicU64,
    /// The lowest transaction still running at the last pulse.
    lowest: AtomicU64,
    /// When the last pulse was sent, in microseconds after `born`; 0 before the first.
    pulse_sent_micros: AtomicU64,
    /// Loads with higher stamps began at most [`ORDER_AGE_MAX`] before the last pulse.
    recent: AtomicU64,
    /// The send times of the pulses of that period, oldest first, and the lowest number of each. Readers of memory do
    /// not lock it.
    pulses: Mutex<VecDeque<(Instant, u64)>>,
    born: Instant,
    /// The incarnation's name. Readers of memory do not lock it.
    name: Mutex<String>,
    #[cfg(any(test, latchkey_chaos))]
    trusting: AtomicBool,
}

/// The slot of a touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(usize);

/// The start of a value's load, in the database's order of transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    incarnation: u64,
    /// Transactions with lower numbers had ended when the load began, so it saw their changes.
    lowest: u64,
}

impl Stamp {
    pub(crate) const fn lowest(self) -> u64 {
        self.lowest
    }
}

impl Default for Coherence {
    fn default() -> Self {
        Self {
            slots: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            floor: AtomicU64::new(0),
            incarnation: AtomicU64::new(0),
            lowest: AtomicU64::new(0),
            pulse_sent_micros: AtomicU64::new(0),
            recent: AtomicU64::new(u64::MAX),
            pulses: Mutex::default(),
            born: Instant::now(),
            name: Mutex::new(String::new()),
            #[cfg(any(test, latchkey_chaos))]
            trusting: AtomicBool::new(false),
        }
    }
}

impl Coherence {
    /// Records that the transaction `number` touched `touch`, which invalidates values loaded before it ended. Returns
    /// whether the slot was raised: if so, some values may have been valid until now.
    pub fn raise(&self, touch: Touch, number: u64) -> bool {
        if fault_injection::is_disabled("pulse") {
            return false;
        }
        if touch == Touch::Everything {
            return self.raise_everything(number);
        }
        let Slot(at) = Self::slot_of(touch);
        self.slots[at].fetch_max(number, Ordering::SeqCst) < number
    }

    /// Invalidates every value loaded before the transaction `number`, and returns whether any could have been valid.
    pub fn raise_everything(&self, number: u64) -> bool {
        let floor = number.saturating_add(1);
        self.floor.fetch_max(floor, Ordering::SeqCst) < floor
    }

    /// Sets the incarnation of the database that the next touches belong to. If it is another one, or an older copy of
    /// this one (its numbers fell), its numbers cannot be compared with ours: all values become invalid, and none is
    /// served until the pulse is published.
    pub fn enter(&self, incarnation: &str, lowest: u64) {
        let mut name = self.lock_name();
        if *name == incarnation && lowest >= self.lowest.load(Ordering::SeqCst) {
            return;
        }
        // Slots that this process raised before its first pulse stay raised: they are of this database.
        let is_first = name.is_empty();
        incarnation.clone_into(&mut name);
        self.pulse_sent_micros.store(0, Ordering::SeqCst);
        // The order matters: no load may get the old number under the new incarnation, and the slots are emptied only
        // when no value of the old one can pass any more.
        self.recent.store(u64::MAX, Ordering::SeqCst);
        self.lock_pulses().clear();
        self.lowest.store(0, Ordering::SeqCst);
        self.incarnation.fetch_add(1, Ordering::SeqCst);
        if !is_first {
            self.floor.store(0, Ordering::SeqCst);
            self.slots.iter().for_each(|slot| slot.store(0, Ordering::SeqCst));
        }
    }

    /// Publishes a pulse whose touches have all been raised. `sent` is when its statement was sent, not answered.
    ///
    /// Every touch numbered `known_from` or higher has been raised, now or before; values with lower stamps become
    /// invalid. It is 0 when this pulse continues where the one before ended.
    pub fn publish(&self, lowest: u64, incarnation: &str, known_from: u64, sent: Instant) {
        self.enter(incarnation, lowest);
        self.floor.fetch_max(known_from, Ordering::SeqCst);
        self.lowest.store(lowest, Ordering::SeqCst);
        self.note_pulse(sent, lowest);
        let sent = u64::try_from(sent.saturating_duration_since(self.born).as_micros()).unwrap_or(u64::MAX);
        self.pulse_sent_micros.store(sent.max(1), Ordering::SeqCst);
    }

    fn note_pulse(&self, sent: Instant, lowest: u64) {
        let mut pulses = self.lock_pulses();
        while pulses
            .front()
            .is_some_and(|(then, _)| sent.saturating_duration_since(*then) > ORDER_AGE_MAX)
        {
            pulses.pop_front();
        }
        pulses.push_back((sent, lowest));
        let oldest = pulses.front().map_or(lowest, |(_, lowest)| *lowest);
        self.recent.store(oldest, Ordering::SeqCst);
    }

    /// The stamp of a load that begins now; `None` before the first pulse, when nothing may be cached.
    #[must_use]
    pub fn stamp(&self) -> Option<Stamp> {
        let incarnation = self.incarnation.load(Ordering::SeqCst);
        let lowest = self.lowest.load(Ordering::SeqCst);
        (incarnation > 0 && lowest > 0).then_some(Stamp { incarnation, lowest })
    }

    /// Converts a stamp of another process to this process's numbering; `None` when it is of another incarnation.
    pub(crate) fn stamp_of(&self, incarnation: &str, lowest: u64) -> Option<Stamp> {
        let name = self.lock_name();
        (*name == incarnation && !name.is_empty()).then(|| Stamp {
            incarnation: self.incarnation.load(Ordering::SeqCst),
            lowest,
        })
    }

    /// Whether a stamp is of a later pulse than any that this process knows: then the process cannot judge it.
    pub(crate) fn is_ahead(&self, stamp: Stamp) -> bool {
        stamp.lowest > self.lowest.load(Ordering::SeqCst)
    }

    /// The name of the incarnation that a stamp is of; `None` when it is not the current one.
    pub(crate) fn incarnation_of(&self, stamp: Stamp) -> Option<String> {
        let name = self.lock_name();
        (stamp.incarnation == self.incarnation.load(Ordering::SeqCst)).then(|| name.clone())
    }

    /// Whether a value with this stamp that shows `touches` may be served now. Called after the value was found.
    #[must_use]
    pub fn admits(&self, stamp: Stamp, touches: &[Touch]) -> bool {
        let slots: Vec<Slot> = touches.iter().map(|touch| Self::slot_of(*touch)).collect();
        self.admits_slots(stamp, &slots, Instant::now())
    }

    /// The same for a caller that knows the slots and the time: no hashing, no read of the clock.
    pub(crate) fn admits_slots(&self, stamp: Stamp, slots: &[Slot], now: Instant) -> bool {
        if self.is_trusting() {
            return true;
        }
        // The incarnation is read last: if it is still the stamp's, the slots were not emptied while they were read.
        stamp.lowest >= self.floor.load(Ordering::SeqCst)
            && slots
                .iter()
                .all(|Slot(at)| self.slots[*at].load(Ordering::SeqCst) < stamp.lowest)
            && self.pulse_age_at(now).is_some_and(|age| age < PULSE_AGE_MAX)
            && stamp.incarnation == self.incarnation.load(Ordering::SeqCst)
    }

    /// Whether a list with this stamp that [`Self::admits_slots`] admits may be served in its order: `slot` was not
    /// touched since, or the load began recently.
    pub(crate) fn admits_order(&self, stamp: Stamp, slot: Slot) -> bool {
        self.is_trusting() || self.is_untouched(stamp, slot) || stamp.lowest > self.recent.load(Ordering::SeqCst)
    }

    /// Whether `slot` was not touched since this stamp was given.
    pub(crate) fn is_untouched(&self, stamp: Stamp, Slot(at): Slot) -> bool {
        self.slots[at].load(Ordering::SeqCst) < stamp.lowest
    }

    /// Why a value with this stamp and these slots may not be served, as a metrics label; `None` when it may.
    pub(crate) fn objection(&self, stamp: Stamp, slots: &[Slot]) -> Option<&'static str> {
        if self.admits_slots(stamp, slots, Instant::now()) {
            None
        } else if stamp.incarnation != self.incarnation.load(Ordering::SeqCst) {
            Some("incarnation")
        } else if stamp.lowest < self.floor.load(Ordering::SeqCst) {
            Some("floor")
        } else if self.pulse_age().is_none_or(|age| age >= PULSE_AGE_MAX) {
            Some("pulse age")
        } else {
            Some("slot")
        }
    }

    /// Whether the last pulse is recent enough for cache entries to be served.
    #[must_use]
    pub fn is_in_step(&self) -> bool {
        self.pulse_age().is_some_and(|age| age < PULSE_AGE_MAX)
    }

    /// How long ago the last pulse was sent; `None` before the first.
    #[must_use]
    pub fn pulse_age(&self) -> Option<Duration> {
        self.pulse_age_at(Instant::now())
    }

    fn pulse_age_at(&self, now: Instant) -> Option<Duration> {
        let sent = self.pulse_sent_micros.load(Ordering::SeqCst);
        let age = now.saturating_duration_since(self.born);
        (sent > 0).then(|| age.saturating_sub(Duration::from_micros(sent)))
    }

    /// For tests only: trusts every cached value, to prove that the check rejects the old ones.
    #[cfg(any(test, latchkey_chaos))]
    pub fn trust_everything(&self) {
        self.trusting.store(true, Ordering::Relaxed);
    }

    #[cfg(any(test, latchkey_chaos))]
    fn is_trusting(&self) -> bool {
        self.trusting.load(Ordering::Relaxed) || fault_injection::is_disabled("stamps")
    }

    #[cfg(not(any(test, latchkey_chaos)))]
    const fn is_trusting(&self) -> bool {
        false
    }

    /// The slot of `touch`: the same for as long as the process runs.
    pub(crate) fn slot_of(touch: Touch) -> Slot {
        use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(touch);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the remainder is below SLOTS, which is a usize"
        )]
        let at = (hash % SLOTS as u64) as usize;
        Slot(at)
    }

    fn lock_pulses(&self) -> MutexGuard<'_, VecDeque<(Instant, u64)>> {
        self.pulses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_name(&self) -> MutexGuard<'_, String> {
        self.name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "coherence_tests.rs"]
mod tests;
