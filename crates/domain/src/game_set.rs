//! The set of games that a crawl has seen: one bit for each game's number, so that its size depends only on the
//! catalogue.

/// A set of games by their numbers (from 1, without large gaps): an eighth of a byte for each number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GameSet {
    bytes: Vec<u8>,
    count: u64,
}

/// A larger number is an error: 16 MiB of bits.
const NUMBER_MAX: u64 = 1 << 27;

impl GameSet {
    /// Reads a set from [`GameSet::as_bytes`].
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        let count = bytes.iter().map(|byte| u64::from(byte.count_ones())).sum();
        Self { bytes, count }
    }

    /// The set as it is stored: bit `n % 8` of byte `n / 8` stands for number `n`.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Adds `number`; a number that no game can have is ignored.
    pub fn insert(&mut self, number: i64) {
        let Some((at, bit)) = place(number) else { return };
        if at >= self.bytes.len() {
            self.bytes.resize(at + 1, 0);
        }
        if self.bytes[at] & bit == 0 {
            self.bytes[at] |= bit;
            self.count += 1;
        }
    }

    /// Whether `number` is in the set.
    #[must_use]
    pub fn contains(&self, number: i64) -> bool {
        place(number).is_some_and(|(at, bit)| self.bytes.get(at).is_some_and(|byte| byte & bit != 0))
    }

    /// How many numbers are in the set.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.count
    }

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The numbers from 1 to `highest` that are not in the set, in order.
    pub fn missing(&self, highest: i64) -> impl Iterator<Item = i64> + '_ {
        (1..=highest).filter(|number| !self.contains(*number))
    }
}

fn place(number: i64) -> Option<(usize, u8)> {
    let number = u64::try_from(number).ok().filter(|number| *number <= NUMBER_MAX)?;
    Some((usize::try_from(number / 8).ok()?, 1 << (number % 8)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_set_and_survives_the_database(numbers in prop::collection::vec(1_i64..5_000, 0..300)) {
            let mut seen = GameSet::default();
            numbers.iter().for_each(|number| seen.insert(*number));
            let read = GameSet::from_bytes(seen.as_bytes().to_vec());
            let model: BTreeSet<i64> = numbers.into_iter().collect();
            prop_assert_eq!(&read, &seen);
            prop_assert_eq!(read.len(), model.len() as u64);
            prop_assert!(read.missing(5_000).all(|number| !model.contains(&number)));
            prop_assert_eq!(read.missing(5_000).count(), 5_000 - model.len());
        }
    }

    #[test]
    fn what_is_no_number_costs_nothing() {
        let mut seen = GameSet::default();
        for number in [-1, i64::MIN, i64::MAX] {
            seen.insert(number);
            assert!(!seen.contains(number));
        }
        assert!(seen.is_empty() && seen.as_bytes().is_empty());
    }
}
