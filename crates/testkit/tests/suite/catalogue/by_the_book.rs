//! A reference implementation of lists and searches: it scans every game, prepares nothing, and shares only the folding
//! of texts with the tested code.

use std::collections::{BTreeMap, BTreeSet};

use domain::catalog::{Game, GameFilter, Sort};
use domain::id::GameId;
use domain::search::max_edits;

/// The edit distance of two words: the table of all their beginnings.
pub(crate) fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = table[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let mut least = replaced.min(table[i - 1][j] + 1).min(table[i][j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(table[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    table[a.len()][b.len()]
}

/// The words of the titles that are shown.
fn vocabulary<'g>(games: &[&'g Game]) -> BTreeSet<&'g str> {
    let shown = games.iter().filter(|game| !game.hidden);
    shown.flat_map(|game| game.facts.search_text.split(' ')).collect()
}

/// The words of `all` that `word` means: those that hold it, or, when none does, those that are a few edits away.
fn meant<'g>(all: &BTreeSet<&'g str>, word: &str) -> BTreeSet<&'g str> {
    let held: BTreeSet<&str> = all.iter().copied().filter(|other| other.contains(word)).collect();
    let forgiven = max_edits(word.len());
    if held.is_empty() && forgiven > 0 {
        return all
            .iter()
            .copied()
            .filter(|other| edit_distance(word, other) <= forgiven)
            .collect();
    }
    held
}

/// The lists of names of a filter.
fn wanted(filter: &GameFilter) -> [&[String]; 5] {
    [
        &filter.platforms,
        &filter.genres,
        &filter.publishers,
        &filter.activation_services,
        &filter.regions,
    ]
}

/// What a game has of the names of each list.
fn has(game: &Game) -> [&[String]; 5] {
    let facts = &game.facts;
    [
        &facts.platforms,
        &facts.genres,
        facts.publisher.as_slice(),
        facts.activation_service.as_slice(),
        facts.region.as_slice(),
    ]
}

/// What a filter says of all games.
pub(crate) struct Answer<'g> {
    filter: &'g GameFilter,
    /// The games that it admits but for its lists of names, each with the numbers of those that do not admit it.
    games: Vec<(&'g Game, Vec<usize>)>,
}

impl<'g> Answer<'g> {
    /// Asks every game.
    pub(crate) fn of(games: &[&'g Game], filter: &'g GameFilter) -> Self {
        let vocabulary = vocabulary(games);
        let words = filter.search.split(' ').filter(|word| !word.is_empty());
        let found: Vec<BTreeSet<&str>> = words.map(|word| meant(&vocabulary, word)).collect();
        let admits = |game: &&&Game| {
            let facts = &game.facts;
            let year = facts.release_date.as_ref().map(|day| day[..4].parse::<u16>().unwrap());
            !game.hidden
                && (!filter.in_stock_only || facts.copies > 0)
                && filter.min_price.is_none_or(|min| facts.price >= min)
                && filter.max_price.is_none_or(|max| facts.price <= max)
                && filter.multiplayer.is_none_or(|online| facts.multiplayer == online)
                && filter
                    .released_from
                    .is_none_or(|from| year.is_some_and(|year| year >= from))
                && filter.released_to.is_none_or(|to| year.is_some_and(|year| year <= to))
                && found
                    .iter()
                    .all(|found| facts.search_text.split(' ').any(|word| found.contains(word)))
        };
        let refusing = |game: &'g Game| {
            let (wanted, has) = (wanted(filter), has(game));
            let refuses = |at: &usize| {
                let (wanted, has) = (wanted[*at], has[*at]);
                !wanted.is_empty() && !wanted.iter().any(|name| has.contains(name))
            };
            (game, (0..wanted.len()).filter(refuses).collect())
        };
        Self {
            filter,
            games: games.iter().filter(admits).copied().map(refusing).collect(),
        }
    }

    /// The games that the filter admits, but for the list of names numbered `spared`.
    fn admitted(&self, spared: Option<usize>) -> Vec<&'g Game> {
        let games = self.games.iter();
        let admitted = games.filter(|(_, refusing)| refusing.iter().all(|at| spared == Some(*at)));
        admitted.map(|(game, _)| *game).collect()
    }

    /// The games of the list in its order, on all pages.
    pub(crate) fn list(&self) -> Vec<GameId> {
        let mut found = self.admitted(None);
        found.sort_by(|a, b| {
            let (one, other) = (&a.facts, &b.facts);
            let by_value = match self.filter.sort {
                Sort::Popular => other.copies.cmp(&one.copies),
                Sort::PriceAsc => one.price.cmp(&other.price),
                Sort::PriceDesc => other.price.cmp(&one.price),
                Sort::Newest => match (&one.release_date, &other.release_date) {
                    (Some(one), Some(other)) => other.cmp(one),
                    // Without a date: last.
                    (one, other) => one.is_none().cmp(&other.is_none()),
                },
            };
            by_value.then(a.id.cmp(&b.id))
        });
        found.iter().map(|game| game.id).collect()
    }

    /// For each list of names, in how many games each stands that all other filters admit.
    pub(crate) fn counts(&self) -> [BTreeMap<String, u64>; 5] {
        [0, 1, 2, 3, 4].map(|group| {
            let wanted = wanted(self.filter)[group].iter();
            let mut counts: BTreeMap<String, u64> = wanted.map(|name| (name.clone(), 0)).collect();
            for game in self.admitted(Some(group)) {
                for name in has(game)[group] {
                    *counts.entry(name.clone()).or_default() += 1;
                }
            }
            counts
        })
    }
}
