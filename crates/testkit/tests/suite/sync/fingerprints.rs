//! The supplier's words are read where they are other words, and where something else would be made of the same.

use std::time::Duration;

use domain::money::BasisPoints;
use domain::sync::SyncKind;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use testkit::database::own_folder;
use testkit::{Kind, TestShop, on_both_databases};

use super::{fingerprint, games, process};

/// The fingerprint of the words that a product's game was read from.
async fn words(shop: &TestShop, product: &str) -> i64 {
    let sql = format!("SELECT fingerprint FROM offers WHERE product_id = '{product}'");
    let raw = shop.db.raw();
    let row = raw
        .query_one_raw(Statement::from_string(raw.get_database_backend(), sql))
        .await
        .unwrap()
        .unwrap();
    row.try_get("", "fingerprint").unwrap()
}

/// Changes a product; its time of change stands still, as with a sale.
async fn change(shop: &TestShop, product: &str, fields: &Value) {
    let mut raw = json!({"updated_at": "2026-01-02 03:04:05"});
    raw.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    shop.change_product(product, &json!({"raw": raw})).await;
    shop.clock.pass(Duration::from_secs(60));
}

#[on_both_databases]
async fn the_same_in_other_words_is_noted_and_changes_nothing(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let id = games(&shop).await.into_keys().next().unwrap();
    change(&shop, &id, &json!({"retail_min_price": 88.5})).await;
    shop.sync().await;
    let (before, noted) = (fingerprint(&shop).await, words(&shop, &id).await);
    // What the supplier's own customers pay is nothing that the shop shows.
    change(&shop, &id, &json!({"retail_min_price": 99.5})).await;
    assert_eq!(shop.sync().await.updated, 0);
    assert_eq!(
        fingerprint(&shop).await,
        before,
        "a game was written or something was touched"
    );
    assert_ne!(words(&shop, &id).await, noted, "the next crawl need not read it again");
}

#[on_both_databases]
async fn words_that_come_back_after_a_stock_check_are_read_again(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let id = games(&shop).await.into_keys().next().unwrap();
    change(&shop, &id, &json!({"minPrice": 11.11, "qty": 5})).await;
    shop.sync().await;
    let (first, noted) = (games(&shop).await[&id].facts.clone(), words(&shop, &id).await);
    change(&shop, &id, &json!({"minPrice": 77.77, "qty": 1})).await;
    assert_eq!(
        shop.shop
            .sync()
            .run(&SyncKind::Stock.into(), "a test", &|_| true)
            .await
            .unwrap()
            .updated,
        1
    );
    assert_ne!(games(&shop).await[&id].facts.price, first.price);
    // The supplier says again, word for word, what the crawl read.
    change(&shop, &id, &json!({"minPrice": 11.11, "qty": 5})).await;
    assert_eq!(shop.sync().await.updated, 1);
    assert_eq!(games(&shop).await[&id].facts, first);
    assert_eq!(words(&shop, &id).await, noted, "they were the same words");
}

#[on_both_databases]
async fn another_markup_changes_every_price_though_nobody_says_anything_new(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let (folder, settings) = (own_folder(), [("LATCHKEY__SYNC__MARKUP_BASIS_POINTS", "1000")]);
    for updated in [93, 0] {
        let ended = process(&shop, &folder, &[], &settings).output().await.unwrap();
        assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
        let report: Value = serde_json::from_slice(&ended.stdout).unwrap();
        assert_eq!(report["updated"], updated);
    }
    for (id, game) in games(&shop).await {
        assert_eq!(
            Some(game.facts.price),
            game.offer.cost.marked_up(BasisPoints::new(1_000)),
            "{id}"
        );
    }
}
