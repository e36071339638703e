//! What cannot be read is not sold: of every field and form, by every kind of sync, until it can be read again.

use std::time::Duration;

use domain::catalog::Game;
use domain::id::ProductId;
use domain::money::Cents;
use domain::sync::{SyncKind, SyncOrder, SyncReport};
use gateways::supplier::PriceField;
use serde_json::{Value, json};
use testkit::database::own_folder;
use testkit::{Kind, TestShop, on_both_databases};

use super::{fingerprint, games, next_touch, process, touched_since};

/// Every form of a price and of a stock that nobody can read or believe; the last two of both.
fn forms() -> Vec<Value> {
    vec![
        json!({"minPrice": 0}),
        json!({"minPrice": -1}),
        json!({"minPrice": null}),
        json!({"minPrice": "9.99"}),
        json!({"minPrice": "free"}),
        json!({"minPrice": 19.985}),
        json!({"minPrice": [5]}),
        json!({"qty": -1}),
        json!({"qty": null}),
        json!({"qty": "7"}),
        json!({"qty": 1.5}),
        json!({"qty": 0, "minPrice": 0}),
        json!({"qty": -1, "minPrice": null}),
    ]
}

async fn run(shop: &TestShop, kind: SyncKind) -> SyncReport {
    shop.clock.pass(Duration::from_secs(60));
    let products = match kind {
        SyncKind::Products => games(shop).await.keys().filter_map(|id| ProductId::parse(id)).collect(),
        _ => Vec::new(),
    };
    let order = SyncOrder {
        products,
        ..kind.into()
    };
    shop.shop.sync().run(&order, "a test", &|_| true).await.unwrap()
}

async fn assert_page_stays(shop: &TestShop, game: &Game) {
    let answer = shop.get(&format!("/game/{}", game.slug)).await;
    assert_eq!(answer.status(), 200, "{}", game.slug);
}

/// A number as it is written.
fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn assert_sold_out(was: &Game, is: &Game, raw: &Value) {
    assert_eq!((is.facts.copies, is.in_stock(), is.hidden), (0, false, false), "{raw}");
    assert_eq!(
        (is.facts.price, &is.slug, &is.facts.title),
        (was.facts.price, &was.slug, &was.facts.title)
    );
}

/// Makes products unreadable, syncs, and makes them readable again.
async fn not_sold_until_it_is_readable(kind: Kind, sync: SyncKind) {
    let shop = TestShop::filled(kind).await;
    if sync == SyncKind::Delta {
        // The first knows no time to begin at and is a crawl.
        run(&shop, sync).await;
    }
    let before = games(&shop).await;
    let in_stock: Vec<&String> = before
        .iter()
        .filter(|(_, game)| game.in_stock())
        .map(|(id, _)| id)
        .collect();
    let spoiled: Vec<(&String, Value)> = in_stock.into_iter().zip(forms()).collect();
    for (id, raw) in &spoiled {
        assert_page_stays(&shop, &before[*id]).await;
        shop.change_product(id, &json!({"raw": raw})).await;
    }
    let from = next_touch(&shop).await;
    let report = run(&shop, sync).await;
    let count = spoiled.len() as u64;
    assert_eq!(
        (report.updated, report.removed, report.error_count),
        (count, 0, count),
        "{report:?}"
    );
    let touched = touched_since(&shop, from).await;
    let after = games(&shop).await;
    for (id, raw) in &spoiled {
        let (was, is) = (&before[*id], &after[*id]);
        assert_sold_out(was, is, raw);
        assert!(touched.contains(&format!("game:{}", is.id)), "{raw}");
        let reason = report.errors.iter().find(|error| error.product_id.as_ref() == Some(id));
        let reason = &reason.unwrap_or_else(|| panic!("{raw}: {report:?}")).reason;
        let names_it = ["minPrice", "price", "qty"].iter().any(|field| reason.contains(field));
        assert!(names_it, "{reason}");
        assert_page_stays(&shop, is).await;
    }
    assert!(touched.contains(&"offers:*".to_owned()), "{touched:?}");
    for (id, game) in after
        .iter()
        .filter(|(id, _)| !spoiled.iter().any(|(other, _)| other == id))
    {
        assert_eq!(game, &before[id], "its neighbour cannot be read");
    }
    // The same again writes nothing, and is told again.
    let (print, from) = (fingerprint(&shop).await, next_touch(&shop).await);
    let again = run(&shop, sync).await;
    assert_eq!((again.updated, again.error_count), (0, count), "{again:?}");
    assert_eq!(
        (fingerprint(&shop).await, touched_since(&shop, from).await),
        (print, Vec::new())
    );
    // And what can be read is sold again, also where it is word for word what the shop held before.
    for (id, _) in &spoiled {
        shop.change_product(id, &json!({"raw": {}})).await;
    }
    let report = run(&shop, sync).await;
    assert_eq!((report.updated, report.error_count), (count, 0), "{report:?}");
    for (id, game) in games(&shop).await {
        let was = &before[&id].facts;
        assert_eq!((game.facts.price, game.facts.copies), (was.price, was.copies), "{id}");
    }
}

