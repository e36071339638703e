//! Tests of what a pulse reads, and from which number on all touches are known afterwards.

use domain::clock::Timestamp;

use super::*;

fn pulse(lowest: u64, next: u64, forgotten: u64) -> Pulse {
    Pulse {
        lowest,
        seen: TouchSnapshot::from(next),
        incarnation: "one".to_owned(),
        forgotten,
        rows: Vec::new(),
        clock: Timestamp::from_micros(0),
    }
}

fn after(pulse: &Pulse) -> Cursor {
    Cursor {
        last: Some(Last {
            seen: pulse.seen.clone(),
            lowest: pulse.lowest,
            incarnation: pulse.incarnation.clone(),
            sent: Instant::now(),
        }),
        hurries: false,
    }
}

/// What the next pulse reads, and from which number on all touches are known afterwards.
fn begins(cursor: &Cursor, takes_over: bool) -> (TouchSnapshot, Option<u64>) {
    let (start, seen) = cursor.question(takes_over);
    (seen, cursor.known_from(start, &pulse(50, 60, 30)))
}

#[test]
fn a_first_pulse_asks_for_what_it_has_to_judge_by() {
    let mut cursor = Cursor::default();
    let nothing = TouchSnapshot::from(u64::MAX);
    assert_eq!(begins(&cursor, true), (TouchSnapshot::default(), Some(31)));
    assert_eq!(begins(&cursor, false), (nothing.clone(), Some(50)));
    cursor.note_failure();
    // Nothing below 60 was read, and a transaction below it may have been committed.
    assert_eq!(begins(&cursor, true), (nothing.clone(), Some(60)));
    assert_eq!(begins(&cursor, false), (nothing, Some(50)));
}

#[test]
fn a_later_pulse_goes_on_unless_something_was_forgotten_in_between() {
    let cursor = after(&pulse(40, 45, 20));
    assert_eq!(begins(&cursor, true), (TouchSnapshot::from(45), None));
    let cursor = after(&pulse(20, 25, 20));
    assert_eq!(begins(&cursor, true), (TouchSnapshot::from(25), Some(31)));
}

#[test]
fn a_failure_costs_what_was_read_only_when_nothing_is_left_to_keep() {
    let mut cursor = after(&pulse(40, 45, 20));
    cursor.note_failure();
    assert!(cursor.last.is_some() && !cursor.hurries);
    if let Some(last) = &mut cursor.last {
        last.sent = Instant::now()
            .checked_sub(LASTS + Duration::from_secs(1))
            .expect("a machine that runs for longer");
    }
    cursor.note_failure();
    assert!(cursor.last.is_none() && !cursor.hurries);
    cursor.note_failure();
    assert!(cursor.hurries);
}

#[test]
fn another_name_or_lower_numbers_are_another_database() {
    let cursor = after(&pulse(40, 45, 20));
    let is_of_another = |pulse: &Pulse| cursor.last.as_ref().expect("a pulse").is_of_another(pulse);
    assert!(!is_of_another(&pulse(40, 45, 20)) && !is_of_another(&pulse(41, 45, 20)));
    assert!(is_of_another(&pulse(39, 45, 20)));
    assert!(is_of_another(&Pulse {
        incarnation: "two".to_owned(),
        ..pulse(41, 45, 20)
    }));
}
