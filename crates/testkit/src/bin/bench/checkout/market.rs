//! A shop with own keys of many games, and customers with money who buy a copy at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use domain::id::GameId;
use domain::money::Cents;
use domain::order::Order;
use domain::own_key::KeyFormat;
use domain::wallet::{WalletChange, WalletOrder};
use services::Shop;
use services::accounts::Caller;
use services::orders::{CheckoutKey, CheckoutRequest, OrderRules};
use services::own_keys::KeyImportOrder;
use storage::{Db, Options};
use testkit::{Kind, TestShop, operator};

use super::{CLIENTS, by_all_clients};

/// Games of which keys are sold; the first is the hot one.
pub(crate) const GAMES: usize = 40;
/// What a key costs, below every supplier's price.
pub(crate) const PRICE: i64 = 100;
/// What a key cost the shop.
pub(crate) const COST: i64 = 3;
/// No two clients buy for the same customer.
const CUSTOMERS_OF_A_CLIENT: usize = 64;
/// More from one address are refused.
const REGISTERED_IN_AN_HOUR: usize = 50;
const MONEY: i64 = 100_000_000;
/// Connections of the shop and of the scripts.
pub(crate) const CONNECTIONS: u32 = 16;
/// Rows of one import.
const IMPORTED_AT_ONCE: usize = 20_000;

pub(crate) struct Market {
    pub(crate) test: TestShop,
    shop: Shop,
    pub(crate) games: Vec<GameId>,
    pub(crate) customers: Vec<Caller>,
    orders: AtomicU64,
}

impl Market {
    /// `keys` of each game, and so many more of the first.
    pub(crate) async fn open(kind: Kind, keys: u64, hot: u64) -> Result<Arc<Self>> {
        let mut test = TestShop::filled(kind).await;
        test.db = Db::open(
            &test.database.url,
            Options {
                connections_max: CONNECTIONS,
            },
        )
        .await?;
        let rules = OrderRules {
            per_hour: u32::MAX,
            ..OrderRules::default()
        };
        let shop = test.selling_under(rules);
        let games: Vec<GameId> = test
            .games_for_sale(GAMES)
            .await
            .iter()
            .map(|id| Ok(GameId(id.parse()?)))
            .collect::<Result<_>>()?;
        let market = Self {
            customers: customers(&test).await?,
            orders: AtomicU64::new(0),
            test,
            shop,
            games,
        };
        market.stock(keys, hot).await?;
        Ok(Arc::new(market))
    }

    async fn stock(&self, keys: u64, hot: u64) -> Result<()> {
        let of_game = |at: usize| if at == 0 { keys + hot } else { keys };
        let rows: Vec<String> = (self.games.iter().enumerate())
            .flat_map(|(at, game)| (0..of_game(at)).map(move |n| format!("{game},BENCH-{at}-{n:06},{}", cents(COST))))
            .collect();
        let own_keys = self.shop.own_keys();
        for some in rows.chunks(IMPORTED_AT_ONCE) {
            let file = format!("game,key,cost\n{}\n", some.join("\n"));
            let rows = own_keys.rows(file.as_bytes(), KeyFormat::Csv, None)?;
            let order = KeyImportOrder {
                name: "keys.csv".to_owned(),
                game: None,
                price: Some(Cents::new(PRICE)),
            };
            let report = own_keys.import(&rows, &order, operator(), &mut |_: &[_]| ()).await?;
            ensure!(report.taken == some.len() as u64, "{report:?}");
        }
        Ok(())
    }

    /// Statements that the shop has sent.
    pub(crate) fn statements(&self) -> u64 {
        self.test.db.statements()
    }

    /// One copy of each of these games, with an idempotency key of its own.
    pub(crate) async fn order(&self, customer: &Caller, games: &[GameId]) -> Result<()> {
        let number = self.orders.fetch_add(1, Ordering::Relaxed);
        let request = CheckoutRequest {
            lines: games.iter().map(|game| (*game, 1)).collect(),
            expected_total: None,
            consent: None,
            key: Some(CheckoutKey {
                route: "bench",
                key: number.to_string(),
                render: body,
            }),
        };
        let placed = self.shop.orders().place(customer, request).await?;
        ensure!(!placed.is_repeated && placed.body.is_some(), "not delivered");
        Ok(())
    }

    /// So many orders by all clients at once; `game` names the game of each.
    pub(crate) async fn buy(self: &Arc<Self>, orders: u64, game: fn(usize) -> usize) -> Result<()> {
        let market = Arc::clone(self);
        by_all_clients(orders, move |client, number| {
            let market = Arc::clone(&market);
            async move {
                let game = market.games[game(number)];
                market.order(market.customer(client, number), &[game]).await
            }
        })
        .await
    }

    /// The customer for whom a client buys next.
    pub(crate) fn customer(&self, client: usize, number: usize) -> &Caller {
        &self.customers[client * CUSTOMERS_OF_A_CLIENT + number % CUSTOMERS_OF_A_CLIENT]
    }

    /// What the shop and the scripts wrote breaks no promise.
    pub(crate) async fn audit(&self) -> Result<()> {
        let promises = self.shop.operations().audit_rows().await?;
        let broken: Vec<_> = promises.iter().filter(|one| one.breaches > 0).collect();
        ensure!(broken.is_empty(), "{broken:?}");
        Ok(())
    }
}

/// As long as the API's answer for an order of one copy.
pub(crate) fn body(order: &Order) -> String {
    format!("{:?}", order.units)
}

fn cents(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

async fn customers(test: &TestShop) -> Result<Vec<Caller>> {
    let mut customers = Vec::new();
    for n in 0..CLIENTS * CUSTOMERS_OF_A_CLIENT {
        if n % REGISTERED_IN_AN_HOUR == REGISTERED_IN_AN_HOUR - 1 {
            test.clock.pass(Duration::from_secs(3_600));
        }
        let email = format!("customer{n}@example.org");
        let client = test.customer(&email).await;
        test.prove_address(&email).await;
        let change = WalletChange {
            order: WalletOrder::Adjust,
            amount: Cents::new(MONEY),
            reference: Some(email),
        };
        let user = client.id.context("an account")?;
        test.shop.wallets().change(user, &change, operator()).await?;
        let token = client.token.context("a token")?;
        customers.push(test.shop.accounts().caller(&token).await?);
    }
    Ok(customers)
}
