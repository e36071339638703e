//! Suggestions while a visitor types, and games similar to another one.

use std::collections::HashMap;

use domain::id::GameId;

use super::word_index::Fit;
use super::{SearchIndex, SortOrder};

/// The most games that are ranked exactly: those in stock first, by popularity.
const CLOSELY_MAX: usize = 2_000;

/// A matching game, and how well it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Suggestion {
    /// The game.
    pub game: GameId,
    /// From 1 to 100: 100 when the title begins with exactly the typed words.
    pub relevance: u32,
}

impl SearchIndex {
    /// The games whose titles match what is typed (folded), best first: each typed word is the beginning of a word of
    /// the title, or, with `within`, any part of one. Typing errors are tolerated in a word that no title has.
    #[must_use]
    pub fn suggest(&self, typed: &str, within: bool, limit: usize) -> Vec<Suggestion> {
        let words = domain::search::words(typed);
        let mut places = self.shown.clone();
        let mut fits: Vec<HashMap<u32, Fit>> = Vec::with_capacity(words.len());
        for word in &words {
            let meant = if within {
                self.words.meant_by(word)
            } else {
                self.words.begun_by(word)
            };
            places.and(&self.words.places(&meant));
            fits.push(meant.into_iter().collect());
        }
        if words.is_empty() || places.is_empty() {
            return Vec::new();
        }
        let candidates = self.ordered(&places, places.count(), SortOrder::Popular, 0, CLOSELY_MAX);
        let mut ranked: Vec<(u32, u32)> = candidates
            .into_iter()
            .map(|place| (self.relevance(place, &fits), place))
            .collect();
        // The sort is stable: among equal matches the more popular stays first.
        ranked.sort_by_key(|(relevance, _)| std::cmp::Reverse(*relevance));
        ranked
            .into_iter()
            .take(limit)
            .map(|(relevance, place)| Suggestion {
                game: self.facts.ids[place as usize],
                relevance,
            })
            .collect()
    }

    /// How well the title at `place` matches, from 1 to 100: the mean of its words' matches and of how near the front
    /// they are.
    fn relevance(&self, place: u32, fits: &[HashMap<u32, Fit>]) -> u32 {
        let title = self.words.of(place);
        let mut sum = 0;
        for (at, fit) in fits.iter().enumerate() {
            let best = title
                .iter()
                .enumerate()
                .filter_map(|(stands, word)| Some((*fit.get(word)?, stands)));
            let Some((fit, stands)) = best.max_by_key(|(fit, stands)| (*fit, std::cmp::Reverse(*stands))) else {
                continue;
            };
            let letters = match fit {
                Fit::Whole => 70,
                Fit::Beginning => 55,
                Fit::Within => 40,
                Fit::Fuzzy => 25,
            };
            sum += letters + if stands == at { 30 } else { 0 };
        }
        sum / super::column::count(fits.len()).max(1)
    }

    /// Games in stock that are similar to this one, most similar first: of the same series, publisher and genres. Among
    /// equals the games that follow it in popularity come first, and after the least popular the most popular again: so
    /// a visitor who goes from game to game sees different games each time, and no game is shown on hundreds of pages,
    /// which would all go stale with it.
    #[must_use]
    pub fn similar(&self, game: GameId, limit: usize) -> Vec<GameId> {
        let Some(place) = self.places.get(&game).copied() else {
            return Vec::new();
        };
        let genres = self.genres.shared_with(place);
        let publishers = self.publishers.shared_with(place);
        let series = self.words.of(place).first().copied();
        let of_series = series.map(|word| self.words.places(&[(word, Fit::Whole)]));
        let mut ranked: Vec<(u32, u32)> = Vec::new();
        for other in self.for_sale.places().filter(|other| *other != place) {
            let has_word = of_series.as_ref().is_some_and(|places| places.has(other));
            let is_series = has_word && self.words.of(other).first().copied() == series;
            let alike = 2 * genres[self.genres.set_of(other)]
                + 3 * publishers[self.publishers.set_of(other)]
                + if is_series { 4 } else { 0 };
            if alike > 0 {
                ranked.push((alike, other));
            }
        }
        // Only few of many are needed, so only those are sorted.
        let popularity = |a: u32, b: u32| SortOrder::Popular.compare(&self.facts, a, b);
        let is_before = |other: u32| popularity(other, place).is_lt();
        let order = |a: &(u32, u32), b: &(u32, u32)| {
            b.0.cmp(&a.0)
                .then_with(|| is_before(a.1).cmp(&is_before(b.1)))
                .then_with(|| popularity(a.1, b.1))
        };
        if ranked.len() > limit {
            ranked.select_nth_unstable_by(limit, order);
            ranked.truncate(limit);
        }
        ranked.sort_unstable_by(order);
        self.ids(ranked.into_iter().map(|(_, other)| other))
    }

