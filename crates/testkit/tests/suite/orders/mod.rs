//! Orders: bought, delivered, cancelled, refunded, seen; alone, and many at once.

mod audited;
mod bad_input;
mod bad_lists;
mod bought;
mod changed_meanwhile;
mod committed_or_not;
mod committed_together;
mod dropped;
mod ended;
mod key_or_money;
mod killed;
mod killed_at_random;
mod last_copy;
mod model;
mod one_request;
mod posted;
mod processes;
mod raced;
mod read;
mod refused;
mod refused_by_the_database;
mod revealed;
mod seen_elsewhere;
mod slow_commits;
mod taxed;
mod touched;

use domain::id::{GameId, OrderId, UserId};
use domain::money::Cents;
use domain::own_key::{KeyFormat, KeyImportId};
use domain::wallet::{WalletChange, WalletOrder};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use services::Error;
use services::accounts::Caller;
use services::orders::{CheckoutKey, CheckoutRequest, PlacedOrder};
use services::own_keys::KeyImportOrder;
use testkit::{Client, TestShop, operator};

use crate::wallets::{balance, sum_of_transactions};

/// A customer whose wallet holds something.
pub(crate) struct Buyer {
    pub(crate) client: Client,
    pub(crate) id: UserId,
    pub(crate) caller: Caller,
}

impl Buyer {
    pub(crate) async fn with(shop: &TestShop, email: &str, cents: i64) -> Self {
        let client = shop.customer(email).await;
        shop.prove_address(email).await;
        let id = client.id.unwrap();
        if cents > 0 {
            fill(shop, id, cents, email).await;
        }
        let caller = shop.shop.accounts().caller(client.token.as_deref().unwrap()).await;
        let caller = caller.unwrap();
        Self { client, id, caller }
    }

    /// Sends an order of one copy of each game.
    async fn order(&mut self, games: &[GameId]) -> testkit::Answer {
        self.client.post("/api/orders", &items(games)).await
    }
}

fn items(games: &[GameId]) -> Value {
    let items: Vec<Value> = games
        .iter()
        .map(|game| json!({ "gameId": game.to_string(), "quantity": 1 }))
        .collect();
    json!({ "items": items })
}

/// Money comes into a wallet by the hand of staff.
pub(crate) async fn fill(shop: &TestShop, user: UserId, cents: i64, reference: &str) {
    let change = WalletChange {
        order: WalletOrder::Adjust,
        amount: Cents::new(cents),
        reference: Some(format!("gift {reference}")),
    };
    shop.shop.wallets().change(user, &change, operator()).await.unwrap();
}

/// The shop holds these keys of a game, and sells each for so many cents.
pub(crate) async fn stock(shop: &TestShop, game: GameId, keys: &[&str], price: i64) -> KeyImportId {
    let rows: String = keys.iter().map(|key| format!("{game},{key},3\n")).collect();
    let file = format!("game,key,cost\n{rows}");
    let keys = shop.shop.own_keys();
    let rows = keys.rows(file.as_bytes(), KeyFormat::Csv, None).unwrap();
    let order = KeyImportOrder {
        name: "keys.csv".to_owned(),
        game: None,
        price: Some(Cents::new(price)),
    };
    let report = keys.import(&rows, &order, operator(), &mut |_: &[_]| ()).await.unwrap();
    assert_eq!(report.taken, rows.len() as u64);
    report.id
}

/// Games for sale, dearest first.
pub(crate) async fn games(shop: &TestShop, count: usize) -> Vec<GameId> {
    let ids = shop.games_for_sale(count).await;
    ids.iter().map(|id| GameId(id.parse().unwrap())).collect()
}

/// One copy of each game.
fn request(games: &[GameId], key: Option<&str>) -> CheckoutRequest {
    CheckoutRequest {
        lines: games.iter().map(|game| (*game, 1)).collect(),
        expected_total: None,
        consent: None,
        key: key.map(|key| CheckoutKey {
            route: "a test",
            key: key.to_owned(),
            render: |order| format!("{:?}", order.units.iter().map(|unit| unit.state).collect::<Vec<_>>()),
        }),
    }
}

pub(crate) async fn place(
    shop: &TestShop,
    caller: &Caller,
    games: &[GameId],
    key: Option<&str>,
) -> Result<PlacedOrder, Error> {
    shop.shop.orders().place(caller, request(games, key)).await
}

fn order_id(answer: &testkit::Answer) -> OrderId {
    OrderId(answer.data()["id"].as_str().unwrap().parse().unwrap())
}

/// Copies of a game for sale.
async fn copies(shop: &TestShop, game: GameId) -> i64 {
    shop.shop.offers().of(game).await.unwrap().game.facts.copies
}

/// Nothing of what an audit looks at is wrong, and each wallet holds what its transactions add up to.
pub(crate) async fn all_is_well(shop: &TestShop) {
    let promises = shop.shop.operations().audit_rows().await.unwrap();
    let broken: Vec<_> = promises.iter().filter(|one| one.breaches > 0).collect();
    assert!(broken.is_empty(), "{broken:?}");
    let raw = shop.db.raw();
    let wallets = "SELECT user_id FROM ledger_accounts WHERE kind = 'wallet'";
    let wallets = Statement::from_string(raw.get_database_backend(), wallets);
    let wallets = raw.query_all_raw(wallets).await.unwrap();
    assert!(!wallets.is_empty(), "everybody has a wallet");
    for wallet in wallets {
        let owner = UserId(wallet.try_get("", "user_id").unwrap());
        assert_eq!(balance(shop, owner).await, sum_of_transactions(shop, owner).await);
    }
}
