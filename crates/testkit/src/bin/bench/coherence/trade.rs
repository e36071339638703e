//! Two nodes under a shop's load: few games are requested often and many seldom, customers fill carts and buy, a sync
//! and a stock check run at the supplier's rate limit.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use domain::cart::Owner;
use domain::id::{GameId, UserId};
use domain::touch::Touch;
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::Value;
use testkit::{Kind, Redis};
use uuid::Uuid;

use crate::stage::load::{self, Connection, mix, request};
use crate::stage::process::Server;
use crate::stage::shop::{Filled, json};

const GAMES: u32 = 10_000;
/// Requests per second to each of the two nodes.
const PER_SECOND: u32 = 1_500;
/// Every game is requested in this time, and then the shop runs for as long before it is measured.
const WARM_UP: Duration = Duration::from_secs(20);
const SPAN: Duration = Duration::from_secs(60);
/// The interval of changes of carts; one in ten becomes a sale, which changes a game.
const CHANGE_EVERY: Duration = Duration::from_millis(100);
/// Calls per minute to the supplier: the shop's default.
const PACE: (&str, &str) = ("G2A_RATE_PER_MINUTE", "600");
/// The interval of changes at the supplier, and the number of products that change.
const DRIFT_EVERY: Duration = Duration::from_secs(1);
const DRIFT: u32 = 1;
const BROWSER: (&str, &str) = ("accept-encoding", "gzip, deflate, br, zstd");

/// Measures and prints.
pub(super) async fn run(supplier: &Path) -> Result<()> {
    let redis = Redis::start().await;
    let shop = Filled::new(Kind::Postgres, supplier, GAMES).await?;
    let url = redis.url();
    let settings = [
        ("REDIS_URL", &*url),
        ("LATCHKEY__SERVER__PUBLIC_URL", "http://shop.example"),
    ];
    let nodes = [shop.serve(&settings).await?, shop.serve(&settings).await?];
    tokio::time::sleep(Duration::from_secs(2)).await;
    let visitors = Visitors::of(&nodes[0]).await?;
    println!(
        "\nA shop of {GAMES} games that trades: 2 nodes, {PER_SECOND} questions a second at each, 10 changed carts and a sale a second;\n\
         {DRIFT} product changes a second, so a third of all in an hour; a sync or a stock check runs all the time, at 600 requests a minute"
    );
    // Every new process starts with a cold cache; the measurement begins after that.
    for node in &nodes {
        load::paced(node.address(), &visitors.each_game(), 200, WARM_UP, 1_000).await?;
    }
    let trading = async {
        trade(&nodes, &shop, &visitors, WARM_UP, 0).await?;
        let before = [reads(&nodes[0]).await?, reads(&nodes[1]).await?];
        let slowest = trade(&nodes, &shop, &visitors, SPAN, 1).await?;
        let after = [reads(&nodes[0]).await?, reads(&nodes[1]).await?];
        println!("  in {} s: answers' p99 at most {slowest:.1} ms", SPAN.as_secs());
        report(&before, &after);
        anyhow::Ok(())
    };
    tokio::select! {
        traded = trading => traded,
        failed = follow(&shop) => failed.map(|never| match never {}),
    }
}

