//! What a crawl did not show: asked for by id, remembered, and hidden by rule alone.

use std::time::Duration;

use domain::id::SupplierName;
use serde_json::{Value, json};
use testkit::{Caching, Kind, TestShop, on_both_databases};

use super::{games, next_touch, touched_since};

/// More than one crawl asks for by id, and less than a run may hide without being parked.
const GONE: usize = 230;
const PRODUCTS: u32 = 1_200;
const ASKED: u64 = 200;

async fn shop_of(kind: testkit::Kind, products: u32) -> TestShop {
    let supplier = g2a_sandbox::Settings {
        products,
        ..g2a_sandbox::Settings::default()
    };
    let shop = TestShop::with(kind, Caching::None, supplier).await;
    shop.sync().await;
    shop
}

async fn set_gone(shop: &TestShop, products: &[String], gone: bool) {
    for product in products {
        shop.change_product(product, &json!({"gone": gone})).await;
    }
}

async fn missed(shop: &TestShop) -> usize {
    let (offers, g2a) = (shop.db.offers(), SupplierName::g2a());
    let numbers: Vec<i64> = (1..=offers.highest_number(&g2a).await.unwrap()).collect();
    let shown = offers.numbered(&g2a, &numbers).await.unwrap();
    shown.iter().filter(|offer| offer.since.is_some()).count()
}

#[on_both_databases]
async fn so_many_are_asked_for_by_id_and_the_rest_leave_after_a_second_crawl(kind: Kind) {
    let shop = shop_of(kind, PRODUCTS).await;
    let products: Vec<String> = games(&shop).await.into_keys().take(GONE).collect();
    set_gone(&shop, &products, true).await;
    shop.clock.pass(Duration::from_secs(60));
    assert_eq!(shop.sync().await.removed, ASKED);
    assert_eq!(
        missed(&shop).await,
        30,
        "those that nobody asked for are remembered, and stay"
    );
    assert_eq!(games(&shop).await.len(), 1_200 - 200);
    // One comes back before the second crawl: it is no longer missed.
    let back = games(&shop).await.into_keys().find(|id| products.contains(id)).unwrap();
    set_gone(&shop, std::slice::from_ref(&back), false).await;
    shop.clock.pass(Duration::from_secs(60));
    assert_eq!(shop.sync().await.removed, 29);
    assert_eq!((games(&shop).await.len(), missed(&shop).await), (1_200 - 229, 0));
    assert!(games(&shop).await.contains_key(&back));
    // And a third time nothing is missing.
    let from = next_touch(&shop).await;
    assert_eq!(shop.sync().await.removed, 0);
    assert_eq!(touched_since(&shop, from).await, Vec::<String>::new());
}

#[on_both_databases]
async fn an_incomplete_crawl_neither_hides_nor_remembers(kind: Kind) {
    let shop = shop_of(kind, 100).await;
    let ids: Vec<String> = games(&shop).await.into_keys().collect();
    set_gone(&shop, &ids[..3], true).await;
    // Pages 3 and 4 fail whenever they are asked for: what stands on them cannot be read at all.
    shop.change_product(&ids[50], &json!({"raw": {"id": "not a number"}}))
        .await;
    shop.clock.pass(Duration::from_secs(60));
    let report = shop.sync().await;
    assert_eq!(report.removed, 0, "{report:?}");
    assert!(report.error_count > 0, "{report:?}");
    let run = shop.db.sync_runs().latest().await.unwrap().unwrap();
    assert_eq!(run.outcome.as_deref(), Some("incomplete"));
    assert_eq!((games(&shop).await.len(), missed(&shop).await), (100, 0));
}

#[on_both_databases]
async fn a_product_that_slipped_between_pages_is_asked_for_and_stays(kind: Kind) {
    let shop = shop_of(kind, 200).await;
    let before: Vec<String> = games(&shop).await.into_keys().collect();
    // Every page is shifted, each time it is asked for.
    shop.set_faults(&json!({"shiftPages": {"calls": ["products"], "probability": 0.5}}))
        .await;
    for _ in 0..3 {
        shop.clock.pass(Duration::from_secs(60));
        let report = shop.sync().await;
        assert_eq!(report.removed, 0, "{report:?}");
    }
    assert_eq!(games(&shop).await.into_keys().collect::<Vec<_>>(), before);
}

#[on_both_databases]
async fn one_that_is_there_but_not_to_be_sold_stays_as_it_was(kind: Kind) {
    let shop = shop_of(kind, 60).await;
    let id = games(&shop).await.into_keys().next().unwrap();
    shop.change_product(&id, &json!({"raw": {"minPrice": 0}})).await;
    for _ in 0..2 {
        shop.clock.pass(Duration::from_secs(60));
        let report = shop.sync().await;
        assert_eq!((report.removed, report.error_count), (0, 1), "{report:?}");
        assert_eq!(report.errors[0].product_id.as_deref(), Some(id.as_str()));
    }
    assert!(games(&shop).await.contains_key(&id));
    let ledger: Value = shop.supplier("/_sandbox/ledger").await;
    assert_eq!(ledger["requests"]["/v1/products"], 9, "nobody was asked for by id");
}
