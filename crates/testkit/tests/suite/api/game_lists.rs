//! `/api/games/…`: named lists, filters, and suggestions.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use testkit::{Caching, Kind, TestShop, on_both_databases};

/// The field of each game of a list.
fn each<'v>(answer: &'v Value, field: &str) -> Vec<&'v Value> {
    let games = answer["data"].as_array().unwrap();
    games.iter().map(|game| &game[field]).collect()
}

/// The field of each game, as texts.
fn texts(answer: &Value, field: &str) -> Vec<String> {
    each(answer, field)
        .iter()
        .map(|value| value.as_str().unwrap().to_owned())
        .collect()
}

#[on_both_databases]
async fn each_list_shows_what_its_name_says(kind: Kind) {
    for caching in Caching::each() {
        let shop = TestShop::filled_with(kind, caching).await;
        for path in [
            "best-sellers",
            "new-in-catalog",
            "new",
            "by-genre/action",
            "by-genre/Action",
            "best-sellers?genre=action",
        ] {
            let answer = shop.json(&format!("/api/games/{path}")).await;
            assert!(!texts(&answer, "id").is_empty(), "{path}");
            assert!(
                each(&answer, "inStock").iter().all(|stock| **stock == json!(true)),
                "{path}"
            );
            if path.contains("ction") {
                assert!(
                    each(&answer, "genres")
                        .iter()
                        .all(|genres| genres.as_array().unwrap().contains(&json!("Action"))),
                    "{path}"
                );
            }
        }
        let sellers = shop.json("/api/games/best-sellers").await;
        let stock: Vec<i64> = each(&sellers, "qty").iter().map(|qty| qty.as_i64().unwrap()).collect();
        assert!(stock.len() == 24 && stock.is_sorted_by(|a, b| a >= b), "{stock:?}");
        let new = texts(&shop.json("/api/games/new").await, "releaseDate");
        assert!(
            new.is_sorted_by(|a, b| a >= b) && new.iter().all(|day| !day.is_empty()),
            "{new:?}"
        );
        let soon = shop.json("/api/games/preorders").await;
        assert!(each(&soon, "isPreorder").iter().all(|soon| **soon == json!(true)));
        assert!(texts(&soon, "releaseDate").is_sorted());
        assert_eq!(shop.json("/api/games/by-genre/no-such-genre").await["data"], json!([]));
        let status = async |length| {
            shop.get(&format!("/api/games/by-genre/{}", "x".repeat(length)))
                .await
                .status()
        };
        assert_eq!((status(200).await.as_u16(), status(201).await.as_u16()), (200, 400));
    }
}

#[on_both_databases]
async fn names_and_options_are_those_of_the_games_for_sale(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let all = shop.json("/api/games?pageSize=100").await;
    let games = all["data"]["data"].as_array().unwrap();
    let worn: BTreeSet<&str> = games
        .iter()
        .flat_map(|game| game["genres"].as_array().unwrap())
        .map(|name| name.as_str().unwrap())
        .collect();
    let genres = shop.json("/api/games/genres").await;
    assert_eq!(
        texts(&genres, "name")
            .iter()
            .map(String::as_str)
            .collect::<BTreeSet<_>>(),
        worn
    );
    assert!(
        texts(&genres, "slug")
            .iter()
            .all(|slug| !slug.is_empty() && !slug.contains(' '))
    );
    assert!(texts(&shop.json("/api/games/platforms").await, "name").contains(&"Steam".to_owned()));
    let options = shop.json("/api/games/filter-options").await["data"].clone();
    assert_eq!(options["genres"].as_array().unwrap().len(), worn.len());
    let prices = || games.iter().map(|game| game["price"].as_f64().unwrap());
    assert_eq!(options["priceRange"]["min"].as_f64(), prices().reduce(f64::min));
    assert_eq!(options["priceRange"]["max"].as_f64(), prices().reduce(f64::max));
    assert_eq!(options["languages"], json!([]));
    let collections = shop.json("/api/games/collections").await;
    assert!(each(&collections, "type").contains(&&json!("publisher")));
    for collection in collections["data"].as_array().unwrap() {
        assert!(!collection["games"].as_array().unwrap().is_empty() && collection["title"].is_string());
    }
}

