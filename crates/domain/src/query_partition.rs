//! Partitions of a supplier's list: one query shows a limited number of products, so a longer list is read in parts.

use std::fmt;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::money::Cents;

/// The highest price at which a partition is still split, in cents: ten million euros.
const PRICE_CUT_MAX: i64 = 1_000_000_000;
/// The first split of a list without an upper price: about half of all games are cheaper.
const FIRST_PRICE_CUT: i64 = 1_000;
/// The earliest time of change at which a partition is split, in seconds since the epoch: the year 2000 on the
/// supplier's clock.
const TIME_CUT_MIN: i64 = 946_684_800;
/// The latest such time, in seconds after now: the supplier's clock may be in any time zone.
const TIME_CUT_AHEAD: i64 = 2 * 86_400;

/// A part of the supplier's list; a missing bound is no limit. All bounds are inclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct QueryPartition {
    /// The lowest price, in cents.
    #[serde(rename = "pf", skip_serializing_if = "Option::is_none", default)]
    pub price_from: Option<i64>,
    /// The highest price, in cents.
    #[serde(rename = "pt", skip_serializing_if = "Option::is_none", default)]
    pub price_to: Option<i64>,
    /// The earliest time of change, in seconds since the epoch on the supplier's own clock.
    #[serde(rename = "uf", skip_serializing_if = "Option::is_none", default)]
    pub updated_from: Option<i64>,
    /// The latest time of change, as above.
    #[serde(rename = "ut", skip_serializing_if = "Option::is_none", default)]
    pub updated_to: Option<i64>,
}

/// The field that a partition is split by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitBy {
    /// The price.
    Price,
    /// The time of change: products without one are in neither half.
    Time,
}

impl QueryPartition {
    /// The halves of this partition: by price, or by time of change if it has only one price. `None` for one price and
    /// one second, which cannot be split.
    #[must_use]
    pub fn halves(&self, now: Timestamp) -> Option<(SplitBy, [Self; 2])> {
        if let Some(middle) = self.price_cut() {
            let low = Self {
                price_to: Some(middle),
                ..*self
            };
            let high = Self {
                price_from: Some(middle + 1),
                ..*self
            };
            return Some((SplitBy::Price, [low, high]));
        }
        let middle = self.time_cut(now)?;
        let early = Self {
            updated_to: Some(middle),
            ..*self
        };
        let late = Self {
            updated_from: Some(middle + 1),
            ..*self
        };
        Some((SplitBy::Time, [early, late]))
    }

    fn price_cut(&self) -> Option<i64> {
        match (self.price_from, self.price_to) {
            // Without an upper price the bound doubles: prices thin out the higher they are.
            (None, None) => Some(FIRST_PRICE_CUT),
            (Some(from), None) => {
                Some(from.saturating_mul(2).max(from + FIRST_PRICE_CUT)).filter(|_| from < PRICE_CUT_MAX)
            }
            (from, Some(to)) => middle(from.unwrap_or(0).min(to)..=to),
        }
    }

    fn time_cut(&self, now: Timestamp) -> Option<i64> {
        let latest = now.as_micros() / 1_000_000 + TIME_CUT_AHEAD;
        let from = self.updated_from.unwrap_or(TIME_CUT_MIN);
        middle(from..=self.updated_to.unwrap_or(latest.max(from)))
    }

    /// The lowest price, as a query parameter.
    #[must_use]
    pub fn min_price(&self) -> Option<Cents> {
        self.price_from.map(Cents::new)
    }

    /// The highest price, as a query parameter.
    #[must_use]
    pub fn max_price(&self) -> Option<Cents> {
        self.price_to.map(Cents::new)
    }
}

/// The end of the lower half; `None` for a single value.
fn middle(range: RangeInclusive<i64>) -> Option<i64> {
    let (from, to) = range.into_inner();
    (from < to).then(|| from + (to - from) / 2)
}

