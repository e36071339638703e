//! Addresses within the shop: one function for each, so that the same list has the same address everywhere.

use domain::catalog::{GameFilter, Sort};
use domain::id::GameId;
use domain::picture::{Fingerprint, is_on_the_web};
use url::form_urlencoded::Serializer;

use crate::query::sort_name;

/// The page of a game.
pub fn game(slug: &str) -> String {
    format!("/game/{slug}")
}

/// Picture `number` of a game, downloaded from `address`: 0 is its cover, from 1 on they are all of its pictures.
/// `None` for an address that no picture can be downloaded from.
pub fn picture(game: GameId, number: usize, address: &str) -> Option<String> {
    is_on_the_web(address).then(|| picture_of(game, number, Fingerprint::of(address)))
}

/// The same for a known fingerprint.
pub fn picture_of(game: GameId, number: usize, fingerprint: Fingerprint) -> String {
    format!("/picture/{game}/{number}/{fingerprint}")
}

/// The catalogue with `filter`; default values are left out.
pub fn catalogue(filter: &GameFilter) -> String {
    let usual = GameFilter::default();
    let mut query = Serializer::new(String::new());
    let mut say = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            query.append_pair(name, &value);
        }
    };
    say("search", (!filter.search.is_empty()).then(|| filter.search.clone()));
    for (name, list) in lists(filter) {
        for value in list {
            say(&list_key(name, value), Some(value.clone()));
        }
    }
    say("minPrice", filter.min_price.map(|price| price.to_string()));
    say("maxPrice", filter.max_price.map(|price| price.to_string()));
    say("multiplayer", filter.multiplayer.map(|online| online.to_string()));
    say("releaseDateFrom", filter.released_from.map(|year| year.to_string()));
    say("releaseDateTo", filter.released_to.map(|year| year.to_string()));
    say("inStockOnly", (!filter.in_stock_only).then(|| "false".to_owned()));
    say(
        "sort",
        (filter.sort != usual.sort).then(|| sort_name(filter.sort).to_owned()),
    );
    say(
        "pageSize",
        (filter.page_size != usual.page_size).then(|| filter.page_size.to_string()),
    );
    say("page", (filter.page != usual.page).then(|| filter.page.to_string()));
    let query = query.finish();
    if query.is_empty() {
        "/catalogue".to_owned()
    } else {
        format!("/catalogue?{query}")
    }
}

/// Adds the address to continue with afterwards.
pub fn with_next(path: &str, next: Option<&str>) -> String {
    let Some(next) = next else { return path.to_owned() };
    let query = Serializer::new(String::new()).append_pair("next", next).finish();
    format!("{path}?{query}")
}

/// The catalogue of one genre.
pub fn genre(name: &str) -> String {
    catalogue(&GameFilter {
        genres: vec![name.to_owned()],
        ..GameFilter::default()
    })
}

/// The catalogue of one publisher.
pub fn publisher(name: &str) -> String {
    catalogue(&GameFilter {
        publishers: vec![name.to_owned()],
        ..GameFilter::default()
    })
}

/// The catalogue in another order.
pub fn sorted(sort: Sort) -> String {
    catalogue(&GameFilter {
        sort,
        ..GameFilter::default()
    })
}

/// The parameter for `value` in the list `name`: with brackets if a comma in the value would split it.
pub fn list_key(name: &str, value: &str) -> String {
    let parted = value
        .match_indices(',')
        .any(|(at, _)| !value[at + 1..].starts_with(' '));
    if parted { format!("{name}[]") } else { name.to_owned() }
}

/// The lists of a filter by their parameters' names.
pub fn lists(filter: &GameFilter) -> [(&'static str, &Vec<String>); 5] {
    [
        ("platforms", &filter.platforms),
        ("activationServices", &filter.activation_services),
        ("regions", &filter.regions),
        ("genres", &filter.genres),
        ("publishers", &filter.publishers),
    ]
}

#[cfg(test)]
mod tests {
    use domain::money::Cents;

    use super::*;

    #[test]
    fn an_address_reads_back_as_the_filter_that_it_was_made_of() {
        let filter = GameFilter {
            search: "elden ring".to_owned(),
            platforms: vec!["Windows".to_owned()],
            regions: vec!["Europe, Middle East, Africa".to_owned()],
            publishers: vec!["A&B".to_owned(), "a,b".to_owned(), "c,".to_owned()],
            min_price: Some(Cents::new(5)),
            max_price: Some(Cents::new(1_999)),
            in_stock_only: false,
            multiplayer: Some(false),
            released_from: Some(2001),
            released_to: Some(2020),
            sort: Sort::Newest,
            page: 3,
            page_size: 12,
            ..GameFilter::default()
        };
        let address = catalogue(&filter);
        let parsed = crate::query::read(address.split_once('?').unwrap().1);
        assert_eq!((parsed.filter, parsed.wrong), (filter, vec![]), "{address}");
    }

    #[test]
    fn what_is_usual_is_not_said() {
        assert_eq!(catalogue(&GameFilter::default()), "/catalogue");
        assert_eq!(genre("R&B"), "/catalogue?genres=R%26B");
        assert_eq!(sorted(Sort::PriceAsc), "/catalogue?sort=price-asc");
    }
}
