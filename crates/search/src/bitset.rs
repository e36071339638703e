//! A bitset of places in the search index.

/// A set of places. Sets of one search index have one length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bitset {
    words: Vec<u64>,
}

impl Bitset {
    /// The empty set.
    pub(super) fn none(places: usize) -> Self {
        Self {
            words: vec![0; places.div_ceil(64)],
        }
    }

    /// The places whose value in `values` is accepted by `wanted`.
    pub(super) fn of<T>(values: &[T], wanted: impl Fn(&T) -> bool) -> Self {
        let word = |some: &[T]| {
            let bits = some.iter().enumerate();
            bits.fold(0, |word, (at, value)| word | (u64::from(wanted(value)) << at))
        };
        Self {
            words: values.chunks(64).map(word).collect(),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.words.capacity() * size_of::<u64>()
    }

    /// Extends it to `places` places.
    pub(super) fn grow(&mut self, places: usize) {
        self.words.resize(places.div_ceil(64), 0);
    }

    pub(super) fn has(&self, place: u32) -> bool {
        let place = place as usize;
        self.words
            .get(place / 64)
            .is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    pub(super) fn put(&mut self, place: u32, is_in: bool) {
        let (word, bit) = (place as usize / 64, 1 << (place % 64));
        if is_in {
            self.words[word] |= bit;
        } else {
            self.words[word] &= !bit;
        }
    }

    pub(super) fn and(&mut self, other: &Self) {
        for (word, theirs) in self.words.iter_mut().zip(&other.words) {
            *word &= theirs;
        }
    }

    pub(super) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The places in the set, ascending.
    pub(super) fn places(&self) -> impl Iterator<Item = u32> + '_ {
        (0..).step_by(64).zip(&self.words).flat_map(|(first, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let at = rest.trailing_zeros();
                rest = (rest != 0).then(|| rest & (rest - 1))?;
                Some(first + at)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_into_it() {
        let values: Vec<u32> = (0..200).collect();
        let mut bits = Bitset::of(&values, |value| value % 7 == 0);
        assert_eq!(
            bits.places().collect::<Vec<_>>(),
            (0..200).step_by(7).collect::<Vec<_>>()
        );
        assert_eq!(bits.count(), 29);
        bits.put(7, false);
        bits.put(199, true);
        assert!(!bits.has(7) && bits.has(199) && !bits.has(10_000));
        bits.and(&Bitset::of(&values, |value| *value > 190));
        assert_eq!(bits.places().collect::<Vec<_>>(), [196, 199]);
        bits.and(&Bitset::none(200));
        assert!(bits.is_empty());
    }
}
