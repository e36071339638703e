//! Own keys: what becomes of each row of an import, what is for sale of them, and what of them can be read where.

mod audited;
mod canary;
mod commands;
mod imported;
mod raced;
mod sold;

use domain::id::GameId;
use domain::money::Cents;
use domain::offer::Offer;
use domain::order::OrderLine;
use domain::own_key::{KeyFormat, KeyImportId};
use domain::suppliers::Suppliers;
use domain::touch::Touch;
use services::Error;
use services::own_keys::{KeyImportOrder, KeyImportReport, RowFate, UndoneImport};
use storage::own_keys::PlacedKey;
use testkit::{TestShop, operator};

/// What became of a file: the report, and each row as the command prints it.
pub(crate) type Imported = (KeyImportReport, Vec<String>);

/// Imports a file of CSV; the own offers cost so many cents, if it is said.
pub(crate) async fn import(shop: &TestShop, file: &str, price: Option<i64>) -> Result<Imported, Error> {
    let order = KeyImportOrder {
        name: "keys.csv".to_owned(),
        game: None,
        price: price.map(Cents::new),
    };
    let rows = shop.shop.own_keys().rows(file.as_bytes(), KeyFormat::Csv, None)?;
    let mut told = Vec::new();
    let mut tell = |fates: &[RowFate]| {
        told.extend(fates.iter().map(|(line, fate)| format!("{line} {fate}")));
    };
    let report = shop
        .shop
        .own_keys()
        .import(&rows, &order, operator(), &mut tell)
        .await?;
    Ok((report, told))
}

/// Imports keys of one game, each with this cost, and expects that all are taken.
async fn stock(shop: &TestShop, game: GameId, keys: &[&str], cost: &str, price: Option<i64>) -> KeyImportId {
    let rows: String = keys.iter().map(|key| format!("{game},{key},{cost}\n")).collect();
    let (report, told) = import(shop, &format!("game,key,cost\n{rows}"), price).await.unwrap();
    assert_eq!(report.taken, keys.len() as u64, "{told:?}");
    report.id
}

async fn undo(shop: &TestShop, import: KeyImportId) -> Result<UndoneImport, Error> {
    shop.shop.own_keys().undo(import, operator()).await
}

/// Games for sale, dearest first.
async fn games(shop: &TestShop, count: usize) -> Vec<GameId> {
    let ids = shop.games_for_sale(count).await;
    ids.iter().map(|id| GameId(id.parse().unwrap())).collect()
}

/// The own offer of a game, if it has one.
async fn own_offer(shop: &TestShop, game: GameId) -> Option<Offer> {
    let offers = shop.db.offers().of_games(&[game]).await.unwrap();
    offers.into_iter().find(|offer| offer.supplier.is_own())
}

/// The price in cents and the copies that customers read of a game; `None` if it is not shown.
async fn for_sale(shop: &TestShop, game: GameId) -> Option<(i64, i64)> {
    let mut guest = shop.guest();
    let answer = guest.get(&format!("/api/games/{game}")).await;
    if answer.status == 404 {
        return None;
    }
    let shown = shop.shop.offers().of(game).await.unwrap().game;
    let told = answer.data();
    let price: f64 = shown.facts.price.to_string().parse().unwrap();
    assert_eq!(told["price"].as_f64(), Some(price), "{told}");
    assert_eq!(told["inStock"], shown.facts.copies > 0, "{told}");
    Some((shown.facts.price.get(), shown.facts.copies))
}

/// Claims keys as a checkout does: the keys first, then the count of the own offer, then the game.
async fn claim(shop: &TestShop, game: GameId, copies: u32) -> Result<Vec<PlacedKey>, storage::Error> {
    let mut tx = shop.db.begin().await?;
    let line = OrderLine { game, quantity: copies };
    let keys = tx.own_keys().claim(&[line]).await?;
    let mut held = tx.offers().lock_offered(&[game]).await?.remove(0);
    let taken = i64::try_from(keys.len()).unwrap();
    if let Some(offer) = held.offers.iter_mut().find(|offer| offer.supplier.is_own()) {
        offer.supplier_qty -= taken;
        tx.offers().add_copies(&[(offer.id, -taken)]).await?;
    }
    held.settle(&Suppliers::default());
    tx.catalog().put_offered(&[&held.game], shop.shop.now()).await?;
    tx.touch(Touch::Game(game));
    tx.touch(Touch::Offers);
    let row = tx.commit().await?.touched.unwrap();
    for touch in &row.touches {
        shop.cache.coherence().raise(*touch, row.number);
    }
    Ok(keys)
}

/// The promises of an audit that are broken. These tests claim keys without an order, which is no fault here.
async fn broken(shop: &TestShop) -> Vec<&'static str> {
    let promises = shop.shop.operations().audit_rows().await.unwrap();
    let of_orders = |promise: &str| promise == "a claimed key is held by the unit that it is claimed for";
    let broken = promises
        .iter()
        .filter(|one| one.breaches > 0 && !of_orders(one.promise));
    broken.map(|one| one.promise).collect()
}

async fn run(shop: &TestShop, sql: &str) -> u64 {
    let tx = shop.db.begin().await.unwrap();
    let changed = tx.execute_for_test(sql).await.unwrap();
    tx.commit().await.unwrap();
    changed
}

/// The one number that `sql` finds.
async fn number(shop: &TestShop, sql: &str) -> i64 {
    use sea_orm::{ConnectionTrait, Statement};
    let raw = shop.db.raw();
    let statement = Statement::from_string(raw.get_database_backend(), sql);
    let found = raw.query_one_raw(statement).await.unwrap().unwrap();
    found.try_get_by_index(0).unwrap()
}

/// What an account of the ledger was debited more than credited, in cents.
async fn debited(shop: &TestShop, account: &str) -> i64 {
    let side = |side: &str| {
        format!(
            "COALESCE((SELECT CAST(SUM(t.amount_cents) AS BIGINT) FROM transfers t JOIN ledger_accounts a ON a.id = t.{side} \
             WHERE a.code = '{account}'), 0)"
        )
    };
    number(shop, &format!("SELECT {} - {}", side("debit"), side("credit"))).await
}
