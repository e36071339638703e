//! Slots and stamps: what was touched, when a value was loaded, and whether the value may still be served.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::touch::Touch;

/// How many slots there are. Two touches that share one only cost a load too many.
const SLOTS: usize = 1 << 20;

/// No cached value is served when the last pulse was sent longer ago.
const PULSE_AGE_MAX: Duration = Duration::from_millis(700);

/// The number of the last transaction that touched a key or group, for each of [`SLOTS`] hashes.
#[derive(Debug)]
pub struct Coherence {
    slots: Box<[AtomicU64]>,
    /// Stamps below this are void: what was touched before it is not known.
    floor: AtomicU64,
    /// Counts incarnations of the database that this process has seen.
    incarnation: AtomicU64,
    /// The lowest transaction still running at the last pulse.
    lowest: AtomicU64,
    /// When the last pulse was sent, in microseconds after `born`; 0 before the first.
    pulse_sent_micros: AtomicU64,
    born: Instant,
    /// The incarnation's name; taken by the pulse alone.
    name: Mutex<String>,
    trusting: AtomicBool,
}

/// Where a touch leaves its mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(usize);

/// When a value's load began, in the database's own order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    incarnation: u64,
    /// Transactions with lower numbers had ended when the load began, so that it saw them.
    lowest: u64,
}

impl Default for Coherence {
    fn default() -> Self {
        Self {
            slots: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            floor: AtomicU64::new(0),
            incarnation: AtomicU64::new(0),
            lowest: AtomicU64::new(0),
            pulse_sent_micros: AtomicU64::new(0),
            born: Instant::now(),
            name: Mutex::new(String::new()),
            trusting: AtomicBool::new(false),
        }
    }
}

impl Coherence {
    /// Notes that the transaction `number` touched `touch`: values loaded before it ended are void.
    pub fn raise(&self, touch: Touch, number: u64) {
        let Slot(at) = Self::slot_of(touch);
        self.slots[at].fetch_max(number, Ordering::SeqCst);
    }

    /// Makes every value loaded before the transaction `number` void.
    pub fn raise_everything(&self, number: u64) {
        self.floor.fetch_max(number.saturating_add(1), Ordering::SeqCst);
    }

    /// Publishes a pulse whose touches have all been raised. `sent` is when its statement was sent, not answered.
    ///
    /// With `gap`, touches between the previous pulse and this one may be unknown: all older values are void.
    pub fn publish(&self, lowest: u64, incarnation: &str, gap: bool, sent: Instant) {
        let mut name = self.lock_name();
        if *name != incarnation {
            // Another database, or an older copy of this one: its numbers say nothing about ours.
            incarnation.clone_into(&mut name);
            self.lowest.store(0, Ordering::SeqCst);
            self.floor.store(lowest, Ordering::SeqCst);
            self.slots.iter().for_each(|slot| slot.store(0, Ordering::SeqCst));
            self.incarnation.fetch_add(1, Ordering::SeqCst);
        } else if gap {
            self.floor.fetch_max(lowest, Ordering::SeqCst);
        }
        self.lowest.store(lowest, Ordering::SeqCst);
        let sent = u64::try_from(sent.saturating_duration_since(self.born).as_micros()).unwrap_or(u64::MAX);
        self.pulse_sent_micros.store(sent.max(1), Ordering::SeqCst);
    }

    /// The stamp of a load that begins now; `None` before the first pulse, when nothing may be kept.
    #[must_use]
    pub fn stamp(&self) -> Option<Stamp> {
        let incarnation = self.incarnation.load(Ordering::SeqCst);
        let lowest = self.lowest.load(Ordering::SeqCst);
        (incarnation > 0 && lowest > 0).then_some(Stamp { incarnation, lowest })
    }

    /// Whether a value with this stamp that shows `touches` may be served now. Asked when the value is in hand.
    #[must_use]
    pub fn admits(&self, stamp: Stamp, touches: &[Touch]) -> bool {
        let slots = touches.iter().map(|touch| Self::slot_of(*touch));
        self.admits_slots(stamp, slots, Instant::now())
    }

