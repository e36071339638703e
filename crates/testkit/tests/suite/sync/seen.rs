//! What a test of the catalogue sees: the shop's games, the supplier's products, what was touched.

use std::collections::BTreeMap;
use std::path::Path;

use domain::catalog::Game;
use domain::id::{GameId, SupplierName};
use domain::money::Cents;
use domain::offer::Offer;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use testkit::{TestShop, program};
use tokio::process::Command;

/// A game with the one offer that it has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sold {
    pub(super) game: Game,
    pub(super) offer: Offer,
}

impl std::ops::Deref for Sold {
    type Target = Game;

    fn deref(&self) -> &Game {
        &self.game
    }
}

/// Every game that the shop shows, by the supplier's product.
pub(super) async fn games(shop: &TestShop) -> BTreeMap<String, Sold> {
    let (offers, g2a) = (shop.db.offers(), SupplierName::g2a());
    let numbers: Vec<i64> = (1..=offers.highest_number(&g2a).await.unwrap()).collect();
    let mut all = BTreeMap::new();
    for some in numbers.chunks(1_000) {
        let shown = offers.numbered(&g2a, some).await.unwrap();
        let games: Vec<GameId> = shown.into_iter().map(|offer| offer.game).collect();
        for mut held in offers.offered(&games).await.unwrap() {
            assert_eq!(held.offers.len(), 1, "{:?}", held.offers);
            let (game, offer) = (held.game, held.offers.remove(0));
            all.insert(offer.product.to_string(), Sold { game, offer });
        }
    }
    all
}

/// `latchkey sync` in a process of its own, on this shop's database and supplier.
pub(super) fn process(shop: &TestShop, folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = program::latchkey(folder, &[&["sync", "--no-demo"], arguments].concat());
    let account = g2a_sandbox::Settings::default();
    command.envs([
        ("DATABASE_URL", shop.database.url.clone()),
        ("G2A_API_URL", format!("{}/v1", shop.sandbox.url())),
        ("G2A_CLIENT_ID", account.client_id),
        ("G2A_EMAIL", account.email),
        ("G2A_CLIENT_SECRET", account.client_secret),
        ("G2A_RATE_PER_MINUTE", "1000000".to_owned()),
    ]);
    command.envs(settings.iter().copied());
    command
}

/// The number that a touch has from now on at least. Not the pulse's lowest: that waits for every transaction of the
/// server, those of other tests' databases too.
pub(super) async fn next_touch(shop: &TestShop) -> u64 {
    let raw = shop.db.raw();
    let sql = "SELECT COALESCE(MAX(number), 0) + 1 AS next FROM touches";
    let row = raw
        .query_one_raw(Statement::from_string(raw.get_database_backend(), sql))
        .await
        .unwrap()
        .unwrap();
    u64::try_from(row.try_get::<i64>("", "next").unwrap()).unwrap()
}

/// What the touches from `from` on name, each as often as it was touched.
pub(super) async fn touched_since(shop: &TestShop, from: u64) -> Vec<String> {
    let rows = shop.db.pulse(from).await.unwrap().rows;
    let mut names: Vec<String> = rows
        .iter()
        .flat_map(|row| &row.touches)
        .map(ToString::to_string)
        .collect();
    names.sort_unstable();
    names
}

/// Moves prices and stock of `changes` products at the supplier; returns their ids.
pub(super) async fn drift(shop: &TestShop, changes: u32) -> Vec<String> {
    let answer = program::http()
        .post(format!("{}/_sandbox/drift", shop.sandbox.url()))
        .header("content-type", "application/json")
        .body(json!({"changes": changes}).to_string())
        .send()
        .await
        .unwrap();
    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let ids = answer["changed"].as_array().unwrap();
    ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// The supplier's products, read from its wire without the code under test.
pub(super) async fn products(shop: &TestShop) -> Vec<Value> {
    let ids = games(shop).await.into_keys();
    let mut all = Vec::new();
    for id in ids {
        all.push(shop.supplier(&format!("/_sandbox/products/{id}")).await);
    }
    all
}

/// How many rows the tables of the catalogue, the touches included, were given so far, and a sum over their contents.
pub(super) async fn fingerprint(shop: &TestShop) -> Vec<(i64, Option<i64>)> {
    let mut prints = Vec::new();
    for (table, sum) in [
        ("games", "SUM(updated_at + copies + price_cents)"),
        ("offers", "SUM(updated_at + supplier_qty + price_cents + observed_at)"),
        ("touches", "MAX(number)"),
        ("categories", "NULL"),
        ("game_categories", "NULL"),
        ("game_genres", "NULL"),
        ("game_platforms", "NULL"),
    ] {
        let sql = format!("SELECT COUNT(*) AS n, CAST({sum} AS BIGINT) AS s FROM {table}");
        let raw = shop.db.raw();
        let row = raw
            .query_one_raw(Statement::from_string(raw.get_database_backend(), sql))
            .await
            .unwrap()
            .unwrap();
        prints.push((row.try_get("", "n").unwrap(), row.try_get("", "s").unwrap()));
    }
    prints
}

pub(super) fn text<'a>(product: &'a Value, field: &str) -> &'a str {
    product[field].as_str().unwrap_or_default()
}

/// The cents of a JSON number, read from its text.
pub(super) fn cents(number: &Value) -> Cents {
    Cents::parse(&number.to_string()).unwrap_or_else(|| panic!("{number} is no price"))
}
