//! Checkouts beside scripts that write the same rows: both databases, many games and one hot game; statements for 1 and 20 items.

mod market;
mod script;
mod steps;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use anyhow::{Result, ensure};
use testkit::Kind;
use testkit::postgres::Postgres;

use self::market::{GAMES, Market};
use self::script::{Grouping, Script};

/// Concurrent customers.
pub(crate) const CLIENTS: usize = 16;
/// Everybody is measured this often, in turns, so that whatever else the machine does slows all of them.
const ROUNDS: u64 = 3;
/// Orders of each before anything is measured.
const WARMING_UP: u64 = 400;

/// What is compared with what, and the least ratio.
struct Limit {
    name: &'static str,
    ours: f64,
    script: f64,
    least: f64,
}

/// Measures and prints; fails when a limit is missed. `sqlite` and `postgres` measure one database only.
pub(crate) async fn run(only: Option<&str>) -> Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    // On both databases a commit is on the disk, as in a shop.
    Postgres::be_durable();
    let mut missed = 0;
    for (kind, name) in [(Kind::Sqlite, "sqlite"), (Kind::Postgres, "postgres")] {
        if only.is_some_and(|only| only != name) {
            continue;
        }
        println!("\n{kind:?}, {CLIENTS} clients, {ROUNDS} rounds");
        let limits = Box::pin(compare(kind)).await?;
        for limit in limits {
            let ratio = limit.ours / limit.script;
            let verdict = if ratio >= limit.least { "kept" } else { "MISSED" };
            missed += u32::from(ratio < limit.least);
            println!(
                "  {:<44} {:>7.1}/s beside {:>7.1}/s: ratio {ratio:.2}, at least {:.1}: {verdict}",
                limit.name, limit.ours, limit.script, limit.least
            );
        }
    }
    ensure!(missed == 0, "{missed} limits were missed");
    Ok(())
}

async fn compare(kind: Kind) -> Result<Vec<Limit>> {
    let orders: u64 = match kind {
        // Each commit waits for the disk.
        Kind::Sqlite => 640,
        Kind::Postgres => 1_600,
    };
    // The shop and two scripts buy of all games, the shop and one script the hot game.
    let keys = (ROUNDS * orders + WARMING_UP) * 3 / GAMES as u64 + 10;
    let market = Market::open(kind, keys, ROUNDS * orders * 2).await?;
    constant_statements(&market).await?;
    let script = Script::open(&market, kind).await?;
    let many: fn(usize) -> usize = |at| at % GAMES;
    let (mut ours, mut one, mut grouped) = (Rate::default(), Rate::default(), Rate::default());
    let (mut hot, mut hot_script) = (Rate::default(), Rate::default());
    // In a shop that was open before: PostgreSQL has statistics of what is in its tables, and plans no longer change with each page.
    market.buy(WARMING_UP, many).await?;
    script.run(WARMING_UP, many, Grouping::OneEach).await?;
    script.run(WARMING_UP, many, Grouping::Together).await?;
    script.analyse().await?;
    for _ in 0..ROUNDS {
        ours.add(orders, || market.buy(orders, many)).await?;
        one.add(orders, || script.run(orders, many, Grouping::OneEach)).await?;
        grouped
            .add(orders, || script.run(orders, many, Grouping::Together))
            .await?;
        hot.add(orders, || market.buy(orders, |_| 0)).await?;
        hot_script
            .add(orders, || script.run(orders, |_| 0, Grouping::OneEach))
            .await?;
    }
    market.audit().await?;
    let (first, second, least) = match kind {
        Kind::Sqlite => ("one commit each", "sixteen in one commit", 0.4),
        Kind::Postgres => ("a statement for each step", "one statement for all steps", 0.5),
    };
    let limit = |name, ours: &Rate, script: &Rate, least| Limit {
        name,
        ours: ours.per_second(),
        script: script.per_second(),
        least,
    };
    Ok(vec![
        limit(first, &ours, &one, 1.0),
        limit(second, &ours, &grouped, least),
        limit("one hot game, as the first", &hot, &hot_script, 0.8),
    ])
}

/// So many orders by all clients at once: each is a task that begins its next one when the last is done. `order` is given the client
/// and the order's number.
pub(crate) async fn by_all_clients<F>(
    orders: u64,
    order: impl Fn(usize, usize) -> F + Clone + Send + 'static,
) -> Result<()>
where
    F: Future<Output = Result<()>> + Send,
{
    let next = Arc::new(AtomicU64::new(0));
    let clients = (0..CLIENTS).map(|client| {
        let (next, order) = (Arc::clone(&next), order.clone());
        tokio::spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= orders {
                    return anyhow::Ok(());
                }
                order(client, usize::try_from(number)?).await?;
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await??;
    }
    Ok(())
}

/// Orders and the seconds that they took.
#[derive(Default)]
struct Rate {
    orders: u64,
    seconds: f64,
}

impl Rate {
    async fn add<F: Future<Output = Result<()>>>(&mut self, orders: u64, work: impl FnOnce() -> F) -> Result<()> {
        let begun = Instant::now();
        work().await?;
        self.seconds += begun.elapsed().as_secs_f64();
        self.orders += orders;
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    fn per_second(&self) -> f64 {
        self.orders as f64 / self.seconds
    }
}

/// Statements of an order do not grow with its items.
async fn constant_statements(market: &Market) -> Result<()> {
    let mut counted = Vec::new();
    for items in [1, 20] {
        let before = market.statements();
        market.order(&market.customers[0], &market.games[..items]).await?;
        counted.push(market.statements() - before);
    }
    println!(
        "  statements of an order of 1 item: {}, of 20: {}",
        counted[0], counted[1]
    );
    ensure!(counted[0] == counted[1], "an order of 20 items sends more statements");
    Ok(())
}
