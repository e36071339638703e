//! What is absurd is parked: an empty list, too many offers gone, too many prices below half; until staff accept it.

mod prices;

use std::collections::BTreeMap;
use std::time::Duration;

use domain::money::Cents;
use domain::refusal::Refusal;
use domain::sync::{SyncKind, SyncReport};
use serde_json::{Value, json};
use services::Error;
use testkit::database::own_folder;
use testkit::{Caching, Kind, TestShop, on_both_databases};
use uuid::Uuid;

use super::{Sold, fingerprint, games, next_touch, process, touched_since};

/// More than a fifth of the 93 products of the usual sandbox.
const MANY: usize = 30;
/// No more than a run may always change.
const FEW: usize = 10;

async fn synced(shop: &TestShop, kind: SyncKind) -> SyncReport {
    shop.clock.pass(Duration::from_secs(60));
    shop.shop.sync().run(&kind.into(), "a test", &|_| true).await.unwrap()
}

/// The last run, and how it ended.
async fn last_run(shop: &TestShop) -> (Uuid, String) {
    let run = shop.db.sync_runs().latest().await.unwrap().unwrap();
    (run.id, run.outcome.unwrap())
}

async fn outcome(shop: &TestShop, run: Uuid) -> String {
    shop.db.sync_runs().get(run).await.unwrap().unwrap().outcome.unwrap()
}

async fn agrees_with_itself(shop: &TestShop) {
    let found = shop.shop.operations().audit_rows().await.unwrap();
    let broken: Vec<_> = found.iter().filter(|one| one.breaches > 0).collect();
    assert!(broken.is_empty(), "{broken:?}");
}

/// The first products that are for sale, and the prices at which the supplier has them.
fn for_sale(all: &BTreeMap<String, Sold>, count: usize) -> Vec<(String, Cents)> {
    let sold = all.iter().filter(|(_, game)| game.facts.copies > 0);
    let some: Vec<(String, Cents)> = sold
        .map(|(id, game)| (id.clone(), game.offer.cost))
        .take(count)
        .collect();
    assert_eq!(some.len(), count);
    some
}

/// A tenth of each price: what a slip of the decimal sign makes of it.
async fn slip(shop: &TestShop, products: &[(String, Cents)]) {
    for (product, cost) in products {
        let price = Cents::new((cost.get() / 10).max(1));
        set_price(shop, product, price).await;
    }
}

async fn set_price(shop: &TestShop, product: &str, price: Cents) {
    let price: Value = serde_json::from_str(&price.to_string()).unwrap();
    shop.change_product(product, &json!({"minPrice": price})).await;
}

#[on_both_databases]
async fn an_empty_list_hides_nothing_until_somebody_accepts_it(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let before = fingerprint(&shop).await;
    for sync in [SyncKind::Full, SyncKind::Stock, SyncKind::Full, SyncKind::Full] {
        shop.set_faults(&json!({"emptyList": {}})).await;
        let from = next_touch(&shop).await;
        let report = synced(&shop, sync).await;
        assert_eq!(
            (report.removed, report.updated, report.error_count),
            (0, 0, 1),
            "{report:?}"
        );
        assert!(
            report.errors[0].reason.contains("the supplier's list is empty"),
            "{report:?}"
        );
        assert_eq!(last_run(&shop).await.1, "parked");
        assert_eq!(fingerprint(&shop).await, before);
        assert_eq!(touched_since(&shop, from).await, Vec::<String>::new());
    }
    assert_eq!(
        shop.shop.sync().parked().await.unwrap().len(),
        1,
        "the later ones replace the earlier ones"
    );
    let (parked, _) = last_run(&shop).await;
    // The list is there again: nothing is left to decide.
    shop.set_faults(&json!({})).await;
    assert_eq!(synced(&shop, SyncKind::Full).await, SyncReport::default());
    assert_eq!(
        (last_run(&shop).await.1.as_str(), outcome(&shop, parked).await.as_str()),
        ("complete", "superseded")
    );
    let refused = shop.shop.sync().accept(parked, testkit::operator()).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::SyncRunNotParked(_)))),
        "{refused:?}"
    );
    // It is empty for good, and somebody says so.
    shop.set_faults(&json!({"emptyList": {}})).await;
    synced(&shop, SyncKind::Full).await;
    let (parked, _) = last_run(&shop).await;
    assert_eq!(
        shop.shop
            .sync()
            .accept(parked, testkit::operator())
            .await
            .unwrap()
            .removed,
        93
    );
    assert_eq!(
        (games(&shop).await.len(), outcome(&shop, parked).await.as_str()),
        (0, "accepted")
    );
    agrees_with_itself(&shop).await;
    let again = shop.shop.sync().accept(parked, testkit::operator()).await;
    assert!(
        matches!(again, Err(Error::Refused(Refusal::SyncRunNotParked(_)))),
        "{again:?}"
    );
    // Nothing is left that an empty list could hide.
    synced(&shop, SyncKind::Full).await;
    assert_eq!(last_run(&shop).await.1, "complete");
}

