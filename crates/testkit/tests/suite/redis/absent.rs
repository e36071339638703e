//! A shop without its Redis: it starts, serves, clears its memory, and uses Redis when it appears.

use std::process::Stdio;
use std::time::Duration;

use cache::RedisState;
use domain::pattern::Pattern;
use serde_json::json;
use testkit::database::own_folder;
use testkit::program::{self, http};
use testkit::{Client, Kind, Program, Redis, TestShop, on_both_databases, soon};
use tokio::io::AsyncWriteExt as _;

use super::{PATIENTLY, a_game, invalidate, price, says};

/// Signs somebody in at `shop` who was made an administrator on the command line.
pub(super) async fn administrator(shop: &Program, folder: &std::path::Path, environment: &[(&str, &str)]) -> Client {
    let mut command = program::latchkey(folder, &["make-admin", "root@example.org", "--password-stdin"]);
    let mut child = command
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"Root-Password-1\n")
        .await
        .unwrap();
    assert!(child.wait().await.unwrap().success());
    let mut root = Client::at(&shop.url);
    assert_eq!(root.sign_in("root@example.org", "Root-Password-1").await.status, 200);
    root
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_starts_without_it_serves_and_uses_it_when_it_comes() {
    let mut redis = Redis::start().await;
    let (folder, url) = (own_folder(), redis.url());
    redis.kill();
    let log = folder.join("log");
    let shop = Program::serve_logging(&folder, &[], &[("REDIS_URL", &url), PATIENTLY], &log).await;
    let lines = |all: &[&str]| {
        let text = std::fs::read_to_string(&log).unwrap();
        text.lines()
            .filter(|line| all.iter().all(|what| line.contains(what)))
            .count()
    };
    for path in ["/", "/catalogue", "/api/games", "/api/cart", "/readyz"].repeat(6) {
        let answer = http().get(format!("{}{path}", shop.url)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
    }
    let mut root = administrator(&shop, &folder, &[]).await;
    let clear = async |root: &mut Client| {
        let cleared = root
            .post("/api/admin/cache/invalidate", &json!({"pattern": "catalog:*"}))
            .await;
        assert_eq!(cleared.status, 200, "{}", cleared.body);
        cleared.data().clone()
    };
    let said = "[Cache] invalidated by an operator";
    let cleared = clear(&mut root).await;
    assert_eq!((&cleared["inRedis"], &cleared["complete"]), (&json!(0), &json!(false)));
    assert!(cleared["inMemory"].as_u64().unwrap() > 0, "{cleared}");
    assert_eq!(lines(&[said, "\"pattern\":\"catalog:*\"", "\"is_complete\":false"]), 1);

    redis.come_back(&[]).await;
    soon("it is in use", async || lines(&["[Cache] Redis is in use"]) == 1).await;
    http().get(format!("{}/api/games", shop.url)).send().await.unwrap();
    soon("it is gone through to its end", async || {
        clear(&mut Client::clone(&root)).await["complete"] == true
    })
    .await;
    assert!(lines(&[said, "\"is_complete\":true"]) >= 1);
    shop.signal("TERM").await;
    shop.ended().await;
}

#[on_both_databases]
async fn nothing_old_is_served_though_what_is_void_cannot_be_removed(kind: Kind) {
    let mut redis = Redis::start().await;
    let shop = TestShop::before(kind, &redis).await;
    let game = a_game(&shop).await;
    shop.caught_up().await;
    price(&shop.url, &game).await;
    redis.kill();
    let swept = invalidate(&shop, &format!("game:{}", game.id)).await;
    assert_eq!(
        (swept.in_memory, swept.in_redis.map(|redis| redis.is_complete)),
        (1, Some(false))
    );
    assert_eq!(shop.shop.caches().statistics().values, 0);
    price(&shop.url, &game).await;
}

#[on_both_databases]
async fn a_sweep_goes_on_when_nobody_waits_for_it(kind: Kind) {
    const VALUES: u64 = 100_000;
    let redis = Redis::start().await;
    let shop = TestShop::before(kind, &redis).await;
    let script = "for number = ARGV[2], ARGV[2] + 999 do redis.call('SET', ARGV[1] .. 'game:' .. number, 'x') end";
    for from in (0..VALUES).step_by(1_000) {
        let mut fill = ::redis::cmd("EVAL");
        fill.arg(script)
            .arg(0)
            .arg(&shop.redis.as_ref().unwrap().prefix)
            .arg(from);
        redis.ask::<()>(&fill).await;
    }
    says(&shop.cache, RedisState::InUse).await;
    let left = async || redis.ask::<u64>(&::redis::cmd("DBSIZE")).await;
    let everything = Pattern::parse("game:*").unwrap();
    let mut asked = Box::pin(shop.shop.caches().invalidate(&everything, testkit::operator()));
    loop {
        // The operator hangs up as soon as the first values are gone.
        let waited = tokio::time::timeout(Duration::from_millis(1), &mut asked).await;
        assert!(waited.is_err(), "it ended before anybody could hang up");
        if left().await < VALUES {
            break;
        }
    }
    drop(asked);
    soon("all are gone", async || left().await < 100).await;
}
