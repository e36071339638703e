//! Money in whole cents, and the one place where it is rounded.

use std::fmt;

/// An amount in euro cents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cents(i64);

/// A share in basis points (hundredths of a percent): 200 is 2 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BasisPoints(u32);

impl Cents {
    /// Zero.
    pub const ZERO: Self = Self(0);

    /// From a number of cents.
    #[must_use]
    pub const fn new(cents: i64) -> Self {
        Self(cents)
    }

    /// The number of cents.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Without its sign.
    #[must_use]
    pub const fn magnitude(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// This amount plus `markup` of it, rounded half up (away from zero) to the cent.
    ///
    /// `None` when the result does not fit into the database's integer.
    #[must_use]
    pub fn marked_up(self, markup: BasisPoints) -> Option<Self> {
        let scaled = i128::from(self.0) * (10_000 + i128::from(markup.0));
        let half = if scaled < 0 { -5_000 } else { 5_000 };
        i64::try_from((scaled + half) / 10_000).ok().map(Self)
    }

    /// This amount without the VAT of `rate` that it includes, rounded half up to the cent: 1190 with 19 % is 1000.
    ///
    /// `None` for an amount below zero, which no price is.
    #[must_use]
    pub fn without_vat(self, rate: BasisPoints) -> Option<Self> {
        let (scaled, whole) = (i128::from(self.0) * 10_000, 10_000 + i128::from(rate.0));
        let net = (2 * scaled + whole) / (2 * whole);
        i64::try_from(net).ok().filter(|_| self.0 >= 0).map(Self)
    }

    /// Reads a decimal that may have a minus: `-19.5`.
    #[must_use]
    pub fn parse_signed(text: &str) -> Option<Self> {
        match text.strip_prefix('-') {
            Some(amount) => Self::parse(amount).map(|amount| Self(-amount.0)),
            None => Self::parse(text),
        }
    }

    /// Reads a decimal such as `19`, `19.5` or `19.38`: digits, and at most two after the point.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > 15 || fraction.len() > 2 || !digits(whole) || !digits(fraction) {
            return None;
        }
        let cents: i64 = format!("{fraction:0<2}").parse().ok()?;
        Some(Self(whole.parse::<i64>().ok()? * 100 + cents))
    }
}

/// As a decimal with two places: `19.38`.
impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", cents / 100, cents % 100)
    }
}

impl BasisPoints {
    /// From basis points.
    #[must_use]
    pub const fn new(points: u32) -> Self {
        Self(points)
    }

    /// The number of basis points.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_price_without_its_vat_is_rounded_half_up() {
        let net = |cents, rate| Cents::new(cents).without_vat(BasisPoints::new(rate)).map(Cents::get);
        assert_eq!(net(1_190, 1_900), Some(1_000));
        assert_eq!(net(1_190, 0), Some(1_190));
        assert_eq!(net(100, 1_900), Some(84), "84.03 goes down");
        assert_eq!(net(3, 10_000), Some(2), "1.5 goes up");
        assert_eq!(net(1, 10_000), Some(1), "0.5 goes up");
        assert_eq!(net(0, 1_900), Some(0));
        assert_eq!(net(-1, 1_900), None);
        assert_eq!(net(i64::MAX, 0), Some(i64::MAX));
    }

    #[test]
    fn two_percent_of_a_price_is_rounded_half_up() {
        let shop = |cents| Cents::new(cents).marked_up(BasisPoints::new(200));
        assert_eq!(shop(1_900), Some(Cents::new(1_938)));
        assert_eq!(shop(25), Some(Cents::new(26)), "25.5 goes up");
        assert_eq!(shop(24), Some(Cents::new(24)), "24.48 goes down");
        assert_eq!(shop(0), Some(Cents::ZERO));
        assert_eq!(shop(i64::MAX), None);
    }

    proptest! {
        #[test]
        fn markup_is_within_half_a_cent(cents in 0_i64..1_000_000_000_000, points in 0_u32..100_000) {
            let marked = Cents::new(cents).marked_up(BasisPoints::new(points)).unwrap().get();
            let exact = i128::from(cents) * (10_000 + i128::from(points));
            let error = i128::from(marked) * 10_000 - exact;
            prop_assert!((-5_000 < error) && (error <= 5_000));
        }

        #[test]
        fn a_shown_amount_reads_back(cents in 0_i64..10_000_000_000_000) {
            prop_assert_eq!(Cents::parse(&Cents::new(cents).to_string()), Some(Cents::new(cents)));
            prop_assert_eq!(Cents::parse_signed(&Cents::new(-cents).to_string()), Some(Cents::new(-cents)));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = Cents::parse(&text);
        }
    }
}
