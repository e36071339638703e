//! Carts and wishlists come from the cache where there is one, with the current data of their games.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Caching, Client, Kind, Redis, TestShop, on_both_databases, soon};

/// Statements that the shop sends until it has answered.
async fn statements(shop: &TestShop, person: &mut Client, path: &str) -> u64 {
    let before = shop.statements.load(Ordering::SeqCst);
    assert_eq!(person.get(path).await.status, 200);
    shop.statements.load(Ordering::SeqCst) - before
}

/// Waits until the cache may keep what is loaded, and has kept it.
async fn fewest(shop: &TestShop, person: &mut Client, path: &str) -> u64 {
    tokio::time::sleep(Duration::from_millis(400)).await;
    let mut fewest = u64::MAX;
    for _ in 0..5 {
        fewest = fewest.min(statements(shop, person, path).await);
    }
    fewest
}

fn first(list: &Value) -> &Value {
    &list["items"][0]["game"]
}

#[on_both_databases]
async fn a_kept_cart_costs_no_statement_but_those_that_say_whose_it_is(kind: Kind) {
    let mut counts = Vec::new();
    for caching in Caching::each() {
        let shop = TestShop::filled_with(kind, caching).await;
        let games = shop.games_for_sale(3).await;
        let mut guest = shop.guest();
        for game in &games {
            assert_eq!(guest.add_to_cart(game, 2).await.status, 201);
            assert_eq!(guest.post("/api/wishlist", &json!({"gameId": game})).await.status, 201);
        }
        let cart = fewest(&shop, &mut guest, "/api/cart").await;
        let wishlist = fewest(&shop, &mut guest, "/api/wishlist").await;
        let check = fewest(&shop, &mut guest, &format!("/api/wishlist/{}/check", games[0])).await;
        counts.push((caching, cart, wishlist, check));
    }
    // Uncached: whose session it is, the lines, and two for all games of it.
    assert_eq!(
        counts,
        [
            (Caching::None, 4, 4, 2),
            (Caching::Memory, 1, 1, 1),
            (Caching::Redis, 1, 1, 1)
        ]
    );
}

#[on_both_databases]
async fn a_cart_shows_its_games_as_they_are_now(kind: Kind) {
    for caching in Caching::each() {
        let shop = TestShop::filled_with(kind, caching).await;
        let game = shop.games_for_sale(1).await.remove(0);
        let mut ada = shop.customer("ada@example.org").await;
        ada.add_to_cart(&game, 2).await;
        ada.post("/api/wishlist", &json!({"gameId": game})).await;
        for path in ["/api/cart", "/api/wishlist"] {
            fewest(&shop, &mut ada, path).await;
            shop.change_game(&game, "price_cents = 1234, hidden = FALSE, copies = 5")
                .await;
            let shown = ada.get(path).await;
            assert_eq!(first(shown.data())["price"], json!(12.34), "{caching:?} {path}");
            assert_eq!(first(shown.data())["inStock"], json!(true));
            shop.change_game(&game, "price_cents = 4321, hidden = TRUE").await;
            let hidden = ada.get(path).await;
            assert_eq!(
                first(hidden.data())["price"],
                json!(43.21),
                "what left the shop stays in the {path}"
            );
            assert_eq!(first(hidden.data())["inStock"], json!(false));
        }
        shop.change_game(&game, "hidden = FALSE").await;
        assert_eq!(ada.get("/api/cart").await.data()["total"], json!(86.42));
    }
}

#[on_both_databases]
async fn what_lies_in_redis_names_no_price_and_no_secret(kind: Kind) {
    let redis = Redis::start().await;
    let shop = TestShop::before(kind, &redis).await;
    let game = shop.games_for_sale(1).await.remove(0);
    let mut guest = shop.guest();
    guest.add_to_cart(&game, 2).await;
    let shown = guest.get("/api/cart").await;
    let secret = guest.guest.clone().unwrap();
    let prefix = shop.redis.as_ref().unwrap().prefix.clone();
    let mut value = None;
    soon("a cart lies in Redis", async || {
        let names: Vec<String> = redis
            .ask(redis::cmd("KEYS").arg(format!("{prefix}session:*:cart")))
            .await;
        assert!(names.iter().all(|name| !name.contains(&secret)));
        if let [name] = &names[..] {
            value = Some(redis.ask::<Vec<u8>>(redis::cmd("GET").arg(name)).await);
        } else {
            guest.get("/api/cart").await;
        }
        value.is_some()
    })
    .await;
    let value = String::from_utf8_lossy(&value.expect("a cart in Redis")).into_owned();
    assert!(value.contains(&game), "{value}");
    for hidden in [
        &secret,
        first(shown.data())["title"].as_str().unwrap(),
        &first(shown.data())["price"].to_string(),
    ] {
        assert!(!value.contains(hidden), "{hidden} in {value}");
    }
}

#[on_both_databases]
async fn another_node_shows_a_change_within_the_bound(kind: Kind) {
    let redis = Redis::start().await;
    let shop = TestShop::before(kind, &redis).await;
    let other = shop.second_node().await;
    let game = shop.games_for_sale(1).await.remove(0);
    let mut here = shop.customer("ada@example.org").await;
    let mut there = Client::at(&other.url);
    there.token.clone_from(&here.token);
    here.add_to_cart(&game, 1).await;
    for copies in 2..6 {
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert_eq!(
            (here.units().await, there.units().await),
            ((copies - 1, 0), (copies - 1, 0))
        );
        here.put(&format!("/api/cart/{game}"), &json!({"quantity": copies}))
            .await;
        assert_eq!(here.units().await, (copies, 0), "its own change, at once");
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(there.units().await, (copies, 0));
    }
}
