//! The fingerprint of a product's text: a product whose fingerprint is unchanged need not be parsed again.

use sha2::{Digest, Sha256};

use crate::money::BasisPoints;

/// Raise it whenever a change in the parsing in `g2a`, the sanitising in `gateways` or the rules here gives another
/// game for the same text. The next crawl then parses every product again. A test in `gateways` fails if this is
/// forgotten.
pub const RULES: u32 = 2;

/// A number that is equal for equal `text` under the same rules, markup and `reading` and, with a probability of
/// 1 − 2^-64, different otherwise. `reading` are those settings of the supplier that decide how the text is read and differ
/// from their defaults. Never 0, which stands for a game without a fingerprint.
#[must_use]
pub fn of(text: &str, markup: BasisPoints, reading: &str) -> i64 {
    let mut hash = Sha256::new();
    hash.update(RULES.to_le_bytes());
    hash.update(markup.get().to_le_bytes());
    if !reading.is_empty() {
        hash.update(reading);
        // Neither part contains it, so the hash of two parts is not that of a text split at another place.
        hash.update([0]);
    }
    hash.update(text);
    let digest = hash.finalize();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    match i64::from_le_bytes(first) {
        0 => 1,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_words_another_markup_or_another_reading_are_another_number() {
        let of = |text, points| super::of(text, BasisPoints::new(points), "");
        assert_eq!(of("a", 200), of("a", 200));
        assert_ne!(of("a", 200), of("b", 200));
        assert_ne!(of("a", 200), of("a", 201), "every price changes");
        let read = |text, reading| super::of(text, BasisPoints::new(200), reading);
        assert_ne!(read("a", ""), read("a", "retail"), "another price is the cost");
        assert_ne!(read("ab", "c"), read("b", "ca"));
    }
}
