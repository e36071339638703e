//! Tests of the rate limit on a simulated clock: never above the limit, hardly below it, priorities respected.

use proptest::prelude::*;

use super::*;

const MINUTE: i64 = 60 * SECOND;

/// The most uses in any minute.
fn worst_minute(mut uses: Vec<i64>) -> usize {
    uses.sort_unstable();
    let mut worst = 0;
    let mut from = 0;
    for (at, time) in uses.iter().enumerate() {
        while uses[from] <= time - MINUTE {
            from += 1;
        }
        worst = worst.max(at - from + 1);
    }
    worst
}

/// When the slots may be used: not before `now`, not before their time, and `late` after that.
fn uses(slots: Slots, now: i64, late: i64) -> impl Iterator<Item = i64> {
    (0..i64::from(slots.count)).map(move |n| {
        let slot = now + slots.first_in + n * slots.spacing;
        slot.max(now) + late
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Callers of all priorities come at any time, take any number, and use what they get as late as allowed.
    #[test]
    fn no_minute_holds_more_than_the_limit(
        limit in 1u32..2_000,
        askers in prop::collection::vec((0i64..2_000_000, 0usize..3, 1u32..40, 0i64..=1_000_000), 1..1_500),
    ) {
        let rate = Rate::per_minute(limit);
        let (mut bucket, mut now, mut all) = (Bucket::default(), 0, Vec::new());
        for (gap, priority, want, late) in askers {
            now += gap / i64::from(limit.min(60));
            let priority = [Priority::Orders, Priority::Stock, Priority::Crawl][priority];
            if let Ok(slots) = bucket.take(rate, priority, now, want) {
                all.extend(uses(slots, now, late));
            }
        }
        prop_assert!(worst_minute(all) <= limit as usize);
    }
}

#[test]
fn a_crawl_alone_gets_nearly_all_of_the_limit() {
    for limit in [600, 6_000, 60_000] {
        let rate = Rate::per_minute(limit);
        let (mut bucket, mut now, mut all) = (Bucket::default(), 0, Vec::new());
        while now < 2 * MINUTE {
            match bucket.take(rate, Priority::Crawl, now, rate.block()) {
                Ok(slots) => all.extend(uses(slots, now, 0)),
                // Always a little late, like a real caller.
                Err(wait) => now += i64::try_from(wait.as_micros()).unwrap() + 5_000,
            }
        }
        let got = all.len() as f64 / f64::from(2 * limit);
        assert!(got > 0.96 && got <= 1.0, "{limit}: {got}");
        assert!(worst_minute(all) <= limit as usize);
    }
}

#[test]
fn an_order_passes_a_crawl_and_stock_stands_between() {
    let rate = Rate::per_minute(600);
    let (mut bucket, now) = (Bucket::default(), 10 * SECOND);
    while bucket.take(rate, Priority::Crawl, now, 10).is_ok() {}
    let slot = bucket.take(rate, Priority::Orders, now, 1).unwrap();
    assert!(slot.first_in <= rate.spacing, "{slot:?}");
    // A crawl cannot take what an order has booked ahead when its time comes.
    assert!(bucket.take(rate, Priority::Crawl, now + slot.first_in, 1).is_err());
    assert!(bucket.take(rate, Priority::Stock, now, 1).is_ok());
    // A queue of orders is served one spacing apart, and refused where it would take too long.
    let mut waits = Vec::new();
    while let Ok(slot) = bucket.take(rate, Priority::Orders, now, 1) {
        waits.push(slot.first_in);
    }
    assert!(waits.windows(2).all(|pair| pair[1] - pair[0] == rate.spacing));
    assert!(*waits.last().unwrap() <= ORDERS_REACH);
}

#[test]
fn a_hold_stops_all_priorities_and_ends() {
    let rate = Rate::per_minute(600);
    let (mut bucket, now) = (Bucket::default(), 10 * SECOND);
    bucket.hold(now, Duration::from_secs(20));
    bucket.hold(now, Duration::from_secs(3));
    assert!(bucket.take(rate, Priority::Crawl, now + 19 * SECOND, 1).is_err());
    assert!(bucket.take(rate, Priority::Orders, now, 1).is_err());
    assert!(bucket.take(rate, Priority::Crawl, now + 20 * SECOND, 1).is_ok());
    bucket.hold(now, Duration::MAX);
    assert!(bucket.held_until <= now + 10 * MINUTE);
    // A clock that was set back a little does not end the pause.
    bucket.hold(now, Duration::from_secs(60));
    assert!(bucket.take(rate, Priority::Orders, now - 1_000, 1).is_err());
}

#[test]
fn a_clock_that_was_set_back_does_not_stop_anybody() {
    let rate = Rate::per_minute(600);
    let mut bucket = Bucket {
        next_at: 1_000_000 * SECOND,
        held_until: 1_000_000 * SECOND,
    };
    // Its pause ends after the longest hold.
    assert!(bucket.take(rate, Priority::Crawl, 5 * SECOND, 1).is_err());
    assert!(bucket.take(rate, Priority::Crawl, 5 * SECOND + 10 * MINUTE, 1).is_ok());
}

#[test]
fn odd_limits_are_kept_too() {
    for limit in [0, 1, 2, 59, 100, 60_000, u32::MAX] {
        let rate = Rate::per_minute(limit);
        let slots = Bucket::default()
            .take(rate, Priority::Crawl, MINUTE, rate.block())
            .unwrap();
        assert!(slots.count >= 1 && rate.spacing >= 1, "{limit}: {rate:?}");
    }
}
