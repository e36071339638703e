//! Tests of the check: which values pass and which do not.

use domain::id::GameId;
use uuid::Uuid;

use super::*;

const GAME: Touch = Touch::Game(GameId(Uuid::from_u128(1)));

fn pulsed(lowest: u64) -> Coherence {
    let coherence = Coherence::default();
    coherence.publish(lowest, "a", 0, Instant::now());
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
    // As far as this process knows, transaction 10 may still run, so a load now may not see it.
    assert!(!coherence.admits(coherence.stamp().unwrap(), &[GAME]));
    coherence.publish(11, "a", 0, Instant::now());
    assert!(coherence.admits(coherence.stamp().unwrap(), &[GAME]));
}

#[test]
fn transactions_that_end_out_of_order_are_not_missed() {
    let coherence = pulsed(7);
    // 9 ends first, while 7 runs: the value loaded now sees 9 and not 7.
    coherence.raise(GAME, 9);
    coherence.publish(7, "a", 0, Instant::now());
    let between = coherence.stamp().unwrap();
    coherence.raise(GAME, 7);
    coherence.publish(10, "a", 0, Instant::now());
    assert!(
        !coherence.admits(between, &[GAME]),
        "the slot did not move, yet the stamp is too low"
    );
}

#[test]
fn an_old_pulse_a_gap_and_another_incarnation_void_everything() {
    let coherence = pulsed(10);
    let stamp = coherence.stamp().unwrap();
    coherence.publish(12, "a", 12, Instant::now());
    assert!(!coherence.admits(stamp, &[]));
    let stamp = coherence.stamp().unwrap();
    coherence.publish(12, "b", 0, Instant::now());
    assert!(!coherence.admits(stamp, &[]));
    assert!(coherence.admits(coherence.stamp().unwrap(), &[]));
    coherence.raise_everything(12);
    assert!(!coherence.admits(coherence.stamp().unwrap(), &[]));
    let late = pulsed(10);
    let stamp = late.stamp().unwrap();
    late.publish(10, "a", 0, late.born);
    std::thread::park_timeout(PULSE_AGE_MAX);
    assert!(!late.admits(stamp, &[]));
}
#[test]
fn a_new_incarnation_serves_nothing_until_its_touches_are_known() {
    let coherence = pulsed(10);
    let before = coherence.stamp().unwrap();
    coherence.enter("b", 10);
    assert!(!coherence.admits(before, &[]));
    assert_eq!(coherence.stamp(), None, "no load bears a number of the old one");
    let others = coherence.stamp_of("b", 9).unwrap();
    assert!(!coherence.admits(others, &[]), "not yet");
    coherence.raise(GAME, 8);
    coherence.raise(Touch::Home, 9);
    coherence.publish(10, "b", 7, Instant::now());
    assert!(coherence.admits(others, &[GAME]));
    assert_eq!(
        coherence.objection(others, &[Coherence::slot_of(Touch::Home)]),
        Some("slot")
    );
    let older = coherence.stamp_of("b", 6).unwrap();
    assert_eq!(coherence.objection(older, &[Coherence::slot_of(GAME)]), Some("floor"));
    assert_eq!(coherence.stamp_of("a", 9), None);
}

#[test]
fn what_was_written_before_the_first_pulse_stays_raised() {
    let coherence = Coherence::default();
    coherence.raise(GAME, 8);
    coherence.publish(7, "a", 1, Instant::now());
    let others = coherence.stamp_of("a", 7).unwrap();
    assert!(!coherence.admits(others, &[GAME]));
    assert!(coherence.admits(others, &[Touch::Home]));
}

#[test]
fn everything_is_touched_at_once() {
    let coherence = pulsed(10);
    let before = coherence.stamp().unwrap();
    coherence.raise(Touch::Everything, 10);
    assert!(!coherence.admits(before, &[]));
    coherence.publish(11, "a", 0, Instant::now());
    assert!(coherence.admits(coherence.stamp().unwrap(), &[GAME]));
}

#[test]
fn numbers_that_fall_back_are_another_databases() {
    let coherence = pulsed(1_000);
    let before = coherence.stamp().unwrap();
    coherence.raise(Touch::Home, 900);
    coherence.publish(10, "a", 10, Instant::now());
    assert!(!coherence.admits(before, &[]));
    assert!(coherence.is_ahead(coherence.stamp_of("a", 1_000).unwrap()));
    let now = coherence.stamp().unwrap();
    assert!(coherence.admits(now, &[Touch::Home]) && !coherence.is_ahead(now));
}

#[test]
fn an_order_may_be_a_few_seconds_old_and_no_older() {
    let order = Coherence::slot_of(Touch::Offers);
    let began = Instant::now();
    let coherence = Coherence::default();
    let pulse = |lowest, seconds: f64| {
        coherence.publish(lowest, "a", 0, began + Duration::from_secs_f64(seconds));
        coherence.stamp().unwrap()
    };
    let first = pulse(10, 0.0);
    assert!(coherence.admits_order(first, order), "nothing was touched");
    let loaded = pulse(20, 1.0);
    coherence.raise(Touch::Offers, 25);
    pulse(30, 2.0);
    assert!(coherence.admits_order(loaded, order) && !coherence.is_untouched(loaded, order));
    assert!(
        !coherence.admits_order(first, order),
        "no pulse says that its load is not of long ago"
    );
    // The pulse before its own falls out of the time for which an order may be old.
    pulse(40, 3.1);
    assert!(coherence.admits_order(loaded, order));
    pulse(50, 3.3);
    assert!(!coherence.admits_order(loaded, order), "3.3 seconds after that pulse");
    let late = pulse(60, 60.0);
    coherence.raise(Touch::Offers, 61);
    assert!(
        !coherence.admits_order(late, order),
        "the only pulse of this time is its own: its load may have begun at any time after"
    );
}

#[test]
fn no_order_outlives_its_incarnation() {
    let order = Coherence::slot_of(Touch::Offers);
    let coherence = pulsed(10);
    coherence.publish(20, "a", 0, Instant::now());
    coherence.publish(5, "b", 0, Instant::now());
    coherence.raise(Touch::Offers, 7);
    let now = coherence.stamp().unwrap();
    assert!(!coherence.admits_order(now, order));
}
