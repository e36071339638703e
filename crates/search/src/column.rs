//! Columns of names (genres, publishers …): for each game one small number that stands for its set of names.
//!
//! A hundred thousand games have few different sets of genres, and at most one publisher each: a filter checks each set
//! once and then reads one number per game, however many names there are.

use std::collections::HashMap;

use domain::catalog::Facet;

use super::bitset::Bitset;

/// The most names that one filter offers; the most common are taken.
const OFFERED_MAX: usize = 100;

#[derive(Debug, Default)]
pub(super) struct Column {
    /// The set of each place.
    sets_of: Vec<u32>,
    /// The names of each set, sorted.
    sets: Vec<Box<[u32]>>,
    known_sets: HashMap<Box<[u32]>, u32>,
    names: Vec<Box<str>>,
    known_names: HashMap<Box<str>, u32>,
}

impl Column {
    /// Sets the names of `place`, which may be the next free one.
    pub(super) fn set<'n>(&mut self, place: u32, names: impl Iterator<Item = &'n str>) {
        let mut numbers: Vec<u32> = names.map(|name| self.number(name)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let numbers = numbers.into_boxed_slice();
        let set = match self.known_sets.get(&numbers) {
            Some(set) => *set,
            None => {
                let set = count(self.sets.len());
                self.sets.push(numbers.clone());
                self.known_sets.insert(numbers, set);
                set
            }
        };
        match self.sets_of.get_mut(place as usize) {
            Some(old) => *old = set,
            None => self.sets_of.push(set),
        }
    }

    /// How much memory it takes, about: names and sets stand in it twice.
    pub(super) fn bytes(&self) -> usize {
        let set = |set: &[u32]| 2 * (size_of_val(set) + size_of::<Box<[u32]>>());
        let name = |name: &str| 2 * (name.len() + size_of::<Box<str>>());
        self.sets_of.capacity() * size_of::<u32>()
            + self.sets.iter().map(|some| set(some)).sum::<usize>()
            + self.names.iter().map(|some| name(some)).sum::<usize>()
    }

    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.known_names.get(name) {
            return *number;
        }
        let number = count(self.names.len());
        self.names.push(name.into());
        self.known_names.insert(name.into(), number);
        number
    }

    /// The places that have one of `names`.
    pub(super) fn with_any(&self, names: &[String]) -> Bitset {
        let wanted: Vec<u32> = names
            .iter()
            .filter_map(|name| self.known_names.get(name.as_str()).copied())
            .collect();
        let admitted: Vec<bool> = self
            .sets
            .iter()
            .map(|set| set.iter().any(|name| wanted.contains(name)))
            .collect();
        Bitset::of(&self.sets_of, |set| admitted[*set as usize])
    }

    /// The number of `places` that have each name: most common first, then by name. The names in `always` are included
    /// in any case.
    pub(super) fn counts(&self, places: &Bitset, always: &[String]) -> Vec<Facet> {
        let mut in_sets = vec![0_u64; self.sets.len()];
        for place in places.places() {
            in_sets[self.sets_of[place as usize] as usize] += 1;
        }
        let mut games = vec![0_u64; self.names.len()];
        for (set, count) in self.sets.iter().zip(in_sets) {
            for name in set {
                games[*name as usize] += count;
            }
        }
        let named = self.names.iter().zip(games);
        let mut facets: Vec<Facet> = named
            .filter(|(name, games)| *games > 0 || always.iter().any(|other| **other == ***name))
            .map(|(name, games)| Facet {
                name: name.to_string(),
                games,
            })
            .collect();
        facets.sort_unstable_by(|a, b| b.games.cmp(&a.games).then_with(|| a.name.cmp(&b.name)));
        let mut at = 0;
        facets.retain(|facet| {
            at += 1;
            at <= OFFERED_MAX || always.contains(&facet.name)
        });
        facets
    }

    /// For each set of names, how many it shares with the set of `place`; indexed by [`Column::set_of`].
    pub(super) fn shared_with(&self, place: u32) -> Vec<u32> {
        let ours = &self.sets[self.sets_of[place as usize] as usize];
        let shared = |set: &[u32]| count(set.iter().filter(|name| ours.contains(name)).count());
        self.sets.iter().map(|set| shared(set)).collect()
    }

    /// The set of names of `place`.
    pub(super) fn set_of(&self, place: u32) -> usize {
        self.sets_of[place as usize] as usize
    }
}

/// Converts a count that is known to fit.
pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
