//! `/api/games`: the list, one by id, one by address.

use serde_json::{Value, json};
use testkit::{Caching, Kind, TestShop, on_both_databases};

/// The titles of a list's page.
fn titles(answer: &Value) -> Vec<String> {
    answer["data"]["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|game| game["title"].as_str().unwrap().to_owned())
        .collect()
}

fn prices(answer: &Value) -> Vec<f64> {
    answer["data"]["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|game| game["price"].as_f64().unwrap())
        .collect()
}

#[on_both_databases]
async fn the_list_is_paged_filtered_and_sorted(kind: Kind) {
    for caching in Caching::each() {
        let shop = TestShop::filled_with(kind, caching).await;
        let all = shop.json("/api/games?inStockOnly=false&pageSize=100").await;
        assert_eq!(all["success"], json!(true));
        assert_eq!(
            (&all["data"]["total"], &all["data"]["page"], &all["data"]["totalPages"]),
            (&json!(93), &json!(1), &json!(1))
        );
        let mut paged = Vec::new();
        for page in 1..=10 {
            paged.extend(titles(
                &shop
                    .json(&format!("/api/games?inStockOnly=false&pageSize=10&page={page}"))
                    .await,
            ));
        }
        assert_eq!(paged, titles(&all), "pages neither overlap nor leave out");
        let cheap = prices(&shop.json("/api/games?sort=price-asc&maxPrice=10&pageSize=100").await);
        assert!(cheap.is_sorted() && !cheap.is_empty() && cheap.iter().all(|price| *price <= 10.0));
        let dear = prices(
            &shop
                .json("/api/games?sort=price-desc&pricePreset=25-50&pageSize=100")
                .await,
        );
        assert!(dear.iter().rev().is_sorted() && dear.iter().all(|price| (25.0..=50.0).contains(price)));
        let steam = shop.json("/api/games?platforms=Steam,GOG&pageSize=100").await;
        assert!(
            steam["data"]["data"]
                .as_array()
                .unwrap()
                .iter()
                .all(|game| game["platforms"] == json!(["Steam"]) || game["platforms"] == json!(["GOG"]))
        );
        let word = titles(&all)[0].split(' ').next().unwrap().to_uppercase();
        let found = shop.json(&format!("/api/games?inStockOnly=false&search={word}")).await;
        assert!(titles(&found).contains(&titles(&all)[0]), "{word}");
    }
}

#[on_both_databases]
async fn a_short_answer_reads_in_every_coding(kind: Kind) {
    let shop = TestShop::open(kind).await;
    for coding in ["br", "gzip", "identity"] {
        let client = reqwest::Client::builder()
            .no_proxy()
            .gzip(true)
            .brotli(true)
            .build()
            .unwrap();
        let asked = client
            .get(format!("{}/api/games", shop.url))
            .header("accept-encoding", coding);
        let answer = asked.send().await.unwrap();
        assert!(
            !answer.headers().contains_key("content-encoding"),
            "too short to be worth {coding}"
        );
        let read: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(read["data"]["total"], 0);
    }
}

#[on_both_databases]
async fn one_game_has_every_field_of_the_contract(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let listed = shop.json("/api/games?pageSize=1").await["data"]["data"][0].clone();
    let id = listed["id"].as_str().unwrap();
    let game = shop.json(&format!("/api/games/{id}")).await["data"].clone();
    for field in [
        "id",
        "title",
        "slug",
        "description",
        "price",
        "currency",
        "image",
        "images",
        "inStock",
        "releaseDate",
        "multiplayer",
        "isBestSeller",
        "isNew",
        "isPreorder",
        "platforms",
        "genres",
        "tags",
        "categories",
        "languages",
    ] {
        assert!(!game[field].is_null(), "{field} is missing: {game}");
    }
    assert_eq!(game["currency"], "EUR");
    let by_slug = shop
        .json(&format!("/api/games/slug/{}", game["slug"].as_str().unwrap()))
        .await;
    assert_eq!(by_slug["data"], game);
}

#[on_both_databases]
async fn what_does_not_exist_is_404_and_what_is_wrong_is_named(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    for path in [
        "/api/games/00000000-0000-7000-8000-000000000000",
        "/api/games/not-a-uuid",
        "/api/games/slug/no-such-game",
    ] {
        let answer = shop.get(path).await;
        assert_eq!(answer.status(), 404, "{path}");
        let request_id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(body["error"]["code"], "NOTFOUND002");
        assert_eq!(body["error"]["requestId"], json!(request_id));
    }
    for query in [
        "page=0",
        "pageSize=101",
        "minPrice=cheap",
        "sort=best",
        "pricePreset=1-2",
    ] {
        let answer = shop.get(&format!("/api/games?{query}")).await;
        assert_eq!(answer.status(), 400, "{query}");
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert_eq!(body["error"]["code"], "VAL001");
        assert_eq!(body["error"]["details"][0]["field"], query.split('=').next().unwrap());
    }
}
