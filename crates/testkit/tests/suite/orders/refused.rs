//! What is refused at the checkout, in which order, and that nothing is left of it.

use domain::money::Cents;
use domain::refusal::Refusal;
use sea_orm::ConnectionTrait;
use serde_json::json;
use services::Error;
use testkit::{Kind, TestShop, on_both_databases};

use super::{Buyer, all_is_well, balance, copies, fill, games, items, place, request, stock};

#[on_both_databases]
async fn each_refusal_says_what_is_wrong_and_changes_nothing(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = games(&shop, 2).await;
    stock(&shop, games[0], &["A-1", "A-2"], 500).await;
    let mut ada = Buyer::with(&shop, "ada@example.org", 700).await;
    let game = games[0].to_string();
    let line = |game: &str, quantity: i64| json!({"items": [{"gameId": game, "quantity": quantity}]});
    let nobody = uuid::Uuid::from_u128(u128::MAX).to_string();
    let with = |total: serde_json::Value| json!({"items": [{"gameId": game, "quantity": 1}], "expectedTotal": total});
    for (body, status, code, says) in [
        (json!({"items": []}), 400, "VAL001", "must name at least one game"),
        (json!({}), 400, "VAL007", "items"),
        (line("x", 1), 400, "VAL008", "gameId"),
        (line(&game, 0), 400, "VAL001", "quantity must be 1 or more"),
        (line(&game, -3), 400, "VAL001", "quantity must be 1 or more"),
        (line(&game, 21), 400, "VAL001", "at most 20 copies"),
        (line(&nobody, 1), 404, "NOTFOUND002", "does not exist"),
        (line(&game, 3), 400, "BIZ002", "out of stock"),
        (with(json!(4.99)), 409, "BIZ009", "costs 5.00 EUR now"),
        (with(json!(5.001)), 400, "VAL001", "expectedTotal"),
        (with(json!("5")), 400, "VAL001", "expectedTotal"),
        (line(&game, 2), 400, "BIZ001", "Insufficient balance: 3.00 EUR"),
    ] {
        let answer = ada.client.post("/api/orders", &body).await;
        assert_eq!(
            (answer.status, answer.code()),
            (status, code),
            "{body}: {}",
            answer.body
        );
        assert!(answer.text.contains(says), "{body}: {}", answer.text);
    }
    // The first that is wrong is said: not found before stock, stock before price, price before balance.
    let all =
        json!({"items": [{"gameId": game, "quantity": 3}, {"gameId": nobody, "quantity": 1}], "expectedTotal": 1});
    assert_eq!(ada.client.post("/api/orders", &all).await.code(), "NOTFOUND002");
    let three = json!({"items": [{"gameId": game, "quantity": 3}], "expectedTotal": 1});
    assert_eq!(ada.client.post("/api/orders", &three).await.code(), "BIZ002");
    let two = json!({"items": [{"gameId": game, "quantity": 2}], "expectedTotal": 1});
    assert_eq!(ada.client.post("/api/orders", &two).await.code(), "BIZ009");
    assert_eq!((balance(&shop, ada.id).await, copies(&shop, games[0]).await), (700, 2));
    assert_eq!(ada.client.get("/api/orders").await.data(), &json!([]));
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn who_may_not_buy_is_told_why(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    stock(&shop, game, &["A-1", "A-2"], 500).await;
    assert_eq!(shop.guest().post("/api/orders", &items(&[game])).await.status, 401);
    let mut unproven = shop.customer("new@example.org").await;
    fill(&shop, unproven.id.unwrap(), 1_000, "new").await;
    let answer = unproven.post("/api/orders", &items(&[game])).await;
    assert_eq!((answer.status, answer.code()), (403, "AUTH003"), "{}", answer.body);

    // What changed between the page and the button: the account is blocked, the sign-in ended, the game withdrawn.
    let mut ada = Buyer::with(&shop, "ada@example.org", 1_000).await;
    let staff = shop.shop.staff();
    staff.block(ada.id, testkit::operator()).await.unwrap();
    let refused = place(&shop, &ada.caller, &[game], None).await.unwrap_err();
    assert!(
        matches!(refused, Error::Refused(Refusal::NotSignedIn | Refusal::AccountBlocked)),
        "{refused}"
    );
    assert_ne!(ada.order(&[game]).await.status, 201);
    staff.unblock(ada.id, testkit::operator()).await.unwrap();
    let refused = place(&shop, &ada.caller, &[game], None).await.unwrap_err();
    assert!(
        matches!(refused, Error::Refused(Refusal::NotSignedIn)),
        "its sign-in had ended: {refused}"
    );
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn limits_hold(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    let keys: Vec<String> = (0..30).map(|n| format!("KEY-{n}")).collect();
    stock(&shop, game, &keys.iter().map(String::as_str).collect::<Vec<_>>(), 100).await;
    let mut ada = Buyer::with(&shop, "ada@example.org", 10_000).await;
    for n in 0..20 {
        place(&shop, &ada.caller, &[game], Some(&format!("key {n}")))
            .await
            .unwrap();
    }
    let refused = place(&shop, &ada.caller, &[game], Some("key 20")).await.unwrap_err();
    assert!(matches!(refused, Error::Refused(Refusal::TooMany { .. })), "{refused}");
    let answer = ada.order(&[game]).await;
    assert_eq!(answer.status, 200, "the last one is repeated: no order more");
    shop.clock.pass(std::time::Duration::from_secs(3_601));
    place(&shop, &ada.caller, &[game], Some("key 20")).await.unwrap();
    // A key from before is still known after the limit has passed.
    assert!(
        place(&shop, &ada.caller, &[game], Some("key 0"))
            .await
            .unwrap()
            .is_repeated
    );
    assert_eq!(balance(&shop, ada.id).await, 10_000 - 21 * 100);
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn a_key_too_many_is_told_when_the_oldest_is_forgotten(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    stock(&shop, game, &["A-1", "A-2"], 100).await;
    let ada = Buyer::with(&shop, "ada@example.org", 1_000).await;
    place(&shop, &ada.caller, &[game], Some("the oldest")).await.unwrap();
    shop.clock.pass(std::time::Duration::from_secs(6 * 86_400));
    let more = "INSERT INTO idempotency_keys (caller, route, key, request_hash, order_id, at) \
                WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 999) \
                SELECT caller, route, 'more ' || n, request_hash, order_id, at + n FROM idempotency_keys, numbers";
    shop.db.raw().execute_unprepared(more).await.unwrap();
    let refused = place(&shop, &ada.caller, &[game], Some("one more")).await.unwrap_err();
    let Error::Refused(Refusal::TooMany { retry_after_seconds }) = refused else {
        panic!("{refused}");
    };
    let hours = (retry_after_seconds - 1).div_ceil(3_600);
    assert_eq!(hours, 24, "{retry_after_seconds} s: keys are kept for seven days");
    assert!(
        place(&shop, &ada.caller, &[game], Some("the oldest"))
            .await
            .unwrap()
            .is_repeated
    );
    assert_eq!(balance(&shop, ada.id).await, 900);
}

#[on_both_databases]
async fn what_was_withdrawn_or_costs_more_is_not_sold_as_it_was(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    stock(&shop, game, &["A-1", "A-2"], 500).await;
    let ada = Buyer::with(&shop, "ada@example.org", 10_000).await;
    let mut asked = request(&[game], None);
    asked.expected_total = Some(Cents::new(500));
    stock(&shop, game, &["A-3"], 600).await;
    let refused = shop.shop.orders().place(&ada.caller, asked.clone()).await.unwrap_err();
    let is_dearer = matches!(refused, Error::Refused(Refusal::PriceChanged { total }) if total == Cents::new(600));
    assert!(is_dearer, "{refused}");
    asked.expected_total = Some(Cents::new(600));
    shop.shop.orders().place(&ada.caller, asked).await.unwrap();
    assert_eq!(balance(&shop, ada.id).await, 9_400);
    all_is_well(&shop).await;
}
