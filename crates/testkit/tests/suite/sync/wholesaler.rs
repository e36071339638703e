//! A wholesaler's list as a second supplier: `latchkey sync --supplier`, as an operator runs it.

use std::path::{Path, PathBuf};

use domain::money::{BasisPoints, Cents};
use serde_json::Value;
use testkit::database::own_folder;
use testkit::{Kind, TestShop, on_both_databases, soon};

use super::{Sold, cents, games, process};

/// A shop of the sandbox's games and the folder of a wholesaler's list.
pub(super) struct Wholesaler {
    pub(super) shop: TestShop,
    folder: PathBuf,
}

impl Wholesaler {
    pub(super) async fn open(kind: Kind) -> Self {
        Self {
            shop: TestShop::filled(kind).await,
            folder: own_folder(),
        }
    }

    /// Syncs this list; returns the exit code, the report if there is one, and the log.
    async fn sync(&self, list: &str) -> (Option<i32>, Value, String) {
        self.sync_with(list, &[]).await
    }

    /// The same with these settings besides the usual ones: `FULFILMENT`, for example.
    pub(super) async fn sync_with(&self, list: &str, others: &[(&str, &str)]) -> (Option<i32>, Value, String) {
        let path = self.folder.join("list.csv");
        std::fs::write(&path, list).unwrap();
        let mut process = process(
            &self.shop,
            &self.folder,
            &["--supplier", "wholesaler"],
            &settings(&path),
        );
        for (name, value) in others {
            process.env(format!("LATCHKEY__SUPPLIERS__WHOLESALER__{name}"), value);
        }
        let output = process.output().await.unwrap();
        let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), report, log)
    }

    /// A game that is for sale, with all that a product is matched by.
    pub(super) async fn game(&self) -> Sold {
        let games = games(&self.shop).await;
        let found = games.into_values().find(|game| {
            let is_known = game.facts.activation_service.is_some() && game.facts.region.is_some();
            is_known && game.in_stock() && game.offer.cost > Cents::new(200)
        });
        found.unwrap()
    }

    /// Waits until customers see this price and stock.
    pub(super) async fn shows(&self, slug: &str, price: Cents, in_stock: bool) {
        let expected = format!("{price} {in_stock}");
        soon(&expected, async || {
            let answer = self.shop.get(&format!("/api/games/slug/{slug}")).await;
            let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
            let price = cents(&body["data"]["price"]);
            format!("{price} {}", body["data"]["inStock"]) == expected
        })
        .await;
    }
}

