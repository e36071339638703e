//! Values written to the catalogue are read back unchanged, and sorted and found alike on both databases.

use domain::catalog::{GameFilter, Requirements, Sort, SystemRequirements};
use domain::id::GameId;
use domain::money::Cents;
use domain::search::fold;
use search::{IndexPage, IndexQuery, SortOrder};
use testkit::{Kind, on_both_databases};

use super::{database, filled, game, id, put, stored};

/// The numbers of the games on a page.
fn numbers(found: IndexPage) -> Vec<u128> {
    found.games.into_iter().map(|game| game.0.as_u128()).collect()
}

#[on_both_databases]
async fn every_fact_of_a_game_comes_back_as_it_was(kind: Kind) {
    let (_database, db) = database(kind).await;
    let written = game(1, |facts| {
        facts.title = "O'Neill's \"Quest\" 🎮 100% \\ _ ; -- ?1 $1 :name\n\tзелёный 緑".to_owned();
        facts.description_html = "<p>'\"`</p>\r\n{}".to_owned();
        facts.images = vec!["https://x.example/a'b\".jpg".to_owned(), String::new()];
        facts.release_date = Some("2015-05-19".to_owned());
        facts.region = Some(String::new());
        facts.developer = Some("Ünïcode & Söhne".to_owned());
        facts.multiplayer = true;
        let minimal = SystemRequirements {
            system: "Windows \"11\" 🪟".to_owned(),
            ..SystemRequirements::default()
        };
        facts.requirements = Requirements {
            minimal,
            ..Requirements::default()
        };
    });
    put(&db, &[&written]).await;
    assert_eq!(db.catalog().by_id(GameId(id(1))).await.unwrap().unwrap(), written);
}

#[on_both_databases]
async fn cents_and_counts_come_back_whole_however_large(kind: Kind) {
    let (_database, db) = database(kind).await;
    // A floating number holds 53 bits: the last of these would come back as 9007199254740992.
    for (number, cents) in [(1, 1), (2, i64::MAX), (3, 9_007_199_254_740_993)] {
        let written = game(number, |facts| {
            (facts.price, facts.copies) = (Cents::new(cents), cents);
        });
        put(&db, &[&written]).await;
        assert_eq!(stored(&db, number).await, written);
    }
    let filter = GameFilter {
        min_price: Some(Cents::new(9_007_199_254_740_993)),
        sort: Sort::PriceAsc,
        ..GameFilter::default()
    };
    let index = filled(&db).await;
    assert_eq!(numbers(index.page(&IndexQuery::by(&filter))), [3, 2]);
    let range = index.options(&GameFilter::default()).price_range;
    assert_eq!(range, (Cents::new(1), Cents::new(i64::MAX)));
}

#[on_both_databases]
async fn games_without_a_release_date_are_the_last_of_the_newest(kind: Kind) {
    let (_database, db) = database(kind).await;
    let dates = [None, Some("1996-02-27"), Some("2026-12-31"), None, Some("2015-05-19")];
    let games: Vec<_> = (1..)
        .zip(dates)
        .map(|(n, date)| game(n, |facts| facts.release_date = date.map(str::to_owned)))
        .collect();
    put(&db, &games.iter().collect::<Vec<_>>()).await;
    let index = filled(&db).await;
    let filter = GameFilter {
        sort: Sort::Newest,
        ..GameFilter::default()
    };
    let newest = IndexQuery::by(&filter);
    assert_eq!(numbers(index.page(&newest)), [3, 5, 2, 1, 4]);
    let days = IndexQuery {
        after: Some("1996-02-27"),
        until: Some("2026-12-31"),
        ..newest
    };
    assert_eq!(numbers(index.page(&days)), [3, 5]);
    let soonest = IndexQuery {
        after: None,
        order: SortOrder::Soonest,
        ..days
    };
    assert_eq!(numbers(index.page(&soonest)), [2, 5, 3]);
}

#[on_both_databases]
async fn search_finds_whatever_the_case_the_accents_and_the_script(kind: Kind) {
    let (_database, db) = database(kind).await;
    let titles = [
        "Pokémon Red",
        "ВЕДЬМАК 3: Дикая Охота",
        "ÉCLAIR",
        "Pokemon Snap",
        "100% Orange_Juice",
    ];
    let games: Vec<_> = (1..)
        .zip(titles)
        .map(|(n, title)| game(n, |facts| facts.title = title.to_owned()))
        .collect();
    put(&db, &games.iter().collect::<Vec<_>>()).await;
    let index = filled(&db).await;
    for (search, expected) in [
        ("pokemon", vec![1, 4]),
        ("POKÉMON", vec![1, 4]),
        ("red pokémon", vec![1]),
        ("ведьмак", vec![2]),
        ("Vedmak 3", vec![2]),
        ("éclair", vec![3]),
        ("Eclair", vec![3]),
        ("clai", vec![3]),
        // These mean something to LIKE, and nothing to the shop.
        ("100%", vec![5]),
        ("%", vec![1, 2, 3, 4, 5]),
        ("orange_", vec![5]),
        ("pokemon vedmak", vec![]),
        ("' OR 'x'='x", vec![]),
    ] {
        let filter = GameFilter {
            search: fold(search),
            ..GameFilter::default()
        };
        assert_eq!(numbers(index.page(&IndexQuery::by(&filter))), expected, "{search}");
    }
}
