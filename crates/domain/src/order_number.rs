//! The number of an order, by which people name it.

use std::fmt;

/// A short number by which people name an order: eight letters and digits that are not taken for each other, `7K2M-93QF`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OrderNumber(String);

impl OrderNumber {
    /// Digits and letters without I, L, O and U.
    const ALPHABET: &'static [u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// The number that these random bytes make.
    #[must_use]
    pub fn from_chance(bytes: [u8; 8]) -> Self {
        let mut text: String = bytes
            .iter()
            .map(|byte| char::from(Self::ALPHABET[usize::from(byte % 32)]))
            .collect();
        text.insert(4, '-');
        Self(text)
    }

    /// Reads what a person typed: in any case, with or without the dash, with O for 0 and I or L for 1.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let plain = typed.chars().filter(|c| !c.is_whitespace() && *c != '-');
        let read = plain.map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
        let mut text: String = read.take(9).collect();
        let is_one = text.len() == 8 && text.bytes().all(|byte| Self::ALPHABET.contains(&byte));
        is_one.then(|| {
            text.insert(4, '-');
            Self(text)
        })
    }

    /// The number as people read it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrderNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_however_it_is_typed() {
        let number = OrderNumber::from_chance([7, 20, 2, 20, 9, 3, 22, 15]);
        assert_eq!(number.as_str(), "7M2M-93PF");
        for typed in ["7M2M-93PF", "7m2m93pf", " 7m2m - 93pf "] {
            assert_eq!(OrderNumber::parse(typed), Some(number.clone()), "{typed}");
        }
        assert_eq!(OrderNumber::parse("OIL0-0000").unwrap().as_str(), "0110-0000");
        for typed in ["", "7M2M-93P", "7M2M-93PFF", "7M2M-93PU", "7M2M_93PF", "７M2M93PF"] {
            assert_eq!(OrderNumber::parse(typed), None, "{typed}");
        }
    }

    #[test]
    fn every_letter_is_as_likely_as_another() {
        let mut counts = [0; 32];
        for byte in 0..=255 {
            let number = OrderNumber::from_chance([byte; 8]);
            let first = number.as_str().as_bytes()[0];
            counts[OrderNumber::ALPHABET
                .iter()
                .position(|letter| *letter == first)
                .unwrap()] += 1;
        }
        assert_eq!(counts, [8; 32]);
    }
}
