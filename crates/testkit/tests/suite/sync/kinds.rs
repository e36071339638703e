//! Kinds of syncs: what each reads, writes and touches, and one that only looks.

use std::time::Duration;

use domain::id::{ProductId, SupplierName};
use domain::money::Cents;
use domain::sync::{SyncKind, SyncOrder, SyncReport};
use serde_json::{Value, json};
use testkit::database::own_folder;
use testkit::{Caching, Kind, TestShop, on_both_databases, program};

use super::{drift, fingerprint, games, next_touch, process, touched_since};

async fn synced(shop: &TestShop, kind: SyncKind) -> SyncReport {
    shop.clock.pass(Duration::from_secs(60));
    shop.shop.sync().run(&kind.into(), "a test", &|_| true).await.unwrap()
}

/// Lets prices and stock drift, syncs, and compares what changed and what was touched with what drifted.
async fn exactly_what_drifted(kind: testkit::Kind, sync: SyncKind) {
    let shop = TestShop::filled(kind).await;
    if sync == SyncKind::Delta {
        // The first knows no time to begin at and is a crawl.
        assert_eq!(synced(&shop, sync).await, SyncReport::default());
    }
    let before = games(&shop).await;
    let mut drifted = drift(&shop, 17).await;
    drifted.sort_unstable();
    let from = next_touch(&shop).await;
    let report = synced(&shop, sync).await;
    assert_eq!(
        (report.added, report.updated, report.removed, report.error_count),
        (0, 17, 0, 0),
        "{report:?}"
    );
    let after = games(&shop).await;
    let changed: Vec<&String> = after
        .iter()
        .filter(|(id, game)| before[*id] != **game)
        .map(|(id, _)| id)
        .collect();
    assert_eq!(changed, drifted.iter().collect::<Vec<_>>());
    let mut expected: Vec<String> = drifted.iter().map(|id| format!("game:{}", after[id].id)).collect();
    let mut touched = touched_since(&shop, from).await;
    touched.dedup();
    expected.push("offers:*".to_owned());
    expected.sort_unstable();
    assert_eq!(touched, expected);
    for id in &drifted {
        let product = shop.supplier(&format!("/_sandbox/products/{id}")).await;
        let price = Cents::parse(&product["minPrice"].to_string()).unwrap();
        assert_eq!(
            (after[id].offer.cost, Value::from(after[id].facts.copies)),
            (price, product["qty"].clone())
        );
    }
    // And again nothing: no row written, nothing touched.
    let print = fingerprint(&shop).await;
    assert_eq!(synced(&shop, sync).await, SyncReport::default());
    assert_eq!(fingerprint(&shop).await, print);
}

fn named(kind: SyncKind, ids: &[&String]) -> SyncOrder {
    SyncOrder {
        kind,
        supplier: SupplierName::g2a(),
        products: ids.iter().map(|id| ProductId::parse(id).unwrap()).collect(),
    }
}

/// How often the supplier was asked for products; not at all since a shop's database was filled.
async fn requests(shop: &TestShop) -> u64 {
    shop.supplier("/_sandbox/ledger").await["requests"]["/v1/products"]
        .as_u64()
        .unwrap_or(0)
}

#[on_both_databases]
async fn a_crawl_changes_and_touches_exactly_what_drifted(kind: Kind) {
    exactly_what_drifted(kind, SyncKind::Full).await;
}

#[on_both_databases]
async fn a_stock_check_changes_and_touches_exactly_what_drifted(kind: Kind) {
    exactly_what_drifted(kind, SyncKind::Stock).await;
}

#[on_both_databases]
async fn a_delta_sync_changes_and_touches_exactly_what_drifted(kind: Kind) {
    exactly_what_drifted(kind, SyncKind::Delta).await;
}

#[on_both_databases]
async fn a_delta_sync_reads_the_window_alone(kind: Kind) {
    let supplier = g2a_sandbox::Settings {
        products: 1_000,
        ..g2a_sandbox::Settings::default()
    };
    let shop = TestShop::with(kind, Caching::None, supplier).await;
    shop.sync().await;
    synced(&shop, SyncKind::Full).await;
    drift(&shop, 30).await;
    let asked = requests(&shop).await;
    assert_eq!(synced(&shop, SyncKind::Delta).await.updated, 30);
    assert!(requests(&shop).await - asked <= 3, "it read more than the window");
    let run = shop.db.sync_runs().latest().await.unwrap().unwrap();
    assert_eq!((run.kind, run.outcome.as_deref()), (SyncKind::Delta, Some("complete")));
}

#[on_both_databases]
async fn a_stock_check_changes_price_and_stock_and_nothing_else(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let before = games(&shop).await;
    let ids: Vec<&String> = before.keys().collect();
    shop.change_product(ids[0], &json!({"name": "Renamed", "minPrice": 7, "qty": 3}))
        .await;
    shop.change_product(ids[1], &json!({"name": "Renamed too"})).await;
    shop.change_product(ids[2], &json!({"gone": true})).await;
    assert_eq!(synced(&shop, SyncKind::Stock).await.updated, 1);
    let after = games(&shop).await;
    assert_eq!(
        (after[ids[0]].facts.price, after[ids[0]].facts.copies),
        (Cents::new(714), 3)
    );
    assert_eq!(after[ids[0]].facts.title, before[ids[0]].facts.title);
    assert_eq!(
        (&after[ids[1]], &after[ids[2]]),
        (&before[ids[1]], &before[ids[2]]),
        "not its business"
    );
    // The crawl then finds what the stock check left.
    let report = synced(&shop, SyncKind::Full).await;
    assert_eq!((report.updated, report.removed), (2, 1), "{report:?}");
}

