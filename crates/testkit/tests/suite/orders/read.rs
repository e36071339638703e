//! `GET /api/orders/:id`: which keys a read shows, to whom, and what is recorded of it.

use std::time::Duration;

use domain::id::{GameId, OrderId, UserId};
use domain::security::{Device, SecurityEvent};
use reqwest::Method;
use serde_json::{Value, json};
use services::orders::{OrderReader, OrderRules};
use storage::security_events::SecurityRecord;
use testkit::{Answer, Kind, PASSWORD, TestShop, on_both_databases};

use super::{Buyer, games, order_id, stock};

const KEYS: [&str; 2] = ["CANARY-READ-1", "CANARY-READ-2"];

/// A customer who bought both keys and saw one of them; the order, and the id of the key that was seen.
async fn bought(shop: &TestShop) -> (Buyer, OrderId, String) {
    let game = games(shop, 1).await[0];
    stock(shop, game, &KEYS, 100).await;
    let mut ada = Buyer::with(shop, "ada@example.org", 1_000).await;
    let answer = ada.client.post("/api/orders", &two_of(game)).await;
    let id = order_id(&answer);
    assert!(!answer.text.contains("CANARY"), "an order is answered without its keys");
    let key = answer.data()["keys"][0]["id"].as_str().unwrap().to_owned();
    reveal(&mut ada, id, &key).await;
    (ada, id, key)
}

fn two_of(game: GameId) -> Value {
    json!({"items": [{"gameId": game.to_string(), "quantity": 2}]})
}

async fn reveal(buyer: &mut Buyer, id: OrderId, key: &str) -> Answer {
    let path = format!("/api/orders/{id}/keys/{key}/reveal");
    buyer.client.post(&path, &json!({})).await
}

