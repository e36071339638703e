//! The scripts beside the shop: the same rows by plain SQL on the same driver, with the same durability.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, ensure};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, QueryResult,
    SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use testkit::Kind;

use super::market::{CONNECTIONS, Market, PRICE};
use super::steps::{self, Prepared, Purchase, Step, prepared};
use super::{CLIENTS, by_all_clients};

/// Orders in one commit of the grouped script on SQLite.
const TOGETHER: u64 = 16;

/// How a script groups its work.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// PostgreSQL: a statement for each step. SQLite: a commit for each transaction.
    OneEach,
    /// PostgreSQL: a statement for each transaction. SQLite: sixteen transactions in one commit.
    Together,
}

/// The scripts.
pub(crate) struct Script {
    kind: Kind,
    market: Arc<Market>,
    database: DatabaseConnection,
    checkout: Vec<(&'static str, Prepared)>,
    delivery: Vec<(&'static str, Prepared)>,
    checkout_at_once: Prepared,
    delivery_at_once: Prepared,
    orders: AtomicU64,
}

/// Each step as a statement of its own.
fn each(kind: Kind, steps: &[Step]) -> Vec<(&'static str, Prepared)> {
    let text = |step: &Step| step.text.replace("{from}", "").replace("{key}", ":key");
    steps
        .iter()
        .map(|step| (step.name, prepared(kind, &text(step))))
        .collect()
}

/// All steps as one statement; what would be wrong alone (no money, no key, no copy) breaks a rule of the tables.
fn at_once(kind: Kind, steps: &[Step]) -> Prepared {
    let from = format!(" FROM wallet, shown WHERE wallet.balance_cents >= {PRICE} AND shown.supplier_qty > 0");
    let part = |step: &Step| {
        let text = step
            .text
            .replace("{from}", &from)
            .replace("{key}", "(SELECT id FROM claimed)");
        format!("{} AS ({text})", step.name)
    };
    let parts: Vec<String> = steps.iter().map(part).collect();
    let claims = steps.iter().any(|step| step.name == "claimed");
    let last = if claims {
        "SELECT id FROM claimed"
    } else {
        "SELECT 1 AS id"
    };
    prepared(kind, &format!("WITH {} {last}", parts.join(", ")))
}

impl Script {
    pub(crate) async fn open(market: &Arc<Market>, kind: Kind) -> Result<Arc<Self>> {
        let mut options = ConnectOptions::new(&market.test.database.url);
        let connections = if kind == Kind::Sqlite { 1 } else { CONNECTIONS };
        options
            .max_connections(connections)
            .sqlx_logging(false)
            // As the shop's.
            .map_sqlx_sqlite_opts(|sqlite| {
                sqlite
                    .foreign_keys(true)
                    .pragma("synchronous", "FULL")
                    .pragma("cache_size", "-16000")
                    .pragma("wal_autocheckpoint", "4000")
                    .busy_timeout(std::time::Duration::from_secs(2))
            });
        Ok(Arc::new(Self {
            kind,
            market: Arc::clone(market),
            database: Database::connect(options).await?,
            checkout: each(kind, &steps::CHECKOUT),
            delivery: each(kind, &steps::DELIVERY),
            checkout_at_once: at_once(kind, &steps::CHECKOUT),
            delivery_at_once: at_once(kind, &steps::DELIVERY),
            orders: AtomicU64::new(1),
        }))
    }

    /// Has PostgreSQL look at its tables, as it does by itself within minutes.
    pub(crate) async fn analyse(&self) -> Result<()> {
        if self.kind == Kind::Postgres {
            self.database.execute_unprepared("ANALYZE").await?;
        }
        Ok(())
    }

    /// So many orders; `game` names the game of each.
    pub(crate) async fn run(self: &Arc<Self>, orders: u64, game: fn(usize) -> usize, grouping: Grouping) -> Result<()> {
        if self.kind == Kind::Sqlite {
            return self.alone(orders, game, grouping).await;
        }
        let script = Arc::clone(self);
        by_all_clients(orders, move |client, number| {
            let script = Arc::clone(&script);
            async move {
                let mut purchase = script.purchase(client, number, game);
                match grouping {
                    Grouping::OneEach => script.each_in_two(&mut purchase).await,
                    Grouping::Together => script.two_statements(&mut purchase).await,
                }
            }
        })
        .await
    }

    /// SQLite has one writer.
    async fn alone(&self, orders: u64, game: fn(usize) -> usize, grouping: Grouping) -> Result<()> {
        let together = match grouping {
            Grouping::OneEach => 1,
            Grouping::Together => TOGETHER,
        };
        let mut at = 0;
        while at < orders {
            let client = |n: u64| usize::try_from(n).unwrap_or_default() % CLIENTS;
            let mut purchases = Vec::new();
            for n in at..orders.min(at + together) {
                purchases.push(self.purchase(client(n), usize::try_from(n)?, game));
            }
            let tx = self.begin().await?;
            for purchase in &mut purchases {
                self.checkout(&tx, purchase).await?;
            }
            tx.commit().await?;
            let tx = self.begin().await?;
            for purchase in &purchases {
                self.deliver(&tx, purchase).await?;
            }
            tx.commit().await?;
            at += together;
        }
        Ok(())
    }

    fn purchase(&self, client: usize, at: usize, game: fn(usize) -> usize) -> Purchase {
        Purchase {
            number: self.orders.fetch_add(1, Ordering::Relaxed),
            user: self.market.customer(client, at).user.id.0,
            game: self.market.games[game(at)].0,
            now: self.market.test.shop.now().as_micros(),
            key: None,
        }
    }

    async fn begin(&self) -> Result<DatabaseTransaction> {
        let mode = (self.kind == Kind::Sqlite).then_some(SqliteTransactionMode::Immediate);
        let options = TransactionOptions {
            sqlite_transaction_mode: mode,
            ..TransactionOptions::default()
        };
        Ok(self.database.begin_with_options(options).await?)
    }

    /// Two transactions of several statements.
    async fn each_in_two(&self, purchase: &mut Purchase) -> Result<()> {
        let tx = self.begin().await?;
        self.checkout(&tx, purchase).await?;
        tx.commit().await?;
        let tx = self.begin().await?;
        self.deliver(&tx, purchase).await?;
        Ok(tx.commit().await?)
    }

    async fn checkout(&self, tx: &DatabaseTransaction, purchase: &mut Purchase) -> Result<()> {
        for (name, step) in &self.checkout {
            match *name {
                "wallet" => {
                    let row = self.row(tx, step, purchase).await?.context("no wallet")?;
                    ensure!(row.try_get::<i64>("", "balance_cents")? >= PRICE, "no money");
                }
                "shown" => {
                    let row = self.row(tx, step, purchase).await?.context("not for sale")?;
                    ensure!(row.try_get::<i64>("", "price_cents")? == PRICE, "another price");
                }
                "claimed" => {
                    let row = self.row(tx, step, purchase).await?.context("no key is free")?;
                    purchase.key = Some(row.try_get("", "id")?);
                }
                name => self.change(tx, (name, step), purchase).await?,
            }
        }
        Ok(())
    }

    async fn deliver(&self, tx: &DatabaseTransaction, purchase: &Purchase) -> Result<()> {
        for (name, step) in &self.delivery {
            self.change(tx, (name, step), purchase).await?;
        }
        Ok(())
    }

    /// Two statements, each a transaction.
    async fn two_statements(&self, purchase: &mut Purchase) -> Result<()> {
        let row = self.row(&self.database, &self.checkout_at_once, purchase).await?;
        purchase.key = Some(row.context("no key is free")?.try_get("", "id")?);
        self.row(&self.database, &self.delivery_at_once, purchase).await?;
        Ok(())
    }

    async fn row(
        &self,
        to: &impl ConnectionTrait,
        step: &Prepared,
        purchase: &Purchase,
    ) -> Result<Option<QueryResult>> {
        Ok(to.query_one_raw(statement(to, step, purchase)?).await?)
    }

    async fn change(
        &self,
        to: &impl ConnectionTrait,
        (name, step): (&str, &Prepared),
        purchase: &Purchase,
    ) -> Result<()> {
        let changed = to.execute_raw(statement(to, step, purchase)?).await?.rows_affected();
        ensure!(
            changed == if name == "sold" { 2 } else { 1 },
            "{name} changed {changed} rows"
        );
        Ok(())
    }
}

fn statement(to: &impl ConnectionTrait, step: &Prepared, purchase: &Purchase) -> Result<Statement> {
    let values: Result<Vec<_>> = step.names.iter().map(|name| purchase.value(name)).collect();
    Ok(Statement::from_sql_and_values(
        to.get_database_backend(),
        &step.text,
        values?,
    ))
}