    /// The same for a reader who knows the slots and what time it is: no hash, no look at the clock.
    pub(crate) fn admits_slots(&self, stamp: Stamp, mut slots: impl Iterator<Item = Slot>, now: Instant) -> bool {
        if self.trusting.load(Ordering::Relaxed) {
            return true;
        }
        stamp.incarnation == self.incarnation.load(Ordering::SeqCst)
            && stamp.lowest >= self.floor.load(Ordering::SeqCst)
            && slots.all(|Slot(at)| self.slots[at].load(Ordering::SeqCst) < stamp.lowest)
            && self.pulse_age_at(now).is_some_and(|age| age < PULSE_AGE_MAX)
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

    /// For tests alone: trusts every cached value, to prove that the check is what keeps old ones out.
    #[cfg(any(test, feature = "sabotage"))]
    pub fn trust_everything(&self) {
        self.trusting.store(true, Ordering::Relaxed);
    }

    /// Where `touch` leaves its mark: the same for as long as the process runs.
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

    fn lock_name(&self) -> MutexGuard<'_, String> {
        self.name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use domain::id::GameId;
    use uuid::Uuid;

    use super::*;

    const GAME: Touch = Touch::Game(GameId(Uuid::from_u128(1)));

    fn pulsed(lowest: u64) -> Coherence {
        let coherence = Coherence::default();
        coherence.publish(lowest, "a", false, Instant::now());
        coherence
    }

    #[test]
    fn nothing_is_kept_before_the_first_pulse() {
        assert_eq!(Coherence::default().stamp(), None);
    }

    #[test]
    fn a_touch_voids_what_was_loaded_before_its_transaction_ended() {
        let coherence = pulsed(10);
        let before = coherence.stamp().unwrap();
        assert!(coherence.admits(before, &[GAME]));
        coherence.raise(GAME, 10);
        assert!(!coherence.admits(before, &[GAME]));
        assert!(coherence.admits(before, &[Touch::Home]), "another key stays");
        // The transaction 10 may still run as far as this process knows: a load now may not see it.
        assert!(!coherence.admits(coherence.stamp().unwrap(), &[GAME]));
        coherence.publish(11, "a", false, Instant::now());
        assert!(coherence.admits(coherence.stamp().unwrap(), &[GAME]));
    }

    #[test]
    fn transactions_that_end_out_of_order_are_not_missed() {
        let coherence = pulsed(7);
        // 9 ends first, while 7 runs: the value loaded now sees 9 and not 7.
        coherence.raise(GAME, 9);
        coherence.publish(7, "a", false, Instant::now());
        let between = coherence.stamp().unwrap();
        coherence.raise(GAME, 7);
        coherence.publish(10, "a", false, Instant::now());
        assert!(
            !coherence.admits(between, &[GAME]),
            "the slot did not move, yet the stamp is too low"
        );
    }

    #[test]
    fn an_old_pulse_a_gap_and_another_incarnation_void_everything() {
        let coherence = pulsed(10);
        let stamp = coherence.stamp().unwrap();
        coherence.publish(12, "a", true, Instant::now());
        assert!(!coherence.admits(stamp, &[]));
        let stamp = coherence.stamp().unwrap();
        coherence.publish(12, "b", false, Instant::now());
        assert!(!coherence.admits(stamp, &[]));
        assert!(coherence.admits(coherence.stamp().unwrap(), &[]));
        coherence.raise_everything(12);
        assert!(!coherence.admits(coherence.stamp().unwrap(), &[]));
        let late = pulsed(10);
        let stamp = late.stamp().unwrap();
        late.publish(10, "a", false, late.born);
        std::thread::park_timeout(PULSE_AGE_MAX);
        assert!(!late.admits(stamp, &[]));
    }
}