/// Loads both nodes while customers buy and the supplier changes and is synced; returns the slower node's p99 in
/// milliseconds.
async fn trade(nodes: &[Server; 2], shop: &Filled, visitors: &Visitors, span: Duration, turn: u64) -> Result<f64> {
    let until = Instant::now() + span;
    let count = u64::from(PER_SECOND) * span.as_secs();
    let loads = async {
        let requests = [
            visitors.questions(turn * 2, count),
            visitors.questions(turn * 2 + 1, count),
        ];
        let (one, other) = tokio::try_join!(
            load::paced(nodes[0].address(), &requests[0], 200, span, PER_SECOND),
            load::paced(nodes[1].address(), &requests[1], 200, span, PER_SECOND),
        )?;
        anyhow::Ok(one.percentile(99).max(other.percentile(99)))
    };
    let drift = async {
        while Instant::now() < until {
            shop.supplier.drift(DRIFT).await?;
            tokio::time::sleep(DRIFT_EVERY).await;
        }
        anyhow::Ok(())
    };
    let db = shop.database.open().await;
    let sales = Database::connect(&shop.database.url).await?;
    let customers = async {
        for number in 0.. {
            if Instant::now() >= until {
                break;
            }
            let (id, slug) = &visitors.games[visitors.game(mix(turn) ^ mix(u64::try_from(number)?))];
            let is_sale = number % 10 == 0;
            if is_sale {
                let sold = format!("UPDATE games SET copies = copies + 1 WHERE slug = '{slug}'");
                sales.execute_unprepared(&sold).await?;
            }
            let mut tx = db.begin().await?;
            tx.touch(Touch::Cart(Owner::User(UserId(Uuid::from_u128(number)))));
            if is_sale {
                tx.touch(Touch::Game(GameId(id.parse()?)));
                tx.touch(Touch::Offers);
            }
            tx.commit().await?;
            db.wake_others().await?;
            tokio::time::sleep(CHANGE_EVERY).await;
        }
        anyhow::Ok(())
    };
    let (slowest, (), ()) = tokio::try_join!(loads, drift, customers)?;
    Ok(slowest)
}

/// Runs a sync and a stock check in turns, until it is dropped.
async fn follow(shop: &Filled) -> Result<Infallible> {
    loop {
        shop.sync(&["--full"], &[PACE]).await?;
        shop.sync(&["--stock"], &[PACE]).await?;
    }
}

/// What visitors can request from the shop.
struct Visitors {
    /// Ids and slugs, the most popular first.
    games: Vec<(String, String)>,
    /// The cumulative probabilities of the games.
    chances: Vec<f64>,
    lists: Vec<String>,
}

impl Visitors {
    async fn of(node: &Server) -> Result<Self> {
        let (mut games, mut genres) = (Vec::new(), Vec::new());
        for page in 1..=GAMES / 100 {
            let list = json(node, &format!("/api/games?pageSize=100&inStockOnly=false&page={page}")).await?;
            for game in list["data"]["data"].as_array().context("games")? {
                let text = |field: &str| game[field].as_str().map(str::to_owned).context("a game");
                games.push((text("id")?, text("slug")?));
            }
        }
        let options = json(node, "/api/games/filter-options").await?;
        genres.extend(
            options["data"]["genres"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned),
        );
        ensure!(!games.is_empty() && !genres.is_empty(), "an empty shop");
        // Zipf's law: the second is requested half as often as the first, the third a third as often.
        let mut sum = 0.0;
        let weights = (1..=games.len()).map(|rank| {
            sum += 1.0 / rank as f64;
            sum
        });
        let chances = weights.collect();
        let lists = "/catalogue /catalogue?page=2 /catalogue?sort=newest /api/games".split(' ');
        let mut lists: Vec<String> = lists.map(str::to_owned).collect();
        lists.extend(
            genres
                .iter()
                .map(|genre| format!("/api/games?{}", encoded("genres", genre))),
        );
        lists.extend(
            genres
                .iter()
                .map(|genre| format!("/catalogue?{}", encoded("genres", genre))),
        );
        Ok(Self { games, chances, lists })
    }

    fn each_game(&self) -> Vec<Vec<u8>> {
        let paths = self
            .games
            .iter()
            .flat_map(|(id, slug)| [format!("/api/games/{id}"), format!("/game/{slug}")]);
        paths.map(|path| request(&path, &[BROWSER])).collect()
    }

    /// The game for a random number.
    fn game(&self, dice: u64) -> usize {
        let share = (mix(dice) >> 11) as f64 / (1_u64 << 53) as f64;
        let wanted = share * self.chances.last().copied().unwrap_or_default();
        let at = self.chances.partition_point(|chance| *chance < wanted);
        at.min(self.games.len() - 1)
    }

