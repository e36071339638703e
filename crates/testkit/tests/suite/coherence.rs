//! No response shows the state before a commit: not from a cache, and not from a load that began too early.

mod joined;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use cache::cache_metrics::{Event, Read};
use cache::coherence::{ORDER_AGE_MAX, PULSE_AGE_MAX};
use cache::{Cache, Key, Rendered, Representation};
use domain::id::GameId;
use domain::pattern::Pattern;
use domain::touch::Touch;
use serde_json::json;
use testkit::{Caching, Kind, TestShop, on_both_databases, soon};
use uuid::Uuid;

use self::joined::joined_reader_gets;

const GAME: GameId = GameId(Uuid::from_u128(7));

async fn a_game(shop: &TestShop) -> domain::catalog::Game {
    let catalog = shop.db.catalog();
    let all = catalog.indexed_after(None, 100).await.unwrap();
    let for_sale = all.iter().find(|game| !game.hidden && game.copies > 0).unwrap();
    catalog.by_id(for_sale.id).await.unwrap().unwrap()
}

async fn slug_of(shop: &TestShop, id: &str) -> String {
    let game = shop.db.catalog().by_id(GameId(id.parse().unwrap())).await.unwrap();
    game.unwrap().slug
}

#[on_both_databases]
async fn the_next_request_after_a_sync_shows_the_new_price(kind: Kind) {
    for caching in Caching::each() {
        let shop = TestShop::filled_with(kind, caching).await;
        let game = a_game(&shop).await;
        let (api, page) = (format!("/api/games/{}", game.id), format!("/game/{}", game.slug));
        for price in ["11.11", "22.22", "44.44"] {
            shop.caught_up().await;
            // Read twice: the second answer comes from the cache, where there is one.
            for _ in 0..2 {
                shop.json(&api).await;
                shop.page(&page).await;
                shop.json("/api/games").await;
                shop.page("/").await;
            }
            let change: serde_json::Value = serde_json::from_str(&format!("{{\"minPrice\": {price}}}")).unwrap();
            shop.change_product(&shop.product_of(game.id).await, &change).await;
            shop.clock.pass(Duration::from_secs(60));
            shop.sync().await;
            let shown = shop.db.catalog().by_id(game.id).await.unwrap().unwrap().facts.price;
            assert_eq!(shop.json(&api).await["data"]["price"].to_string(), shown.to_string());
            let shown = shown.to_string();
            assert!(shop.page(&page).await.contains(&shown), "{shown} is not on the page");
            let listed = shop.json("/api/games?pageSize=100").await;
            let listed: Vec<String> = listed["data"]["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["price"].to_string())
                .collect();
            assert!(listed.contains(&shown), "{shown} is not in {listed:?}");
        }
    }
}

#[on_both_databases]
async fn a_hot_value_comes_from_memory_and_answers_304(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let path = format!("/api/games/{}", a_game(&shop).await.id);
    shop.caught_up().await;
    let first = shop.get(&path).await;
    let etag = first.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(first.headers()["cache-control"], "no-cache");
    assert!(shop.cache.size().0 <= 1_000);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let again = client
        .get(format!("{}{path}", shop.url))
        .header("if-none-match", &etag)
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), 304);
    assert_eq!(again.headers()["etag"].to_str().unwrap(), etag);
}

#[on_both_databases]
async fn a_page_is_void_by_each_game_on_it_and_by_no_other(kind: Kind) {
    for caching in Caching::each_that_keeps() {
        let shop = TestShop::filled_with(kind, caching).await;
        let path = format!("/game/{}", a_game(&shop).await.slug);
        shop.caught_up().await;
        let page = shop.page(&path).await;
        let (_, like_it) = page.split_once("id=\"like-it\"").expect("games like it");
        let (_, rest) = like_it.split_once("href=\"/game/").expect("a link");
        let (slug, _) = rest.split_once('"').unwrap();
        let other = shop.db.catalog().id_of_slug(slug).await.unwrap().unwrap();
        let mut tx = shop.db.begin().await.unwrap();
        tx.execute_for_test(&format!("UPDATE games SET price_cents = 98765 WHERE slug = '{slug}'"))
            .await
            .unwrap();
        tx.touch(Touch::Game(other));
        tx.commit().await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let page = shop.page(&path).await;
        assert!(
            page.contains("987<span class=\"cents\">.65"),
            "{caching:?}: an old price of {slug}"
        );
        // What changes elsewhere in the catalogue leaves it alone: a price that nobody is told of stays unseen.
        shop.caught_up().await;
        let page = shop.page(&path).await;
        let mut tx = shop.db.begin().await.unwrap();
        tx.execute_for_test(&format!("UPDATE games SET price_cents = 12345 WHERE slug = '{slug}'"))
            .await
            .unwrap();
        tx.touch(Touch::Catalog);
        tx.touch(Touch::Game(GameId(Uuid::max())));
        tx.commit().await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        shop.in_step().await;
        assert!(shop.page(&path).await == page, "{caching:?}: it was made anew");
    }
}