/// For operators: `price 10.01 to 20.02, changed up to 2026-01-02 03:04:05`.
impl fmt::Display for QueryPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = |word: &str, value: Option<String>| value.map(|value| format!(" {word} {value}"));
        let price = |cents: Option<i64>| cents.map(|cents| Cents::new(cents).to_string());
        let mut parts = Vec::new();
        for (name, from, to) in [
            ("price", price(self.price_from), price(self.price_to)),
            ("changed", self.updated_from.map(written), self.updated_to.map(written)),
        ] {
            if from.is_some() || to.is_some() {
                let bounds = [bound("from", from), bound("up to", to)].into_iter().flatten();
                parts.push(format!("{name}{}", bounds.collect::<String>()));
            }
        }
        if parts.is_empty() {
            f.write_str("the whole list")
        } else {
            f.write_str(&parts.join(", "))
        }
    }
}

/// A time in suppliers' format: `yyyy-mm-dd hh:mm:ss`.
#[must_use]
pub fn written(seconds: i64) -> String {
    let text = Timestamp::from_micros(seconds.saturating_mul(1_000_000)).to_string();
    text.get(..19).unwrap_or_default().replace('T', " ")
}

/// Parses `yyyy-mm-dd hh:mm:ss`; `None` for anything else.
#[must_use]
pub fn read(text: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| {
        let part = text.get(range)?;
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse::<i64>().ok())?
    };
    let separators = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
    let shaped = text.len() == 19 && separators.iter().all(|(at, byte)| text.as_bytes()[*at] == *byte);
    let (year, month, day) = shaped.then(|| Some((number(0..4)?, number(5..7)?, number(8..10)?)))??;
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    // Howard Hinnant's `days_from_civil`.
    let shifted_year = year - i64::from(month <= 2);
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second;
    // An impossible day or hour is written differently from how it was read.
    (written(seconds) == text).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_795_406_400_000_000);

    /// Whether a product of this price and time of change is in a partition.
    fn holds(partition: &QueryPartition, price: i64, updated: Option<i64>) -> bool {
        let by_time = partition.updated_from.is_none() && partition.updated_to.is_none();
        partition.price_from.is_none_or(|from| price >= from)
            && partition.price_to.is_none_or(|to| price <= to)
            && (by_time
                || updated.is_some_and(|at| {
                    partition.updated_from.is_none_or(|from| at >= from)
                        && partition.updated_to.is_none_or(|to| at <= to)
                }))
    }

    proptest! {
        #[test]
        fn each_product_stands_in_exactly_one_half(price in -5_i64..2_000_000_000, updated in 0_i64..2_000_000_000, turns in prop::collection::vec(0_usize..2, 1..90)) {
            let mut partition = QueryPartition::default();
            for turn in turns {
                let Some((_, halves)) = partition.halves(NOW) else { break };
                let within = holds(&partition, price, Some(updated));
                prop_assert_eq!(halves.iter().filter(|half| holds(half, price, Some(updated))).count(), usize::from(within));
                partition = halves[turn];
            }
        }

        #[test]
        fn cutting_ends(turns in prop::collection::vec(0_usize..2, 200)) {
            let mut partition = QueryPartition::default();
            let mut cuts = 0;
            for turn in turns {
                let Some((_, halves)) = partition.halves(NOW) else { break };
                partition = halves[turn];
                cuts += 1;
            }
            prop_assert!(cuts < 120, "{} {}", cuts, partition);
        }

        #[test]
        fn times_survive_the_round_trip(seconds in 0_i64..4_000_000_000) {
            prop_assert_eq!(read(&written(seconds)), Some(seconds));
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "2026-13-01 00:00:00",
            "2026-02-30 00:00:00",
            "2026-01-01 24:00:00",
            "2026-01-01T00:00:00",
            "",
            "yesterday",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_price_comes_before_a_time_and_a_second_is_the_end() {
        let one_price = QueryPartition {
            price_from: Some(999),
            price_to: Some(999),
            ..QueryPartition::default()
        };
        assert_eq!(one_price.halves(NOW).unwrap().0, SplitBy::Time);
        let one_second = QueryPartition {
            updated_from: Some(7),
            updated_to: Some(7),
            ..one_price
        };
        assert_eq!(one_second.halves(NOW), None);
        assert_eq!(
            one_second.to_string(),
            "price from 9.99 up to 9.99, changed from 1970-01-01 00:00:07 up to 1970-01-01 00:00:07"
        );
        assert_eq!(QueryPartition::default().to_string(), "the whole list");
    }
}
