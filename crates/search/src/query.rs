//! Queries: which games a list shows, in which order, and the facets for further filters.

use domain::catalog::{FilterOptions, GameFilter};
use domain::id::GameId;
use domain::money::Cents;
use domain::term::TermSlugs;

use super::bitset::Bitset;
use super::{Column, SearchIndex, SortOrder, day_number};

/// When less than this fraction of all games matches, the matches are sorted; otherwise the precomputed order is
/// scanned.
const FEW: usize = 16;

/// A query for a list.
#[derive(Clone, Debug)]
pub struct IndexQuery<'a> {
    /// The filter.
    pub filter: &'a GameFilter,
    /// Only games released after this day (`yyyy-mm-dd`).
    pub after: Option<&'a str>,
    /// Only games released on this day or before.
    pub until: Option<&'a str>,
    /// The order.
    pub order: SortOrder,
}

impl<'a> IndexQuery<'a> {
    /// The query for `filter` alone.
    #[must_use]
    pub fn by(filter: &'a GameFilter) -> Self {
        Self {
            filter,
            after: None,
            until: None,
            order: filter.sort.into(),
        }
    }

    /// Whether all that it asks for is a price of what is for sale.
    pub(super) fn asks_for_price_alone(&self) -> bool {
        let filter = self.filter;
        let names_nothing = Group::ALL.into_iter().all(|group| group.ticked(filter).is_empty());
        let of_any_time = filter.released_from.is_none() && filter.released_to.is_none();
        let of_any_day = self.after.is_none() && self.until.is_none();
        let is_plain = filter.in_stock_only && filter.search.is_empty() && filter.multiplayer.is_none();
        is_plain && names_nothing && of_any_time && of_any_day
    }
}

/// One page of a result.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IndexPage {
    /// The games of the page, in their order.
    pub games: Vec<GameId>,
    /// The number of games on all pages.
    pub total: u64,
}

/// The fields whose names games can be filtered by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Platforms,
    Genres,
    Publishers,
    Services,
    Regions,
}

impl Group {
    const ALL: [Self; 5] = [
        Self::Platforms,
        Self::Genres,
        Self::Publishers,
        Self::Services,
        Self::Regions,
    ];

    fn ticked(self, filter: &GameFilter) -> &[String] {
        match self {
            Self::Platforms => &filter.platforms,
            Self::Genres => &filter.genres,
            Self::Publishers => &filter.publishers,
            Self::Services => &filter.activation_services,
            Self::Regions => &filter.regions,
        }
    }

    const fn column(self, index: &SearchIndex) -> &Column {
        match self {
            Self::Platforms => &index.platforms,
            Self::Genres => &index.genres,
            Self::Publishers => &index.publishers,
            Self::Services => &index.services,
            Self::Regions => &index.regions,
        }
    }
}

impl SearchIndex {
    /// One page of the result; the filter says which and how long.
    #[must_use]
    pub fn page(&self, query: &IndexQuery<'_>) -> IndexPage {
        self.page_by_price(query).unwrap_or_else(|| self.page_by_sets(query))
    }

    /// The same of any list: each condition is a set of games.
    pub(super) fn page_by_sets(&self, query: &IndexQuery<'_>) -> IndexPage {
        let filter = query.filter;
        let mut places = self.plain(filter);
        self.within_prices(filter, &mut places);
        if let Some(after) = query.after.map(day_number) {
            places.and(&Bitset::of(&self.facts.days, |day| *day > after));
        }
        if let Some(until) = query.until.map(day_number) {
            places.and(&Bitset::of(&self.facts.days, |day| (1..=until).contains(day)));
        }
        for group in Group::ALL.into_iter().filter(|group| !group.ticked(filter).is_empty()) {
            places.and(&group.column(self).with_any(group.ticked(filter)));
        }
        let offset = u64::from(filter.page.saturating_sub(1)) * u64::from(filter.page_size);
        let total = places.count();
        let shown = self.ordered(&places, total, query.order, offset, filter.page_size as usize);
        IndexPage {
            games: self.ids(shown),
            total: total as u64,
        }
    }

