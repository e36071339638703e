//! The catalogue follows its supplier: field by field, once, and through whatever the supplier does.

mod adding_up;
mod false_counts;
mod fencing;
mod fingerprints;
mod guard;
mod kills;
mod kinds;
mod known_list;
mod matched;
mod missing;
mod operators;
mod parking;
mod progress;
mod query_partitions;
mod rejected;
mod scripted;
mod seen;
mod several;
mod terms;
mod unreadable;
mod wholesaler;

use std::time::Duration;

use domain::money::{BasisPoints, Cents};
use domain::refusal::Refusal;
use serde_json::{Value, json};
use services::Error;
use testkit::{Caching, Kind, TestShop, on_both_databases, soon};

use self::seen::{Sold, cents, drift, fingerprint, games, next_touch, process, products, text, touched_since};

/// What the supplier says of a product stands in the game, field by field.
fn equals(sold: &Sold, product: &Value) {
    let (facts, offer) = (&sold.facts, &sold.offer);
    assert_eq!(
        facts.title,
        text(product, "name").split_whitespace().collect::<Vec<_>>().join(" ")
    );
    assert_eq!(offer.cost, cents(&product["minPrice"]));
    assert_eq!(offer.price, facts.price);
    assert_eq!(Some(facts.price), offer.cost.marked_up(BasisPoints::new(200)));
    assert_eq!(facts.copies, product["qty"].as_i64().unwrap());
    assert_eq!(offer.supplier_qty, facts.copies);
    assert_eq!(facts.image, text(product, "coverImage"));
    assert_eq!(json!(facts.images), product["images"]);
    assert_eq!(
        facts.release_date.as_deref().unwrap_or_default(),
        text(product, "release_date")
    );
    assert_eq!(
        facts.developer.as_deref().unwrap_or_default(),
        text(product, "developer")
    );
    assert_eq!(
        facts.publisher.as_deref().unwrap_or_default(),
        text(product, "publisher")
    );
    assert_eq!(offer.supplier_updated_at, text(product, "updated_at"));
    assert_eq!(
        facts.multiplayer,
        product["restrictions"]["pegi_online"].as_bool().unwrap()
    );
    assert_eq!(
        facts.requirements.minimal.processor,
        text(&product["requirements"]["minimal"], "reqprocessor")
    );
    assert_eq!(
        facts.requirements.recommended.memory,
        text(&product["requirements"]["recommended"], "reqmemory")
    );
    let mut categories: Vec<&str> = product["categories"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| text(c, "name"))
        .collect();
    categories.sort_unstable();
    categories.dedup();
    assert_eq!(facts.categories, categories);
    assert!(facts.genres.iter().all(|genre| categories.contains(&genre.as_str())));
    assert_eq!(
        facts.description_html.is_empty(),
        text(product, "description").is_empty()
    );
    if text(product, "region").is_empty() && text(product, "name").ends_with("GLOBAL") {
        assert_eq!(
            facts.region.as_deref(),
            Some("Global"),
            "read from the name {}",
            facts.title
        );
    }
}

#[on_both_databases]
async fn a_synced_catalogue_equals_the_suppliers(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let report = shop.sync().await;
    assert_eq!(
        (report.added, report.updated, report.removed, report.error_count),
        (93, 0, 0, 0),
        "{report:?}"
    );
    assert!(
        report.categories_created > 3 && report.genres_created > 3 && report.platforms_created > 3,
        "{report:?}"
    );
    let games = games(&shop).await;
    let products = products(&shop).await;
    assert_eq!((games.len(), products.len()), (93, 93));
    for product in &products {
        equals(&games[text(product, "id")], product);
    }
    let slugs: std::collections::HashSet<_> = games.values().map(|game| &game.slug).collect();
    assert_eq!(slugs.len(), 93, "every game has an address of its own");
}

#[on_both_databases]
async fn a_second_sync_of_an_unchanged_supplier_writes_nothing(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let before = fingerprint(&shop).await;
    shop.clock.pass(Duration::from_secs(3_600));
    let report = shop.sync().await;
    assert_eq!((report.added, report.updated, report.removed), (0, 0, 0));
    assert_eq!(
        fingerprint(&shop).await,
        before,
        "a row was written or something was touched"
    );
    let change = json!({"minPrice": 12.34});
    let id = games(&shop).await.into_keys().next().unwrap();
    shop.change_product(&id, &change).await;
    shop.clock.pass(Duration::from_secs(60));
    shop.sync().await;
    assert_ne!(fingerprint(&shop).await, before, "the fingerprint sees a change");
}

