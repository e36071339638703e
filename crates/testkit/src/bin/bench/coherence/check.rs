//! A hot read with the check of its stamp, compared with a bare server and a plain GET of Redis; and the check alone.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use cache::{Cache, Key, Rendered, Representation};
use domain::id::GameId;
use testkit::{Kind, Redis};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use uuid::Uuid;

use super::middle;
use crate::stage::bare;
use crate::stage::load::{Answered, CONNECTIONS, Connection, at_once, request};
use crate::stage::process::Server;
use crate::stage::shop::{Filled, json, once, shown};

const ROUNDS: usize = 7;
const SPAN: Duration = Duration::from_secs(2);
const BROWSER: (&str, &str) = ("accept-encoding", "gzip, deflate, br, zstd");
/// Look-ups of one round.
const LOOK_UPS: u32 = 2_000_000;

/// Measures and prints.
pub(super) async fn run(supplier: &Path) -> Result<()> {
    let shop = Filled::new(Kind::Postgres, supplier, 1_000).await?;
    let checking = shop.serve(&[]).await?;
    // Before the first pulse nothing is cached.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let list = json(&checking, "/api/games").await?;
    let id = list["data"]["data"][0]["id"].as_str().context("a game")?;
    let ours = [request(&format!("/api/games/{id}"), &[BROWSER])];
    let bare = bare::server(&checking, &[("game", &ours[0])]).await?;
    let theirs = [request("/game", &[BROWSER])];
    let redis = plain_redis(&checking, &ours[0]).await?;

    let (mut with, mut limit, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        with.push(once(&checking, &ours, 200, SPAN).await?);
        limit.push(once(&bare, &theirs, 200, SPAN).await?);
        plain.push(get_from(&redis.0, &redis.1).await?);
    }
    println!("\nA hot game as JSON, {CONNECTIONS} connections, the middle of {ROUNDS} rounds in turns");
    let ratio =
        |upper: &[f64], lower: &[f64]| middle(upper.iter().zip(lower).map(|(one, other)| one / other).collect());
    let rates = |rows: &[(Answered, f64)]| -> Vec<f64> { rows.iter().map(|row| row.0.per_second()).collect() };
    let (checked, bare) = (rates(&with), rates(&limit));
    let answer = middle(limit.iter().map(|row| row.1).collect());
    let plain_rates: Vec<f64> = plain.iter().map(Answered::per_second).collect();
    for (name, mut rows) in [("the shop", with), ("bare server", limit)] {
        rows.sort_by(|one, other| one.0.per_second().total_cmp(&other.0.per_second()));
        println!("  {name:<18} {}", shown(&rows[ROUNDS / 2]));
    }
    println!("  a GET of Redis     {:>8.0}/s", middle(plain_rates.clone()));
    println!("  shop / bare    {:.3}", ratio(&checked, &bare));
    println!("  shop / GET     {:.3}", ratio(&checked, &plain_rates));
    let (look_up, check) = look_up().await?;
    println!(
        "  a look-up in the response cache takes {look_up:.1} ns, and the check alone {check:.1} ns: {:.2} % of a bare answer's processor (aim: below 5)",
        check / (answer * 10.0),
    );
    Ok(())
}

/// A Redis that holds the shop's response, and the command that reads it.
async fn plain_redis(shop: &Server, question: &[u8]) -> Result<(Redis, Vec<u8>)> {
    let mut connection = Connection::open(shop.address()).await?;
    let (_, _, body) = connection.ask(question).await?;
    let redis = Redis::start().await;
    redis.ask::<()>(redis::cmd("SET").arg("game").arg(body)).await;
    Ok((redis, b"*2\r\n$3\r\nGET\r\n$4\r\ngame\r\n".to_vec()))
}

/// Reads from a Redis over as many connections as the shop has, each as soon as its reply came.
async fn get_from(redis: &Redis, question: &[u8]) -> Result<Answered> {
    let (port, until) = (redis.port(), Instant::now() + SPAN);
    at_once(|_| {
        let question = question.to_vec();
        async move {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
            stream.set_nodelay(true)?;
            let (mut micros, mut buffer) = (Vec::with_capacity(1 << 16), Vec::with_capacity(1 << 16));
            while Instant::now() < until {
                let asked = Instant::now();
                stream.write_all(&question).await?;
                buffer.clear();
                // `$LENGTH`, the value, each followed by a line end.
                let end = loop {
                    ensure!(stream.read_buf(&mut buffer).await? > 0, "hung up");
                    if let Some(at) = memchr::memmem::find(&buffer, b"\r\n") {
                        let length: usize = std::str::from_utf8(&buffer[1..at])?.parse()?;
                        break at + 2 + length + 2;
                    }
                };
                while buffer.len() < end {
                    ensure!(stream.read_buf(&mut buffer).await? > 0, "hung up");
                }
                micros.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
            }
            Ok(micros)
        }
    })
    .await
}

/// The time of a hot look-up with its check, and of the check alone, in nanoseconds: the minimum of several rounds. The
/// check alone also hashes the touches and reads the clock, so inside a look-up it takes less.
async fn look_up() -> Result<(f64, f64)> {
    let cache = Cache::in_memory(1 << 20);
    let key = Key::Game(GameId(Uuid::from_u128(7)), Representation::Json);
    // The pulse must be recent enough for the whole round.
    let publish = || cache.coherence().publish(10, "bench", 0, Instant::now());
    publish();
    let load = || async { anyhow::Ok(Rendered::new("{}".repeat(1_000), true)) };
    let entry = cache.get_or_load(&key, load).await?;
    let responses = cache.response_cache::<()>();
    responses.put("/api/games/7", entry, (), 1_000);
    let look_up = least(publish, |begun| {
        responses.get(black_box("/api/games/7"), begun).is_some()
    })?;
    let stamp = cache.coherence().stamp().context("a stamp")?;
    let touches = key.touches();
    let check = least(publish, |_| {
        cache.coherence().admits(black_box(stamp), black_box(&touches))
    })?;
    Ok((look_up, check))
}

/// The nanoseconds of one successful `look`.
fn least(publish: impl Fn(), look: impl Fn(Instant) -> bool) -> Result<f64> {
    let mut least = f64::MAX;
    for _ in 0..ROUNDS {
        let (mut took, mut found) = (Duration::ZERO, 0);
        for _ in 0..LOOK_UPS / 10_000 {
            publish();
            let begun = Instant::now();
            for _ in 0..10_000 {
                found += u32::from(black_box(look(begun)));
            }
            took += begun.elapsed();
        }
        ensure!(found == LOOK_UPS, "the answer is not in the response cache");
        least = least.min(took.as_secs_f64() * 1e9 / f64::from(LOOK_UPS));
    }
    Ok(least)
}