#[on_both_databases]
async fn what_the_home_page_does_not_show_does_not_touch_it(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let id = games(&shop).await.into_keys().next().unwrap();
    shop.change_product(&id, &json!({"qty": 0})).await;
    synced(&shop, SyncKind::Stock).await;
    let game = games(&shop).await.remove(&id).unwrap();
    let game = format!("game:{}", game.id);
    let from = next_touch(&shop).await;
    shop.change_product(&id, &json!({"minPrice": 33})).await;
    assert_eq!(synced(&shop, SyncKind::Stock).await.updated, 1);
    assert_eq!(touched_since(&shop, from).await, [game.clone(), "offers:*".to_owned()]);
    let from = next_touch(&shop).await;
    shop.change_product(&id, &json!({"name": "Renamed"})).await;
    assert_eq!(synced(&shop, SyncKind::Full).await.updated, 1);
    assert_eq!(touched_since(&shop, from).await, ["catalog:*".to_owned(), game.clone()]);
    shop.change_product(&id, &json!({"name": "Renamed again", "qty": 4}))
        .await;
    let from = next_touch(&shop).await;
    assert_eq!(synced(&shop, SyncKind::Full).await.updated, 1);
    assert_eq!(
        touched_since(&shop, from).await,
        ["catalog:*".to_owned(), game, "home:*".to_owned()]
    );
}

#[on_both_databases]
async fn named_products_are_asked_for_each_by_its_id(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let before = games(&shop).await;
    let ids: Vec<&String> = before.keys().collect();
    for id in &ids[..4] {
        shop.change_product(id, &json!({"minPrice": 9})).await;
    }
    shop.change_product(ids[4], &json!({"gone": true})).await;
    shop.clock.pass(Duration::from_secs(60));
    let (asked, nobody) = (requests(&shop).await, "99999999999999".to_owned());
    let order = named(SyncKind::Products, &[ids[0], ids[1], ids[1], ids[4], &nobody]);
    let report = shop.shop.sync().run(&order, "a test", &|_| true).await.unwrap();
    assert_eq!(
        (report.updated, report.removed, report.error_count),
        (2, 1, 1),
        "{report:?}"
    );
    assert_eq!(requests(&shop).await - asked, 4);
    let after = games(&shop).await;
    assert_eq!(after[ids[1]].facts.price, Cents::new(918));
    assert_eq!(after[ids[2]], before[ids[2]]);
    assert!(!after.contains_key(ids[4]));
}

#[on_both_databases]
async fn a_dry_run_prints_the_difference_and_writes_nothing(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let before = games(&shop).await;
    let ids: Vec<&String> = before.keys().collect();
    shop.change_product(ids[0], &json!({"minPrice": 7.5, "qty": 3})).await;
    shop.change_product(ids[1], &json!({"gone": true})).await;
    let prints = (fingerprint(&shop).await, shop.db.sync_runs().latest().await.unwrap());
    let dry = process(&shop, &own_folder(), &["--dry-run"], &[])
        .output()
        .await
        .unwrap();
    assert!(dry.status.success(), "{dry:?}");
    let said = String::from_utf8_lossy(&dry.stdout).into_owned();
    let old = &before[ids[0]];
    for line in [
        format!("~ {} {}", ids[0], old.facts.title),
        format!("    price: {} -> 7.65", old.facts.price),
        format!("    stock: {} -> 3", old.facts.copies),
        format!("- {} {}", ids[1], before[ids[1]].facts.title),
        "0 added, 1 changed, 1 hidden".to_owned(),
    ] {
        assert!(said.contains(&line), "{line} is missing:\n{said}");
    }
    assert_eq!(
        (fingerprint(&shop).await, shop.db.sync_runs().latest().await.unwrap()),
        prints
    );
    assert!(shop.db.leases().holder("catalogue sync").await.unwrap().is_none());
    // The same on an empty shop: everything is new.
    let empty = TestShop::open(kind).await;
    let dry = process(&empty, &own_folder(), &["--dry-run"], &[])
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&dry.stdout).into_owned();
    assert!(
        said.contains("93 added, 0 changed, 0 hidden") && said.contains(&format!("+ {} ", ids[5])),
        "{said}"
    );
    assert!(games(&empty).await.is_empty());
}

#[tokio::test]
async fn flags_that_contradict_each_other_end_with_2() {
    let folder = own_folder();
    for words in [
        ["sync", "--full", "--stock"],
        ["sync", "--delta", "--stock"],
        ["sync", "--products", "abc"],
    ] {
        let ended = program::run(&folder, &words).await;
        assert_eq!(ended.status.code(), Some(2), "{words:?}: {ended:?}");
    }
}