#[on_both_databases]
async fn too_many_offers_gone_are_parked(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let before = games(&shop).await;
    let gone = for_sale(&before, MANY);
    for (product, _) in &gone {
        shop.change_product(product, &json!({"gone": true})).await;
    }
    // One price fell below half: that is another kind of change, and little.
    let (cheap, cost) = for_sale(&before, MANY + 1).pop().unwrap();
    slip(&shop, &[(cheap.clone(), cost)]).await;
    let report = synced(&shop, SyncKind::Full).await;
    assert_eq!(
        (report.removed, report.updated, report.error_count),
        (0, 1, 1),
        "{report:?}"
    );
    let (parked, word) = last_run(&shop).await;
    assert_eq!(word, "parked");
    let now = games(&shop).await;
    assert_eq!(now.len(), before.len());
    for (id, _) in &gone {
        assert_eq!(now[id].facts, before[id].facts, "{id} is sold as before");
    }
    assert!(now[&cheap].facts.price < before[&cheap].facts.price);
    // One comes back before somebody decides.
    shop.change_product(&gone[0].0, &json!({"gone": false})).await;
    assert_eq!(synced(&shop, SyncKind::Stock).await.error_count, 0);
    let report = shop.shop.sync().accept(parked, testkit::operator()).await.unwrap();
    assert_eq!(report.removed, gone.len() as u64 - 1, "{report:?}");
    let now = games(&shop).await;
    assert_eq!(now.len(), before.len() - gone.len() + 1);
    assert!(now.contains_key(&gone[0].0));
    agrees_with_itself(&shop).await;
}

#[on_both_databases]
async fn what_a_stopped_crawl_held_back_is_found_again(kind: Kind) {
    let supplier = g2a_sandbox::Settings {
        products: 400,
        ..g2a_sandbox::Settings::default()
    };
    let shop = TestShop::with(kind, Caching::None, supplier).await;
    shop.sync().await;
    let some = for_sale(&games(&shop).await, FEW);
    slip(&shop, &some).await;
    shop.clock.pass(Duration::from_secs(60));
    let after_half = |progress: domain::sync::SyncProgress| progress.read < 200;
    let stopped = shop
        .shop
        .sync()
        .run(&SyncKind::Full.into(), "a test", &after_half)
        .await;
    assert!(
        matches!(stopped, Err(Error::Refused(Refusal::SyncStopped))),
        "{stopped:?}"
    );
    // A sync of another kind begins, and forgets what the crawl has not decided about.
    shop.clock.pass(Duration::from_secs(60));
    let product = domain::sync::SyncOrder {
        products: vec![domain::id::ProductId::parse(&some[0].0).unwrap()],
        ..SyncKind::Products.into()
    };
    shop.shop.sync().run(&product, "a test", &|_| true).await.unwrap();
    synced(&shop, SyncKind::Full).await;
    // The crawl that went on may have passed some before; the next one sees them.
    synced(&shop, SyncKind::Full).await;
    let now = games(&shop).await;
    for (id, cost) in &some {
        assert_eq!(now[id].offer.cost, Cents::new((cost.get() / 10).max(1)), "{id}");
    }
    agrees_with_itself(&shop).await;
}

#[on_both_databases]
async fn a_parked_run_is_told_and_accepted_on_the_command_line(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let folder = own_folder();
    let slipped = for_sale(&games(&shop).await, MANY);
    slip(&shop, &slipped).await;
    let synced = process(&shop, &folder, &[], &[]).output().await.unwrap();
    let (run, word) = last_run(&shop).await;
    assert_eq!((synced.status.code(), word.as_str()), (Some(1), "parked"));
    let told = String::from_utf8_lossy(&synced.stdout).into_owned();
    assert!(told.contains(&format!("until somebody accepts run {run}")), "{told}");
    let unknown = Uuid::nil().to_string();
    let refused = process(&shop, &folder, &["--accept", &unknown], &[])
        .output()
        .await
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("no such sync run"),
        "{refused:?}"
    );
    let accepted = process(&shop, &folder, &["--accept", &run.to_string()], &[])
        .output()
        .await
        .unwrap();
    assert!(accepted.status.success(), "{accepted:?}");
    let now = games(&shop).await;
    for (id, cost) in &slipped {
        assert_eq!(now[id].offer.cost, Cents::new((cost.get() / 10).max(1)), "{id}");
    }
    // With another limit the same is no reason to ask.
    let before = for_sale(&now, MANY);
    slip(&shop, &before).await;
    let limit = [("LATCHKEY__SYNC__HIDE_AT_MOST_PERCENT", "60")];
    let synced = process(&shop, &folder, &["--stock"], &limit).output().await.unwrap();
    assert!(synced.status.success(), "{synced:?}");
    assert_eq!(last_run(&shop).await.1, "complete");
}
