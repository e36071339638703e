//! Counts and pages that no list can have: each is read in a bounded number of requests, and explained in one sentence.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::refusal::Refusal;
use domain::sync::SyncReport;
use serde_json::{Value, json};
use services::Error;
use testkit::{Kind, on_both_databases};

use super::scripted::{Asked, ScriptedShop, page, product};

/// The documents of a page of `products` products.
fn docs(products: u64, asked: &Asked) -> Vec<Value> {
    let wanted = asked
        .id
        .as_ref()
        .map(|id| id.parse::<u64>().unwrap() - 10_000_000_000_000);
    let listed = (0..products).filter(|n| wanted.is_none_or(|wanted| wanted == *n));
    listed.skip((asked.page - 1) * 20).take(20).map(product).collect()
}

/// Syncs a shop of such a list, and then once more: nothing is hidden. Returns the first report.
async fn incomplete(shop: &ScriptedShop, products: u64, requests_max: u64) -> SyncReport {
    let report = shop.sync().await.unwrap();
    let sent = shop.requests();
    assert!(sent <= requests_max, "{sent} requests, at most {requests_max} expected");
    let run = shop.latest_run().await;
    assert_eq!(
        (report.added, run.outcome.as_deref()),
        (products, Some("incomplete")),
        "{report:?}"
    );
    assert_eq!(run.report, report);
    let again = shop.sync().await.unwrap();
    assert_eq!((again.added, again.removed), (0, 0), "{again:?}");
    let sent = shop.requests();
    assert!(sent <= requests_max, "{sent} requests, at most {requests_max} expected");
    report
}

fn only_reason(report: &SyncReport) -> &str {
    assert_eq!((report.error_count, report.errors.len()), (1, 1), "{report:?}");
    &report.errors[0].reason
}

#[on_both_databases]
async fn a_list_that_counts_more_than_it_has_is_not_read_to_the_end_of_its_count(kind: Kind) {
    // 450 pages are counted, 5 exist. Two passes, each with the pages that are on their way when ten were empty.
    let shop = ScriptedShop::open(kind, |asked| page(9_000, asked.page, docs(93, asked))).await;
    let report = incomplete(&shop, 93, 2 * (5 + 10 + 60)).await;
    let reason = only_reason(&report);
    assert!(
        reason.contains("it counts 9000 products and shows 93, the same each time"),
        "{reason}"
    );
}

#[on_both_databases]
async fn empty_pages_in_the_middle_do_not_end_the_list(kind: Kind) {
    let shop = ScriptedShop::open(kind, |asked| {
        let hole = (4..18).contains(&asked.page) && asked.id.is_none();
        page(400, asked.page, if hole { Vec::new() } else { docs(400, asked) })
    })
    .await;
    let report = incomplete(&shop, 120, 2 * (20 + 1)).await;
    let reason = only_reason(&report);
    assert!(reason.contains("it counts 400 products and shows 120"), "{reason}");
}

#[on_both_databases]
async fn a_total_that_jumps_is_not_believed(kind: Kind) {
    let shop = ScriptedShop::open(kind, |asked| {
        let total = if asked.number % 2 == 1 {
            0_u64
        } else {
            1_000_000_000_000
        };
        page(total, asked.page, docs(93, asked))
    })
    .await;
    let report = incomplete(&shop, 93, 100).await;
    assert!(
        report
            .errors
            .iter()
            .any(|error| error.reason.contains("no product counts as missing")),
        "{report:?}"
    );
}

#[on_both_databases]
async fn a_total_of_none_beside_full_pages_is_not_believed(kind: Kind) {
    let shop = ScriptedShop::open(kind, |asked| page(0, asked.page, docs(93, asked))).await;
    let report = incomplete(&shop, 93, 30).await;
    let reason = only_reason(&report);
    assert!(reason.contains("counts 0 products in it and shows 20"), "{reason}");
    // As few as may be a change in between are no full page.
    let shop = ScriptedShop::open(kind, |asked| page(0, asked.page, docs(7, asked))).await;
    let report = incomplete(&shop, 7, 4).await;
    let reason = only_reason(&report);
    assert!(reason.contains("it counts 0 products and shows 7"), "{reason}");
}

#[on_both_databases]
async fn a_total_of_a_million_millions_is_not_believed(kind: Kind) {
    let shop = ScriptedShop::open(kind, |asked| page(1_000_000_000_000_u64, asked.page, docs(93, asked))).await;
    let report = incomplete(&shop, 93, 60).await;
    let reason = only_reason(&report);
    assert!(reason.contains("in its halves"), "{reason}");
    // The same with counts that follow the filters: each half counts half as much, and shows nothing.
    let shop = ScriptedShop::open(kind, |asked| {
        let from = asked.price_from.unwrap_or(0);
        let width = asked.price_to.unwrap_or(1_000_000_000).saturating_sub(from) + 1;
        page(width.unsigned_abs() * 1_000, asked.page, Vec::new())
    })
    .await;
    let report = incomplete(&shop, 0, 2_100).await;
    let last = &report.errors.last().unwrap().reason;
    assert!(
        last.contains("requests: the supplier's list does not add up"),
        "{report:?}"
    );
}

#[on_both_databases]
async fn a_list_without_an_end_ends(kind: Kind) {
    // There is always one page more, with the same products on it.
    let shop = ScriptedShop::open(kind, |asked| {
        let total = 20 * (asked.page as u64 + 1);
        page(total, asked.page, (0..20).map(product))
    })
    .await;
    let report = incomplete(&shop, 20, 500 + 130 + 60).await;
    let reason = only_reason(&report);
    assert!(reason.contains("counted 40 products in it and 10020"), "{reason}");
}

#[on_both_databases]
async fn larger_pages_are_read_and_far_too_large_ones_refused(kind: Kind) {
    let of = |size: u64| {
        move |asked: &Asked| {
            let first = (asked.page as u64 - 1) * size;
            let shown = (first..1_000.min(first + size)).map(product);
            page(1_000, asked.page, shown)
        }
    };
    let shop = ScriptedShop::open(kind, of(50)).await;
    let report = shop.sync().await.unwrap();
    assert_eq!((report.added, report.error_count), (1_000, 0), "{report:?}");
    assert_eq!(shop.latest_run().await.outcome.as_deref(), Some("complete"));
    let shop = ScriptedShop::open(kind, of(500)).await;
    let refused = shop.sync().await;
    assert!(
        matches!(&refused, Err(Error::Refused(Refusal::SupplierFailed(why))) if why.contains("a page of 500 products")),
        "{refused:?}"
    );
    assert_eq!(shop.requests(), 1);
}

#[on_both_databases]
async fn a_total_that_is_no_count_fails_the_run_and_changes_nothing(kind: Kind) {
    let lies = Arc::new(AtomicBool::new(false));
    let switch = Arc::clone(&lies);
    let shop = ScriptedShop::open(kind, move |asked| {
        let total = if switch.load(Ordering::Relaxed) {
            json!(-1)
        } else {
            json!(93)
        };
        page(total, asked.page, docs(93, asked))
    })
    .await;
    assert_eq!(shop.sync().await.unwrap().added, 93);
    shop.requests();
    lies.store(true, Ordering::Relaxed);
    let refused = shop.sync().await;
    assert!(
        matches!(&refused, Err(Error::Refused(Refusal::SupplierFailed(_)))),
        "{refused:?}"
    );
    let run = shop.latest_run().await;
    assert_eq!((run.outcome.as_deref(), run.report.removed), (Some("failed"), 0));
    assert!(shop.requests() <= 4);
}