    /// One game in stock for each of `chances`, selected by that number.
    #[must_use]
    pub fn random(&self, chances: &[u64]) -> Vec<GameId> {
        let mut left: Vec<u32> = self.for_sale.places().collect();
        let mut drawn = Vec::with_capacity(chances.len());
        for chance in chances {
            if left.is_empty() {
                break;
            }
            let at = usize::try_from(chance % left.len() as u64).unwrap_or_default();
            drawn.push(left.swap_remove(at));
        }
        self.ids(drawn)
    }
}

#[cfg(test)]
mod tests {
    use domain::catalog::GameFilter;
    use domain::clock::Timestamp;
    use domain::indexed_game::IndexedGame;
    use domain::money::Cents;
    use uuid::Uuid;

    use super::super::IndexQuery;
    use super::super::word_index::WALKS;
    use super::*;

    fn game(number: u8) -> IndexedGame {
        IndexedGame {
            id: GameId(Uuid::from_u128(u128::from(number))),
            number: i64::from(number),
            hidden: false,
            search_text: format!("title{number}"),
            price: Cents::new(999),
            copies: i64::from(number),
            release_date: None,
            region: None,
            activation_service: None,
            publisher: None,
            multiplayer: false,
            platforms: Vec::new(),
            genres: vec!["Puzzle".to_owned()],
            created_at: Timestamp::from_micros(0),
        }
    }

    /// The number of scans over all words that `search` causes.
    fn walks(search: impl FnOnce()) -> usize {
        let before = WALKS.get();
        search();
        WALKS.get() - before
    }

    #[test]
    fn a_search_of_a_hundred_words_costs_what_eight_cost_and_finds_the_same() {
        let mut index = SearchIndex::default();
        let letters = "alfa bravo charlie delta echo foxtrot golf hotel";
        index.put(&[
            IndexedGame {
                search_text: letters.to_owned(),
                ..game(1)
            },
            game(2),
        ]);
        let rest: Vec<String> = (0..92).map(|number| format!("nowhere{number}")).collect();
        let hundred = format!("{letters} {}", rest.join(" "));
        let page = |search: &str| {
            index.page(&IndexQuery::by(&GameFilter {
                search: search.to_owned(),
                ..GameFilter::default()
            }))
        };
        for within in [true, false] {
            let suggest = |search: &str| index.suggest(search, within, 5);
            assert_eq!((suggest(&hundred), suggest(letters).len()), (suggest(letters), 1));
            assert_eq!(walks(|| drop(suggest(&hundred))), 8);
        }
        assert_eq!((page(&hundred), page(letters).total), (page(letters), 1));
        assert_eq!(walks(|| drop(page(&hundred))), 8);
        let nowhere = rest.join(" ");
        let forgiven = walks(|| drop(index.suggest(&nowhere, true, 5)));
        assert_eq!(forgiven, 16, "each once as it was typed and once with slips");
        assert_eq!(page(&nowhere).total, 0);
    }

    #[test]
    fn among_equals_those_that_follow_are_shown_and_none_beside_all() {
        let mut index = SearchIndex::default();
        let games: Vec<IndexedGame> = (1..=50).map(game).collect();
        index.put(&games);
        let numbers = |number: u8| -> Vec<u128> {
            let similar = index.similar(game(number).id, 3);
            similar.iter().map(|id| id.0.as_u128()).collect()
        };
        assert_eq!(numbers(50), [49, 48, 47], "the most popular beside those next to it");
        assert_eq!(numbers(2), [1, 50, 49], "after the last the most popular");
        let mut shown = [0; 51];
        for number in 1..=50 {
            numbers(number).iter().for_each(|other| shown[*other as usize] += 1);
        }
        assert!(shown[1..].iter().all(|times| *times == 3), "{shown:?}");
    }
}