#[on_both_databases]
async fn exactly_what_changed_is_changed_and_touched(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let before = games(&shop).await;
    let id = before.keys().nth(40).unwrap().clone();
    let from = next_touch(&shop).await;
    shop.change_product(
        &id,
        &json!({"minPrice": 7.77, "qty": 3, "name": "Renamed Wonder GOG.COM Key EUROPE"}),
    )
    .await;
    shop.clock.pass(Duration::from_secs(60));
    let report = shop.sync().await;
    assert_eq!((report.added, report.updated, report.removed), (0, 1, 0));
    let after = games(&shop).await;
    let changed: Vec<_> = after
        .iter()
        .filter(|(id, game)| before[*id] != **game)
        .map(|(id, _)| id.clone())
        .collect();
    assert_eq!(changed, std::slice::from_ref(&id));
    let game = &after[&id];
    assert_eq!((game.facts.price, game.facts.copies), (Cents::new(793), 3));
    assert_eq!(game.slug, before[&id].slug, "an address never changes");
    let touched: Vec<String> = shop
        .db
        .pulse(from)
        .await
        .unwrap()
        .rows
        .iter()
        .flat_map(|row| &row.touches)
        .map(ToString::to_string)
        .collect();
    assert_eq!(touched.len(), 3, "{touched:?}");
    assert!(touched.contains(&format!("game:{}", game.id)), "{touched:?}");
}

#[on_both_databases]
async fn a_product_that_is_gone_leaves_and_comes_back(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let (id, game) = games(&shop).await.into_iter().nth(5).unwrap();
    shop.change_product(&id, &json!({"gone": true})).await;
    assert_eq!(shop.sync().await.removed, 1);
    assert_eq!(shop.get(&format!("/api/games/{}", game.id)).await.status(), 404);
    shop.change_product(&id, &json!({"gone": false})).await;
    shop.clock.pass(Duration::from_secs(60));
    assert_eq!(shop.sync().await.updated, 1);
    assert_eq!(
        shop.json(&format!("/api/games/{}", game.id)).await["data"]["slug"],
        json!(game.slug)
    );
}

#[on_both_databases]
async fn a_page_that_fails_hides_nothing(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let id = games(&shop).await.into_keys().next().unwrap();
    shop.change_product(&id, &json!({"gone": true})).await;
    // Page 1 fails for good: the sync says so, and changes nothing.
    shop.set_faults(&json!({"status": {"status": 400, "code": "BR08", "count": 1}}))
        .await;
    let refused = shop.shop.sync().catalogue("a test", &|_| true).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::SupplierFailed(_)))),
        "{refused:?}"
    );
    assert_eq!(games(&shop).await.len(), 93);
    // The lease was given back: the next sync runs, and finds what is gone.
    assert_eq!(shop.sync().await.removed, 1);
}

#[on_both_databases]
async fn one_sync_at_a_time_and_the_second_hears_who(kind: Kind) {
    let shop = TestShop::open(kind).await;
    shop.set_faults(&json!({"latencyMs": {"ms": 3_000, "count": 5}})).await;
    let first = shop.shop.clone();
    let first = tokio::spawn(async move { first.sync().catalogue("the first", &|_| true).await });
    soon("the first runs", async || {
        shop.shop.sync().state().await.unwrap().is_some()
    })
    .await;
    match shop.shop.sync().catalogue("the second", &|_| true).await {
        Err(Error::Refused(Refusal::SyncRunning(who))) => assert!(who.description.contains("the first"), "{who}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(first.await.unwrap().unwrap().added, 93);
}

#[on_both_databases]
async fn a_stopped_sync_keeps_what_it_read_and_gives_the_lease_back(kind: Kind) {
    let supplier = g2a_sandbox::Settings {
        products: 450,
        ..g2a_sandbox::Settings::default()
    };
    let shop = TestShop::with(kind, Caching::Memory, supplier).await;
    let stopped = shop
        .shop
        .sync()
        .catalogue("a test", &|progress| progress.read < 200)
        .await;
    assert!(
        matches!(stopped, Err(Error::Refused(Refusal::SyncStopped))),
        "{stopped:?}"
    );
    let kept = games(&shop).await.len();
    assert!((1..450).contains(&kept), "{kept}");
    // The next one goes on: its report is of the whole crawl.
    assert_eq!(shop.sync().await.added, 450);
    assert_eq!(games(&shop).await.len(), 450);
}

#[tokio::test]
async fn a_larger_catalogue_comes_in_batches() {
    let supplier = g2a_sandbox::Settings {
        products: 1_234,
        ..g2a_sandbox::Settings::default()
    };
    let shop = TestShop::with(testkit::Kind::Sqlite, Caching::None, supplier).await;
    let seen = std::sync::Mutex::new(Vec::new());
    let report = shop
        .shop
        .sync()
        .catalogue("a test", &|progress| {
            seen.lock().unwrap().push(progress.read);
            true
        })
        .await
        .unwrap();
    assert_eq!((report.added, report.error_count), (1_234, 0));
    let seen = seen.into_inner().unwrap();
    assert!(
        seen.len() > 3 && seen.is_sorted() && seen.last() == Some(&1_234),
        "{seen:?}"
    );
}
