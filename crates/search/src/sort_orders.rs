//! The sort orders of lists, each precomputed.

use std::cmp::{Ordering, Reverse};

use domain::catalog::Sort;

use super::Facts;
use super::bitset::Bitset;
use super::column::count;

/// The order of a list. Games that compare equal are ordered by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortOrder {
    /// Largest stock first.
    Popular,
    /// The latest release first; games without a date last.
    Newest,
    /// The earliest release first; games without a date last.
    Soonest,
    /// Cheapest first.
    PriceAsc,
    /// Most expensive first.
    PriceDesc,
    /// Added to the shop last first.
    Added,
}

impl From<Sort> for SortOrder {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Popular => Self::Popular,
            Sort::Newest => Self::Newest,
            Sort::PriceAsc => Self::PriceAsc,
            Sort::PriceDesc => Self::PriceDesc,
        }
    }
}

impl SortOrder {
    const ALL: [Self; 6] = [
        Self::Popular,
        Self::Newest,
        Self::Soonest,
        Self::PriceAsc,
        Self::PriceDesc,
        Self::Added,
    ];

    pub(super) fn compare(self, facts: &Facts, one: u32, other: u32) -> Ordering {
        let (a, b) = (one as usize, other as usize);
        let by_value = match self {
            Self::Popular => facts.copies[b].cmp(&facts.copies[a]),
            Self::Newest => facts.days[b].cmp(&facts.days[a]),
            Self::Soonest => (facts.days[a] == 0, facts.days[a]).cmp(&(facts.days[b] == 0, facts.days[b])),
            Self::PriceAsc => facts.cents[a].cmp(&facts.cents[b]),
            Self::PriceDesc => Reverse(facts.cents[a]).cmp(&Reverse(facts.cents[b])),
            Self::Added => facts.added[b].cmp(&facts.added[a]),
        };
        by_value.then_with(|| facts.ids[a].cmp(&facts.ids[b]))
    }
}

/// All places in each order.
#[derive(Debug, Default)]
pub(super) struct SortOrders {
    places: [Vec<u32>; SortOrder::ALL.len()],
}

impl SortOrders {
    pub(super) fn of(&self, order: SortOrder) -> &[u32] {
        &self.places[order as usize]
    }

    pub(super) fn bytes(&self) -> usize {
        self.places
            .iter()
            .map(|places| places.capacity() * size_of::<u32>())
            .sum()
    }

    /// Moves `changed` to their new positions.
    pub(super) fn follow(&mut self, facts: &Facts, changed: &[u32]) {
        if changed.is_empty() {
            return;
        }
        let mut is_changed = Bitset::none(facts.ids.len());
        for place in changed {
            is_changed.put(*place, true);
        }
        for order in SortOrder::ALL {
            let places = &mut self.places[order as usize];
            let mut moved = changed.to_vec();
            moved.sort_unstable_by(|a, b| order.compare(facts, *a, *b));
            let stay = places.iter().copied().filter(|place| !is_changed.has(*place));
            *places = merged(stay, &moved, count(facts.ids.len()), |a, b| order.compare(facts, a, b));
        }
    }
}

fn merged(
    stay: impl Iterator<Item = u32>,
    moved: &[u32],
    len: u32,
    compare: impl Fn(u32, u32) -> Ordering,
) -> Vec<u32> {
    let mut all = Vec::with_capacity(len as usize);
    let mut moved = moved.iter().copied().peekable();
    for place in stay {
        while let Some(next) = moved.next_if(|next| compare(*next, place) == Ordering::Less) {
            all.push(next);
        }
        all.push(place);
    }
    all.extend(moved);
    all
}
