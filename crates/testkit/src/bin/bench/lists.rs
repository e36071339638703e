//! Lists that were not requested before, at 100,000 games: random price range, order and page, beside a bare axum server that sends one of them.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use testkit::{Kind, TestDatabase};

use crate::stage::bare;
use crate::stage::load::{Answered, load_over, mix, request};
use crate::stage::process::Server;
use crate::stage::shop::{Filled, json};
use crate::stage::supplier::program;

const PRODUCTS: u32 = 100_000;
/// Each is measured so often in turns, for so long.
const ROUNDS: u64 = 5;
const SPAN: Duration = Duration::from_secs(3);
/// More lists than can be answered in that time.
const LISTS: u64 = 60_000;
/// Few connections measure what a list costs, many how long one waits.
const CONNECTIONS: [usize; 2] = [4, 32];
/// The furthest page.
const PAGES: u64 = 3;

/// Measures and prints. With the path of another `latchkey`, such as an older one, that is measured in turns with this one.
pub(crate) async fn run(arguments: &[String]) -> Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let supplier = program()?;
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let ours = Filled::new(kind, &supplier, PRODUCTS).await?;
        let mut shops = vec![("this", ours.serve(&[]).await?)];
        let other = match arguments.first() {
            Some(program) => {
                let empty = TestDatabase::empty(kind).await;
                Some(Filled::by(Path::new(program), empty, &supplier, PRODUCTS).await?)
            }
            None => None,
        };
        if let Some(other) = &other {
            shops.push(("other", other.serve(&[]).await?));
        }
        Box::pin(measure(kind, &shops)).await?;
    }
    Ok(())
}

async fn measure(kind: Kind, shops: &[(&str, Server)]) -> Result<()> {
    // Nothing is cached before the first pulse, and the first list waits for the search index.
    tokio::time::sleep(Duration::from_secs(2)).await;
    for (_, shop) in shops {
        json(shop, "/api/games?minPrice=1").await?;
    }
    let bare = bare::server(&shops[0].1, &[("list", &list(0))]).await?;
    let same = [request("/list", &[])];
    for connections in CONNECTIONS {
        println!("\n{kind:?}, {PRODUCTS} games, {connections} connections, the median of {ROUNDS} rounds in turns");
        let mut rounds: Vec<Vec<Row>> = Vec::new();
        for round in 0..ROUNDS {
            let mut rows = vec![Row::of(&bare, &same, connections).await?];
            let from = (round * 2 + u64::from(connections == CONNECTIONS[1])) * LISTS;
            let lists: Vec<Vec<u8>> = (from..from + LISTS).map(list).collect();
            for (_, shop) in shops {
                rows.push(Row::of(shop, &lists, connections).await?);
            }
            rounds.push(rows);
        }
        for (at, name) in std::iter::once("bare")
            .chain(shops.iter().map(|(name, _)| *name))
            .enumerate()
        {
            let figure = |of: fn(&Row) -> f64| median(rounds.iter().map(|rows| of(&rows[at])).collect());
            let ratio = |to: usize| median(rounds.iter().map(|rows| rows[at].rate() / rows[to].rate()).collect());
            let last = rounds[0].len() - 1;
            println!(
                "  {name:<6} {:>8.0}/s, p50 {:>6.2} ms, p99 {:>6.2} ms, {:>6.0} µs of processor each; {:.3} of bare, {:.2} of {}",
                figure(Row::rate),
                figure(|row| row.answered.percentile(50)),
                figure(|row| row.answered.percentile(99)),
                figure(|row| row.processor),
                ratio(0),
                ratio(last),
                if shops.len() > 1 { "the other" } else { "this" },
            );
        }
    }
    Ok(())
}

/// What was measured of one server in one round.
struct Row {
    answered: Answered,
    /// In microseconds for each response.
    processor: f64,
}

impl Row {
    async fn of(server: &Server, requests: &[Vec<u8>], connections: usize) -> Result<Self> {
        let before = server.processor_time()?;
        let answered = load_over(connections, server.address(), requests, 200, SPAN).await?;
        let took = server.processor_time()?.saturating_sub(before);
        let processor = took.as_secs_f64() * 1e6 / answered.count().max(1) as f64;
        Ok(Self { answered, processor })
    }

    fn rate(&self) -> f64 {
        self.answered.per_second()
    }
}

/// The request of list `number`: hardly ever the same as another.
fn list(number: u64) -> Vec<u8> {
    let mut state = number;
    let mut dice = |sides: u64| {
        state = mix(state.wrapping_add(0x51_7c_c1));
        state % sides
    };
    let from = dice(4_000);
    let to = from + 100 + dice(6_000);
    let order = ["popular", "newest", "price-asc", "price-desc"][usize::try_from(dice(4)).unwrap_or_default()];
    let euros = |cents: u64| format!("{}.{:02}", cents / 100, cents % 100);
    let page = 1 + dice(PAGES);
    let path = format!(
        "/api/games?minPrice={}&maxPrice={}&sort={order}&page={page}",
        euros(from),
        euros(to)
    );
    request(&path, &[])
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures
        .get(figures.len() / 2)
        .copied()
        .context("a figure")
        .unwrap_or(f64::NAN)
}
