//! Lists that one query cannot show: cut by price, then by time, and told when they cannot be cut.

use serde_json::json;
use testkit::{Caching, TestShop, on_both_databases};

use super::games;

async fn shop_of(kind: testkit::Kind, products: u32) -> TestShop {
    let supplier = g2a_sandbox::Settings {
        products,
        ..g2a_sandbox::Settings::default()
    };
    TestShop::with(kind, Caching::None, supplier).await
}

on_both_databases! {
    async fn a_list_above_ten_thousand_is_read_in_slices(kind: Kind) {
        let shop = shop_of(kind, 21_000).await;
        let report = shop.sync().await;
        assert_eq!((report.added, report.error_count), (21_000, 0), "{report:?}");
        let run = shop.db.sync_runs().latest().await.unwrap().unwrap();
        assert_eq!((run.outcome.as_deref(), run.progress.read, run.progress.total), (Some("complete"), 21_000, 21_000));
        assert_eq!(shop.db.catalog().highest_number().await.unwrap(), 21_000, "numbers are dense");
        let asked = shop.supplier("/_sandbox/ledger").await["requests"]["/v1/products"].as_u64().unwrap();
        assert!(asked <= 1_050 * 103 / 100, "{asked} requests for 1050 pages");
        // A second crawl sees what is there, and one that is gone.
        let gone = games(&shop).await.into_keys().nth(15_000).unwrap();
        shop.change_product(&gone, &json!({"gone": true})).await;
        let report = shop.sync().await;
        assert_eq!((report.added, report.updated, report.removed), (0, 0, 1), "{report:?}");
    }
}
