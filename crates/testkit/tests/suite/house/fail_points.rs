//! Fail points: those that tests stop a process at are those that the shop has.

use std::collections::BTreeSet;

use super::{files, read};

/// Texts of the tests that look like a fail point's name and are none.
const OTHERS: [&str; 1] = ["about:blank"];

/// The strings of a source that are two names with a colon between them.
fn named(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let is_pair = move |text: &&str| {
        text.split_once(':')
            .is_some_and(|(layer, name)| is_name(layer) && is_name(name))
    };
    text.split('"').filter(is_pair)
}

/// The names that a source passes to `pass`.
fn passed(text: &str) -> impl Iterator<Item = &str> {
    text.split("pass(\"")
        .skip(1)
        .filter_map(|rest| named(rest.split_once('"')?.0).next())
}

/// What `find` finds in the sources whose path `is_meant`.
fn all(is_meant: impl Fn(&str) -> bool, find: impl Fn(&str) -> Vec<String>) -> BTreeSet<String> {
    let sources = files()
        .into_iter()
        .filter(|file| file.ends_with(".rs") && is_meant(file));
    sources.flat_map(|file| find(&read(&file))).collect()
}

#[test]
fn tests_stop_processes_where_the_shop_passes() {
    let is_test = |file: &str| file.starts_with("crates/testkit/") && !file.contains("/house/");
    let points = all(
        |file| file.starts_with("crates/") && !file.starts_with("crates/testkit/"),
        |text| passed(text).map(str::to_owned).collect(),
    );
    assert!(points.len() > 20, "only {points:?}");
    let mut stops = all(is_test, |text| named(text).map(str::to_owned).collect());
    for other in OTHERS {
        assert!(stops.remove(other), "{other} stands in no test any more");
    }
    assert_eq!(
        stops, points,
        "fail points that tests stop at (left) and that the shop passes (right)"
    );
}

#[test]
fn fail_points_are_read_as_written() {
    let text =
        "failpoints::pass(\"write:made\").await; pass(\"a:b\"); pass(name); say(\"one: two\"); [(\"c_d:e\", true)]";
    assert_eq!(passed(text).collect::<Vec<_>>(), ["write:made", "a:b"]);
    assert_eq!(named(text).collect::<Vec<_>>(), ["write:made", "a:b", "c_d:e"]);
}
