//! The newer word stands: an old page of a crawl changes nothing that a newer stock check wrote.

use std::time::Duration;

use domain::money::Cents;
use domain::sync::SyncKind;
use serde_json::json;
use testkit::{Kind, TestShop, on_both_databases};

use super::{fingerprint, games};

#[on_both_databases]
async fn an_old_page_of_a_crawl_against_a_newer_stock_check(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let id = games(&shop).await.into_keys().nth(7).unwrap();
    // The stock check asks at ten past, and sees the product at 50.00.
    shop.clock.pass(Duration::from_secs(600));
    shop.change_product(&id, &json!({"minPrice": 50, "qty": 9})).await;
    let checked = shop
        .shop
        .sync()
        .run(&SyncKind::Stock.into(), "a test", &|_| true)
        .await
        .unwrap();
    assert_eq!(checked.updated, 1);
    let after_check = fingerprint(&shop).await;
    // The crawl's page was asked for at five past, and says something else of the product's price, stock and name.
    shop.clock.back(Duration::from_secs(300));
    shop.change_product(&id, &json!({"minPrice": 1, "qty": 0, "name": "An old name"}))
        .await;
    assert_eq!(shop.sync().await.updated, 0);
    let game = games(&shop).await.remove(&id).unwrap();
    assert_eq!((game.facts.price, game.facts.copies), (Cents::new(5_100), 9));
    assert_eq!(
        fingerprint(&shop).await,
        after_check,
        "nothing was written, nothing touched"
    );
    // A page that was asked for later counts.
    shop.clock.pass(Duration::from_secs(600));
    assert_eq!(shop.sync().await.updated, 1);
    let game = games(&shop).await.remove(&id).unwrap();
    assert_eq!((game.facts.copies, game.facts.title.as_str()), (0, "An old name"));
}
