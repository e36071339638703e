//! Tests of the figures that operators see.

use services::view::cache_metrics::{Count, Event, LeaseStep, Read, Write};

use super::*;

#[test]
fn short_spans_keep_a_digit_and_rates_are_not_rounded_up() {
    let spans = [100, 9_949, 31_000, 999_000, 2_500_000].map(|micros| span(Some(Duration::from_micros(micros))));
    assert_eq!(spans, ["0.1 ms", "9.9 ms", "31 ms", "999 ms", "2.5 s"]);
    let rate = percent(Reads {
        served: 99_999,
        loaded: 1,
    });
    assert_eq!((rate.as_str(), percent(Reads::default()).as_str()), ("99.9 %", "–"));
}

#[test]
fn counts_become_rows_by_kind() {
    let count = |kind, event, count| Count { kind, event, count };
    let counts = [
        count("forget", Event::Write(Write::Done), 9),
        count("game", Event::Read(Read::Hit), 6),
        count("game", Event::Read(Read::Confirmed), 1),
        count("game", Event::Read(Read::Miss), 2),
        count("game", Event::Rejected(Tier::Memory, "slot"), 1_234),
        count("game", Event::Filled, 2),
        count("game", Event::Lease(LeaseStep::Lost), 1),
        count("moon", Event::Read(Read::Shared), 1),
    ];
    let counts = KindCounts::of(&counts);
    let rows = kinds(&counts);
    assert_eq!(
        (rows.len(), rows[0].kind, rows[0].rate.as_str()),
        (2, "Games", "77.7 %")
    );
    assert_eq!(rows[0].counts, ["0", "6", "0", "0", "1", "2", "2", "0"]);
    let rejected = rejected(&counts);
    assert_eq!((rejected.len(), rejected[0].values.as_str()), (1, "1\u{a0}234"));
    assert_eq!(leases(&counts)[0].counts, ["0", "0", "0", "1"]);
}