/// Gives the game this price, and waits until the shop has heard of it.
async fn costs(shop: &TestShop, id: &str, cents: i64) {
    let mut tx = shop.db.begin().await.unwrap();
    let slug = slug_of(shop, id).await;
    tx.execute_for_test(&format!("UPDATE games SET price_cents = {cents} WHERE slug = '{slug}'"))
        .await
        .unwrap();
    tx.touch(Touch::Game(GameId(id.parse().unwrap())));
    tx.touch(Touch::Offers);
    tx.commit().await.unwrap();
    shop.caught_up().await;
}

#[on_both_databases]
async fn a_list_shows_the_price_of_now_and_an_order_of_a_few_seconds_ago(kind: Kind) {
    const LIST: &str = "/api/games?sort=price-asc&pageSize=5";
    for caching in Caching::each_that_keeps() {
        let shop = TestShop::filled_with(kind, caching).await;
        let all = shop.json("/api/games?sort=price-asc&pageSize=100").await["data"]["data"].clone();
        let id = |at: usize| all[at]["id"].as_str().unwrap().to_owned();
        let (listed, unlisted) = (id(2), id(20));
        let lists = |outcome: Read| {
            let counts = shop.cache.counts();
            counts
                .iter()
                .find(|count| (count.kind, count.event) == ("catalog", Event::Read(outcome)))
                .map_or(0, |count| count.count)
        };
        // Such a list is cached from the second request on.
        shop.json(LIST).await;
        let (mut before, mut missed, mut confirmed, mut passes) = (json!(null), 0, 0, 0);
        soon(
            "two touches within the time for which an order may be kept",
            async || {
                passes += 1;
                // No list is left from the pass before.
                shop.shop
                    .caches()
                    .invalidate(&Pattern::parse("catalog:*").unwrap(), testkit::operator())
                    .await
                    .unwrap();
                let begun = Instant::now();
                // After a touch there is a pulse before which its load cannot have begun.
                costs(&shop, &unlisted, 90_000).await;
                before = shop.json(LIST).await;
                costs(&shop, &unlisted, 90_000 + passes).await;
                (missed, confirmed) = (lists(Read::Miss), lists(Read::Confirmed));
                shop.in_step().await;
                assert_eq!(shop.json(LIST).await, before);
                begun.elapsed() < ORDER_AGE_MAX - PULSE_AGE_MAX
            },
        )
        .await;
        assert_eq!(
            (lists(Read::Miss), lists(Read::Confirmed)),
            (missed, confirmed),
            "{caching:?}: a price that is not on the list voids it"
        );
        tokio::time::sleep(Duration::from_secs(4)).await;
        shop.in_step().await;
        assert_eq!(shop.json(LIST).await, before);
        assert_eq!(
            (lists(Read::Miss), lists(Read::Confirmed)),
            (missed, confirmed + 1),
            "{caching:?}: its order is the same, and it is made anew"
        );
        // Dearer than all: it leaves the list as it is void.
        costs(&shop, &listed, 95_000).await;
        let after = shop.json(LIST).await;
        assert!(
            !after.to_string().contains(&listed),
            "{caching:?}: an old price is shown"
        );
        costs(&shop, &unlisted, 1).await;
        tokio::time::sleep(Duration::from_secs(4)).await;
        let first = &shop.json(LIST).await["data"]["data"][0];
        assert_eq!(
            (&first["id"], &first["price"]),
            (&json!(unlisted), &json!(0.01)),
            "{caching:?}: its order is too old"
        );
    }
}

#[on_both_databases]
async fn another_processs_commit_is_seen_within_the_bound(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = a_game(&shop).await;
    let path = format!("/api/games/{}", game.id);
    shop.caught_up().await;
    shop.json(&path).await;
    // A second handle on the same database stands for another process: nothing in this one hears of its commit.
    let other = shop.database.open().await;
    let mut tx = other.begin().await.unwrap();
    tx.execute_for_test(&format!(
        "UPDATE games SET price_cents = 4242 WHERE slug = '{}'",
        game.slug
    ))
    .await
    .unwrap();
    tx.touch(Touch::Game(game.id));
    tx.commit().await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(shop.json(&path).await["data"]["price"], json!(42.42));
}

#[tokio::test]
async fn a_reader_who_joins_an_older_load_never_gets_the_old_price() {
    assert_eq!(
        joined_reader_gets(false).await,
        ("new price".to_owned(), "new price".to_owned())
    );
}

#[tokio::test]
async fn without_the_stamp_check_it_would() {
    assert_eq!(joined_reader_gets(true).await.0, "old price", "the test above can fail");
}

#[tokio::test]
async fn many_readers_of_a_cold_key_share_one_load() {
    let cache = Cache::in_memory(1_000_000);
    cache.coherence().publish(10, "a", 0, Instant::now());
    let loads = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let readers = (0..200).map(|_| {
        let (cache, loads) = (cache.clone(), Arc::clone(&loads));
        tokio::spawn(async move {
            let load = || async {
                loads.fetch_add(1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(50)).await;
                Ok::<_, std::convert::Infallible>(Rendered::new("a game".to_owned(), true))
            };
            cache
                .get_or_load(&Key::Game(GAME, Representation::Page), load)
                .await
                .unwrap();
        })
    });
    for reader in readers.collect::<Vec<_>>() {
        reader.await.unwrap();
    }
    assert_eq!(loads.load(Ordering::SeqCst), 1);
}
