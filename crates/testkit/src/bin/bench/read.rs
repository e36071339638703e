//! Reads with 100,000 games: hot responses and 304s compared with a bare axum server, new filters, suggestions.

mod questions;

pub(crate) use questions::Questions;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use testkit::Kind;

use crate::stage::bare;
use crate::stage::load::{self, CONNECTIONS, Connection, request};
use crate::stage::process::Server;
use crate::stage::shop::{Filled, json, once, shown};
use crate::stage::supplier::program;

const PRODUCTS: u32 = 100_000;
/// How often, alternating with the comparison, and how long each row is measured.
const ROUNDS: usize = 3;
const SPAN: Duration = Duration::from_secs(3);
/// More new queries than can be answered in that time.
const QUESTIONS: u64 = 200_000;
/// New queries per second that two cores can answer, with the load generator beside them.
const BEARABLE: u32 = 200;
const BROWSER: (&str, &str) = ("accept-encoding", "gzip, deflate, br, zstd");

/// Measures and prints; with a number, with so many games. `hot` and `new` measure one half only.
pub(crate) async fn run(arguments: &[String]) -> Result<()> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let products = arguments.iter().find_map(|argument| argument.parse().ok());
    let is_left_out = |half| arguments.iter().any(|argument| argument == half);
    let halves = Halves {
        hot: !is_left_out("new"),
        new: !is_left_out("hot"),
    };
    let supplier = program()?;
    for kind in [Kind::Sqlite, Kind::Postgres] {
        Box::pin(on(kind, &supplier, products.unwrap_or(PRODUCTS), halves)).await?;
    }
    Ok(())
}

/// The halves to measure.
#[derive(Clone, Copy)]
struct Halves {
    hot: bool,
    new: bool,
}

async fn on(kind: Kind, supplier: &Path, products: u32, halves: Halves) -> Result<()> {
    let filled = Filled::new(kind, supplier, products).await?;
    let shop = filled.serve(&[]).await?;
    println!("\n{kind:?}, {products} games, {CONNECTIONS} connections");
    if halves.hot {
        let hot = hot(&shop).await?;
        let rows: Vec<_> = hot.iter().map(|row| (row.file, &row.request[..])).collect();
        let bare = bare::server(&shop, &rows).await?;
        for row in &hot {
            row.measure(&shop, &bare).await?;
        }
    }
    if halves.new {
        new_questions(&shop).await?;
    }
    Ok(())
}

/// A frequent request.
struct Hot {
    name: &'static str,
    file: &'static str,
    request: Vec<u8>,
    status: u16,
}

async fn hot(shop: &Server) -> Result<Vec<Hot>> {
    // Before the first pulse nothing is cached.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let list = json(shop, "/api/games").await?;
    let game = &list["data"]["data"][0];
    let text = |field: &str| game[field].as_str().map(str::to_owned).context("a game");
    let (by_id, page) = (
        format!("/api/games/{}", text("id")?),
        format!("/game/{}", text("slug")?),
    );
    let genre = game["genres"][0].as_str().context("a genre")?;
    let filtered = format!("/api/games?genres={genre}&maxPrice=40&sort=price-asc");
    let etag = etag(shop, &page).await?;
    let hot = |name, file, path: &str| Hot {
        name,
        file,
        request: request(path, &[BROWSER]),
        status: 200,
    };
    Ok(vec![
        hot("game, JSON", "game-json", &by_id),
        hot("game, page", "game-page", &page),
        hot("filtered list, JSON", "list-json", &filtered),
        hot("home page", "home-page", "/"),
        Hot {
            name: "game, page: 304",
            file: "unchanged",
            request: request(&page, &[BROWSER, ("if-none-match", &etag)]),
            status: 304,
        },
    ])
}

async fn etag(shop: &Server, path: &str) -> Result<String> {
    let mut connection = Connection::open(shop.address()).await?;
    let (_, head, _) = connection.ask(&request(path, &[BROWSER])).await?;
    let head = String::from_utf8_lossy(head);
    let line = head.lines().find_map(|line| line.strip_prefix("etag: "));
    line.map(str::to_owned).context("an etag")
}

impl Hot {
    async fn measure(&self, shop: &Server, bare: &Server) -> Result<()> {
        let same = [request(&format!("/{}", self.file), &[BROWSER])];
        let mine = [self.request.clone()];
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            let ours = once(shop, &mine, self.status, SPAN).await?;
            let theirs = once(bare, &same, self.status, SPAN).await?;
            rounds.push((ours.0.per_second() / theirs.0.per_second(), ours, theirs));
        }
        rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (ratio, ours, theirs) = &rounds[ROUNDS / 2];
        println!("  {:<20} {}", self.name, shown(ours));
        println!("  {:<20} {}; ratio {ratio:.2}", "  bare", shown(theirs));
        Ok(())
    }
}

/// Queries that are not cached yet.
async fn new_questions(shop: &Server) -> Result<()> {
    let options = json(shop, "/api/games/filter-options").await?;
    let mut pages = Vec::new();
    for page in 1..=20 {
        pages.push(json(shop, &format!("/api/games?pageSize=100&page={}", page * 7)).await?);
    }
    let questions = Questions::of(&options, &pages)?;
    let all = |path: &str, from: u64| -> Vec<Vec<u8>> {
        let numbers = from..from + QUESTIONS;
        let query = |number| match path {
            "/api/games/autocomplete" => format!("q={}", questions.typed(number)),
            _ => questions.query(number),
        };
        numbers
            .map(|number| request(&format!("{path}?{}", query(number)), &[BROWSER]))
            .collect()
    };
    for (name, path, from) in [
        ("new list, JSON", "/api/games", 0),
        ("new list, page", "/catalogue", QUESTIONS),
        ("suggestions", "/api/games/autocomplete", 0),
    ] {
        let requests = all(path, from);
        println!("  {name:<20} {}", shown(&once(shop, &requests, 200, SPAN).await?));
        let one = load::alone(shop.address(), &requests, 200, SPAN).await?;
        let paced = load::paced(shop.address(), &all(path, from + 2 * QUESTIONS), 200, SPAN, BEARABLE).await?;
        for (how, answered) in [("  one at a time", one), ("  200 a second", paced)] {
            println!(
                "  {how:<20} {:>8.0}/s, p50 {:>6.2} ms, p99 {:>6.2} ms",
                answered.per_second(),
                answered.percentile(50),
                answered.percentile(99)
            );
        }
    }
    Ok(())
}
