//! Exact money: whole cents, parsed from the text of a JSON number and never through a binary float.

use std::fmt;
use std::str::FromStr;

/// An amount in euro cents. All of the supplier's prices are in EUR.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cents(pub i64);

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadMoney {
    /// The field is absent or `null`.
    #[error("missing")]
    Missing,
    /// Not a JSON number: a string, `NaN`, blanks, leading zeros.
    #[error("not a JSON number")]
    NotANumber,
    /// Below zero; `-0` too, since no valid price is written so.
    #[error("negative amount")]
    Negative,
    /// Written with an exponent. Refused even where it would be exact: the supplier never does that.
    #[error("amount with an exponent")]
    Exponent,
    /// More than two significant decimals that are not an artefact of a binary float.
    #[error("fraction of a cent")]
    SubCent,
    /// Above [`Cents::MAX`].
    #[error("amount too large")]
    TooLarge,
}

impl Cents {
    /// A thousand million euros: a higher amount is an error of the sender.
    pub const MAX: Cents = Cents(100_000_000_000);

    /// Parses the text of a JSON number: an integer or a fraction, with any number of trailing zeros. An artefact of a binary
    /// float (`19.989999999999998`) counts as the nearest cent: at least eight significant decimals, and at most a
    /// millionth of a euro from that cent.
    ///
    /// # Errors
    /// See [`BadMoney`].
    pub fn from_json_number(text: &str) -> Result<Cents, BadMoney> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match digits.find(['e', 'E']) {
            Some(at) => (&digits[..at], Some(&digits[at + 1..])),
            None => (digits, None),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let exponent_digits = exponent.map(|text| text.strip_prefix(['+', '-']).unwrap_or(text));
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        if !all_digits(whole)
            || leading_zero
            || !fraction.is_none_or(all_digits)
            || !exponent_digits.is_none_or(all_digits)
        {
            return Err(BadMoney::NotANumber);
        }
        if sign {
            return Err(BadMoney::Negative);
        }
        if exponent.is_some() {
            return Err(BadMoney::Exponent);
        }
        let cents = nearest_cent(fraction.unwrap_or("").trim_end_matches('0')).ok_or(BadMoney::SubCent)?;
        let euros: i64 = whole.parse().map_err(|_| BadMoney::TooLarge)?;
        euros
            .checked_mul(100)
            .and_then(|sum| sum.checked_add(cents))
            .map(Cents)
            .filter(|sum| *sum <= Cents::MAX)
            .ok_or(BadMoney::TooLarge)
    }
}

/// The fewest significant decimals of an artefact of a binary float.
const ARTEFACT_DECIMALS_MIN: usize = 8;

/// The cents, 0 to 100, of the digits after the point, without trailing zeros; `None` for a fraction of a cent.
fn nearest_cent(fraction: &str) -> Option<i64> {
    let (cents, rest) = fraction.split_at_checked(2).unwrap_or((fraction, ""));
    let up = match rest.get(..4) {
        None if rest.is_empty() => 0,
        // Within a millionth of a euro above a cent the next four digits are zeros; below the next cent they are nines.
        Some("0000") if fraction.len() >= ARTEFACT_DECIMALS_MIN => 0,
        Some("9999") if fraction.len() >= ARTEFACT_DECIMALS_MIN => 1,
        _ => return None,
    };
    Some(format!("{cents:0<2}").parse::<i64>().ok()? + up)
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl FromStr for Cents {
    type Err = BadMoney;

    fn from_str(text: &str) -> Result<Cents, BadMoney> {
        Cents::from_json_number(text)
    }
}

impl fmt::Display for Cents {
    /// Two decimals and a point: `19.89`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let sum = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", sum / 100, sum % 100)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_the_supplier_writes_is_read_exactly() {
        for (text, cents) in [
            ("0", 0),
            ("5", 500),
            ("5.5", 550),
            ("19.89", 1989),
            ("9.00000", 900),
            ("1.290", 129),
            ("0.01", 1),
            ("1000000000", 100_000_000_000),
            ("19.989999999999998", 1999),
            ("19.990000000000002", 1999),
            ("19.99000001", 1999),
            ("19.98999999", 1999),
            ("0.99999999999", 100),
            ("0.000000001", 0),
        ] {
            assert_eq!(Cents::from_json_number(text), Ok(Cents(cents)), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused_with_its_reason() {
        use BadMoney::{Exponent, Negative, NotANumber, SubCent, TooLarge};
        for (text, reason) in [
            ("-1", Negative),
            ("-0", Negative),
            ("1e1", Exponent),
            ("1E+2", Exponent),
            ("0.001", SubCent),
            ("19.899", SubCent),
            ("19.985", SubCent),
            ("19.9899999", SubCent),
            ("19.98999990", SubCent),
            ("19.989998999999", SubCent),
            ("19.990001000000001", SubCent),
            ("19.98500000000001", SubCent),
            ("1000000000.01", TooLarge),
            ("99999999999999999999999", TooLarge),
            ("", NotANumber),
            ("NaN", NotANumber),
            ("\"5\"", NotANumber),
            ("null", NotANumber),
            ("05", NotANumber),
            (".5", NotANumber),
            ("5.", NotANumber),
            (" 5", NotANumber),
            ("1e", NotANumber),
            ("+5", NotANumber),
            ("５", NotANumber),
            ("--1", NotANumber),
        ] {
            assert_eq!(Cents::from_json_number(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn every_cent_up_to_a_hundred_thousand_euros_survives() {
        for cents in 0..=10_000_000 {
            assert_eq!(Cents(cents).to_string().parse(), Ok(Cents(cents)));
        }
    }

    proptest! {
        #[test]
        fn trailing_zeros_change_nothing(cents in 0i64..=10_000_000, zeros in 0usize..12) {
            let text = format!("{}{}", Cents(cents), "0".repeat(zeros));
            prop_assert_eq!(text.parse(), Ok(Cents(cents)));
        }

        /// The expected result is computed with integers, in units of the last significant decimal.
        #[test]
        fn a_fraction_counts_as_the_nearest_cent_only_as_an_artefact(
            euros in 0u128..100_000, decimals in 3u32..20, raw in any::<u128>(), near in any::<bool>(), below in any::<bool>()
        ) {
            let scale = 10u128.pow(decimals);
            // Half of the cases are within some millionths of a euro of a cent; random ones almost never are.
            let away = raw % (scale / 10u128.pow(decimals.min(5))).max(2);
            let cent = scale / 100 * ((raw >> 64) % 99 + 1);
            let fraction = match (near, below) {
                (false, _) => raw % scale,
                (true, false) => cent + away,
                (true, true) => cent - away,
            };
            let (mut digits, mut unit) = (euros * scale + fraction, scale);
            let text = format!("{euros}.{fraction:0width$}", width = decimals as usize);
            while digits % 10 == 0 && unit > 1 {
                (digits, unit) = (digits / 10, unit / 10);
            }
            let nearest = (digits * 100 + unit / 2) / unit;
            let distance = (digits * 100).abs_diff(nearest * unit);
            let is_artefact = unit >= 100_000_000 && distance * 10_000 <= unit;
            let expected = match distance == 0 || is_artefact {
                true => Ok(Cents(i64::try_from(nearest).unwrap())),
                false => Err(BadMoney::SubCent),
            };
            prop_assert_eq!(Cents::from_json_number(&text), expected, "{}", text);
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = Cents::from_json_number(&text);
        }
    }
}