pub(super) fn settings(list: &Path) -> [(&'static str, &str); 8] {
    [
        ("LATCHKEY__SUPPLIERS__WHOLESALER__KIND", "csv"),
        ("LATCHKEY__SUPPLIERS__WHOLESALER__FULFILMENT", "by_hand"),
        ("LATCHKEY__SUPPLIERS__WHOLESALER__SOURCE", list.to_str().unwrap()),
        ("LATCHKEY__SUPPLIERS__WHOLESALER__SEPARATOR", ";"),
        ("LATCHKEY__SUPPLIERS__WHOLESALER__COLUMNS__ID", "sku"),
        ("LATCHKEY__SUPPLIERS__WHOLESALER__COLUMNS__NAME", "title"),
        ("LATCHKEY__SUPPLIERS__WHOLESALER__COLUMNS__PRICE", "net"),
        ("LATCHKEY__SUPPLIERS__WHOLESALER__COLUMNS__STOCK", "qty"),
    ]
}

pub(super) fn marked_up(cost: Cents) -> Cents {
    cost.marked_up(BasisPoints::new(200)).unwrap()
}

#[on_both_databases]
async fn its_offer_is_shown_while_it_is_the_cheapest_for_sale(kind: Kind) {
    let wholesaler = Wholesaler::open(kind).await;
    let game = wholesaler.game().await;
    let (slug, title) = (&game.slug, &game.facts.title);
    let row = |cost: Cents, qty: &str| format!("sku;title;net;qty\nA-1;{title};{cost};{qty}\n");
    let (cheap, dear) = (Cents::new(123), Cents::new(9_999_900));

    let (code, report, log) = wholesaler.sync(&row(cheap, "4")).await;
    assert_eq!((code, &report["added"]), (Some(0), &Value::from(1)), "{report} {log}");
    wholesaler.shows(slug, marked_up(cheap), true).await;
    // Sold out there, too dear there, and unreadable there: the first supplier's offer again.
    for list in [row(cheap, "0"), row(dear, "4"), row(cheap, "many")] {
        let (code, report, log) = wholesaler.sync(&list).await;
        assert_eq!(code, Some(i32::from(list.contains("many"))), "{list}: {report} {log}");
        wholesaler.shows(slug, game.facts.price, true).await;
        let (code, report, log) = wholesaler.sync(&row(cheap, "4")).await;
        assert_eq!((code, &report["updated"]), (Some(0), &Value::from(1)), "{report} {log}");
        wholesaler.shows(slug, marked_up(cheap), true).await;
    }
    // The row of an unreadable product is named by its line.
    let (_, report, _) = wholesaler.sync(&row(cheap, "many")).await;
    assert!(
        report["errors"][0]["reason"].as_str().unwrap().contains("line 2"),
        "{report}"
    );
}

#[on_both_databases]
async fn no_page_names_who_supplies_a_game(kind: Kind) {
    let wholesaler = Wholesaler::open(kind).await;
    let game = wholesaler.game().await;
    let (slug, title, product) = (&game.slug, &game.facts.title, game.offer.product.to_string());
    let (code, report, log) = wholesaler
        .sync(&format!("sku;title;net;qty\nHOUSE-77;{title};1.23;4\n"))
        .await;
    assert_eq!((code, &report["added"]), (Some(0), &Value::from(1)), "{report} {log}");
    wholesaler.shows(slug, marked_up(Cents::new(123)), true).await;
    for path in [
        format!("/game/{slug}"),
        format!("/api/games/slug/{slug}"),
        format!("/api/games/{}", game.id),
        "/catalogue".to_owned(),
        "/api/games".to_owned(),
    ] {
        let text = wholesaler.shop.page(&path).await.to_lowercase();
        assert!(
            text.contains(&title.to_lowercase()) || !path.contains("/game/"),
            "{path}"
        );
        for name in ["wholesaler", "house-77", "g2a"] {
            assert!(!text.contains(name), "{path} says {name}");
        }
        // In the API a picture's address is the one that it came from.
        let is_page = !path.starts_with("/api/");
        assert!(!is_page || !text.contains(&product), "{path} says {product}");
    }
}

#[on_both_databases]
async fn a_list_that_cannot_be_used_changes_nothing(kind: Kind) {
    let wholesaler = Wholesaler::open(kind).await;
    let game = wholesaler.game().await;
    let title = &game.facts.title;
    let whole = format!("sku;title;net;qty\nA-1;{title};1.23;4\n");
    assert_eq!(wholesaler.sync(&whole).await.0, Some(0));
    wholesaler.shows(&game.slug, marked_up(Cents::new(123)), true).await;
    for (list, named) in [
        (
            format!("sku;title;net;qty\nA-1;{title};0.99;4\nA-2;\"Never closed;1.00;1\n"),
            "line 3",
        ),
        (format!("sku;title;price;qty\nA-1;{title};0.99;4\n"), "net"),
        (String::new(), "empty"),
    ] {
        let (code, report, log) = wholesaler.sync(&list).await;
        assert_eq!((code, &report), (Some(1), &Value::Null), "{list}");
        assert!(log.contains(named), "{named} is not named: {log}");
        wholesaler.shows(&game.slug, marked_up(Cents::new(123)), true).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_supplier_that_no_setting_names_is_refused_with_those_that_there_are() {
    let wholesaler = Wholesaler::open(Kind::Sqlite).await;
    let path = wholesaler.folder.join("list.csv");
    let output = process(
        &wholesaler.shop,
        &wholesaler.folder,
        &["--supplier", "nobody"],
        &settings(&path),
    )
    .output()
    .await
    .unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{log}");
    assert!(
        log.contains("`--supplier`: expected one of g2a, wholesaler, not `nobody`"),
        "{log}"
    );
}
