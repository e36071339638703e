//! The words of all titles, and the games that have them.

use std::collections::HashMap;

use domain::search::max_edits;
use memchr::memmem;

use super::bitset::Bitset;
use super::column::count;
use super::edit_distance::EditDistance;

/// Every word that a title has or had, with the places of the games that have it now.
#[derive(Debug, Default)]
pub(super) struct WordIndex {
    known: HashMap<Box<str>, u32>,
    /// All words, each preceded by a newline: one text that is scanned at the speed of memory.
    text: String,
    /// The offset of each word in the text.
    begins: Vec<u32>,
    /// The places of each word's games, sorted.
    places: Vec<Vec<u32>>,
    /// The words of each place, in the order of its title.
    of_place: Vec<Box<[u32]>>,
}

/// How a word matches what was typed, the best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// With typing errors.
    Fuzzy,
    /// It contains what was typed.
    Within,
    /// It begins with what was typed.
    Beginning,
    /// It is equal.
    Whole,
}

#[cfg(test)]
thread_local! {
    /// How often the current test has scanned all words.
    pub(super) static WALKS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

impl WordIndex {
    /// Sets the words of `place`, which may be the next free one, from `title` (folded); none when it is hidden.
    pub(super) fn set(&mut self, place: u32, title: &str) {
        let new: Box<[u32]> = title
            .split(' ')
            .filter(|word| !word.is_empty())
            .map(|word| self.number(word))
            .collect();
        let at = place as usize;
        if at == self.of_place.len() {
            self.of_place.push(Box::default());
        }
        if self.of_place[at] == new {
            return;
        }
        for word in std::mem::take(&mut self.of_place[at]) {
            let places = &mut self.places[word as usize];
            if let Ok(found) = places.binary_search(&place) {
                places.remove(found);
            }
        }
        for word in &new {
            let places = &mut self.places[*word as usize];
            if let Err(gap) = places.binary_search(&place) {
                places.insert(gap, place);
            }
        }
        self.of_place[at] = new;
    }

    /// How much memory it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let lists = self
            .places
            .iter()
            .map(|places| places.capacity() * size_of::<u32>() + size_of::<Vec<u32>>());
        let titles = self
            .of_place
            .iter()
            .map(|words| size_of_val(&**words) + size_of::<Box<[u32]>>());
        // A word stands in the text, and with its number in the table.
        2 * self.text.capacity()
            + self.known.capacity() * (size_of::<(Box<str>, u32)>() + 1)
            + self.begins.capacity() * size_of::<u32>()
            + lists.sum::<usize>()
            + titles.sum::<usize>()
    }

    fn number(&mut self, word: &str) -> u32 {
        if let Some(number) = self.known.get(word) {
            return *number;
        }
        let number = count(self.begins.len());
        self.text.push('\n');
        self.begins.push(count(self.text.len()));
        self.text.push_str(word);
        self.places.push(Vec::new());
        self.known.insert(word.into(), number);
        number
    }

    fn word(&self, number: usize) -> &str {
        let begin = self.begins[number] as usize;
        let end = self
            .begins
            .get(number + 1)
            .map_or(self.text.len(), |next| *next as usize - 1);
        &self.text[begin..end]
    }

    /// The words of the games at `place`, in the order of its title.
    pub(super) fn of(&self, place: u32) -> &[u32] {
        &self.of_place[place as usize]
    }

    /// The words in use that match `typed`: those that contain it; only if no game has such a word, those within a few
    /// edits.
    pub(super) fn meant_by(&self, typed: &str) -> Vec<(u32, Fit)> {
        let held = self.holding(typed);
        if held.is_empty() {
            // Words whose length differs too much are skipped.
            let is_similar_length = |word: &str| word.len().abs_diff(typed.len()) <= max_edits(typed.len());
            self.fuzzy(typed, |pattern, word| {
                if is_similar_length(word) {
                    pattern.distance_to(word)
                } else {
                    usize::MAX
                }
            })
        } else {
            held
        }
    }

    /// The words in use that begin with `typed`; only if no game has such a word, those whose beginning is within a few
    /// edits.
    pub(super) fn begun_by(&self, typed: &str) -> Vec<(u32, Fit)> {
        let mut begun = self.holding(typed);
        begun.retain(|(_, fit)| *fit >= Fit::Beginning);
        if begun.is_empty() {
            self.fuzzy(typed, EditDistance::distance_to_prefix)
        } else {
            begun
        }
    }

    fn holding(&self, typed: &str) -> Vec<(u32, Fit)> {
        #[cfg(test)]
        WALKS.set(WALKS.get() + 1);
        let finder = memmem::Finder::new(typed);
        let (mut found, mut from) = (Vec::new(), 0);
        while let Some(at) = self.text.get(from..).and_then(|rest| finder.find(rest.as_bytes())) {
            let at = from + at;
            let number = self.begins.partition_point(|begin| *begin as usize <= at) - 1;
            let (begin, word) = (self.begins[number] as usize, self.word(number));
            if !self.places[number].is_empty() {
                let fit = match at == begin {
                    true if word.len() == typed.len() => Fit::Whole,
                    true => Fit::Beginning,
                    false => Fit::Within,
                };
                found.push((count(number), fit));
            }
            from = begin + word.len();
        }
        found
    }

    fn fuzzy(&self, typed: &str, distance: impl Fn(&EditDistance, &str) -> usize) -> Vec<(u32, Fit)> {
        let forgiven = max_edits(typed.len());
        let Some(pattern) = EditDistance::new(typed).filter(|_| forgiven > 0) else {
            return Vec::new();
        };
        #[cfg(test)]
        WALKS.set(WALKS.get() + 1);
        (0..self.begins.len())
            .filter(|number| !self.places[*number].is_empty() && distance(&pattern, self.word(*number)) <= forgiven)
            .map(|number| (count(number), Fit::Fuzzy))
            .collect()
    }

    /// The places of the games that have one of `words`.
    pub(super) fn places(&self, words: &[(u32, Fit)]) -> Bitset {
        let mut bits = Bitset::none(self.of_place.len());
        for (word, _) in words {
            for place in &self.places[*word as usize] {
                bits.put(*place, true);
            }
        }
        bits
    }
}
