//! `/api/cart`: lines of guests and of customers.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Client, Kind, TestShop, on_both_databases};

fn quantities(cart: &Value) -> Vec<(String, u64)> {
    let items = cart["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| {
            (
                item["gameId"].as_str().unwrap().to_owned(),
                item["quantity"].as_u64().unwrap(),
            )
        })
        .collect()
}

#[on_both_databases]
async fn guests_and_customers_fill_change_and_empty_a_cart(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(2).await;
    for mut person in [shop.guest(), shop.customer("ada@example.org").await] {
        let empty = person.get("/api/cart").await;
        assert_eq!((empty.status, empty.data()), (200, &json!({"items": [], "total": 0})));
        assert!(!empty.headers.contains_key("set-cookie"), "a look needs no session");
        let added = person.post("/api/cart", &json!({"gameId": games[0]})).await;
        assert_eq!(added.status, 201, "{}", added.body);
        shop.clock.pass(Duration::from_secs(1));
        assert_eq!(person.add_to_cart(&games[1], 3).await.status, 201);
        let cart = person.add_to_cart(&games[0], 2).await;
        assert_eq!(
            quantities(cart.data()),
            [(games[1].clone(), 3), (games[0].clone(), 3)],
            "newest first, equal games in one line"
        );
        let line = &cart.data()["items"][0];
        let game = shop.json(&format!("/api/games/{}", games[1])).await["data"].clone();
        for field in ["id", "title", "slug", "image", "price", "inStock"] {
            assert_eq!(line["game"][field], game[field], "{field}");
        }
        let cents = |value: &Value| (value.as_f64().unwrap() * 100.0).round();
        let sum: f64 = cart.data()["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| cents(&item["game"]["price"]) * item["quantity"].as_f64().unwrap())
            .sum();
        assert!((cents(&cart.data()["total"]) - sum).abs() < 0.5);
        let path = format!("/api/cart/{}", games[0]);
        assert_eq!(
            quantities(person.put(&path, &json!({"quantity": 99})).await.data())[1].1,
            99
        );
        assert_eq!(
            quantities(person.put(&path, &json!({"quantity": 0})).await.data()).len(),
            1
        );
        assert_eq!(person.put(&path, &json!({"quantity": 1})).await.code(), "NOTFOUND005");
        assert_eq!(person.delete(&path).await.code(), "NOTFOUND005");
        assert_eq!(
            quantities(person.delete(&format!("/api/cart/{}", games[1])).await.data()),
            []
        );
        person.add_to_cart(&games[0], 1).await;
        assert_eq!(
            person.delete("/api/cart").await.data(),
            &json!({"items": [], "total": 0})
        );
    }
}

#[on_both_databases]
async fn what_does_not_fit_is_refused_and_changes_nothing(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(2).await;
    let mut ada = shop.customer("ada@example.org").await;
    assert_eq!(ada.add_to_cart(&games[0], 60).await.status, 201);
    for (body, status, code) in [
        (json!({"gameId": games[0], "quantity": 40}), 400, "VAL001"),
        (json!({"gameId": games[0], "quantity": 0}), 400, "VAL001"),
        (json!({"gameId": games[0], "quantity": 100}), 400, "VAL001"),
        (json!({"gameId": games[0], "quantity": -1}), 400, "VAL001"),
        (json!({"gameId": games[0], "quantity": 1.5}), 400, "VAL001"),
        (json!({"gameId": "x"}), 400, "VAL008"),
        (json!({}), 400, "VAL007"),
        (
            json!({"gameId": "00000000-0000-7000-8000-000000000000"}),
            404,
            "NOTFOUND002",
        ),
    ] {
        let answer = ada.post("/api/cart", &body).await;
        assert_eq!((answer.status, answer.code()), (status, code), "{body}");
    }
    shop.set_stock(&games[1], 0).await;
    let sold_out = ada.add_to_cart(&games[1], 1).await;
    assert_eq!((sold_out.status, sold_out.code()), (400, "BIZ002"));
    for path in [format!("/api/cart/{}", games[1]), "/api/cart/nonsense".to_owned()] {
        assert_eq!(ada.put(&path, &json!({"quantity": 1})).await.code(), "NOTFOUND005");
    }
    assert_eq!(ada.units().await, (60, 0));
    let mut guest = shop.guest();
    assert_eq!(guest.add_to_cart(&games[1], 1).await.code(), "BIZ002");
    assert_eq!(guest.guest, None, "a refusal leaves no session behind");
}

#[on_both_databases]
async fn a_line_that_sells_out_stays_and_does_not_count(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(1).await;
    let mut guest = shop.guest();
    guest.add_to_cart(&games[0], 2).await;
    shop.set_stock(&games[0], 0).await;
    let cart = guest.get("/api/cart").await;
    assert_eq!(
        (
            &cart.data()["items"][0]["game"]["inStock"],
            &cart.data()["items"][0]["quantity"],
            &cart.data()["total"]
        ),
        (&json!(false), &json!(2), &json!(0))
    );
}

#[on_both_databases]
async fn parallel_adds_never_lose_one(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(1).await;
    let mut guest = shop.guest();
    guest.add_to_cart(&games[0], 1).await;
    for (person, before) in [(guest, 1), (shop.customer("ada@example.org").await, 0)] {
        let adds = (0..40).map(|_| {
            let (mut tab, game) = (person.clone(), games[0].clone());
            async move { tab.add_to_cart(&game, 1).await.status }
        });
        assert_eq!(futures::future::join_all(adds).await, vec![201; 40]);
        assert_eq!(person.clone().units().await, (before + 40, 0));
    }
}

#[on_both_databases]
async fn a_session_that_the_shop_did_not_issue_opens_nothing(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(1).await;
    let ada = shop.customer("ada@example.org").await;
    let mut owner = ada.clone();
    owner.add_to_cart(&games[0], 5).await;
    let mut guest = shop.guest();
    guest.add_to_cart(&games[0], 7).await;
    let id = ada.id.unwrap().to_string();
    let row = shop.db.raw();
    let guest_id = {
        use sea_orm::ConnectionTrait;
        use sea_orm::sea_query::Query;
        let select = Query::select().column("id").from("guest_sessions").to_owned();
        let found: uuid::Uuid = row
            .query_one(&select)
            .await
            .unwrap()
            .unwrap()
            .try_get("", "id")
            .unwrap();
        found.to_string()
    };
    let forged = [
        "forged".to_owned(),
        id.clone(),
        guest_id,
        format!("{}x", guest.guest.clone().unwrap()),
        "%00".to_owned(),
        "x".repeat(5_000),
    ];
    for secret in forged {
        let mut thief = shop.guest();
        thief.guest = Some(secret.clone());
        assert_eq!(thief.units().await, (0, 0), "{secret}");
        let added = thief.add_to_cart(&games[0], 1).await;
        assert_eq!(added.status, 201);
        assert_ne!(thief.guest, Some(secret), "an id of the shop's own replaces it");
        assert_eq!(thief.units().await, (1, 0));
    }
    assert_eq!((owner.units().await, guest.units().await), ((5, 0), (7, 0)));
}

#[on_both_databases]
async fn a_guest_who_stays_away_for_a_day_is_forgotten(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(1).await;
    let mut guest = shop.guest();
    guest.add_to_cart(&games[0], 2).await;
    for _ in 0..3 {
        shop.clock.pass(Duration::from_secs(23 * 3_600));
        assert_eq!(guest.units().await, (2, 0), "each use prolongs it");
    }
    let old = guest.guest.clone();
    shop.clock.pass(Duration::from_secs(24 * 3_600 + 61));
    assert_eq!(guest.units().await, (0, 0));
    guest.add_to_cart(&games[0], 1).await;
    assert_ne!(guest.guest, old);
    shop.shop.operations().run_maintenance().await.unwrap();
    let mut late = Client::at(&shop.url);
    late.guest = old;
    assert_eq!(late.units().await, (0, 0));
}

#[on_both_databases]
async fn an_expired_token_is_told_and_never_taken_for_a_guest(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(1).await;
    let mut ada = shop.customer("ada@example.org").await;
    shop.clock.pass(Duration::from_secs(900));
    let answer = ada.add_to_cart(&games[0], 1).await;
    assert_eq!((answer.status, answer.code()), (401, "AUTH002"));
}
