//! Tests of every parameter of a list of games, valid and invalid.

use super::*;

fn good(query: &str) -> GameFilter {
    let parsed = read(query);
    assert_eq!(parsed.wrong, [], "{query}");
    parsed.filter
}

fn bad(query: &str) -> Vec<String> {
    read(query).wrong.into_iter().map(|wrong| wrong.field).collect()
}

#[test]
fn nothing_asked_is_the_default_and_so_is_what_nobody_knows() {
    assert_eq!(good(""), GameFilter::default());
    assert_eq!(
        good("utm_source=x&page=&minPrice=&platforms=&search=+&%ff=%00"),
        GameFilter::default()
    );
}

#[test]
fn lists_are_repeated_or_joined_and_come_out_in_order() {
    let both = ["GOG".to_owned(), "Steam".to_owned()];
    for query in [
        "platforms=Steam&platforms=GOG",
        "platforms=Steam,GOG",
        "platforms[]=Steam&platforms[]=GOG",
        "platforms%5B%5D=Steam&platforms=GOG,Steam,",
    ] {
        assert_eq!(good(query).platforms, both, "{query}");
    }
    assert_eq!(
        good("regions=Europe,+Middle+East,+Africa,Asia").regions,
        ["Asia", "Europe, Middle East, Africa"]
    );
    assert_eq!(good("publishers[]=a,b").publishers, ["a,b"]);
    assert_eq!(good("genres=RPG&activationServices=Steam").genres, ["RPG"]);
}

#[test]
fn prices_are_exact() {
    let filter = good("minPrice=0.1&maxPrice=19.38");
    assert_eq!(
        (filter.min_price, filter.max_price),
        (Some(Cents::new(10)), Some(Cents::new(1_938)))
    );
    for query in [
        "minPrice=-1",
        "minPrice=1e3",
        "minPrice=1.234",
        "minPrice=NaN",
        "minPrice=1,5",
    ] {
        assert_eq!(bad(query), ["minPrice"], "{query}");
    }
    assert_eq!(bad("minPrice=10&maxPrice=5"), ["minPrice"]);
    assert_eq!(read("minPrice=10&maxPrice=5").filter.min_price, None);
}

#[test]
fn a_preset_gives_way_to_an_explicit_bound() {
    let bounds = |query: &str| {
        let filter = good(query);
        (filter.min_price.map(Cents::get), filter.max_price.map(Cents::get))
    };
    assert_eq!(bounds("pricePreset=under-10"), (None, Some(999)));
    assert_eq!(bounds("pricePreset=10-25"), (Some(1_000), Some(2_500)));
    assert_eq!(bounds("pricePreset=25-50"), (Some(2_500), Some(5_000)));
    assert_eq!(bounds("pricePreset=50-100"), (Some(5_000), Some(10_000)));
    assert_eq!(bounds("pricePreset=over-100"), (Some(10_001), None));
    assert_eq!(bounds("pricePreset=10-25&maxPrice=15"), (Some(1_000), Some(1_500)));
    assert_eq!(bad("pricePreset=cheap"), ["pricePreset"]);
}

#[test]
fn truths_years_and_orders() {
    let filter = good("inStockOnly=false&multiplayer=1&releaseDateFrom=2010&releaseDateTo=2020&sort=price-desc");
    assert!(!filter.in_stock_only);
    assert_eq!(filter.multiplayer, Some(true));
    assert_eq!((filter.released_from, filter.released_to), (Some(2010), Some(2020)));
    assert_eq!(filter.sort, Sort::PriceDesc);
    for (query, field) in [
        ("inStockOnly=maybe", "inStockOnly"),
        ("multiplayer=yes", "multiplayer"),
        ("releaseDateFrom=20", "releaseDateFrom"),
        ("releaseDateTo=99999", "releaseDateTo"),
        ("releaseDateFrom=2020&releaseDateTo=2010", "releaseDateFrom"),
        ("sort=best", "sort"),
    ] {
        assert_eq!(bad(query), [field], "{query}");
    }
}

#[test]
fn pages_have_bounds() {
    assert_eq!(
        (good("page=3&pageSize=100").page, good("page=3&pageSize=100").page_size),
        (3, 100)
    );
    for (query, field) in [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=+1", "page"),
        ("page=%2B1", "page"),
        ("page=1000001", "page"),
        ("page=99999999999999999999", "page"),
        ("pageSize=0", "pageSize"),
        ("pageSize=101", "pageSize"),
        ("pageSize=ten", "pageSize"),
    ] {
        let fields = bad(query);
        assert!(fields == [field] || query == "page=+1", "{query}: {fields:?}");
    }
    assert_eq!(good("page=2&page=5").page, 5, "the last one counts");
}

#[test]
fn a_search_is_folded_and_short() {
    assert_eq!(
        good("search=%20Pok%C3%A9mon%3A+%C3%89carlate").search,
        "pokemon ecarlate"
    );
    assert_eq!(good(&format!("search={}", "é".repeat(200))).search.len(), 200);
    assert_eq!(bad(&format!("search={}", "a".repeat(201))), ["search"]);
}

#[test]
fn no_name_reaches_the_database_that_it_would_refuse() {
    assert_eq!(bad("genres=RPG%00"), ["genres"]);
    assert_eq!(bad(&format!("genres={}", "a".repeat(201))), ["genres"]);
    let many: Vec<String> = (0..51).map(|n| n.to_string()).collect();
    assert_eq!(bad(&format!("publishers={}", many.join(","))), ["publishers"]);
}

#[test]
fn what_the_shop_does_not_hold_matches_nothing() {
    assert!(!read("ratingMin=0").matches_nothing);
    assert!(read("ratingMin=7.5").matches_nothing);
    assert!(read("languages=English").matches_nothing);
    assert_eq!(bad("ratingMin=good"), ["ratingMin"]);
    assert_eq!(bad("ratingMin=101"), ["ratingMin"]);
}

#[test]
fn what_is_right_is_kept_beside_what_is_wrong() {
    let parsed = read("genres=RPG&page=x&sort=y");
    assert_eq!(parsed.filter.genres, ["RPG"]);
    assert_eq!(parsed.wrong.len(), 2);
}
