//! A shop whose Redis is killed, hangs and comes back under load: no response fails, and this is the cost.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use testkit::{Kind, Redis};

use crate::stage::load::{load, request};
use crate::stage::process::Server;
use crate::stage::shop::{Filled, json};

const GAMES: u32 = 1_000;
const SPAN: Duration = Duration::from_secs(4);
/// New lists for each time the load is started: more than can be answered.
const LISTS: usize = 100_000;

/// Measures and prints.
pub(super) async fn run(supplier: &Path) -> Result<()> {
    let mut redis = Redis::start().await;
    let url = redis.url();
    let shop = Filled::new(Kind::Postgres, supplier, GAMES).await?;
    // Absent from the start: it comes back when the shop has served for a while.
    redis.kill();
    let node = shop.serve(&[("REDIS_URL", &url)]).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    println!("\nRedis comes, dies, comes back, is paused and goes on; every answer is a 200");
    println!("(three questions of four are for hot games, one for a list that nobody asked for before)");
    let mut asked = 0;
    let mut phase = async |name: &str| -> Result<()> {
        let questions = questions(&node, asked).await?;
        asked += 1;
        let answered = load(node.address(), &questions, 200, SPAN).await?;
        println!(
            "  {name:<22} {:>7.0}/s, p50 {:>6.2} ms, p99 {:>6.2} ms",
            answered.per_second(),
            answered.percentile(50),
            answered.percentile(99)
        );
        Ok(())
    };
    phase("never there").await?;
    redis.come_back(&[]).await;
    println!("  in use after {:.2} s (aim: within 2)", in_use_again(&node).await?);
    phase("there").await?;
    redis.kill();
    phase("killed").await?;
    redis.come_back(&[]).await;
    println!("  in use after {:.2} s (aim: within 2)", in_use_again(&node).await?);
    phase("there").await?;
    redis.signal("STOP");
    phase("paused").await?;
    redis.signal("CONT");
    println!("  in use after {:.2} s (aim: within 2)", in_use_again(&node).await?);
    phase("there").await
}

async fn questions(node: &Server, turn: usize) -> Result<Vec<Vec<u8>>> {
    let list = json(node, "/api/games?pageSize=100").await?;
    let games = list["data"]["data"].as_array().context("games")?;
    let ids: Option<Vec<&str>> = games.iter().map(|game| game["id"].as_str()).collect();
    let ids = ids.context("an id")?;
    let question = |number: usize| {
        let path = if number.is_multiple_of(4) {
            format!("/api/games?pageSize=10&minPrice=0.{:02}&maxPrice={}", turn, number)
        } else {
            format!("/api/games/{}", ids[number % ids.len()])
        };
        request(&path, &[])
    };
    Ok((1..LISTS).map(question).collect())
}

/// Seconds until Redis is in use again.
async fn in_use_again(node: &Server) -> Result<f64> {
    let begun = Instant::now();
    while json(node, "/api/health").await?["cache"] != "ok" {
        ensure!(begun.elapsed() < Duration::from_secs(10), "it is not used again");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(begun.elapsed().as_secs_f64())
}
