//! The steps that change games.

use std::time::Duration;

use domain::id::{ProductId, SupplierName};
use domain::sync::{SyncKind, SyncOrder, SyncReport};
use serde_json::json;
use testkit::TestShop;

use super::walk::{Site, Walk};

/// What each sync writes before and after its batches.
const RUN: [Site; 3] = [
    ("services/sync/lease.rs::take_lease", "job_leases"),
    ("services/sync/record.rs::begin_run", "sync_runs"),
    ("services/sync/record.rs::end_run", "sync_runs"),
];
const BATCH: Site = ("services/sync/commit.rs::write_batch", "offers");
const CHANGED: Site = ("services/sync/commit.rs::write_changes", "offers");
const HELD: Site = ("services/sync/commit.rs::write_held", "parked_changes");
const PARKED: Site = ("services/sync/commit.rs::write_parked", "offers");
const JUDGED: Site = ("services/sync/parking.rs::judge", "sync_runs");
const DECIDED: Site = ("services/sync/parking.rs::record_acceptance", "trail_entries");
const ACCEPTED: Site = ("services/sync/parking.rs::accept_all", "sync_runs");
const MISSED: Site = ("services/sync/commit.rs::write_missed", "offers");
const LINKED: Site = ("services/offers.rs::link", "offers");
const UNLINKED: Site = ("services/offers.rs::unlink", "offers");
/// One crawl asks for so many by their ids.
const ASKED: usize = 200;

async fn sync(shop: &TestShop, order: SyncOrder) -> SyncReport {
    // Two days: the sitemap shows days.
    shop.clock.pass(Duration::from_secs(2 * 86_400));
    shop.shop.sync().run(&order, "a test", &|_| true).await.unwrap()
}

async fn products(shop: &TestShop) -> Vec<String> {
    let (offers, g2a) = (shop.db.offers(), SupplierName::g2a());
    let numbers: Vec<i64> = (1..=offers.highest_number(&g2a).await.unwrap()).collect();
    let shown = offers.numbered(&g2a, &numbers).await.unwrap();
    shown.into_iter().map(|offer| offer.product.to_string()).collect()
}

/// Every way in which a product can change, by every kind of sync.
pub(super) async fn walk(walk: &mut Walk, shop: &TestShop) {
    let first = walk
        .step(&[RUN[0], RUN[1], BATCH, RUN[2]], sync(shop, SyncKind::Full.into()))
        .await;
    assert!(first.added > ASKED as u64 && first.removed == 0, "{first:?}");
    let ids = products(shop).await;
    let changes = [
        json!({"minPrice": 12.34}),
        json!({"qty": 0}),
        json!({"qty": 17}),
        json!({"name": "Another Name Steam Key GLOBAL"}),
        // The same words at another time.
        json!({"raw": {"updated_at": "2026-11-20 01:02:03"}}),
        json!({"raw": {"requirements": {"minimal": {"reqmemory": "64 GB"}}}}),
        json!({"raw": {"categories": [{"id": "9", "name": "A new category"}], "genres": ["A new genre"]}}),
        json!({"raw": {"description": "<p>Other words</p>", "developer": "Somebody else"}}),
    ];
    for change in &changes {
        shop.change_product(&ids[0], change).await;
        walk.step(&[BATCH], sync(shop, SyncKind::Full.into())).await;
    }
    for (kind, price) in [(SyncKind::Stock, 21.5), (SyncKind::Delta, 22.5)] {
        shop.change_product(&ids[1], &json!({"minPrice": price})).await;
        walk.step(&[BATCH], sync(shop, kind.into())).await;
    }
    named(walk, shop, &ids[2]).await;
    gone_and_back(walk, shop, &ids).await;
    slipped(walk, shop, &ids).await;
    linked(walk, shop, &ids).await;
}

/// Of one product that is named the price changes; then it is gone, and back.
async fn named(walk: &mut Walk, shop: &TestShop, id: &str) {
    for (change, site) in [
        (json!({"minPrice": 23.5}), BATCH),
        (json!({"gone": true}), CHANGED),
        (json!({"gone": false}), BATCH),
    ] {
        shop.change_product(id, &change).await;
        let order = SyncOrder {
            kind: SyncKind::Products,
            supplier: SupplierName::g2a(),
            products: vec![ProductId::parse(id).unwrap()],
        };
        walk.step(&[site], sync(shop, order)).await;
    }
}

/// More are gone than a crawl asks for: what it was told of and what a second one missed too is parked, and hidden once
/// somebody accepts it. Then all come back.
async fn gone_and_back(walk: &mut Walk, shop: &TestShop, ids: &[String]) {
    let gone = &ids[..ASKED + 5];
    for id in gone {
        shop.change_product(id, &json!({"gone": true})).await;
    }
    let crawl = sync(shop, SyncKind::Full.into());
    let report = walk.step(&[HELD, MISSED, JUDGED], crawl).await;
    assert_eq!(report.removed, 0);
    walk.step(&[HELD, JUDGED], sync(shop, SyncKind::Full.into())).await;
    let report = walk.step(&[DECIDED, CHANGED, ACCEPTED], accept(shop)).await;
    assert_eq!(report.removed, gone.len() as u64);
    for id in gone {
        shop.change_product(id, &json!({"gone": false})).await;
    }
    walk.step(&[BATCH], sync(shop, SyncKind::Full.into())).await;
    assert!(products(shop).await.len() >= ids.len());
}

/// So many prices fall to a cent that they are parked; somebody accepts them.
async fn slipped(walk: &mut Walk, shop: &TestShop, ids: &[String]) {
    for id in &ids[..ASKED / 2] {
        shop.change_product(id, &json!({"minPrice": 0.01, "qty": 3})).await;
    }
    let crawl = sync(shop, SyncKind::Full.into());
    walk.step(&[BATCH, JUDGED, PARKED], crawl).await;
    walk.step(&[DECIDED, CHANGED, ACCEPTED], accept(shop)).await;
}

async fn accept(shop: &TestShop) -> SyncReport {
    let parked = shop.shop.sync().parked().await.unwrap();
    shop.shop
        .sync()
        .accept(parked[0].id, testkit::operator())
        .await
        .unwrap()
}

/// An offer becomes another game's, and then the only one of a new game.
async fn linked(walk: &mut Walk, shop: &TestShop, ids: &[String]) {
    let products: Vec<ProductId> = ids[3..5].iter().map(|id| ProductId::parse(id).unwrap()).collect();
    let known = shop.db.offers().known(&SupplierName::g2a(), &products).await.unwrap();
    let offers = shop.shop.offers();
    walk.step(&[LINKED], async {
        offers
            .link(known[0].id, known[1].game, testkit::operator())
            .await
            .unwrap()
    })
    .await;
    walk.step(&[UNLINKED], async {
        offers.unlink(known[0].id, testkit::operator()).await.unwrap()
    })
    .await;
}
