//! The value-added tax in a price.

use std::fmt;

use crate::money::{BasisPoints, Cents};

/// A country by its two letters (ISO 3166).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country([u8; 2]);

/// Whose tax a price includes, and how much. Prices are gross.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaxTerms {
    /// The country.
    pub country: Country,
    /// The share of the price without tax.
    pub rate: BasisPoints,
}

impl Country {
    /// Takes two capital letters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let letters: [u8; 2] = text.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_uppercase).then_some(Self(letters))
    }
}

impl TaxTerms {
    /// The tax in a gross amount.
    #[must_use]
    pub fn vat_in(self, gross: Cents) -> Cents {
        let net = gross.without_vat(self.rate).unwrap_or(gross);
        Cents::new(gross.get() - net.get())
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = self.0.map(char::from);
        write!(f, "{first}{second}")
    }
}

/// As in the names of accounts: `DE:1900`.
impl fmt::Display for TaxTerms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.country, self.rate.get())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tax_is_what_the_price_without_it_leaves() {
        let terms = TaxTerms {
            country: Country::parse("DE").unwrap(),
            rate: BasisPoints::new(1_900),
        };
        assert_eq!(terms.vat_in(Cents::new(1_190)), Cents::new(190));
        assert_eq!(terms.vat_in(Cents::new(1)), Cents::ZERO);
        assert_eq!(terms.to_string(), "DE:1900");
    }

    #[test]
    fn a_country_is_two_capital_letters() {
        for text in ["", "D", "de", "DEU", "D1", "ÄÖ", "Ä"] {
            assert_eq!(Country::parse(text), None, "{text}");
        }
    }
}
