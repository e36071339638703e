//! The column `match` of a wholesaler's list: a row that names a game is an offer of it.

use domain::money::Cents;
use domain::overrides::{OverrideChange, OverrideField, OverrideValue};
use serde_json::Value;
use testkit::{Kind, on_both_databases, soon};

use super::wholesaler::{Wholesaler, marked_up};
use super::{Sold, games};

const COLUMN: [(&str, &str); 1] = [("COLUMNS__MATCH", "game")];

/// How many games are shown.
async fn total(wholesaler: &Wholesaler) -> u64 {
    let list = wholesaler.shop.json("/api/games?inStockOnly=false").await;
    list["data"]["total"].as_u64().unwrap()
}

#[on_both_databases]
async fn a_row_joins_the_game_that_it_names_and_no_other(kind: Kind) {
    let wholesaler = Wholesaler::open(kind).await;
    let alike = wholesaler.game().await;
    let mut known = games(&wholesaler.shop).await.into_values();
    let is_other = |game: &Sold| game.id != alike.id && game.in_stock() && game.offer.cost > Cents::new(200);
    let mut for_sale = || known.find(is_other).unwrap();
    let (by_slug, by_id, by_product) = (for_sale(), for_sale(), for_sale());
    let before = total(&wholesaler).await;
    let mut list = "sku;title;net;qty;game\n".to_owned();
    let (slug, id, product) = (&by_slug.slug, by_id.id, &by_product.offer.product);
    for (sku, title, named) in [
        ("A-1", "Words that no game has 1", slug.clone()),
        ("A-2", "Words that no game has 2", id.to_string()),
        ("A-3", "Words that no game has 3", product.to_string()),
        ("A-4", alike.facts.title.as_str(), "none-such".to_owned()),
    ] {
        list += &format!("{sku};{title};1.23;4;{named}\n");
    }
    let (code, report, log) = wholesaler.sync_with(&list, &COLUMN).await;
    assert_eq!((code, &report["added"]), (Some(1), &Value::from(4)), "{report} {log}");
    let errors = report["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{report}");
    assert_eq!(errors[0]["productId"], "A-4");
    assert!(
        errors[0]["reason"]
            .as_str()
            .unwrap()
            .contains("\"none-such\" names no game"),
        "{report}"
    );
    for game in [&by_slug, &by_id, &by_product] {
        wholesaler.shows(&game.slug, marked_up(Cents::new(123)), true).await;
    }
    // What names no game is a game of its own, though a game with its title stands there.
    wholesaler.shows(&alike.slug, alike.facts.price, true).await;
    soon("one game more is listed", async || {
        total(&wholesaler).await == before + 1
    })
    .await;
    // Known offers are not matched again.
    let (code, report, log) = wholesaler.sync_with(&list, &COLUMN).await;
    assert_eq!(
        (code, &report["errorCount"]),
        (Some(0), &Value::from(0)),
        "{report} {log}"
    );
}

#[on_both_databases]
async fn a_title_of_the_staff_neither_hides_nor_attracts_a_product(kind: Kind) {
    let wholesaler = Wholesaler::open(kind).await;
    let game = wholesaler.game().await;
    let ours = "Words of ours Steam Key GLOBAL";
    let change = OverrideChange {
        field: OverrideField::Title,
        value: Some(OverrideValue::Text(ours.to_owned())),
    };
    let catalog = wholesaler.shop.shop.catalog();
    catalog
        .override_fields(game.id, vec![change], testkit::operator())
        .await
        .unwrap();
    let before = total(&wholesaler).await;
    let list = format!(
        "sku;title;net;qty\nA-1;{};1.23;4\nA-2;{ours};1.11;4\n",
        game.facts.title
    );
    let (code, report, log) = wholesaler.sync_with(&list, &[]).await;
    assert_eq!((code, &report["added"]), (Some(0), &Value::from(2)), "{report} {log}");
    wholesaler.shows(&game.slug, marked_up(Cents::new(123)), true).await;
    soon("one game more is listed", async || {
        total(&wholesaler).await == before + 1
    })
    .await;
}
