//! A value found in Redis, its MAC and stamp checked, beside a plain GET and PTTL of the same bytes; and the MAC alone.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use cache::cache_metrics::{Event, Read};
use cache::{Cache, Key, Rendered, Representation};
use domain::id::GameId;
use hmac::{Hmac, KeyInit as _, Mac as _};
use redis::aio::MultiplexedConnection;
use sha2::Sha256;
use testkit::{Redis, node, soon};
use uuid::Uuid;

use super::middle;

const ROUNDS: usize = 9;
const VALUES: u32 = 500;
/// A page of 36 games as JSON, about.
const BYTES: usize = 54_000;

/// Measures and prints.
pub(super) async fn run() -> Result<()> {
    let redis = Redis::start().await;
    let settings = node::on(&redis);
    let keys: Vec<Key> = (0..VALUES)
        .map(|number| Key::Game(GameId(Uuid::from_u128(u128::from(number))), Representation::Json))
        .collect();
    let value = Rendered::new(text(), true);
    let first = node::cache(Some(settings.clone())).await;
    publish(&first);
    for key in &keys {
        first.get_or_load(key, || async { anyhow::Ok(value.clone()) }).await?;
        tokio::task::yield_now().await;
    }
    let prefix = format!("{}game:", settings.prefix);
    soon("every value lies in Redis", async || {
        redis.keys(&prefix).await.len() == keys.len()
    })
    .await;
    let places: Vec<String> = keys.iter().map(|key| format!("{}{key}", settings.prefix)).collect();
    let bytes: Vec<u8> = redis.ask(redis::cmd("GET").arg(&places[0])).await;
    let client = redis::Client::open(redis.url())?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let (mut checked, mut plain, mut mac) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        checked.push(found_by_a_new_node(node::cache(Some(settings.clone())).await, &keys).await?);
        plain.push(got(&mut connection, &places).await?);
        mac.push(authenticated(&bytes)?);
    }
    let ratios = checked.iter().zip(&plain).map(|(one, other)| one / other).collect();
    println!(
        "\nA value of {} bytes from Redis, one after the other, the middle of {ROUNDS} rounds in turns",
        bytes.len()
    );
    println!(
        "  found and checked {:.0} µs, a plain GET and PTTL {:.0} µs, ratio {:.2}; the MAC alone {:.0} µs",
        middle(checked),
        middle(plain),
        middle(ratios),
        middle(mac)
    );
    Ok(())
}

/// Something that compresses about as well as a list of games.
fn text() -> String {
    let mut text = String::with_capacity(BYTES);
    for number in 0_u32.. {
        if text.len() >= BYTES {
            break;
        }
        text += &format!(
            "{{\"id\":\"{:08x}\",\"title\":\"A game\",\"price\":19.99}}",
            number.wrapping_mul(0x9e37_79b9)
        );
    }
    text
}

fn publish(cache: &Cache) {
    cache.coherence().publish(10, "bench", 0, Instant::now());
}

fn micros_each(took: Duration, count: usize) -> f64 {
    took.as_secs_f64() * 1e6 / count as f64
}

async fn found_by_a_new_node(cache: Cache, keys: &[Key]) -> Result<f64> {
    publish(&cache);
    let begun = Instant::now();
    for key in keys {
        cache
            .get_or_load(key, || async { Err(anyhow::anyhow!("it does not lie in Redis")) })
            .await?;
    }
    let took = begun.elapsed();
    let shared = cache
        .counts()
        .into_iter()
        .find(|count| count.event == Event::Read(Read::Shared));
    ensure!(
        shared.context("a read")?.count == keys.len() as u64,
        "not all came from Redis"
    );
    Ok(micros_each(took, keys.len()))
}

async fn got(connection: &mut MultiplexedConnection, places: &[String]) -> Result<f64> {
    let begun = Instant::now();
    for place in places {
        let mut ask = redis::pipe();
        ask.get(place).pttl(place);
        let (bytes, _): (Vec<u8>, i64) = ask.query_async(connection).await?;
        black_box(bytes);
    }
    Ok(micros_each(begun.elapsed(), places.len()))
}

fn authenticated(bytes: &[u8]) -> Result<f64> {
    let begun = Instant::now();
    for _ in 0..VALUES {
        let mut mac = Hmac::<Sha256>::new_from_slice(&[7; 32])?;
        mac.update(black_box(bytes));
        black_box(mac.finalize());
    }
    Ok(micros_each(begun.elapsed(), VALUES as usize))
}
