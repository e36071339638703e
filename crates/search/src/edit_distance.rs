//! The edit distance of two words, for one word against many.
//!
//! Each bit of one number stands for a letter of the typed word, so that a letter of the other word costs a few
//! operations (Myers 1999, with Hyyrö's addition for transposed letters).

/// The longest word that can be compared.
pub(super) const LETTERS_MAX: usize = 64;

/// A word to compare others with.
pub(super) struct EditDistance {
    /// For each ASCII character, the positions in the word as bits.
    places: [u64; 128],
    letters: usize,
}

impl EditDistance {
    /// `None` for a word that is empty, too long, or not ASCII.
    pub(super) fn new(word: &str) -> Option<Self> {
        if !(1..=LETTERS_MAX).contains(&word.len()) || !word.is_ascii() {
            return None;
        }
        let mut places = [0; 128];
        for (at, letter) in word.bytes().enumerate() {
            places[usize::from(letter)] |= 1 << at;
        }
        Some(Self {
            places,
            letters: word.len(),
        })
    }

    /// The edit distance to `other`.
    pub(super) fn distance_to(&self, other: &str) -> usize {
        self.walk(other).last().unwrap_or(self.letters)
    }

    /// The smallest edit distance to any prefix of `other`.
    pub(super) fn distance_to_prefix(&self, other: &str) -> usize {
        self.walk(other).min().unwrap_or(self.letters).min(self.letters)
    }

    /// The edit distance to each non-empty prefix of `other`.
    fn walk<'t>(&'t self, other: &'t str) -> impl Iterator<Item = usize> + 't {
        let last = 1_u64 << (self.letters - 1);
        let (mut up, mut down, mut same, mut before) = (u64::MAX, 0_u64, 0_u64, 0_u64);
        let mut distance = self.letters;
        other.bytes().map(move |letter| {
            let places = self.places.get(usize::from(letter)).copied().unwrap_or_default();
            let swapped = ((!same & places) << 1) & before;
            same = (((places & up).wrapping_add(up)) ^ up) | places | down | swapped;
            let (right, left) = (down | !(same | up), same & up);
            if right & last != 0 {
                distance += 1;
            }
            if left & last != 0 {
                distance -= 1;
            }
            let right = (right << 1) | 1;
            up = (left << 1) | !(same | right);
            down = right & same;
            before = places;
            distance
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The textbook algorithm: a table of all prefixes of both.
    fn by_the_book(a: &str, b: &str) -> usize {
        let (a, b) = (a.as_bytes(), b.as_bytes());
        let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                table[i][j] = if i == 0 || j == 0 {
                    i + j
                } else {
                    let mut least = (table[i - 1][j] + 1)
                        .min(table[i][j - 1] + 1)
                        .min(table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]));
                    if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                        least = least.min(table[i - 2][j - 2] + 1);
                    }
                    least
                };
            }
        }
        table[a.len()][b.len()]
    }

    #[test]
    fn all_short_words_are_as_far_apart_as_the_book_says() {
        let letters = ["", "a", "b", "c"];
        let mut words = vec![String::new()];
        for _ in 0..5 {
            words = words
                .iter()
                .flat_map(|word| letters.iter().map(move |letter| format!("{word}{letter}")))
                .collect();
            words.sort();
            words.dedup();
        }
        for a in words.iter().filter(|word| !word.is_empty()) {
            let pattern = EditDistance::new(a).unwrap();
            for b in &words {
                assert_eq!(pattern.distance_to(b), by_the_book(a, b), "{a} {b}");
                let beginnings = (0..=b.len()).map(|end| by_the_book(a, &b[..end])).min();
                assert_eq!(Some(pattern.distance_to_prefix(b)), beginnings, "{a} {b}");
            }
        }
    }

    #[test]
    fn typing_errors_in_real_words() {
        for (pattern, meant, distance) in [
            ("falout", "fallout", 1),
            ("wticher", "witcher", 1),
            ("cyberpnuk", "cyberpunk", 1),
        ] {
            assert_eq!(
                EditDistance::new(pattern).unwrap().distance_to(meant),
                distance,
                "{pattern}"
            );
        }
        assert!(EditDistance::new("").is_none() && EditDistance::new(&"x".repeat(65)).is_none());
        assert_eq!(
            EditDistance::new(&"x".repeat(64)).unwrap().distance_to(&"x".repeat(63)),
            1
        );
    }
}