/// How many keys a read of the order shows.
async fn read(buyer: &mut Buyer, id: OrderId) -> usize {
    let answer = buyer.client.get(&format!("/api/orders/{id}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.headers["cache-control"], "private, no-store");
    let keys = answer.data()["keys"].as_array().unwrap();
    let shown = keys.iter().filter(|key| key.get("key").is_some()).count();
    assert_eq!(shown, answer.text.matches("CANARY").count());
    shown
}

/// Time passes; what the client does next is done with a fresh token.
async fn later(shop: &TestShop, buyer: &mut Buyer, seconds: u64) {
    shop.clock.pass(Duration::from_secs(seconds));
    let answer = buyer.client.sign_in(buyer.caller.user.email.as_str(), PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

/// How often the time line says that something happened.
async fn recorded(shop: &TestShop, user: UserId, id: OrderId, event: &str) -> usize {
    let events = shop.shop.orders().events(user, id).await.unwrap();
    events.iter().filter(|one| one.event == event).count()
}

#[on_both_databases]
async fn a_read_shows_the_keys_that_were_seen_and_records_each_showing_once(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let (mut ada, id, key) = bought(&shop).await;
    let answer = ada.client.get(&format!("/api/orders/{id}")).await;
    let keys = answer.data()["keys"].as_array().unwrap();
    for listed in keys {
        let shown = listed.get("key").and_then(Value::as_str);
        assert_eq!(shown.is_some(), listed["id"] == *key, "{listed}");
        assert_eq!(listed["activated"], json!(shown.is_some()));
        assert!(shown.is_none_or(|shown| KEYS.contains(&shown)));
    }
    // What was shown a moment ago is the same showing.
    assert_eq!(recorded(&shop, ada.id, id, "revealed").await, 1);
    assert_eq!(recorded(&shop, ada.id, id, "shown again").await, 0);
    later(&shop, &mut ada, 601).await;
    for _ in 0..3 {
        assert_eq!(read(&mut ada, id).await, 1);
    }
    assert_eq!(recorded(&shop, ada.id, id, "shown again").await, 1);
    later(&shop, &mut ada, 601).await;
    assert_eq!(read(&mut ada, id).await, 1);
    assert_eq!(recorded(&shop, ada.id, id, "shown again").await, 2);
    assert_eq!(recorded(&shop, ada.id, id, "revealed").await, 1);
    // A request for the headers shows nothing, and so records nothing.
    later(&shop, &mut ada, 601).await;
    let head = ada.client.ask(Method::HEAD, &format!("/api/orders/{id}"), None).await;
    assert_eq!((head.status, head.text.as_str()), (200, ""));
    assert_eq!(recorded(&shop, ada.id, id, "shown again").await, 2);
    for list in ["/api/orders", "/api/user/orders", "/api/user/keys"] {
        let answer = ada.client.get(list).await;
        assert!(answer.status == 200 && !answer.text.contains("CANARY"), "{list}");
    }
    let mut eve = Buyer::with(&shop, "eve@example.org", 0).await;
    let answer = eve.client.get(&format!("/api/orders/{id}")).await;
    assert_eq!((answer.status, answer.code()), (404, "NOTFOUND003"));
    super::all_is_well(&shop).await;
}

#[on_both_databases]
async fn whoever_may_not_reveal_reads_the_order_without_its_keys(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let (mut ada, id, _) = bought(&shop).await;
    assert_eq!(read(&mut ada, id).await, 1);
    let tx = shop.db.begin().await.unwrap();
    let record = SecurityRecord {
        at: shop.shop.now(),
        user: Some(ada.id),
        event: SecurityEvent::PasswordReset,
        device: Device::default(),
    };
    let number = uuid::Uuid::from_u128(u128::MAX);
    tx.security_events().record(number, &record).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(read(&mut ada, id).await, 0, "somebody reset the password");
    let seen = shop
        .shop
        .orders()
        .with_keys(&ada.caller, id, OrderReader::Browser)
        .await
        .unwrap();
    assert!(seen.order.id == id && seen.keys.is_empty());
    // A day later the wait is over, and the sign-in too old.
    shop.clock.pass(Duration::from_secs(24 * 3_600 + 1));
    let keys = shop
        .shop
        .orders()
        .with_keys(&ada.caller, id, OrderReader::Browser)
        .await;
    assert!(keys.ok().unwrap().keys.is_empty());
    later(&shop, &mut ada, 0).await;
    assert_eq!(read(&mut ada, id).await, 1, "a new sign-in");
    assert_eq!(recorded(&shop, ada.id, id, "shown again").await, 1);
}

#[on_both_databases]
async fn reads_count_for_the_limit_of_the_account(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let (mut ada, id, seen) = bought(&shop).await;
    let order = ada.client.get(&format!("/api/orders/{id}")).await;
    let keys = order.data()["keys"].as_array().unwrap().clone();
    let other = keys.iter().map(|key| key["id"].as_str().unwrap());
    let other = other.into_iter().find(|key| **key != seen).unwrap().to_owned();
    later(&shop, &mut ada, 601).await;
    let mut shown = 0;
    let refused = loop {
        let answer = reveal(&mut ada, id, &other).await;
        if answer.status != 200 {
            break answer;
        }
        shown += 1;
    };
    assert_eq!((refused.status, refused.code(), shown), (429, "RATE001", 60));
    // The one that was shown just now is still shown; the other one would be one too many.
    let order = ada.client.get(&format!("/api/orders/{id}")).await;
    for key in order.data()["keys"].as_array().unwrap() {
        assert_eq!(key.get("key").is_some(), key["id"] == *other, "{key}");
    }
    shop.clock.pass(Duration::from_secs(61));
    assert_eq!(read(&mut ada, id).await, 2);
}

#[on_both_databases]
async fn only_a_shop_that_says_so_reveals_by_reading(kind: Kind) {
    let rules = OrderRules {
        reveal_on_read: true,
        ..OrderRules::default()
    };
    let shop = TestShop::selling_by(kind, rules).await;
    let (mut ada, id, _) = bought(&shop).await;
    // Another site can have a browser read the order, with the cookie of its sign-in.
    let seen = shop
        .shop
        .orders()
        .with_keys(&ada.caller, id, OrderReader::Browser)
        .await
        .unwrap();
    assert_eq!(seen.keys.len(), 1);
    assert_eq!(recorded(&shop, ada.id, id, "revealed").await, 1);
    let head = ada.client.ask(Method::HEAD, &format!("/api/orders/{id}"), None).await;
    assert_eq!(head.status, 200);
    assert_eq!(recorded(&shop, ada.id, id, "revealed").await, 1);
    // Whoever may not reveal does not by reading.
    shop.clock.pass(Duration::from_secs(24 * 3_600 + 1));
    let keys = shop
        .shop
        .orders()
        .with_keys(&ada.caller, id, OrderReader::Program)
        .await;
    assert!(keys.ok().unwrap().keys.is_empty());
    assert_eq!(recorded(&shop, ada.id, id, "revealed").await, 1);
    later(&shop, &mut ada, 0).await;
    assert_eq!(read(&mut ada, id).await, 2);
    assert_eq!(recorded(&shop, ada.id, id, "revealed").await, 2);
    let order = shop.shop.orders().of(ada.id, id).await.unwrap();
    assert!(order.units.iter().all(|unit| unit.revealed_at.is_some()));
    for list in ["/api/orders", "/api/user/keys"] {
        assert!(!ada.client.get(list).await.text.contains("CANARY"), "{list}");
    }
}
