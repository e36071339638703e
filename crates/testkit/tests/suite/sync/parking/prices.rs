//! Prices that fall below half: a few are a sale, many are parked.

use std::collections::BTreeMap;

use domain::money::Cents;
use domain::sync::{SyncKind, SyncReport};
use serde_json::json;
use testkit::{Kind, TestShop, on_both_databases};

use super::{FEW, MANY, agrees_with_itself, for_sale, last_run, set_price, slip, synced};
use crate::sync::{Sold, games, next_touch, touched_since};

/// Each of `products` costs a tenth, is for sale as it was `before`, and was touched since `from`.
async fn are_lowered(shop: &TestShop, products: &[(String, Cents)], before: &BTreeMap<String, Sold>, from: u64) {
    let (touched, now) = (touched_since(shop, from).await, games(shop).await);
    for (id, cost) in products {
        assert_eq!(now[id].offer.cost, Cents::new((cost.get() / 10).max(1)), "{id}");
        assert_eq!(
            (now[id].facts.copies, now[id].offer.parked),
            (before[id].facts.copies, false),
            "{id}"
        );
        assert!(touched.contains(&format!("game:{}", now[id].id)), "{id}");
    }
}

async fn a_slip_is_parked(kind: Kind, sync: SyncKind) {
    let shop = TestShop::filled(kind).await;
    synced(&shop, SyncKind::Full).await;
    let before = games(&shop).await;
    let slipped = for_sale(&before, MANY);
    slip(&shop, &slipped).await;
    let other = before
        .keys()
        .find(|id| !slipped.iter().any(|(one, _)| one == *id))
        .unwrap();
    shop.change_product(other, &json!({"minPrice": 77, "qty": 5})).await;
    for again in [false, true] {
        let report = synced(&shop, sync).await;
        assert_eq!(
            (report.updated, report.removed, report.error_count),
            (u64::from(!again), 0, 1),
            "{report:?}"
        );
        assert_eq!(last_run(&shop).await.1, "parked");
        let now = games(&shop).await;
        for (id, _) in &slipped {
            assert_eq!(now[id].facts.price, before[id].facts.price, "{id}");
            assert_eq!((now[id].facts.copies, now[id].offer.parked), (0, true), "{id}");
        }
        assert_eq!(
            (now[other].facts.price, now[other].facts.copies),
            (Cents::new(7_854), 5)
        );
        agrees_with_itself(&shop).await;
    }
    assert_eq!(shop.shop.sync().parked().await.unwrap().len(), 1);
    // Some are as they were, one is cheaper and no longer absurd; both kinds are for sale at once.
    let (back, low) = slipped.split_at(MANY - 12);
    for (product, cost) in back {
        set_price(&shop, product, *cost).await;
    }
    let (cheaper, cost) = &back[0];
    set_price(&shop, cheaper, Cents::new(cost.get() - cost.get() / 4)).await;
    let report = synced(&shop, sync).await;
    let (parked, word) = last_run(&shop).await;
    assert_eq!(
        (report.updated, word.as_str()),
        (back.len() as u64, "parked"),
        "{report:?}"
    );
    let now = games(&shop).await;
    for (id, cost) in &back[1..] {
        assert_eq!(
            (now[id].offer.cost, now[id].facts.copies),
            (*cost, before[id].facts.copies),
            "{id}"
        );
    }
    assert!(now[cheaper].facts.price < before[cheaper].facts.price && now[cheaper].facts.copies > 0);
    // The others are so few by now that they would have been lowered; they wait for the decision that was asked for.
    let from = next_touch(&shop).await;
    let report = shop.shop.sync().accept(parked, testkit::operator()).await.unwrap();
    assert_eq!(report.updated, (back.len() + low.len()) as u64, "{report:?}");
    are_lowered(&shop, low, &before, from).await;
    agrees_with_itself(&shop).await;
    // What a stock check leaves to crawls, such as times of change.
    synced(&shop, SyncKind::Full).await;
    assert_eq!(synced(&shop, SyncKind::Full).await, SyncReport::default());
    assert_eq!(last_run(&shop).await.1, "complete");
}

#[on_both_databases]
async fn a_decimal_slip_in_a_crawl_is_parked(kind: Kind) {
    a_slip_is_parked(kind, SyncKind::Full).await;
}

#[on_both_databases]
async fn a_decimal_slip_in_a_delta_is_parked(kind: Kind) {
    a_slip_is_parked(kind, SyncKind::Delta).await;
}

#[on_both_databases]
async fn a_decimal_slip_in_a_stock_check_is_parked(kind: Kind) {
    a_slip_is_parked(kind, SyncKind::Stock).await;
}

#[on_both_databases]
async fn a_few_prices_below_half_are_a_sale(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let before = games(&shop).await;
    let some = for_sale(&before, FEW);
    slip(&shop, &some).await;
    let from = next_touch(&shop).await;
    let report = synced(&shop, SyncKind::Full).await;
    assert_eq!((report.updated, report.error_count), (FEW as u64, 0), "{report:?}");
    assert_eq!(last_run(&shop).await.1, "complete");
    are_lowered(&shop, &some, &before, from).await;
    agrees_with_itself(&shop).await;
    assert_eq!(synced(&shop, SyncKind::Full).await, SyncReport::default());
}
