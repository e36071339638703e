//! What a customer buys: order, balance, transactions, stock and key agree.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use domain::unit::UnitState;
use serde_json::json;
use services::orders::OrderRules;
use testkit::{Kind, TestShop, on_both_databases, operator};

use super::{Buyer, all_is_well, balance, copies, games, order_id, place, request, stock};

#[on_both_databases]
async fn a_key_of_the_shop_is_bought_delivered_and_seen(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    stock(&shop, game, &["AAAAA-11111", "BBBBB-22222"], 250).await;
    let mut ada = Buyer::with(&shop, "ada@example.org", 1_000).await;
    ada.client.add_to_cart(&game.to_string(), 3).await;
    let answer = ada
        .client
        .post(
            "/api/orders",
            &json!({"items": [{"gameId": game.to_string(), "quantity": 1}, {"gameId": game.to_string(), "quantity": 1}],
                    "expectedTotal": 5.00, "consent": {"textVersion": "1", "accepted": true}}),
        )
        .await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let order = answer.data();
    assert_eq!(
        (&order["status"], &order["paymentStatus"]),
        (&json!("COMPLETED"), &json!("COMPLETED"))
    );
    assert_eq!(
        (order["total"].as_f64(), order["subtotal"].as_f64()),
        (Some(5.0), Some(5.0))
    );
    assert_eq!(
        order["items"].as_array().unwrap().len(),
        1,
        "lines of one game are one: {order}"
    );
    assert_eq!(
        (
            order["items"][0]["quantity"].as_i64(),
            order["items"][0]["price"].as_f64()
        ),
        (Some(2), Some(2.5))
    );
    assert_eq!(order["number"].as_str().unwrap().len(), 9);
    let states: Vec<_> = order["units"]
        .as_array()
        .unwrap()
        .iter()
        .map(|unit| &unit["state"])
        .collect();
    assert_eq!(states, [&json!("ready"), &json!("ready")]);
    assert!(!answer.text.contains("AAAAA"), "no key is in an order: {}", answer.text);

    assert_eq!(balance(&shop, ada.id).await, 500);
    assert_eq!(ada.client.units().await.0, 1, "a line with more copies keeps the rest");
    let transactions = ada.client.get("/api/user/transactions").await;
    let newest = &transactions.data()[0];
    assert_eq!(
        (&newest["type"], newest["amount"].as_f64()),
        (&json!("PURCHASE"), Some(-5.0))
    );
    assert_eq!(newest["orderId"], order["id"]);
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn keys_are_seen_as_often_as_their_customer_asks(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    stock(&shop, game, &["AAAAA-11111", "BBBBB-22222"], 250).await;
    let mut ada = Buyer::with(&shop, "ada@example.org", 1_000).await;
    let two = json!({"items": [{"gameId": game.to_string(), "quantity": 2}]});
    let answer = ada.client.post("/api/orders", &two).await;
    let order = answer.data();
    let keys: Vec<&str> = order["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["id"].as_str().unwrap())
        .collect();
    let mut seen = Vec::new();
    for key in [keys[0], keys[1], keys[0]] {
        let path = format!("/api/orders/{}/keys/{key}/reveal", order["id"].as_str().unwrap());
        let answer = ada.client.post(&path, &json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.headers["cache-control"], "private, no-store");
        seen.push(answer.data()["key"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen[0], seen[2]);
    seen.truncate(2);
    seen.sort();
    assert_eq!(seen, ["AAAAA-11111", "BBBBB-22222"]);
    let order = ada.client.get(&format!("/api/orders/{}", order_id(&answer))).await;
    let states: Vec<_> = order.data()["units"]
        .as_array()
        .unwrap()
        .iter()
        .map(|unit| &unit["state"])
        .collect();
    assert_eq!(states, [&json!("revealed"), &json!("revealed")]);
    let library = ada.client.get("/api/user/keys").await;
    assert_eq!(library.data().as_array().unwrap().len(), 2);
    let listed = ada.client.get("/api/user/orders").await;
    assert_eq!(listed.data()[0]["units"], order.data()["units"]);
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn what_somebody_else_ordered_is_not_there(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    stock(&shop, game, &["AAAAA-11111"], 250).await;
    let mut ada = Buyer::with(&shop, "ada@example.org", 1_000).await;
    let mut eve = Buyer::with(&shop, "eve@example.org", 1_000).await;
    let order = ada.order(&[game]).await;
    let (id, key) = (
        order_id(&order),
        order.data()["keys"][0]["id"].as_str().unwrap().to_owned(),
    );
    for (path, posts) in [
        (format!("/api/orders/{id}"), false),
        (format!("/api/orders/{id}/cancel"), true),
        (format!("/api/orders/{id}/keys/{key}/reveal"), true),
    ] {
        let answer = if posts {
            eve.client.post(&path, &json!({})).await
        } else {
            eve.client.get(&path).await
        };
        assert_eq!((answer.status, answer.code()), (404, "NOTFOUND003"), "{path}");
        let answer = shop.guest().post(&path, &json!({})).await;
        assert!(
            answer.status == 401 || answer.status == 405,
            "{path}: {}",
            answer.status
        );
    }
    assert_eq!(eve.client.get("/api/orders").await.data(), &json!([]));
    assert_eq!(eve.client.get("/api/user/keys").await.data(), &json!([]));
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn a_copy_of_the_supplier_is_reserved_and_waits(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    let before = copies(&shop, game).await;
    let mut ada = Buyer::with(&shop, "ada@example.org", 100_000).await;
    let answer = ada.order(&[game]).await;
    assert_eq!(
        (answer.status, &answer.data()["status"]),
        (201, &json!("PROCESSING")),
        "{}",
        answer.body
    );
    assert_eq!(answer.data()["units"][0]["state"], "waiting");
    assert_eq!(answer.data()["keys"], json!([]));
    assert_eq!(copies(&shop, game).await, before - 1);
    // A sync of the supplier writes what the supplier has; what is promised stays promised.
    shop.sync().await;
    assert_eq!(copies(&shop, game).await, before - 1);
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn the_same_request_is_one_order_with_the_same_answer(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    stock(&shop, game, &["A-1", "A-2", "A-3"], 100).await;
    let mut ada = Buyer::with(&shop, "ada@example.org", 1_000).await;
    let first = place(&shop, &ada.caller, &[game], Some("one")).await.unwrap();
    assert!(!first.is_repeated);
    let again = place(&shop, &ada.caller, &[game], Some("one")).await.unwrap();
    assert!(again.is_repeated);
    assert_eq!((again.id, &again.body), (first.id, &first.body));
    assert_eq!(
        first.body.as_deref(),
        Some("[Delivered]"),
        "what the delivery reached is what is kept"
    );
    let other = place(&shop, &ada.caller, &[game], Some("two")).await.unwrap();
    assert_ne!(other.id, first.id, "another key is another order");
    let mut changed = request(&[game], Some("one"));
    changed.lines[0].1 = 2;
    let refused = shop.shop.orders().place(&ada.caller, changed).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "This reference was used for something else already"
    );

    // Without a key, the same purchase within five minutes is the order of before.
    let first = ada.order(&[game]).await;
    assert_eq!(first.status, 200, "the order of key two was the same purchase");
    assert_eq!(first.headers["idempotent-replayed"], "true");
    assert_eq!(order_id(&first), other.id);
    shop.clock.pass(std::time::Duration::from_secs(301));
    let later = ada.order(&[game]).await;
    assert_eq!(later.status, 201, "{}", later.body);
    assert!(!later.headers.contains_key("idempotent-replayed"));
    assert_eq!(balance(&shop, ada.id).await, 700);
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn the_number_of_statements_does_not_grow_with_the_items(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = games(&shop, 20).await;
    for (at, game) in games.iter().enumerate().filter(|(at, _)| at % 2 == 0) {
        stock(&shop, *game, &[&format!("KEY-{at}"), &format!("MORE-{at}")], 100).await;
    }
    let ada = Buyer::with(&shop, "ada@example.org", 10_000_000).await;
    let mut counts = Vec::new();
    for bought in [&games[..2], &games[..]] {
        let mut asked = request(bought, Some(&bought.len().to_string()));
        asked.lines.truncate(20);
        let before = shop.statements.load(Ordering::SeqCst);
        let placed = shop.shop.orders().place(&ada.caller, asked).await;
        counts.push(shop.statements.load(Ordering::SeqCst) - before);
        placed.unwrap();
    }
    // The search index goes on meanwhile; a statement for each of the 18 more games would be more than that. An order of one game sends eleven or twelve.
    assert!(
        counts[1] < counts[0] + 16 && (10..60).contains(&counts[0]),
        "statements for 2 and for 20 games: {counts:?}"
    );
    all_is_well(&shop).await;
}

/// A statement with a value in its text is prepared anew for each value.
#[on_both_databases]
async fn no_order_sends_a_statement_that_another_did_not(kind: Kind) {
    let mut shop = TestShop::filled(kind).await;
    let games = games(&shop, 2).await;
    stock(&shop, games[0], &["A-1", "A-2", "A-3", "A-4"], 100).await;
    let ada = Buyer::with(&shop, "ada@example.org", 10_000_000).await;
    let texts = Arc::new(Mutex::new(BTreeSet::new()));
    let seen = Arc::clone(&texts);
    shop.db.on_statement_for_test(move |text| {
        seen.lock().unwrap().insert(text.to_owned());
    });
    let selling = shop.selling_under(OrderRules::default());
    let mut before = BTreeSet::new();
    for round in 0..3 {
        // A key of the shop is delivered, a copy of the supplier given back at its deadline.
        let asked = request(&games, Some(&format!("round {round}")));
        let placed = selling.orders().place(&ada.caller, asked).await.unwrap();
        selling.orders().advance_due().await.unwrap();
        shop.clock.pass(OrderRules::default().deadline);
        selling.orders().advance_due().await.unwrap();
        for unit in selling.orders().of(ada.id, placed.id).await.unwrap().units {
            if unit.state == UnitState::Delivered {
                selling.orders().refund(placed.id, unit.id, operator()).await.unwrap();
            }
        }
        let now = texts.lock().unwrap().clone();
        let new: Vec<_> = now.difference(&before).collect();
        assert!(round == 0 || new.is_empty(), "round {round}: {new:#?}");
        before = now;
    }
    assert!(before.len() > 20, "{before:#?}");
    all_is_well(&shop).await;
}

/// Shops that draw numbers from the same beginning stand for chance that repeats itself.
#[on_both_databases]
async fn an_order_whose_number_is_taken_gets_another(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    stock(&shop, game, &["A-1", "A-2", "A-3"], 100).await;
    let ada = Buyer::with(&shop, "ada@example.org", 1_000).await;
    let mut numbers = BTreeSet::new();
    for round in 0..3 {
        let selling = shop.selling_under(OrderRules::default());
        let asked = request(&[game], Some(&format!("round {round}")));
        let placed = selling.orders().place(&ada.caller, asked).await.unwrap();
        let order = selling.orders().of(ada.id, placed.id).await.unwrap();
        assert!(numbers.insert(order.number.to_string()), "{numbers:?}");
    }
    assert_eq!(balance(&shop, ada.id).await, 700);
    all_is_well(&shop).await;
}
