//! The memory of a shop of 100,000 games after a mixed load, and its processor time when idle.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use testkit::Kind;

use crate::read::Questions;
use crate::stage::load::{load, mix, request};
use crate::stage::process::Server;
use crate::stage::shop::{Filled, json};
use crate::stage::supplier::{megabytes, program};

const PRODUCTS: u32 = 100_000;
const SPAN: Duration = Duration::from_secs(60);
/// More requests than can be answered in that time.
const REQUESTS: u64 = 400_000;
/// A shop is idle when nothing was requested for a while.
const PAUSE: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(60);
const BROWSER: (&str, &str) = ("accept-encoding", "gzip, deflate, br, zstd");

/// Measures and prints; with a number, at so many games.
pub(crate) async fn run(arguments: &[String]) -> Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let products = arguments.first().and_then(|argument| argument.parse().ok());
    let products = products.unwrap_or(PRODUCTS);
    let supplier = program()?;
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let filled = Filled::new(kind, &supplier, products).await?;
        let shop = filled.serve(&[]).await?;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let requests = mixed(&shop).await?;
        println!("\n{kind:?}, {products} games (aims: at most 250 MB, and 0.5 % of a core when idle)");
        println!("  resident memory: {:>6.1} MB after the first lists", resident(&shop)?);
        let answered = load(shop.address(), &requests, 200, SPAN).await?;
        println!(
            "  resident memory: {:>6.1} MB after {} mixed requests, {:.1} MB at its peak",
            resident(&shop)?,
            answered.count(),
            megabytes(shop.kilobytes("VmHWM")?)
        );
        let index = gauge(&shop, "search_index_bytes").await?;
        let cached = gauge(&shop, "cache_memory_bytes").await?;
        println!(
            "  of that: search index {:.1} MB, cached views and games {:.1} MB",
            index / 1_048_576.0,
            cached / 1_048_576.0
        );
        tokio::time::sleep(PAUSE).await;
        let (before, begun) = (shop.processor_time()?, Instant::now());
        tokio::time::sleep(IDLE).await;
        let took = shop.processor_time()?.saturating_sub(before);
        println!(
            "  idle: {:.2} % of a core, {:.1} MB",
            100.0 * took.as_secs_f64() / begun.elapsed().as_secs_f64(),
            resident(&shop)?
        );
    }
    Ok(())
}

fn resident(shop: &Server) -> Result<f64> {
    Ok(megabytes(shop.kilobytes("VmRSS")?))
}

/// A metric without labels.
async fn gauge(shop: &Server, name: &str) -> Result<f64> {
    let mut connection = crate::stage::load::Connection::open(shop.address()).await?;
    let (_, _, body) = connection.ask(&request("/metrics", &[])).await?;
    let text = String::from_utf8_lossy(body);
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.context("the metric")?.parse().context("a number")
}

/// What the visitors of a shop request: pages and JSON of popular games often and of all games seldom, filters, searches,
/// random price ranges, suggestions, and now and then the home page and the sitemap.
async fn mixed(shop: &Server) -> Result<Vec<Vec<u8>>> {
    let options = json(shop, "/api/games/filter-options").await?;
    let (mut pages, mut games) = (Vec::new(), Vec::new());
    for page in 1..=100 {
        let list = json(shop, &format!("/api/games?pageSize=100&page={}", page * 9)).await?;
        for game in list["data"]["data"].as_array().into_iter().flatten() {
            let text = |field: &str| game[field].as_str().map(str::to_owned);
            games.extend(text("id").zip(text("slug")));
        }
        if page <= 20 {
            pages.push(list);
        }
    }
    let questions = Questions::of(&options, &pages)?;
    let count = games.len() as u64;
    let path = |number: u64| {
        let dice = mix(number);
        // One in four of the games is one of a hundred.
        let game = if dice.is_multiple_of(4) {
            mix(dice) % 100
        } else {
            mix(dice) % count
        };
        let (id, slug) = &games[usize::try_from(game).unwrap_or_default() % games.len()];
        match dice % 20 {
            0..=4 => format!("/game/{slug}"),
            5..=8 => format!("/api/games/{id}"),
            9..=11 => format!("/catalogue?{}", questions.query(number)),
            12..=14 => format!("/api/games?{}", questions.query(number)),
            15..=16 => format!(
                "/api/games?minPrice={}&maxPrice={}",
                number % 40,
                40 + mix(number) % 1_000
            ),
            17 => format!("/api/games/autocomplete?q={}", questions.typed(number)),
            18 => "/".to_owned(),
            _ => format!("/api/games/{id}/similar"),
        }
    };
    Ok((0..REQUESTS).map(|number| request(&path(number), &[BROWSER])).collect())
}
