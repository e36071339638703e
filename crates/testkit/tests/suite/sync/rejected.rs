//! Products such as nobody expects: each becomes the right game, or a refusal on record.

use std::time::Duration;

use domain::money::Cents;
use serde_json::json;
use testkit::{Kind, TestShop, on_both_databases};

use super::games;

#[on_both_databases]
async fn odd_titles_are_kept_as_they_are_and_each_has_its_address(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let ids: Vec<String> = games(&shop).await.into_keys().collect();
    let long = "Ж".repeat(300);
    let titles = [
        "Ведьмак 3 Steam Key GLOBAL",
        "三国志",
        "🎮🎮🎮",
        long.as_str(),
        "<script>alert(1)</script>",
        "Twin",
        "Twin",
        "twin!",
    ];
    for (id, title) in ids.iter().zip(titles) {
        shop.change_product(id, &json!({"raw": {"name": title}})).await;
    }
    shop.change_product(&ids[8], &json!({"raw": {"name": "   "}})).await;
    shop.change_product(&ids[9], &json!({"raw": {"name": "x".repeat(301)}}))
        .await;
    shop.clock.pass(Duration::from_secs(60));
    let report = shop.sync().await;
    // The one without a name is sold out.
    assert_eq!((report.updated, report.error_count), (10, 1), "{report:?}");
    assert_eq!(report.errors[0].product_id.as_deref(), Some(ids[8].as_str()));
    let all = games(&shop).await;
    for (id, title) in ids.iter().zip(titles) {
        assert_eq!(all[id].facts.title, title);
    }
    assert_eq!(all[&ids[9]].facts.title.chars().count(), 300);
    let page = shop.page(&format!("/game/{}", all[&ids[4]].slug)).await;
    assert!(!page.contains("<script>alert"), "a title is text");
}

#[on_both_databases]
async fn new_games_with_odd_titles_get_addresses_of_their_own(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let first = 10_000_000_024_005_u64;
    let id = |place: u64| (first + place * 1_009).to_string();
    let titles = ["🎮🎮🎮", "🎲", "Twin", "Twin", "twin!", "三国志", "Ведьмак"];
    for (place, title) in (0..).zip(titles) {
        shop.change_product(&id(place), &json!({"raw": {"name": title}})).await;
    }
    assert_eq!(shop.sync().await.added, 93);
    let all = games(&shop).await;
    let mut slugs: Vec<&str> = all.values().map(|game| game.slug.as_str()).collect();
    assert_eq!(
        (all[&id(2)].slug.as_str(), all[&id(3)].slug.clone()),
        ("twin", format!("twin-{}", id(3)))
    );
    slugs.sort_unstable();
    slugs.dedup();
    assert_eq!(slugs.len(), 93);
}

#[on_both_databases]
async fn a_description_is_cleaned_and_its_words_are_kept(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let id = games(&shop).await.into_keys().next().unwrap();
    let hostile = "<p onclick=\"steal()\">Fast &amp; <b>loud</b></p><script>alert(1)</script><img src=x onerror=alert(2)><iframe src=//x></iframe>";
    shop.change_product(&id, &json!({"raw": {"description": hostile}}))
        .await;
    shop.clock.pass(Duration::from_secs(60));
    assert_eq!(shop.sync().await.updated, 1);
    let game = games(&shop).await.remove(&id).unwrap();
    assert_eq!(game.facts.description_html, "<p>Fast &amp; <b>loud</b></p>");
    let page = shop.page(&format!("/game/{}", game.slug)).await;
    assert!(page.contains("<b>loud</b>") && !page.contains("alert(") && !page.contains("steal("));
}

#[on_both_databases]
async fn prices_that_cannot_be_true_are_refused_one_by_one(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let before = games(&shop).await;
    let ids: Vec<&String> = before.keys().collect();
    let prices = [
        json!(0),
        json!(-5),
        json!(99_999_999_999_i64),
        json!("9.99"),
        json!("free"),
        json!(null),
        json!(1.001),
        json!(1e3),
    ];
    for (id, price) in ids.iter().zip(&prices) {
        shop.change_product(id, &json!({"raw": {"minPrice": price}})).await;
    }
    shop.change_product(ids[20], &json!({"minPrice": 12.34})).await;
    shop.clock.pass(Duration::from_secs(60));
    let report = shop.sync().await;
    let refused: Vec<&str> = report
        .errors
        .iter()
        .filter_map(|error| error.product_id.as_deref())
        .collect();
    for (id, price) in ids.iter().zip(&prices) {
        let now = &games(&shop).await[*id];
        let stays = before[*id].facts.price == now.facts.price && now.facts.copies == 0;
        // 1e3 is 1000.0 once a JSON library has written it: a price like any other.
        assert!(
            refused.contains(&id.as_str()) && stays || price == &json!(1e3),
            "{price}: {report:?}"
        );
    }
    assert_eq!(
        games(&shop).await[ids[20]].facts.price,
        Cents::new(1_259),
        "their batch went on without them"
    );
    assert_eq!(games(&shop).await.len(), 93, "and nobody is hidden");
}

#[on_both_databases]
async fn regions_and_services_that_nobody_knows_are_shown_as_they_are_written(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let ids: Vec<String> = games(&shop).await.into_keys().collect();
    let fields = [
        (
            json!({"region": "ATLANTIS", "platform": "Steam Deck 9"}),
            (Some("ATLANTIS"), Some("Steam Deck 9")),
        ),
        (
            json!({"region": "global", "platform": "STEAM"}),
            (Some("Global"), Some("Steam")),
        ),
        (
            json!({"region": "", "platform": "", "name": "Nothing known"}),
            (None, None),
        ),
        (
            json!({"region": 7, "platform": ["x"], "name": "Not even texts"}),
            (None, None),
        ),
    ];
    for (id, (raw, _)) in ids.iter().zip(&fields) {
        shop.change_product(id, &json!({"raw": raw})).await;
    }
    shop.clock.pass(Duration::from_secs(60));
    let report = shop.sync().await;
    assert_eq!(report.error_count, 0, "{report:?}");
    let all = games(&shop).await;
    for (id, (_, expected)) in ids.iter().zip(&fields) {
        let facts = &all[id].facts;
        assert_eq!(
            (facts.region.as_deref(), facts.activation_service.as_deref()),
            *expected,
            "{id}"
        );
    }
}
