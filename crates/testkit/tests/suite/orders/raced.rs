//! Many checkouts at once, of one customer and of many, on one node and on two.

use std::time::{Duration, Instant};

use domain::id::GameId;
use domain::order::OrderStatus;
use domain::refusal::Refusal;
use domain::unit::UnitState;
use futures::future::join_all;
use services::Error;
use services::orders::PlacedOrder;
use testkit::{Caching, Kind, TestShop, on_both_databases, operator};

use super::{Buyer, all_is_well, balance, copies, games, place, stock};

/// How many of these were placed; what was refused must be refused for this reason, and nothing may fail otherwise.
pub(super) fn placed(outcomes: &[Result<PlacedOrder, Error>], may_refuse: impl Fn(&Refusal) -> bool) -> usize {
    let mut placed = 0;
    for outcome in outcomes {
        match outcome {
            Ok(order) => placed += usize::from(!order.is_repeated),
            Err(Error::Refused(refusal)) if may_refuse(refusal) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    placed
}

pub(super) async fn keys_of(shop: &TestShop, game: GameId, count: usize, price: i64) {
    let keys: Vec<String> = (0..count).map(|n| format!("KEY-{n:05}")).collect();
    stock(shop, game, &keys.iter().map(String::as_str).collect::<Vec<_>>(), price).await;
}

/// Two hundred checkouts at once, after `slow_down`, of a wallet for seven of them; returns how long they took.
pub(super) async fn seven_of_two_hundred(shop: &TestShop, slow_down: impl AsyncFnOnce()) -> Duration {
    let game = games(shop, 1).await[0];
    keys_of(shop, game, 200, 100).await;
    let ada = Buyer::with(shop, "ada@example.org", 799).await;
    slow_down().await;
    let begun = Instant::now();
    let keys: Vec<String> = (0..200).map(|n| format!("key {n}")).collect();
    let orders = keys
        .iter()
        .map(|key| place(shop, &ada.caller, std::slice::from_ref(&game), Some(key)));
    let outcomes = join_all(orders).await;
    let took = begun.elapsed();
    let bought = placed(&outcomes, |refusal| {
        matches!(refusal, Refusal::InsufficientBalance { .. })
    });
    assert_eq!((bought, balance(shop, ada.id).await), (7, 99));
    assert_eq!(copies(shop, game).await, 193);
    all_is_well(shop).await;
    took
}

#[on_both_databases]
async fn a_wallet_for_seven_buys_seven(kind: Kind) {
    seven_of_two_hundred(&TestShop::filled(kind).await, async || ()).await;
}

#[on_both_databases]
async fn without_keys_the_same_purchase_at_once_is_one_order(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    keys_of(&shop, game, 200, 100).await;
    let ada = Buyer::with(&shop, "ada@example.org", 100_000).await;
    let orders = (0..200).map(|_| place(&shop, &ada.caller, std::slice::from_ref(&game), None));
    let outcomes = join_all(orders).await;
    assert_eq!(placed(&outcomes, |_| false), 1);
    assert_eq!(balance(&shop, ada.id).await, 99_900);
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn of_a_hundred_customers_one_gets_the_last_key(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    keys_of(&shop, game, 1, 1).await;
    sell_nothing_but_own_keys(&shop, game).await;
    let mut buyers = Vec::new();
    for n in 0..100 {
        buyers.push(Buyer::with(&shop, &format!("buyer{n}@example.org"), 100).await);
    }
    let orders = buyers
        .iter()
        .map(|buyer| place(&shop, &buyer.caller, std::slice::from_ref(&game), None));
    let outcomes = join_all(orders).await;
    assert_eq!(
        placed(&outcomes, |refusal| matches!(refusal, Refusal::TooFewCopies { .. })),
        1
    );
    assert_eq!(copies(&shop, game).await, 0);
    all_is_well(&shop).await;
}

/// The supplier has nothing of this game any more.
pub(super) async fn sell_nothing_but_own_keys(shop: &TestShop, game: GameId) {
    let tx = shop.db.begin().await.unwrap();
    tx.execute_for_test("UPDATE offers SET supplier_qty = 0 WHERE supplier <> 'own'")
        .await
        .unwrap();
    let settled = tx.orders().settle(&[game], shop.shop.offers().terms()).await.unwrap();
    drop(settled);
    tx.execute_for_test(
        "UPDATE games SET copies = 0 WHERE id NOT IN (SELECT game_id FROM offers WHERE supplier = 'own')",
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

#[on_both_databases]
async fn two_units_that_end_at_once_end_their_order(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = games(&shop, 2).await;
    let ada = Buyer::with(&shop, "ada@example.org", 100_000).await;
    let orders = shop.shop.orders();
    for round in 0..20 {
        shop.clock.pass(Duration::from_secs(200));
        let placed = place(&shop, &ada.caller, &games, Some(&format!("round {round}")))
            .await
            .unwrap();
        let units = orders.of(ada.id, placed.id).await.unwrap().units;
        let (one, other) = (units[0].id, units[1].id);
        let (one, other) = futures::join!(
            orders.refund(placed.id, one, operator()),
            orders.refund(placed.id, other, operator())
        );
        assert!(one.unwrap().get() > 0 && other.unwrap().get() > 0);
        let order = orders.of(ada.id, placed.id).await.unwrap();
        assert_eq!(order.status, OrderStatus::Cancelled);
        assert!(order.units.iter().all(|unit| unit.state == UnitState::Refunded));
    }
    assert_eq!(balance(&shop, ada.id).await, 100_000);
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn refunds_checkouts_and_top_ups_of_one_customer_go_on_beside_a_sync(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = games(&shop, 4).await;
    keys_of(&shop, games[0], 100, 100).await;
    let ada = Buyer::with(&shop, "ada@example.org", 1_000_000).await;
    let orders = shop.shop.orders();
    let buying = async {
        for round in 0..15 {
            let placed = place(&shop, &ada.caller, &games, Some(&format!("round {round}")))
                .await
                .unwrap();
            let unit = orders.of(ada.id, placed.id).await.unwrap().units[round % 4].clone();
            orders.refund(placed.id, unit.id, operator()).await.unwrap();
        }
    };
    let reversed: Vec<GameId> = games.iter().rev().copied().collect();
    let buying_too = async {
        for round in 0..4 {
            place(&shop, &ada.caller, &reversed, Some(&format!("too {round}")))
                .await
                .unwrap();
        }
    };
    let filling = async {
        for n in 0..20 {
            super::fill(&shop, ada.id, 10, &format!("more {n}")).await;
        }
    };
    let syncing = async {
        for _ in 0..3 {
            let drift = format!("{}/_sandbox/drift", shop.sandbox.url());
            let body = ("content-type", "application/json");
            let asked = reqwest::Client::new()
                .post(drift)
                .header(body.0, body.1)
                .body("{\"changes\":30}");
            assert!(asked.send().await.unwrap().status().is_success());
            shop.sync().await;
        }
    };
    futures::join!(buying, buying_too, filling, syncing);
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn what_was_sold_is_sold_out_on_another_node_with_redis_and_without(kind: Kind) {
    for caching in [Caching::Memory, Caching::Redis] {
        let shop = TestShop::filled_with(kind, caching).await;
        let other = shop.second_node().await;
        let game = games(&shop, 1).await[0];
        keys_of(&shop, game, 1, 1).await;
        sell_nothing_but_own_keys(&shop, game).await;
        let ada = Buyer::with(&shop, "ada@example.org", 100).await;
        // Cached on both.
        let path = format!("/api/games/{game}");
        for shown in [shop.json(&path).await, other.json(&path).await] {
            assert_eq!(shown["data"]["inStock"], true, "{caching:?}");
        }
        place(&shop, &ada.caller, &[game], None).await.unwrap();
        assert_eq!(shop.json(&path).await["data"]["inStock"], false, "{caching:?}, at once");
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(other.json(&path).await["data"]["inStock"], false, "{caching:?}");
        all_is_well(&shop).await;
    }
}