    pub(super) fn ordered(
        &self,
        places: &Bitset,
        total: usize,
        order: SortOrder,
        offset: u64,
        size: usize,
    ) -> Vec<u32> {
        let Some(offset) = usize::try_from(offset).ok().filter(|offset| *offset < total) else {
            return Vec::new();
        };
        if total < self.len() / FEW {
            let mut few: Vec<u32> = places.places().collect();
            few.sort_unstable_by(|a, b| order.compare(&self.facts, *a, *b));
            return few.into_iter().skip(offset).take(size).collect();
        }
        let all = self.orders.of(order).iter().copied();
        all.filter(|place| places.has(*place)).skip(offset).take(size).collect()
    }

    /// The facets of a list. The counts of a group cover the games that all other filters admit, so each count is what
    /// one more selected name would show. The price range is computed likewise.
    #[must_use]
    pub fn options(&self, filter: &GameFilter) -> FilterOptions {
        let plain = self.plain(filter);
        let mut priced = plain.clone();
        self.within_prices(filter, &mut priced);
        let admitted = Group::ALL.map(|group| {
            let ticked = group.ticked(filter);
            (group, (!ticked.is_empty()).then(|| group.column(self).with_any(ticked)))
        });
        let but_for = |mut places: Bitset, spared: Option<Group>| {
            for (_, admits) in admitted.iter().filter(|(group, _)| Some(*group) != spared) {
                if let Some(admits) = admits {
                    places.and(admits);
                }
            }
            places
        };
        let counts = |group: Group| {
            let places = but_for(priced.clone(), Some(group));
            group.column(self).counts(&places, group.ticked(filter))
        };
        FilterOptions {
            platforms: counts(Group::Platforms),
            genres: counts(Group::Genres),
            publishers: counts(Group::Publishers),
            activation_services: counts(Group::Services),
            regions: counts(Group::Regions),
            slugs: TermSlugs::default(),
            price_range: self.price_range(&but_for(plain, None)),
        }
    }

    fn price_range(&self, places: &Bitset) -> (Cents, Cents) {
        let cents = || places.places().map(|place| self.facts.cents[place as usize]);
        let end = |cents: Option<i64>| cents.map_or(Cents::ZERO, Cents::new);
        (end(cents().min()), end(cents().max()))
    }

    /// The games that all filters except names and prices admit.
    fn plain(&self, filter: &GameFilter) -> Bitset {
        let mut places = if filter.in_stock_only {
            self.for_sale.clone()
        } else {
            self.shown.clone()
        };
        if let Some(online) = filter.multiplayer {
            places.and(&if online { self.online.clone() } else { self.offline() });
        }
        if let Some(year) = filter.released_from {
            let from = u32::from(year) * 10_000;
            places.and(&Bitset::of(&self.facts.days, |day| *day >= from));
        }
        if let Some(year) = filter.released_to {
            let to = u32::from(year) * 10_000 + 1_231;
            places.and(&Bitset::of(&self.facts.days, |day| (1..=to).contains(day)));
        }
        for word in domain::search::words(&filter.search) {
            if places.is_empty() {
                break;
            }
            places.and(&self.words.places(&self.words.meant_by(word)));
        }
        places
    }

    fn offline(&self) -> Bitset {
        let mut offline = self.shown.clone();
        for place in self.online.places() {
            offline.put(place, false);
        }
        offline
    }

    fn within_prices(&self, filter: &GameFilter, places: &mut Bitset) {
        if filter.min_price.is_none() && filter.max_price.is_none() {
            return;
        }
        let from = filter.min_price.map_or(i64::MIN, Cents::get);
        let to = filter.max_price.map_or(i64::MAX, Cents::get);
        places.and(&Bitset::of(&self.facts.cents, |cents| (from..=to).contains(cents)));
    }
}
