//! The judge finds each kind of violation in a history that has one.

use super::super::{G2A, WHOLESALER};
use super::*;

const OFFERED: Word = Word::Offered { cost: 1_000, qty: 5 };

fn named(number: usize) -> Named {
    (G2A, number.to_string())
}

/// A version of a page that was requested a moment before.
fn version(cost: i64, qty: i64, committed_at: i64) -> OfferVersion {
    OfferVersion {
        cost,
        price: cost,
        qty,
        reserved: 0,
        hidden: false,
        parked: false,
        observed_at: committed_at - 100_000,
        committed_at,
    }
}

/// The run in which the supplier says what the test is about: from 10 to 20 s.
fn run(kind: &str, outcome: &str) -> RunRecord {
    RunRecord {
        supplier: G2A,
        kind: kind.to_owned(),
        names_products: false,
        started_at: 10_000_000,
        finished_at: Some(20_000_000),
        outcome: Some(outcome.to_owned()),
        is_explained: outcome != "complete",
    }
}

/// 40 products; of the first `count` the supplier says `word` since the fifth second, and the run makes of their offers
/// what `then` makes.
fn history(count: usize, word: Word, then: impl Fn(OfferVersion) -> OfferVersion) -> (Offers, World) {
    let (mut offers, mut world) = (Offers::new(), World::default());
    for number in 0..40 {
        let mut versions = vec![version(1_000, 5, 1_000_000)];
        world.say(named(number), OFFERED, (0, 0));
        if number < count {
            world.say(named(number), word, (5_000_000, 5_100_000));
            versions.push(then(version(1_000, 5, 15_000_000)));
        }
        offers.insert(named(number), versions);
    }
    (offers, world)
}

fn found((offers, world): (Offers, World), run: RunRecord) -> Vec<String> {
    violations(&offers, &[run], &world)
}

#[test]
fn what_follows_from_what_was_said_is_right() {
    let cheaper = Word::Offered { cost: 900, qty: 3 };
    let taken = |before| OfferVersion {
        cost: 900,
        price: 900,
        qty: 3,
        ..before
    };
    assert_eq!(found(history(40, cheaper, taken), run("full", "complete")), [""; 0]);
    let sold_out = |before| OfferVersion { qty: 0, ..before };
    assert_eq!(
        found(history(40, Word::Unreadable, sold_out), run("stock", "complete")),
        [""; 0]
    );
    let hidden = |before| OfferVersion { hidden: true, ..before };
    assert_eq!(found(history(10, Word::Gone, hidden), run("full", "complete")), [""; 0]);
}

#[test]
fn what_nobody_said_is_not_sold() {
    let taken = |before| OfferVersion { cost: 900, ..before };
    for word in [OFFERED, Word::Unreadable, Word::Gone, Word::Nothing] {
        let found = found(history(1, word, taken), run("delta", "complete"));
        assert!(
            found[0].contains("is for sale, and the supplier said"),
            "{word:?}: {found:?}"
        );
    }
    let sold_out = |before| OfferVersion { qty: 0, ..before };
    let hidden = |before| OfferVersion { hidden: true, ..before };
    let found_sold_out = found(history(1, Word::Nothing, sold_out), run("full", "failed"));
    assert!(found_sold_out[0].contains("is sold out"), "{found_sold_out:?}");
    let found_hidden = found(history(1, OFFERED, hidden), run("full", "incomplete"));
    assert!(found_hidden[0].contains("was hidden"), "{found_hidden:?}");
}

#[test]
fn what_a_run_could_not_read_is_not_for_sale_after_it() {
    for (kind, outcome) in [("full", "complete"), ("stock", "complete"), ("full", "parked")] {
        let (mut offers, world) = history(1, Word::Unreadable, |before| before);
        // Its row was not even written.
        offers.get_mut(&named(0)).unwrap().pop();
        let found = found((offers, world), run(kind, outcome));
        assert!(found[0].contains("could not read it") && found.len() == 1, "{found:?}");
    }
    let late = Word::Offered { cost: 900, qty: 3 };
    let (mut offers, mut world) = history(1, late, |before| before);
    offers.get_mut(&named(0)).unwrap().pop();
    let unchanged = violations(&offers, &[run("full", "complete")], &world);
    assert!(unchanged[0].contains("is not offered at 900 cents"), "{unchanged:?}");
    // Pages that belong to no list show nothing for certain.
    world.note_unsteady(G2A, 12_000_000, 13_000_000);
    assert_eq!(violations(&offers, &[run("full", "complete")], &world), [""; 0]);
    assert!(!world.was_unsteady(WHOLESALER, 0, i64::MAX));
}

#[test]
fn eleven_of_forty_are_too_many_to_hide_or_to_halve_at_once() {
    let hidden = |before| OfferVersion { hidden: true, ..before };
    let found_hidden = found(history(11, Word::Gone, hidden), run("full", "complete"));
    assert!(found_hidden[0].contains("hid 11 of 40"), "{found_hidden:?}");
    let slipped = Word::Offered { cost: 100, qty: 5 };
    let halved = |before| OfferVersion {
        cost: 100,
        price: 100,
        ..before
    };
    let found_halved = found(history(11, slipped, halved), run("stock", "complete"));
    assert!(
        found_halved[0].contains("halved the prices of 11 of 40"),
        "{found_halved:?}"
    );
    let kept = |before| OfferVersion { qty: 6, ..before };
    let other = Word::Offered { cost: 100, qty: 6 };
    let found_kept = found(history(1, other, kept), run("stock", "parked"));
    assert!(
        found_kept[0].contains("is for sale, and the supplier said"),
        "{found_kept:?}"
    );
    // Held back while the run lasts, and parked at its end.
    let (mut offers, world) = history(1, other, kept);
    let versions = offers.get_mut(&named(0)).unwrap();
    let mut last = version(1_000, 6, 19_000_000);
    last.parked = true;
    versions.push(last);
    assert_eq!(violations(&offers, &[run("stock", "parked")], &world), [""; 0]);
    let parked = |before| OfferVersion { parked: true, ..before };
    assert_eq!(found(history(40, slipped, parked), run("stock", "parked")), [""; 0]);
}

#[test]
fn an_empty_list_is_not_complete_and_each_run_says_how_it_ended_and_why() {
    let nothing = || {
        let (mut offers, world) = history(40, Word::Gone, |before| before);
        offers.values_mut().for_each(|versions| versions.truncate(1));
        (offers, world)
    };
    let found_empty = found(nothing(), run("full", "complete"));
    assert!(found_empty[0].contains("an empty list"), "{found_empty:?}");
    assert_eq!(found(nothing(), run("full", "parked")), [""; 0]);
    for (outcome, is_explained) in [(None, true), (Some("failed"), false), (Some("parked"), false)] {
        let silent = RunRecord {
            outcome: outcome.map(str::to_owned),
            is_explained,
            ..run("full", "")
        };
        let found = found(nothing(), silent);
        assert!(found[0].contains("does not say"), "{found:?}");
    }
}
