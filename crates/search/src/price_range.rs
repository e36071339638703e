//! Lists of what is for sale within a range of prices: a stretch of the standing orders by price, counted without a look at it.

use super::bitset::Bitset;
use super::column::count;
use super::{Facts, IndexPage, IndexQuery, SearchIndex, SortOrder};

/// How many games for sale stand before each position of an order by price.
#[derive(Debug, Default)]
pub(super) struct Ranks {
    ascending: Vec<u32>,
    descending: Vec<u32>,
}

/// A stretch of an order by price: where it begins and ends.
#[derive(Clone, Copy)]
struct Stretch<'a> {
    places: &'a [u32],
    ranks: &'a [u32],
    begin: usize,
    end: usize,
}

impl Ranks {
    /// Counts anew, after games or orders changed.
    pub(super) fn count(&mut self, for_sale: &Bitset, ascending: &[u32], descending: &[u32]) {
        for (ranks, places) in [(&mut self.ascending, ascending), (&mut self.descending, descending)] {
            ranks.clear();
            ranks.reserve_exact(places.len() + 1);
            let mut sum = 0;
            ranks.push(sum);
            for place in places {
                sum += u32::from(for_sale.has(*place));
                ranks.push(sum);
            }
        }
    }

    pub(super) fn bytes(&self) -> usize {
        (self.ascending.capacity() + self.descending.capacity()) * size_of::<u32>()
    }
}

impl Stretch<'_> {
    /// Its games for sale.
    fn total(&self) -> usize {
        (self.ranks[self.end] - self.ranks[self.begin]) as usize
    }

    /// So many of them from one on, in the order of the stretch.
    fn page(&self, for_sale: &Bitset, offset: usize, size: usize) -> Vec<u32> {
        let before = self.ranks[self.begin] + count(offset);
        // The last position before which no more stand: the game itself, or one that is not for sale before it.
        let from = self.ranks.partition_point(|rank| *rank <= before).saturating_sub(1);
        let places = self.places[from.max(self.begin)..self.end].iter().copied();
        places.filter(|place| for_sale.has(*place)).take(size).collect()
    }
}

impl SearchIndex {
    /// The page of a list that asks for nothing but a price of what is for sale; `None` when it asks for more.
    pub(super) fn page_by_price(&self, query: &IndexQuery<'_>) -> Option<IndexPage> {
        if !query.asks_for_price_alone() || self.is_empty() {
            return None;
        }
        let filter = query.filter;
        let cents = (
            filter.min_price.map_or(i64::MIN, |price| price.get()),
            filter.max_price.map_or(i64::MAX, |price| price.get()),
        );
        let stretch = self.stretch(query.order == SortOrder::PriceDesc, cents);
        let total = stretch.total();
        let size = filter.page_size as usize;
        let offset = u64::from(filter.page.saturating_sub(1)) * u64::from(filter.page_size);
        let shown = match usize::try_from(offset).ok().filter(|offset| *offset < total) {
            None => Vec::new(),
            Some(offset) => match query.order {
                SortOrder::PriceAsc | SortOrder::PriceDesc => stretch.page(&self.for_sale, offset, size),
                order => self.ordered_stretch(stretch, order, cents, offset, size),
            },
        };
        Some(IndexPage {
            games: self.ids(shown),
            total: total as u64,
        })
    }

    fn stretch(&self, descends: bool, (from, to): (i64, i64)) -> Stretch<'_> {
        let cents = |place: &u32| self.facts.cents[*place as usize];
        if descends {
            let places = self.orders.of(SortOrder::PriceDesc);
            let begin = places.partition_point(|place| cents(place) > to);
            let end = places.partition_point(|place| cents(place) >= from).max(begin);
            let ranks = &self.ranks.descending;
            Stretch {
                places,
                ranks,
                begin,
                end,
            }
        } else {
            let places = self.orders.of(SortOrder::PriceAsc);
            let begin = places.partition_point(|place| cents(place) < from);
            let end = places.partition_point(|place| cents(place) <= to).max(begin);
            let ranks = &self.ranks.ascending;
            Stretch {
                places,
                ranks,
                begin,
                end,
            }
        }
    }

    /// A page of a stretch in another order: few games are sorted; of many, that order is walked until the page is full.
    fn ordered_stretch(
        &self,
        stretch: Stretch<'_>,
        order: SortOrder,
        (from, to): (i64, i64),
        offset: usize,
        size: usize,
    ) -> Vec<u32> {
        let wanted = offset.saturating_add(size);
        let walked = wanted.saturating_mul(self.len()) / stretch.total().max(1);
        let within = |place: &u32| self.for_sale.has(*place);
        if stretch.end - stretch.begin < walked {
            let mut few: Vec<u32> = stretch.places[stretch.begin..stretch.end]
                .iter()
                .copied()
                .filter(within)
                .collect();
            first_sorted(&mut few, wanted, order, &self.facts);
            return few.into_iter().skip(offset).take(size).collect();
        }
        let all = self.orders.of(order).iter().copied();
        all.filter(within)
            .filter(|place| (from..=to).contains(&self.facts.cents[*place as usize]))
            .skip(offset)
            .take(size)
            .collect()
    }
}

