//! Prices and stocks: exactly what the signs of the settings allow.

use domain::money::{BasisPoints, Cents};
use proptest::prelude::*;

use super::super::number::{price, stock};
use super::super::{CsvFormat, CsvPrices};
use super::format;

fn with(decimal: char, thousands: Option<char>) -> CsvFormat {
    CsvFormat {
        decimal,
        thousands,
        ..format()
    }
}

#[test]
fn the_vat_of_gross_prices_is_taken_off() {
    let gross = |rate| CsvFormat {
        prices: CsvPrices::Gross(BasisPoints::new(rate)),
        ..format()
    };
    for (text, rate, cents) in [
        ("11.90", 1_900, 1_000),
        ("1", 1_900, 84),
        ("1.00", 0, 100),
        ("0.03", 10_000, 2),
    ] {
        assert_eq!(price(text, &gross(rate)), Ok(Cents::new(cents)), "{text}");
    }
    assert!(price("-1", &gross(1_900)).is_err());
    assert_ne!(
        gross(1_900).reading(),
        gross(700).reading(),
        "another rate: every row is read again"
    );
}

#[test]
fn prices_are_read_with_these_signs_and_no_others() {
    let (point, comma) = (with('.', None), with(',', Some('.')));
    for (text, format, cents) in [
        ("19", &point, 1900),
        ("19.5", &point, 1950),
        (" 19.89 ", &point, 1989),
        ("0", &point, 0),
        ("1234.5", &point, 123_450),
        ("19,89", &comma, 1989),
        ("1.234,5", &comma, 123_450),
        ("1.234.567,89", &comma, 123_456_789),
        ("1234,5", &comma, 123_450),
        ("1'234.50", &with('.', Some('\'')), 123_450),
        ("1 234,50", &with(',', Some(' ')), 123_450),
        ("1\u{a0}234,50", &with(',', Some(' ')), 123_450),
    ] {
        assert_eq!(price(text, format), Ok(Cents::new(cents)), "{text}");
    }
    for (text, format, why) in [
        ("", &point, "empty"),
        ("  ", &point, "empty"),
        ("-1", &point, "negative"),
        ("19,89", &point, "not a number"),
        ("1,234.50", &point, "not a number"),
        ("19.899", &point, "more than two decimals"),
        ("19.890", &point, "more than two decimals"),
        ("1.234", &point, "more than two decimals"),
        ("1.234.567", &point, "not a number"),
        ("19.", &point, "not a number"),
        (".5", &point, "not a number"),
        ("+19", &point, "not a number"),
        ("1e3", &point, "not a number"),
        ("€ 19", &point, "not a number"),
        ("19 EUR", &point, "not a number"),
        ("free", &point, "not a number"),
        ("１９", &point, "not a number"),
        ("=1+1", &point, "not a number"),
        ("19.89", &comma, "not a number"),
        ("12.34,5", &comma, "not a number"),
        (".234,5", &comma, "not a number"),
        ("1..234", &comma, "not a number"),
        ("1 234", &comma, "not a number"),
        ("99999999999999999999", &point, "too large"),
    ] {
        let said = price(text, format).unwrap_err();
        assert!(said.contains(why), "{text}: {said}");
    }
}

#[test]
fn a_stock_is_a_whole_number() {
    let comma = with(',', Some('.'));
    for (text, copies) in [("0", 0), (" 7 ", 7), ("1.234", 1_234), ("1234", 1_234)] {
        assert_eq!(stock(text, &comma), Ok(copies), "{text}");
    }
    for (text, why) in [
        ("", "empty"),
        ("-1", "negative"),
        ("7,0", "not a whole number"),
        ("7.0", "not a whole number"),
        (">10", "not a whole number"),
        ("yes", "not a whole number"),
        ("99999999999999999999", "too large"),
    ] {
        let said = stock(text, &comma).unwrap_err();
        assert!(said.contains(why), "{text}: {said}");
    }
}

#[test]
fn a_reason_shows_the_cell_on_one_line_and_not_all_of_it() {
    let said = price(&format!("a\n{}", "x".repeat(1_000)), &format()).unwrap_err();
    assert!(said.contains("`a xxx") && said.len() < 150, "{said}");
}

proptest! {
    #[test]
    fn what_is_written_with_these_signs_is_read_back(
        cents in 0_i64..1_000_000_000_000, comma in any::<bool>(), sign in prop::sample::select(vec![None, Some('\''), Some(' ')])
    ) {
        let format = with(if comma { ',' } else { '.' }, sign);
        let mut groups = Vec::new();
        let mut whole = cents / 100;
        while whole >= 1_000 {
            groups.push(format!("{:03}", whole % 1_000));
            whole /= 1_000;
        }
        groups.push(whole.to_string());
        groups.reverse();
        let text = format!("{}{}{:02}", groups.join(&sign.map(String::from).unwrap_or_default()), format.decimal, cents % 100);
        prop_assert_eq!(price(&text, &format), Ok(Cents::new(cents)), "{}", text);
    }

    #[test]
    fn no_text_panics(text in ".*", comma in any::<bool>()) {
        let format = with(if comma { ',' } else { '.' }, Some(' '));
        let _ = (price(&text, &format), stock(&text, &format));
    }
}
