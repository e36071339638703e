//! Lists: each filter alone, all sorts, pages that neither overlap nor leave a game out, and the same on both databases.

mod six_games;

use std::collections::BTreeSet;

use domain::catalog::{Facet, GameFilter, Sort};
use domain::id::GameId;
use domain::money::Cents;
use search::IndexQuery;
use storage::Db;
use testkit::{Kind, on_both_databases};

use self::six_games::store_games;
use super::{database, filled, game, id, put};

/// The numbers of the games that a filter finds, and the total that it says.
async fn found(db: &Db, filter: &GameFilter) -> (Vec<u128>, u64) {
    let found = filled(db).await.page(&IndexQuery::by(filter));
    (found.games.iter().map(|game| game.0.as_u128()).collect(), found.total)
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

type Change = fn(&mut GameFilter);

#[on_both_databases]
async fn each_filter_finds_what_it_names(kind: Kind) {
    let (_database, db) = database(kind).await;
    store_games(&db).await;
    let cases: [(&str, Change, &[u128]); 26] = [
        ("everything", |_| (), &[2, 1, 4, 3, 5]),
        ("in stock", |f| f.in_stock_only = true, &[2, 1, 4]),
        ("PC", |f| f.platforms = names(&["PC"]), &[2, 3, 5]),
        (
            "PC or Xbox, each game once",
            |f| f.platforms = names(&["PC", "Xbox"]),
            &[2, 3, 5],
        ),
        ("no such platform", |f| f.platforms = names(&["pc"]), &[]),
        ("RPG", |f| f.genres = names(&["RPG"]), &[2, 1]),
        ("RPG or Puzzle", |f| f.genres = names(&["RPG", "Puzzle"]), &[2, 1, 5]),
        (
            "Action on PC",
            |f| (f.genres, f.platforms) = (names(&["Action"]), names(&["PC"])),
            &[2, 3],
        ),
        (
            "Puzzle on Xbox",
            |f| (f.genres, f.platforms) = (names(&["Puzzle"]), names(&["Xbox"])),
            &[],
        ),
        ("at least 29.99", |f| f.min_price = Some(Cents::new(2_999)), &[2, 1, 4]),
        ("at least 30.00", |f| f.min_price = Some(Cents::new(3_000)), &[1, 4]),
        ("at most 15.00", |f| f.max_price = Some(Cents::new(1_500)), &[3, 5]),
        (
            "between",
            |f| (f.min_price, f.max_price) = (Some(Cents::new(1_000)), Some(Cents::new(4_000))),
            &[2, 4, 5],
        ),
        ("region", |f| f.regions = names(&["EUROPE"]), &[1, 3]),
        (
            "two regions",
            |f| f.regions = names(&["EUROPE", "GLOBAL"]),
            &[2, 1, 4, 3],
        ),
        (
            "service",
            |f| f.activation_services = names(&["GLOBAL service"]),
            &[2, 4],
        ),
        ("publisher", |f| f.publishers = names(&["EUROPE publisher"]), &[1, 3]),
        ("from 2015", |f| f.released_from = Some(2015), &[2, 3, 5]),
        ("from 2016", |f| f.released_from = Some(2016), &[3, 5]),
        ("to 2015", |f| f.released_to = Some(2015), &[2, 1]),
        ("all of 2026 too", |f| f.released_to = Some(2026), &[2, 1, 3, 5]),
        (
            "the year 2016",
            |f| (f.released_from, f.released_to) = (Some(2016), Some(2016)),
            &[5],
        ),
        ("with others", |f| f.multiplayer = Some(true), &[1, 3, 5]),
        ("alone", |f| f.multiplayer = Some(false), &[2, 4]),
        ("a word", |f| f.search = "pokemon".to_owned(), &[1, 4]),
        ("a word of a hidden game", |f| f.search = "gem".to_owned(), &[]),
    ];
    for (name, change, expected) in cases {
        let mut filter = GameFilter {
            in_stock_only: false,
            ..GameFilter::default()
        };
        change(&mut filter);
        let (games, total) = found(&db, &filter).await;
        assert_eq!((games.as_slice(), total), (expected, expected.len() as u64), "{name}");
    }
}

#[on_both_databases]
async fn each_sort_puts_them_in_its_order(kind: Kind) {
    let (_database, db) = database(kind).await;
    store_games(&db).await;
    for (sort, expected) in [
        (Sort::Popular, [2, 1, 4, 3, 5]),
        (Sort::Newest, [3, 5, 2, 1, 4]),
        (Sort::PriceAsc, [3, 5, 2, 4, 1]),
        (Sort::PriceDesc, [1, 4, 2, 5, 3]),
    ] {
        let filter = GameFilter {
            in_stock_only: false,
            sort,
            ..GameFilter::default()
        };
        assert_eq!(found(&db, &filter).await.0, expected, "{sort:?}");
    }
}

#[on_both_databases]
async fn pages_of_equals_neither_overlap_nor_leave_one_out(kind: Kind) {
    let (_database, db) = database(kind).await;
    // Written in an order that is not that of their ids.
    let games: Vec<_> = (1..=25).rev().map(|number| game(number, |_| ())).collect();
    put(&db, &games.iter().collect::<Vec<_>>()).await;
    for sort in [Sort::Popular, Sort::Newest, Sort::PriceAsc, Sort::PriceDesc] {
        let (mut seen, mut sizes) = (BTreeSet::new(), Vec::new());
        for page in 1..=5 {
            let (games, total) = found(
                &db,
                &GameFilter {
                    sort,
                    page,
                    page_size: 7,
                    ..GameFilter::default()
                },
            )
            .await;
            assert_eq!(total, 25);
            sizes.push(games.len());
            seen.extend(games);
        }
        assert_eq!(sizes, [7, 7, 7, 4, 0], "{sort:?}");
        assert_eq!(seen, (1..=25).collect(), "{sort:?}");
    }
}

#[on_both_databases]
async fn a_listed_game_carries_all_its_names_in_order(kind: Kind) {
    let (_database, db) = database(kind).await;
    store_games(&db).await;
    let ids = [4, 2, 9, 6, 1].map(|number| GameId(id(number)));
    let games = db.catalog().by_ids(&ids).await.unwrap();
    let numbers: Vec<_> = games.iter().map(|game| game.id.0.as_u128()).collect();
    assert_eq!(
        numbers,
        [4, 2, 1],
        "in the order asked for; no unknown and no hidden game"
    );
    let facts = &games[1].facts;
    assert_eq!(
        (facts.platforms.clone(), facts.genres.clone()),
        (names(&["PC", "Xbox"]), names(&["Action", "RPG"]))
    );
    assert_eq!(games[1], db.catalog().by_id(GameId(id(2))).await.unwrap().unwrap());
}

#[on_both_databases]
async fn what_changed_is_read_by_id_and_what_is_new_by_number(kind: Kind) {
    let (_database, db) = database(kind).await;
    store_games(&db).await;
    let all = db.catalog().indexed_after(None, 100).await.unwrap();
    assert_eq!(
        all.iter().map(|game| game.number).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5, 6]
    );
    let some = db
        .catalog()
        .indexed_of(&[GameId(id(6)), GameId(id(2)), GameId(id(99))])
        .await
        .unwrap();
    assert_eq!(some.len(), 2);
    assert!(some.iter().all(|game| all.contains(game)), "{some:?}");
    assert_eq!(db.catalog().indexed_since(4, 100).await.unwrap(), all[4..]);
    assert_eq!(db.catalog().indexed_since(6, 100).await.unwrap(), []);
}