/// Sorts the first `wanted` of `places` to the front, and leaves those alone.
fn first_sorted(places: &mut Vec<u32>, wanted: usize, order: SortOrder, facts: &Facts) {
    let compare = |a: &u32, b: &u32| order.compare(facts, *a, *b);
    if wanted < places.len() {
        places.select_nth_unstable_by(wanted, compare);
        places.truncate(wanted);
    }
    places.sort_unstable_by(compare);
}

#[cfg(test)]
mod tests {
    use domain::catalog::{GameFilter, Sort};
    use domain::clock::Timestamp;
    use domain::id::GameId;
    use domain::indexed_game::IndexedGame;
    use domain::money::Cents;
    use uuid::Uuid;

    use super::*;

    /// Numbers that look random and are the same each time.
    fn mixed(number: u64) -> i64 {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        i64::from(u32::try_from((mixed ^ (mixed >> 29)) >> 33).unwrap())
    }

    fn game(number: u64) -> IndexedGame {
        IndexedGame {
            id: GameId(Uuid::from_u128(u128::from(number * 7_919 % 1_009))),
            number: i64::try_from(number).unwrap(),
            hidden: number.is_multiple_of(11),
            search_text: String::new(),
            price: Cents::new(mixed(number) % 40),
            copies: mixed(number + 5_000) % 7,
            release_date: (!number.is_multiple_of(3)).then(|| format!("20{:02}-01-01", number % 30)),
            region: None,
            activation_service: None,
            publisher: None,
            multiplayer: false,
            platforms: Vec::new(),
            genres: Vec::new(),
            created_at: Timestamp::from_micros(mixed(number + 9_000) % 50),
        }
    }

    #[test]
    fn every_range_order_and_page_is_as_a_look_at_every_game_says() {
        let mut index = SearchIndex::default();
        let games: Vec<IndexedGame> = (0..500).map(game).collect();
        games.chunks(70).for_each(|some| index.put(some));
        // Some change, so that orders and counts follow.
        let changed: Vec<IndexedGame> = (0..500)
            .step_by(9)
            .map(|number| IndexedGame {
                id: game(number).id,
                ..game(number + 3)
            })
            .collect();
        index.put(&changed);
        let mut asked = 0;
        for sort in [Sort::Popular, Sort::Newest, Sort::PriceAsc, Sort::PriceDesc] {
            for (min, max) in [
                (None, None),
                (Some(0), Some(40)),
                (Some(7), None),
                (None, Some(3)),
                (Some(5), Some(5)),
                (Some(12), Some(30)),
                (Some(90), None),
                (Some(9), Some(2)),
            ] {
                for (page, page_size) in [(1, 10), (2, 10), (5, 7), (1, 100), (60, 10), (1_000_000, 100)] {
                    let filter = GameFilter {
                        sort,
                        page,
                        page_size,
                        min_price: min.map(Cents::new),
                        max_price: max.map(Cents::new),
                        ..GameFilter::default()
                    };
                    let query = IndexQuery::by(&filter);
                    assert_eq!(
                        index.page_by_price(&query).unwrap(),
                        index.page_by_sets(&query),
                        "{filter:?}"
                    );
                    asked += 1;
                }
            }
        }
        assert_eq!(asked, 192);
        let more = GameFilter {
            in_stock_only: false,
            ..GameFilter::default()
        };
        assert!(index.page_by_price(&IndexQuery::by(&more)).is_none());
    }
}