#[on_both_databases]
async fn what_is_typed_is_completed_and_slips_are_forgiven(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let all = shop.json("/api/games?pageSize=100&inStockOnly=false").await;
    let titles: Vec<&str> = all["data"]["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|game| game["title"].as_str().unwrap())
        .collect();
    // A word of seven letters or more, so that a typing error in it is forgiven, and one that stands first.
    let (title, word) = titles
        .iter()
        .find_map(|title| {
            let word = title.split(' ').next().unwrap();
            (word.len() >= 7 && word.bytes().all(|b| b.is_ascii_alphabetic())).then_some((*title, word.to_lowercase()))
        })
        .unwrap();
    let suggested = |asked: String| {
        let shop = &shop;
        async move { shop.json(&format!("/api/games/autocomplete?q={asked}&limit=20")).await }
    };
    let begun = suggested(word[..4].to_owned()).await;
    assert!(texts(&begun, "title").iter().any(|found| found == title), "{begun}");
    let scores: Vec<u64> = each(&begun, "relevanceScore")
        .iter()
        .map(|score| score.as_u64().unwrap())
        .collect();
    assert!(
        scores.is_sorted_by(|a, b| a >= b) && scores.iter().all(|score| (1..=100).contains(score)),
        "{scores:?}"
    );
    let slipped = format!("{}{}{}", &word[..2], 'q', &word[3..]);
    assert!(
        texts(&suggested(slipped.clone()).await, "title")
            .iter()
            .any(|found| found == title),
        "{slipped}"
    );
    let found = shop.json(&format!("/api/games/search?q={slipped}")).await;
    assert!(texts(&found, "title").iter().any(|found| found == title), "{slipped}");
    let listed = shop
        .json(&format!("/api/games?inStockOnly=false&search={slipped}&pageSize=100"))
        .await;
    assert!(listed["data"]["total"].as_u64().unwrap() >= 1, "{slipped}");
    assert_eq!(suggested(String::new()).await["data"], json!([]));
    assert_eq!(suggested("zzzzzzzzzzzz".to_owned()).await["data"], json!([]));
    let limited = shop.json("/api/games/autocomplete?q=s&limit=3").await;
    assert_eq!(each(&limited, "slug").len(), 3);
}

#[on_both_databases]
async fn like_a_game_are_others_and_chance_draws_as_many_as_asked(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = shop.json("/api/games?genres=Action&pageSize=1").await["data"]["data"][0].clone();
    let id = game["id"].as_str().unwrap();
    let like_it = shop.json(&format!("/api/games/{id}/similar?count=5")).await;
    let ids = texts(&like_it, "id");
    assert!(ids.len() == 5 && !ids.contains(&id.to_owned()), "{ids:?}");
    let page = shop.page(&format!("/game/{}", game["slug"].as_str().unwrap())).await;
    assert!(
        page.contains(&format!("/game/{}", texts(&like_it, "slug")[0])),
        "the page shows them too"
    );
    let drawn: BTreeSet<String> = texts(&shop.json("/api/games/random?count=20").await, "id")
        .into_iter()
        .collect();
    assert_eq!(drawn.len(), 20, "none twice");
    let again: BTreeSet<String> = texts(&shop.json("/api/games/random?count=20").await, "id")
        .into_iter()
        .collect();
    assert_ne!(drawn, again);
    for (path, status) in [
        ("/api/games/00000000-0000-7000-8000-000000000000/similar", 404),
        ("/api/games/no-id/similar", 404),
        ("/api/games/random?count=0", 400),
        ("/api/games/random?count=49", 400),
        ("/api/games/autocomplete?q=a&limit=x", 400),
    ] {
        assert_eq!(shop.get(path).await.status(), status, "{path}");
    }
    let long = "x".repeat(201);
    assert_eq!(shop.get(&format!("/api/games/search?q={long}")).await.status(), 400);
}