#[on_both_databases]
async fn filters_are_counted_over_the_games_for_sale(kind: Kind) {
    let (_database, db) = database(kind).await;
    store_games(&db).await;
    let options = filled(&db).await.options(&GameFilter::default());
    let pairs = |facets: &[Facet]| {
        facets
            .iter()
            .map(|facet| (facet.name.clone(), facet.games))
            .collect::<Vec<_>>()
    };
    let expected = |pairs: &[(&str, u64)]| {
        pairs
            .iter()
            .map(|(name, games)| ((*name).to_owned(), *games))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        pairs(&options.platforms),
        expected(&[("Nintendo", 2), ("PC", 1), ("Xbox", 1)])
    );
    assert_eq!(pairs(&options.genres), expected(&[("RPG", 2), ("Action", 1)]));
    assert_eq!(pairs(&options.regions), expected(&[("GLOBAL", 2), ("EUROPE", 1)]));
    assert_eq!(
        pairs(&options.publishers),
        expected(&[("GLOBAL publisher", 2), ("EUROPE publisher", 1)])
    );
    assert_eq!(
        pairs(&options.activation_services),
        expected(&[("GLOBAL service", 2), ("EUROPE service", 1)])
    );
    assert_eq!(options.price_range, (Cents::new(2_999), Cents::new(5_000)));
}
