//! A Redis with a million values of the shop: the cost of a change does not grow with them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::touch::Touch;
use serde_json::json;
use testkit::{Kind, Redis, TestShop, on_both_databases, soon};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use super::{a_game, invalidate, lies_in, place, price};

const VALUES: u64 = 1_000_000;
/// Puts keys there that look like those of games, from one number to another.
const FILL: &str = "for number = ARGV[2], ARGV[3] do \
                    redis.call('SET', string.format('%sgame:00000000-0000-4000-8000-%012d', ARGV[1], number), 'x') end";
/// So many by one command: Redis serves nobody meanwhile.
const AT_ONCE: u64 = 5_000;
/// So many of them are meant by the pattern.
const MEANT: u64 = 99_999;
/// What was not sent by now is not sent.
const WHATEVER_ELSE_COMES: Duration = Duration::from_millis(400);

/// A million keys at a time: they need memory, and the time of a processor.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// The commands that a Redis is sent, from now on.
async fn monitor(redis: &Redis) -> Arc<Mutex<Vec<String>>> {
    let mut stream = TcpStream::connect(("127.0.0.1", redis.port())).await.unwrap();
    stream.write_all(b"MONITOR\r\n").await.unwrap();
    let mut lines = BufReader::new(stream).lines();
    assert_eq!(lines.next_line().await.unwrap().unwrap(), "+OK");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            // `+TIME [DATABASE ADDRESS] "COMMAND" "ARGUMENT"…`
            let command = line
                .split_once("] ")
                .map_or(line.clone(), |(_, command)| command.to_owned());
            noted.lock().unwrap().push(command);
        }
    });
    seen
}

/// Puts a million values there.
async fn fill(redis: &Redis, prefix: &str) {
    for from in (1..=VALUES).step_by(usize::try_from(AT_ONCE).unwrap()) {
        let mut some = ::redis::cmd("EVAL");
        some.arg(FILL).arg(0).arg(prefix).arg(from).arg(from + AT_ONCE - 1);
        redis.ask::<()>(&some).await;
    }
}

/// Those that remove or look through keys, since this was asked last.
fn removing(seen: &Mutex<Vec<String>>) -> Vec<String> {
    let all = std::mem::take(&mut *seen.lock().unwrap());
    for forbidden in ["\"KEYS\"", "\"FLUSH", "\"DEL\""] {
        assert!(
            !all.iter().any(|command| command.to_uppercase().starts_with(forbidden)),
            "{forbidden} was sent"
        );
    }
    let is_one = |command: &String| command.starts_with("\"UNLINK\"") || command.starts_with("\"SCAN\"");
    all.into_iter().filter(is_one).collect()
}

/// An operator's pattern removes what it means step by step, and Redis serves others in between: to the end, though on a busy machine the
/// operator does not wait for it.
async fn sweeps_to_the_end(shop: &TestShop, redis: &Redis, prefix: &str, seen: &Mutex<Vec<String>>) {
    let left = async || redis.ask::<u64>(&::redis::cmd("DBSIZE")).await;
    let before = left().await;
    let swept = invalidate(shop, "game:00000000-0000-4000-8000-0000000*").await;
    let swept = swept.in_redis.unwrap();
    assert!(!swept.is_complete || swept.removed == MEANT, "{swept:?}");
    soon("what it means is gone", async || left().await <= before - MEANT).await;
    let next = format!("{prefix}game:00000000-0000-4000-8000-{:012}", MEANT + 1);
    assert!(lies_in(redis, &next).await);
    let steps = removing(seen)
        .iter()
        .filter(|command| command.starts_with("\"SCAN\""))
        .count();
    assert!(steps >= 500, "{steps} steps");
}

#[on_both_databases]
async fn a_changed_game_costs_one_command_and_its_groups_none(kind: Kind) {
    let _alone = ALONE.lock().await;
    let redis = Redis::start().await;
    let shop = TestShop::before(kind, &redis).await;
    let game = a_game(&shop).await;
    let prefix = &shop.redis.as_ref().unwrap().prefix;
    fill(&redis, prefix).await;
    shop.caught_up().await;
    price(&shop.url, &game).await;
    soon("the game lies in Redis", async || {
        lies_in(&redis, &place(&shop, &game)).await
    })
    .await;
    // The right to load it is given back behind it, which is not to be taken for what the change costs.
    let lease = format!("{prefix}lease:game:{}", game.id);
    soon("the lease is given back", async || !lies_in(&redis, &lease).await).await;
    assert!(redis.ask::<u64>(&::redis::cmd("DBSIZE")).await > VALUES);

    let seen = monitor(&redis).await;
    // Another title touches the game, the catalogue and the home page: the groups are void by their numbers alone.
    let change = json!({"minPrice": 4.32, "name": format!("{} of Old Steam Key GLOBAL", game.facts.title)});
    shop.change_product(&shop.product_of(game.id).await, &change).await;
    shop.clock.pass(Duration::from_secs(60));
    let before = shop.db.pulse(0).await.unwrap().seen;
    shop.sync().await;
    let rows = shop.db.pulse(before).await.unwrap().rows;
    let touched = |touch| rows.iter().any(|row| row.touches.contains(&touch));
    assert!(
        touched(Touch::Catalog) && touched(Touch::Home) && touched(Touch::Game(game.id)),
        "{rows:?}"
    );
    soon("the game is forgotten", async || {
        !lies_in(&redis, &place(&shop, &game)).await
    })
    .await;
    soon("the command is seen", async || {
        seen.lock()
            .unwrap()
            .iter()
            .any(|command| command.starts_with("\"UNLINK\""))
    })
    .await;
    tokio::time::sleep(WHATEVER_ELSE_COMES).await;
    let sent = removing(&seen);
    assert!(sent.len() == 1 && sent[0].starts_with("\"UNLINK\""), "{sent:?}");

    invalidate(&shop, &format!("game:{}", game.id)).await;
    tokio::time::sleep(WHATEVER_ELSE_COMES).await;
    let sent = removing(&seen);
    assert!(
        sent.len() <= 3 && sent.iter().all(|command| command.starts_with("\"UNLINK\"")),
        "{sent:?}"
    );

    sweeps_to_the_end(&shop, &redis, prefix, &seen).await;
}
