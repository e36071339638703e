//! Lists that one query cannot show: cut by price, then by time, and told when they cannot be cut.

use serde_json::json;
use storage::Db;
use testkit::{Caching, Kind, TestShop, on_both_databases};

use super::games;
use super::scripted::{Asked, ScriptedShop, page};

/// A supplier whose products all cost the same: so many with a time of change, spread over a year or within one second,
/// and so many without.
#[derive(Clone, Copy)]
struct OnePrice {
    dated: u64,
    in_one_second: bool,
    undated: u64,
}

impl OnePrice {
    /// The page that was asked for.
    fn answer(self, asked: &Asked) -> String {
        let priced = asked.price_from.is_none_or(|from| from <= 999) && asked.price_to.is_none_or(|to| to >= 999);
        let (from, to) = (asked.updated_from, asked.updated_to);
        let updated = |n: u64| {
            (n < self.dated).then(|| {
                1_760_000_000
                    + if self.in_one_second {
                        0
                    } else {
                        i64::try_from(n).unwrap() * 3_000
                    }
            })
        };
        let shown = |n: &u64| {
            let timed = |at: i64| from.is_none_or(|from| at >= from) && to.is_none_or(|to| at <= to);
            priced && updated(*n).map_or(from.is_none() && to.is_none(), timed)
        };
        let found: Vec<u64> = (0..self.dated + self.undated).filter(shown).collect();
        let docs = found.iter().skip((asked.page - 1) * 20).take(20).map(|n| {
            json!({"id": format!("{}", 10_000_000_000_000 + n), "name": format!("Game {n}"), "qty": 1, "minPrice": 9.99,
                   "updated_at": updated(*n).map(domain::query_partition::written).unwrap_or_default()})
        });
        page(found.len() as u64, asked.page, docs)
    }
}

/// A shop of that supplier after its first sync, and that sync's report.
async fn synced_from(kind: testkit::Kind, supplier: OnePrice) -> (ScriptedShop, domain::sync::SyncReport) {
    let shop = ScriptedShop::open(kind, move |asked| supplier.answer(asked)).await;
    let report = shop.sync().await.unwrap();
    (shop, report)
}

async fn outcome(db: &Db) -> String {
    db.sync_runs().latest().await.unwrap().unwrap().outcome.unwrap()
}

async fn shop_of(kind: testkit::Kind, products: u32) -> TestShop {
    let supplier = g2a_sandbox::Settings {
        products,
        ..g2a_sandbox::Settings::default()
    };
    TestShop::with(kind, Caching::None, supplier).await
}

#[on_both_databases]
async fn a_list_above_ten_thousand_is_read_in_slices(kind: Kind) {
    let shop = shop_of(kind, 21_000).await;
    let report = shop.sync().await;
    assert_eq!((report.added, report.error_count), (21_000, 0), "{report:?}");
    let run = shop.db.sync_runs().latest().await.unwrap().unwrap();
    assert_eq!(
        (run.outcome.as_deref(), run.progress.read, run.progress.total),
        (Some("complete"), 21_000, 21_000)
    );
    assert_eq!(
        shop.db.catalog().highest_number().await.unwrap(),
        21_000,
        "numbers are dense"
    );
    let asked = shop.supplier("/_sandbox/ledger").await["requests"]["/v1/products"]
        .as_u64()
        .unwrap();
    assert!(asked <= 1_050 * 103 / 100, "{asked} requests for 1050 pages");
    // A second crawl sees what is there, and one that is gone.
    let gone = games(&shop).await.into_keys().nth(15_000).unwrap();
    shop.change_product(&gone, &json!({"gone": true})).await;
    let report = shop.sync().await;
    assert_eq!((report.added, report.updated, report.removed), (0, 0, 1), "{report:?}");
}

#[on_both_databases]
async fn one_price_that_holds_too_many_is_cut_by_time(kind: Kind) {
    let (shop, report) = synced_from(
        kind,
        OnePrice {
            dated: 10_500,
            in_one_second: false,
            undated: 0,
        },
    )
    .await;
    assert_eq!((report.added, report.error_count), (10_500, 0), "{report:?}");
    assert_eq!(outcome(&shop.db).await, "complete");
}

#[on_both_databases]
async fn products_without_a_time_in_such_a_price_make_it_incomplete_and_it_says_so(kind: Kind) {
    let (shop, report) = synced_from(
        kind,
        OnePrice {
            dated: 10_500,
            in_one_second: false,
            undated: 40,
        },
    )
    .await;
    assert_eq!((report.added, report.error_count), (10_500, 1), "{report:?}");
    let reason = &report.errors[0].reason;
    assert!(
        reason.contains("9.99") && reason.contains("40 of 10540") && reason.contains("no time of change"),
        "{reason}"
    );
    assert_eq!(outcome(&shop.db).await, "incomplete");
}

#[on_both_databases]
async fn what_cannot_be_cut_is_read_as_far_as_it_is_shown_and_told(kind: Kind) {
    let (shop, report) = synced_from(
        kind,
        OnePrice {
            dated: 10_500,
            in_one_second: true,
            undated: 0,
        },
    )
    .await;
    assert_eq!((report.added, report.error_count), (10_000, 1), "{report:?}");
    assert!(
        report.errors[0].reason.contains("one price and one second hold 10500"),
        "{report:?}"
    );
    assert_eq!(outcome(&shop.db).await, "incomplete");
}
