//! Orders that end without a key: cancelled, refunded, too late.

use std::time::Duration;

use domain::id::UnitId;
use domain::money::Cents;
use domain::order::OrderStatus;
use domain::refusal::Refusal;
use domain::unit::UnitState;
use serde_json::json;
use services::Error;
use testkit::{Kind, TestShop, on_both_databases, operator};

use super::{Buyer, all_is_well, balance, copies, games, order_id, place, stock};

#[on_both_databases]
async fn a_customer_cancels_what_nobody_has_begun_to_deliver(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = games(&shop, 2).await;
    stock(&shop, games[0], &["A-1"], 250).await;
    let mut ada = Buyer::with(&shop, "ada@example.org", 100_000).await;
    let before = copies(&shop, games[1]).await;
    let answer = ada.order(&games).await;
    let id = order_id(&answer);
    assert_eq!(answer.data()["status"], "PROCESSING");
    let cancelled = ada.client.post(&format!("/api/orders/{id}/cancel"), &json!({})).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.body);
    let order = ada.client.get(&format!("/api/orders/{id}")).await;
    assert_eq!(
        (&order.data()["status"], &order.data()["paymentStatus"]),
        (&json!("COMPLETED"), &json!("COMPLETED"))
    );
    assert_eq!(
        balance(&shop, ada.id).await,
        100_000 - 250,
        "the delivered key stays paid"
    );
    assert_eq!(copies(&shop, games[1]).await, before);
    let again = ada.client.post(&format!("/api/orders/{id}/cancel"), &json!({})).await;
    assert_eq!((again.status, again.code()), (409, "BIZ008"));
    let transactions = ada.client.get("/api/user/transactions").await;
    assert_eq!(transactions.data()[0]["type"], "REFUND");
    assert_eq!(transactions.data()[0]["orderId"], json!(id.to_string()));

    let other = ada.order(&games[1..]).await;
    let path = format!("/api/orders/{}/cancel", order_id(&other));
    assert_eq!(ada.client.post(&path, &json!({})).await.status, 200);
    let order = ada.client.get(&format!("/api/orders/{}", order_id(&other))).await;
    assert_eq!(
        (&order.data()["status"], &order.data()["paymentStatus"]),
        (&json!("CANCELLED"), &json!("CANCELLED"))
    );
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn what_is_not_delivered_in_time_is_refunded(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    let before = copies(&shop, game).await;
    let ada = Buyer::with(&shop, "ada@example.org", 100_000).await;
    let order = place(&shop, &ada.caller, &[game], None).await.unwrap();
    for (hours, status) in [(23, OrderStatus::Processing), (1, OrderStatus::Failed)] {
        shop.clock.pass(Duration::from_secs(hours * 3_600));
        shop.shop.orders().advance_due().await.unwrap();
        let order = shop.shop.orders().of(ada.id, order.id).await.unwrap();
        assert_eq!(order.status, status, "after {hours} more hours");
    }
    assert_eq!(
        (balance(&shop, ada.id).await, copies(&shop, game).await),
        (100_000, before)
    );
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn staff_give_money_back_and_a_key_that_nobody_saw_is_for_sale_again(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    stock(&shop, game, &["A-1", "A-2"], 250).await;
    let ada = Buyer::with(&shop, "ada@example.org", 1_000).await;
    let mut asked = super::request(&[game], None);
    asked.lines[0].1 = 2;
    let placed = shop.shop.orders().place(&ada.caller, asked).await.unwrap();
    let supplier = copies(&shop, game).await;
    let orders = shop.shop.orders();
    let order = orders.of(ada.id, placed.id).await.unwrap();
    let seen = orders.reveal(&ada.caller, placed.id, order.units[0].key.unwrap());
    let seen = seen.await.unwrap();
    let unsaid = orders.refund(placed.id, order.units[0].id, operator()).await;
    assert!(
        matches!(unsaid, Err(Error::Refused(Refusal::Invalid(_)))),
        "for a key that was seen there is a reason"
    );
    let knowingly = operator().because(Some("the key does not work"));
    for (unit, own) in order.units.iter().zip([0, 1]) {
        let back = orders.refund(placed.id, unit.id, &knowingly).await.unwrap();
        assert_eq!(back, Cents::new(250));
        let again = orders.refund(placed.id, unit.id, operator()).await.unwrap();
        assert_eq!(again, Cents::ZERO, "once");
        let held = if own == 0 { supplier } else { 1 };
        assert_eq!(copies(&shop, game).await, held, "a key that was seen is spent");
        let again = orders.reveal(&ada.caller, placed.id, unit.key.unwrap()).await;
        assert!(
            matches!(again, Err(Error::Refused(Refusal::KeyNotFound))),
            "key or money, never both"
        );
    }
    let order = orders.of(ada.id, placed.id).await.unwrap();
    assert_eq!(order.status, OrderStatus::Completed, "it was delivered once");
    assert_eq!(order.payment.as_str(), "CANCELLED");
    assert!(order.units.iter().all(|unit| unit.state == UnitState::Refunded));
    assert_eq!(balance(&shop, ada.id).await, 1_000);
    let unknown = orders
        .refund(placed.id, UnitId(uuid::Uuid::from_u128(9)), operator())
        .await;
    assert!(matches!(unknown, Err(Error::Refused(Refusal::KeyNotFound))));

    // The key that nobody saw is sold to the next.
    let eve = Buyer::with(&shop, "eve@example.org", 1_000).await;
    let placed = place(&shop, &eve.caller, &[game], None).await.unwrap();
    let order = orders.of(eve.id, placed.id).await.unwrap();
    let key = orders
        .reveal(&eve.caller, placed.id, order.units[0].key.unwrap())
        .await
        .unwrap();
    assert!(key.expose() != seen.expose() && ["A-1", "A-2"].contains(&key.expose()));
    all_is_well(&shop).await;
}
