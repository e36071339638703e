//! A process that calls the supplier under the shared rate limit, for tests with many such processes.
//!
//! `buyer DATABASE_URL SUPPLIER_URL PER_MINUTE PRIORITY SECONDS`, where PRIORITY is `crawl` or `orders`. Prints
//! `calls N longest_ms M over_a_second S failed F` at its end.

#![expect(clippy::print_stdout, reason = "what the test that started it reads")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use g2a::{Cents, Client, Credentials, PlaceOrder, Priority, ProductQuery};
use services::SharedPace;
use storage::{Db, Options};

/// As many as a sync has under way at once.
const CRAWLERS: u32 = 4;
/// The pause between two orders.
const BETWEEN_ORDERS: Duration = Duration::from_millis(400);

#[derive(Default)]
struct Figures {
    calls: AtomicU64,
    longest_ms: AtomicU64,
    over_a_second: AtomicU64,
    failed: AtomicU64,
}

impl Figures {
    fn count(&self, begun: Instant, done: bool) {
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.longest_ms.fetch_max(ms, Ordering::Relaxed);
        self.over_a_second.fetch_add(u64::from(ms >= 1_000), Ordering::Relaxed);
        self.failed.fetch_add(u64::from(!done), Ordering::Relaxed);
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [database, supplier, per_minute, priority, seconds] = arguments.as_slice() else {
        bail!("DATABASE_URL SUPPLIER_URL PER_MINUTE PRIORITY SECONDS");
    };
    let db = Db::open(database, Options::default()).await.context("the database")?;
    let demo = g2a_sandbox::Settings::default();
    let credentials = Credentials {
        client_id: demo.client_id,
        email: demo.email,
        client_secret: demo.client_secret,
    };
    let settings = g2a::Settings::new(format!("{supplier}/v1").parse()?, credentials);
    let client = Client::new(settings, Arc::new(SharedPace::new(db, per_minute.parse()?)))?;
    let ends = Instant::now() + Duration::from_secs(seconds.parse()?);
    let figures = Arc::new(Figures::default());
    match priority.as_str() {
        "crawl" => {
            let crawlers: Vec<_> = (1..=CRAWLERS)
                .map(|page| tokio::spawn(crawl(client.clone(), page, ends, Arc::clone(&figures))))
                .collect();
            for crawler in crawlers {
                crawler.await?;
            }
        }
        "orders" => order(&client, ends, &figures).await?,
        other => bail!("no priority is named {other}"),
    }
    println!(
        "calls {} longest_ms {} over_a_second {} failed {}",
        figures.calls.load(Ordering::Relaxed),
        figures.longest_ms.load(Ordering::Relaxed),
        figures.over_a_second.load(Ordering::Relaxed),
        figures.failed.load(Ordering::Relaxed)
    );
    Ok(())
}

async fn crawl(client: Client, page: u32, ends: Instant, figures: Arc<Figures>) {
    let query = ProductQuery {
        page,
        include_out_of_stock: true,
        ..ProductQuery::default()
    };
    while Instant::now() < ends {
        let begun = Instant::now();
        let answer = client.products(&query, Priority::Crawl).await;
        figures.count(begun, answer.is_ok());
    }
}

async fn order(client: &Client, ends: Instant, figures: &Figures) -> anyhow::Result<()> {
    let page = client.products(&ProductQuery::default(), Priority::Orders).await?;
    let product = page
        .products
        .into_iter()
        .flatten()
        .next()
        .context("a product to order")?;
    while Instant::now() < ends {
        tokio::time::sleep(BETWEEN_ORDERS).await;
        let begun = Instant::now();
        let order = PlaceOrder::new(&product.id, Cents(product.min_price?.0 * 2))?;
        let done = client.place_order(order).await.done().is_some();
        figures.count(begun, done);
    }
    Ok(())
}
