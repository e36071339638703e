//! Lists that do not add up: read in a bounded number of requests, finished or explained, and nothing is hidden by them.

use domain::id::SupplierName;
use domain::sync::{SyncKind, SyncReport};
use serde_json::json;
use storage::sync_runs::SyncRun;
use testkit::{Caching, Kind, TestShop, on_both_databases};

use super::games;

/// The games of a shop whose supplier has so many products.
async fn shop_of(kind: Kind, products: u32) -> TestShop {
    let supplier = g2a_sandbox::Settings {
        products,
        ..g2a_sandbox::Settings::default()
    };
    TestShop::with(kind, Caching::None, supplier).await
}

/// Requests for the list that the supplier has received so far.
async fn requests(shop: &TestShop) -> u64 {
    let ledger = shop.supplier("/_sandbox/ledger").await;
    ledger["requests"]["/v1/products"].as_u64().unwrap_or(0)
}

async fn latest(shop: &TestShop) -> SyncRun {
    let runs = shop.db.sync_runs();
    runs.latest_of(&SupplierName::g2a()).await.unwrap().unwrap()
}

/// Runs a sync; returns its report, its outcome and how many requests it took.
async fn run(shop: &TestShop, kind: SyncKind) -> (SyncReport, String, u64) {
    shop.clock.pass(std::time::Duration::from_secs(60));
    let before = requests(shop).await;
    let report = shop.shop.sync().run(&kind.into(), "a test", &|_| true).await.unwrap();
    let run = latest(shop).await;
    assert_eq!(run.report, report, "what the record says is what the caller is told");
    (report, run.outcome.unwrap(), requests(shop).await - before)
}

/// The one reason why a run was incomplete.
fn only_reason(report: &SyncReport) -> &str {
    assert_eq!((report.error_count, report.errors.len()), (1, 1), "{report:?}");
    &report.errors[0].reason
}

#[on_both_databases]
async fn a_product_named_twice_is_told_and_the_crawl_is_complete(kind: Kind) {
    // Three, two and one pages: the doubled product stands on the last page, on the next one, on the same one.
    for (products, requests_max) in [(45, 7), (30, 10), (12, 3)] {
        let shop = shop_of(kind, products).await;
        shop.set_faults(&json!({"duplicateInList": true})).await;
        let (report, outcome, sent) = run(&shop, SyncKind::Full).await;
        assert_eq!(
            (report.added, report.error_count),
            (u64::from(products), 0),
            "{report:?}"
        );
        assert_eq!(outcome, "complete");
        assert!(sent <= requests_max, "{sent} requests for {products} products");
        let counted = products + 1;
        let note = format!("the {counted} products that it counts are {products}, some named more than once");
        assert!(report.notes.len() == 1 && report.notes[0].contains(&note), "{report:?}");
        // So a product that is gone leaves, and no other does.
        let gone = games(&shop).await.into_keys().nth(3).unwrap();
        shop.change_product(&gone, &json!({"gone": true})).await;
        let (report, outcome, _) = run(&shop, SyncKind::Full).await;
        assert_eq!((report.removed, outcome.as_str()), (1, "complete"), "{report:?}");
        assert_eq!(games(&shop).await.len(), products as usize - 1);
    }
}

#[on_both_databases]
async fn a_total_that_ignores_filters_is_not_believed_and_all_pages_are_read(kind: Kind) {
    let shop = shop_of(kind, 10_500).await;
    shop.set_faults(&json!({"totalIgnoresFilters": true})).await;
    let (report, outcome, sent) = run(&shop, SyncKind::Full).await;
    assert_eq!((report.added, outcome.as_str()), (10_500, "incomplete"), "{report:?}");
    let reason = only_reason(&report);
    assert!(
        reason.contains("counts 10500 products in it, but 10500 and 10500 in its halves"),
        "{reason}"
    );
    assert!(sent <= 525 + 60, "{sent} requests for 525 pages");
    assert_eq!(
        (latest(&shop).await.progress.read, latest(&shop).await.progress.total),
        (10_500, 10_500)
    );
    // Nothing is hidden by such a list; by the next that adds up it is.
    let gone = games(&shop).await.into_keys().nth(5_000).unwrap();
    shop.change_product(&gone, &json!({"gone": true})).await;
    let (report, outcome, _) = run(&shop, SyncKind::Full).await;
    assert_eq!((report.removed, outcome.as_str()), (0, "incomplete"), "{report:?}");
    shop.set_faults(&json!({})).await;
    let (report, outcome, _) = run(&shop, SyncKind::Full).await;
    assert_eq!((report.removed, report.error_count), (1, 0), "{report:?}");
    assert_eq!(outcome, "complete");
}

#[on_both_databases]
async fn a_delta_of_which_the_total_is_the_whole_lists_changes_what_it_shows(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let (id, game) = games(&shop).await.into_iter().next().unwrap();
    shop.change_product(&id, &json!({"qty": game.facts.copies + 1})).await;
    shop.set_faults(&json!({"totalIgnoresFilters": true})).await;
    let (report, outcome, sent) = run(&shop, SyncKind::Delta).await;
    assert_eq!((report.updated, outcome.as_str()), (1, "incomplete"), "{report:?}");
    let reason = only_reason(&report);
    assert!(
        reason.contains("it counts 93 products and shows ") && reason.ends_with("the same each time that it is read"),
        "{reason}"
    );
    assert!(sent <= 2 * 5, "{sent} requests for 5 pages");
}

#[on_both_databases]
async fn pages_that_shift_all_the_time_end_and_hide_nothing(kind: Kind) {
    let shop = shop_of(kind, 190).await;
    run(&shop, SyncKind::Full).await;
    let before: Vec<String> = games(&shop).await.into_keys().collect();
    shop.change_product(&before[7], &json!({"gone": true})).await;
    shop.set_faults(&json!({"shiftPages": true})).await;
    for _ in 0..3 {
        let (report, outcome, sent) = run(&shop, SyncKind::Full).await;
        // Three passes over ten pages, of which each requests at most seven again.
        assert!(sent <= 3 * (10 + 7) + 1, "{sent} requests");
        match outcome.as_str() {
            // By chance all were shown: then it is certain what is gone.
            "complete" => assert!(report.removed <= 1 && report.error_count == 0, "{report:?}"),
            _ => {
                assert_eq!(report.removed, 0, "{report:?}");
                assert!(
                    only_reason(&report).contains("of the 189 products that it counts"),
                    "{report:?}"
                );
            }
        }
    }
    let after = games(&shop).await;
    assert!(
        before
            .iter()
            .filter(|id| !after.contains_key(*id))
            .all(|id| *id == before[7])
    );
}

#[on_both_databases]
async fn a_page_that_repeats_the_one_before_is_no_complete_list(kind: Kind) {
    // As many documents as the list counts, the same each time, and the last page is never shown.
    let shop = shop_of(kind, 100).await;
    run(&shop, SyncKind::Full).await;
    shop.set_faults(&json!({"repeatPage": true})).await;
    let (report, outcome, sent) = run(&shop, SyncKind::Full).await;
    assert_eq!((report.removed, outcome.as_str()), (0, "incomplete"), "{report:?}");
    let reason = only_reason(&report);
    assert!(
        reason.contains("neighbouring pages show the same products each time, 80 of the 100"),
        "{reason}"
    );
    assert!(sent <= 2 * (5 + 2), "{sent} requests");
    assert_eq!(games(&shop).await.len(), 100);
}