#[on_both_databases]
async fn a_crawl_sells_out_what_it_cannot_read_until_it_can(kind: Kind) {
    not_sold_until_it_is_readable(kind, SyncKind::Full).await;
}

#[on_both_databases]
async fn a_delta_sync_sells_out_what_it_cannot_read_until_it_can(kind: Kind) {
    not_sold_until_it_is_readable(kind, SyncKind::Delta).await;
}

#[on_both_databases]
async fn a_stock_check_sells_out_what_it_cannot_read_until_it_can(kind: Kind) {
    not_sold_until_it_is_readable(kind, SyncKind::Stock).await;
}

#[on_both_databases]
async fn an_answer_by_id_sells_out_what_it_cannot_read_until_it_can(kind: Kind) {
    not_sold_until_it_is_readable(kind, SyncKind::Products).await;
}

/// A product whose words come back exactly as they were is read again, though a fingerprint of them was once noted.
#[on_both_databases]
async fn words_that_come_back_after_unreadable_ones_are_read_again(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let before = games(&shop).await;
    let id = before
        .iter()
        .find(|(_, game)| game.in_stock())
        .map(|(id, _)| id)
        .unwrap();
    let pinned = json!({"updated_at": "2026-01-02 03:04:05", "minPrice": 5, "qty": 3});
    shop.change_product(id, &json!({"raw": pinned})).await;
    assert_eq!(run(&shop, SyncKind::Full).await.updated, 1);
    shop.change_product(
        id,
        &json!({"raw": {"updated_at": "2026-01-02 03:04:05", "minPrice": -5, "qty": 3}}),
    )
    .await;
    run(&shop, SyncKind::Full).await;
    assert!(!games(&shop).await[id].in_stock());
    shop.change_product(id, &json!({"raw": pinned})).await;
    assert_eq!(run(&shop, SyncKind::Full).await.updated, 1);
    assert_eq!(games(&shop).await[id].facts.copies, 3);
}

#[on_both_databases]
async fn what_was_never_readable_is_not_added_and_a_product_without_a_name_is_not_sold(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let (unread, nameless) = ("10000000024005", "10000000025014");
    shop.change_product(unread, &json!({"raw": {"minPrice": "dear"}})).await;
    let report = shop.sync().await;
    assert_eq!((report.added, report.error_count), (92, 1), "{report:?}");
    let before = games(&shop).await;
    assert!(!before.contains_key(unread));
    shop.change_product(nameless, &json!({"raw": {"name": null, "qty": 5}}))
        .await;
    run(&shop, SyncKind::Full).await;
    let after = &games(&shop).await[nameless];
    assert_eq!(
        (&after.facts.title, after.in_stock()),
        (&before[nameless].facts.title, false)
    );
    assert_page_stays(&shop, after).await;
}

#[on_both_databases]
async fn an_artefact_of_a_binary_float_is_the_nearest_cent(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let ids: Vec<String> = games(&shop).await.into_keys().take(2).collect();
    for (id, price) in ids
        .iter()
        .zip([number("19.989999999999998"), number("19.990000000000002")])
    {
        shop.change_product(
            id,
            &json!({"raw": {"minPrice": price, "qty": 1, "retail_min_price": "12.50"}}),
        )
        .await;
    }
    let report = run(&shop, SyncKind::Full).await;
    assert_eq!(report.error_count, 0, "{report:?}");
    let after = games(&shop).await;
    assert!(ids.iter().all(|id| after[id].offer.cost == Cents::new(1_999)));
}

/// Shows what it would do, like everything else.
#[on_both_databases]
async fn a_dry_run_says_what_would_be_sold_out(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let before = games(&shop).await;
    let (id, game) = before.iter().find(|(_, game)| game.in_stock()).unwrap();
    shop.change_product(id, &json!({"raw": {"qty": -1}})).await;
    let dry = process(&shop, &own_folder(), &["--dry-run"], &[])
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&dry.stdout).into_owned();
    let stock = format!("    stock: {} -> 0", game.facts.copies);
    assert!(said.contains(&format!("~ {id} ")) && said.contains(&stock), "{said}");
    assert_eq!(&games(&shop).await[id], game);
}

#[on_both_databases]
async fn the_setting_says_which_price_is_the_cost_and_the_next_sync_follows_it(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let before = games(&shop).await;
    let retail = [("LATCHKEY__SUPPLIER__PRICE_FIELD", PriceField::RetailMinPrice.as_str())];
    let folder = own_folder();
    let changed = process(&shop, &folder, &[], &retail).output().await.unwrap();
    assert!(changed.status.success(), "{changed:?}");
    for (id, game) in games(&shop).await {
        let product = shop.supplier(&format!("/_sandbox/products/{id}")).await;
        let cost = Cents::parse(&product["retail_min_price"].to_string()).unwrap();
        assert_eq!(game.offer.cost, cost, "{id}");
        assert!(cost > before[&id].offer.cost, "{id}");
    }
    // And back: every price is written again.
    let back = process(&shop, &folder, &[], &[]).output().await.unwrap();
    assert!(back.status.success(), "{back:?}");
    for (id, game) in games(&shop).await {
        assert_eq!(game.offer.cost, before[&id].offer.cost, "{id}");
    }
}
