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
    /// Not a JSON number: a string, `null`, `NaN`, blanks, leading zeros.
    #[error("not a JSON number")]
    NotANumber,
    /// Below zero; `-0` too, since no valid price is written so.
    #[error("negative amount")]
    Negative,
    /// Written with an exponent. Refused even where it would be exact: the supplier never does that.
    #[error("amount with an exponent")]
    Exponent,
    /// More than two significant decimals.
    #[error("fraction of a cent")]
    SubCent,
    /// Above [`Cents::MAX`].
    #[error("amount too large")]
    TooLarge,
}

impl Cents {
    /// A thousand million euros: a higher amount is an error of the sender.
    pub const MAX: Cents = Cents(100_000_000_000);

    /// Parses the text of a JSON number: an integer or a fraction, with any number of trailing zeros.
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
        let fraction = fraction.unwrap_or("").trim_end_matches('0');
        if fraction.len() > 2 {
            return Err(BadMoney::SubCent);
        }
        let euros: i64 = whole.parse().map_err(|_| BadMoney::TooLarge)?;
        let cents = format!("{fraction:0<2}")
            .parse::<i64>()
            .map_err(|_| BadMoney::NotANumber)?;
        euros
            .checked_mul(100)
            .and_then(|sum| sum.checked_add(cents))
            .map(Cents)
            .filter(|sum| *sum <= Cents::MAX)
            .ok_or(BadMoney::TooLarge)
    }
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

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = Cents::from_json_number(&text);
        }
    }
}
