//! What each supplier said of each product, and when: written by the liars, read by the judge.

use std::collections::HashMap;

/// A supplier's name and the id of one of its products.
pub(super) type Named = (&'static str, String);

/// Clocks of the database have milliseconds at worst; in microseconds.
const SLACK: i64 = 5_000;

/// What a supplier says of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// It has it, at this price in cents.
    Offered { cost: i64, qty: i64 },
    /// Its price or its stock cannot be read.
    Unreadable,
    /// Its list does not have it.
    Gone,
    /// The list cannot be used as a whole.
    Nothing,
}

/// A word, and when it was given; in microseconds of Unix time.
#[derive(Clone, Copy, Debug)]
struct Said {
    /// The earliest moment at which it could be heard.
    from: i64,
    /// The earliest moment at which nothing else could be heard any more.
    since: i64,
    word: Word,
}

/// All that was said.
#[derive(Debug, Default)]
pub(super) struct World {
    said: HashMap<Named, Vec<Said>>,
    /// When a supplier's pages did not belong to one list: then nobody can know what a run has seen.
    unsteady: Vec<(&'static str, i64, i64)>,
}

impl World {
    /// From a moment between `from` and `since` on, this is what the supplier says of the product.
    pub(super) fn say(&mut self, named: Named, word: Word, (from, since): (i64, i64)) {
        self.said.entry(named).or_default().push(Said { from, since, word });
    }

    /// Between these moments the supplier's pages did not belong to one list.
    pub(super) fn note_unsteady(&mut self, supplier: &'static str, from: i64, until: i64) {
        self.unsteady.push((supplier, from, until));
    }

    pub(super) fn was_unsteady(&self, supplier: &str, from: i64, until: i64) -> bool {
        let mut all = self.unsteady.iter();
        all.any(|(name, began, ended)| *name == supplier && *began <= until && from <= *ended)
    }

    /// Every word that could be heard of a product between two moments.
    pub(super) fn heard(&self, named: &Named, from: i64, until: i64) -> Vec<Word> {
        let all = self.said.get(named).map(Vec::as_slice).unwrap_or_default();
        let (from, until) = (from - SLACK, until + SLACK);
        let is_heard = |(at, said): (usize, &Said)| {
            let ended = all.get(at + 1).map_or(i64::MAX, |next| next.since);
            (said.from <= until && from <= ended).then_some(said.word)
        };
        all.iter().enumerate().filter_map(is_heard).collect()
    }

    /// The only word that could be heard of a product between two moments, if there was only one.
    pub(super) fn only(&self, named: &Named, from: i64, until: i64) -> Option<Word> {
        let heard = self.heard(named, from, until);
        let first = *heard.first()?;
        heard.iter().all(|word| *word == first).then_some(first)
    }

    /// All products of a supplier.
    pub(super) fn products<'w>(&'w self, supplier: &'w str) -> impl Iterator<Item = &'w Named> {
        self.said.keys().filter(move |(name, _)| *name == supplier)
    }

    /// Forgets what nobody can hear any more after this moment.
    pub(super) fn forget_before(&mut self, moment: i64) {
        for all in self.said.values_mut() {
            let outdated = all.windows(2).take_while(|pair| pair[1].since < moment).count();
            all.drain(..outdated);
        }
        self.unsteady.retain(|(_, _, until)| *until >= moment);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_heard_until_the_next_one_is_certain() {
        let named = || ("g2a", "1".to_owned());
        let offered = |cost| Word::Offered { cost, qty: 1 };
        let mut world = World::default();
        world.say(named(), offered(1), (0, 0));
        world.say(named(), Word::Gone, (1_000_000, 1_200_000));
        world.say(named(), offered(2), (2_000_000, 2_100_000));
        assert_eq!(world.heard(&named(), 0, 900_000), [offered(1)]);
        assert_eq!(world.heard(&named(), 900_000, 1_100_000), [offered(1), Word::Gone]);
        assert_eq!(world.only(&named(), 1_300_000, 1_900_000), Some(Word::Gone));
        assert_eq!(world.only(&named(), 1_300_000, 2_050_000), None);
        world.forget_before(1_500_000);
        assert_eq!(world.heard(&named(), 0, 3_000_000), [Word::Gone, offered(2)]);
        assert_eq!(world.heard(&("g2a", "2".to_owned()), 0, 3_000_000), []);
    }
}