    /// A number of requests: half of them for a game's page, a third for its JSON, the rest for lists.
    fn questions(&self, seed: u64, count: u64) -> Vec<Vec<u8>> {
        let question = |number: u64| {
            let dice = mix(mix(seed) ^ number);
            let (id, slug) = &self.games[self.game(dice)];
            let path = match dice % 12 {
                0..6 => format!("/game/{slug}"),
                6..10 => format!("/api/games/{id}"),
                10 => "/".to_owned(),
                _ => self.lists[usize::try_from(dice >> 32).unwrap_or_default() % self.lists.len()].clone(),
            };
            request(&path, &[BROWSER])
        };
        (0..count).map(question).collect()
    }
}

fn encoded(name: &str, value: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair(name, value)
        .finish()
}

/// The counters of a node: reads by kind and outcome, and the invalidation lag.
type Counted = BTreeMap<String, f64>;

async fn reads(node: &Server) -> Result<Counted> {
    let mut connection = Connection::open(node.address()).await?;
    let (status, _, body) = connection.ask(&request("/metrics", &[])).await?;
    ensure!(status == 200, "{status} for /metrics");
    let text = std::str::from_utf8(body)?;
    let wanted = |line: &&str| {
        [
            "reads_total",
            "rejected_total",
            "redis_writes_total",
            "invalidation_lag_seconds_bucket",
        ]
        .iter()
        .any(|name| line.strip_prefix("cache_").is_some_and(|line| line.starts_with(name)))
    };
    let lines = text.lines().filter(wanted).filter_map(|line| line.rsplit_once(' '));
    lines
        .map(|(name, number)| Ok((name.to_owned(), number.parse()?)))
        .collect()
}

/// The value of a label in a metric's name.
fn label<'a>(name: &'a str, label: &str) -> &'a str {
    let begin = format!("{label}=\"");
    let value = name.split_once(&*begin).and_then(|(_, rest)| rest.split_once('"'));
    value.map_or("", |(value, _)| value)
}

fn report(before: &[Counted; 2], after: &[Counted; 2]) {
    let mut grown = Counted::new();
    for (before, after) in before.iter().zip(after) {
        for (name, number) in after {
            *grown.entry(name.clone()).or_default() += number - before.get(name).copied().unwrap_or(0.0);
        }
    }
    let mut kinds: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    let (mut hits, mut all) = (0.0, 0.0);
    for (name, number) in grown.iter().filter(|(name, _)| name.starts_with("cache_reads_total")) {
        let (kind, is_hit) = (label(name, "kind"), label(name, "outcome") != "miss");
        let counted = kinds.entry(kind).or_default();
        *counted = (counted.0 + if is_hit { *number } else { 0.0 }, counted.1 + number);
        // Rows that lists are built from are not responses.
        if kind != "game row" {
            hits += if is_hit { number } else { &0.0 };
            all += number;
        }
    }
    let rate = 100.0 * hits / all;
    println!("  hit rate {rate:.3} % of {all:.0} reads (aim: above 99)");
    for (kind, (hits, all)) in kinds {
        println!("    {kind:<10} {:>8.3} % of {all:.0}", 100.0 * hits / all);
    }
    println!("  why values were not served, and what became of writes to Redis:");
    let counts = |name: &str| !name.starts_with("cache_reads") && !name.contains("_bucket");
    for (name, number) in grown.iter().filter(|(name, number)| counts(name) && **number > 0.0) {
        println!("    {name} {number:.0}");
    }
    let mut lags: Vec<(f64, f64)> = grown
        .iter()
        .filter(|(name, _)| name.starts_with("cache_invalidation_lag_seconds_bucket") && label(name, "way") == "pulse")
        .map(|(name, number)| (label(name, "le").parse().unwrap_or(f64::INFINITY), *number))
        .collect();
    lags.sort_by(|one, other| one.0.total_cmp(&other.0));
    let count = lags.last().map_or(0.0, |(_, count)| *count);
    let within = |share: f64| {
        lags.iter()
            .find(|(_, number)| *number >= share * count)
            .map_or(f64::NAN, |(bound, _)| bound * 1e3)
    };
    println!(
        "  from commit to raised slots, {count:.0} times: half of them within {:.1} ms, 99 % within {:.1} ms (aim: 20)",
        within(0.5),
        within(0.99)
    );
}
