//! Redis is unreachable, killed, paused, full or forbids commands: no read fails, and it is used again when it
//! recovers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cache::{Cache, RedisState};
use testkit::{Kind, Redis, TestShop, node, on_both_databases, soon};

use super::{a_game, price, says};

/// How soon it is to be used again.
const AGAIN_WITHIN: Duration = Duration::from_secs(2);
/// No page takes longer. Whoever waited for a Redis that gives no answer would be told to come again after ten seconds; a
/// busy machine may take some by itself.
const SLOWEST: Duration = Duration::from_secs(8);

/// Has Redis go away and come back, until it was used again in time: a busy machine may be too slow once or twice.
async fn is_used_again_in_time(cache: &Cache, mut go_and_come_back: impl AsyncFnMut()) {
    let mut took = Vec::new();
    for _ in 0..3 {
        go_and_come_back().await;
        took.push(says(cache, RedisState::InUse).await);
        if took.iter().any(|took| *took < AGAIN_WITHIN) {
            return;
        }
    }
    panic!("it is used again too late: {took:?}");
}

/// Reads pages of every kind for a while; none fails, and none takes long.
async fn all_is_well(shop: &TestShop, for_how_long: Duration) {
    let game = a_game(shop).await;
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let begun = Instant::now();
    while begun.elapsed() < for_how_long {
        // Some of them are cold each time; a search is stored in Redis when it is requested again.
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let cold = format!("/api/games?search=x{number}");
        for path in [&format!("/api/games/{}", game.id), "/", "/catalogue", &cold, &cold] {
            let asked = Instant::now();
            let answer = shop.get(path).await;
            assert_eq!(answer.status(), 200, "{path}");
            assert!(asked.elapsed() < SLOWEST, "{path} took {:?}", asked.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Reads until the shop says this of its Redis: by what is asked of it alone does it know.
async fn says_when_read(shop: &TestShop, state: RedisState) {
    soon(&format!("{state:?}"), async || {
        all_is_well(shop, Duration::from_millis(50)).await;
        shop.cache.redis() == Some(state)
    })
    .await;
}

#[on_both_databases]
async fn it_dies_and_comes_back_and_no_request_fails(kind: Kind) {
    let mut redis = Redis::start().await;
    let shop = TestShop::before_as(kind, node::in_haste_on(&redis)).await;
    soon("the shop says that all is well", async || {
        shop.json("/api/health").await["cache"] == "ok"
    })
    .await;
    is_used_again_in_time(&shop.cache, async || {
        redis.kill();
        all_is_well(&shop, Duration::from_secs(1)).await;
        says_when_read(&shop, RedisState::Away).await;
        let health = shop.get("/api/health").await;
        assert_eq!(health.status(), 200);
        let health = health.text().await.unwrap();
        assert!(
            health.contains("\"cache\":\"degraded\"") && health.contains("\"status\":\"degraded\""),
            "{health}"
        );
        redis.come_back(&[]).await;
    })
    .await;
    all_is_well(&shop, Duration::from_millis(200)).await;
}

#[on_both_databases]
async fn it_is_paused_and_nobody_waits_for_it(kind: Kind) {
    let redis = Redis::start().await;
    let shop = TestShop::before_as(kind, node::in_haste_on(&redis)).await;
    shop.caught_up().await;
    is_used_again_in_time(&shop.cache, async || {
        redis.signal("STOP");
        all_is_well(&shop, Duration::from_secs(1)).await;
        says_when_read(&shop, RedisState::Away).await;
        redis.signal("CONT");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_it_is_away_a_load_does_not_wait_for_it_at_all() {
    let redis = Redis::start().await;
    let cache = node::cache(Some(node::in_haste_on(&redis))).await;
    redis.signal("STOP");
    let read = async |number: u128| {
        cache.coherence().publish(10, "a", 0, Instant::now());
        let key = cache::Key::Game(
            domain::id::GameId(uuid::Uuid::from_u128(number)),
            cache::Representation::Json,
        );
        let load = || async { Ok::<_, std::convert::Infallible>(cache::Rendered::new("a game".to_owned(), true)) };
        let begun = Instant::now();
        cache.get_or_load(&key, load).await.unwrap();
        begun.elapsed()
    };
    for number in 0..4 {
        read(number).await;
    }
    assert_eq!(cache.redis(), Some(RedisState::Away));
    let mut all = Duration::ZERO;
    for number in 10..110 {
        all += read(number).await;
    }
    // Had each waited as long as a shop waits, that alone would be five seconds.
    assert!(all < Duration::from_secs(4), "a hundred loads took {all:?}");
    redis.signal("CONT");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shop_starts_without_it_and_uses_it_when_it_comes() {
    let mut redis = Redis::start().await;
    let settings = node::on(&redis);
    redis.kill();
    let cache = Cache::before_redis(1_000_000, settings, &node::origin()).unwrap();
    assert_eq!(cache.redis(), Some(RedisState::Away));
    let mut is_away = true;
    is_used_again_in_time(&cache, async || {
        if !std::mem::take(&mut is_away) {
            redis.kill();
            // Nobody knows before something is asked of it.
            cache.sample(1).await;
            says(&cache, RedisState::Away).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        redis.come_back(&[]).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_is_full_is_still_read() {
    let redis = Redis::start().await;
    let shop = TestShop::before(Kind::Sqlite, &redis).await;
    let game = a_game(&shop).await;
    shop.caught_up().await;
    let shown = price(&shop.url, &game).await;
    let place = super::place(&shop, &game);
    soon("the value lies in Redis", async || super::lies_in(&redis, &place).await).await;
    redis
        .ask::<()>(::redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg("1mb"))
        .await;
    says_when_read(&shop, RedisState::TakesNothing).await;
    // It removes what was touched, and says nothing about values by that.
    shop.cache
        .forget(&[domain::touch::Touch::Game(domain::id::GameId(uuid::Uuid::nil()))]);
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(shop.cache.redis(), Some(RedisState::TakesNothing));
    let second = shop.second_node().await;
    second.caught_up().await;
    let before = second.statements.load(Ordering::SeqCst);
    second.in_step().await;
    assert_eq!(price(&second.url, &game).await, shown);
    assert_eq!(second.statements.load(Ordering::SeqCst), before, "what it has is read");
    redis
        .ask::<()>(::redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg("0"))
        .await;
    says_when_read(&shop, RedisState::InUse).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_is_read_and_its_promotion_noticed() {
    let (primary, redis) = (Redis::start().await, Redis::start().await);
    let shop = TestShop::before(Kind::Sqlite, &redis).await;
    shop.caught_up().await;
    let port = primary.url().rsplit(':').next().unwrap().replace("/0", "");
    redis
        .ask::<()>(::redis::cmd("REPLICAOF").arg("127.0.0.1").arg(port))
        .await;
    says_when_read(&shop, RedisState::TakesNothing).await;
    redis.ask::<()>(::redis::cmd("REPLICAOF").arg("NO").arg("ONE")).await;
    says_when_read(&shop, RedisState::InUse).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_lets_nobody_in_is_as_good_as_away() {
    let redis = Redis::start().await;
    let shop = TestShop::before(Kind::Sqlite, &redis).await;
    shop.caught_up().await;
    redis
        .ask::<()>(
            ::redis::cmd("CLIENT")
                .arg("KILL")
                .arg("TYPE")
                .arg("normal")
                .arg("SKIPME")
                .arg("yes"),
        )
        .await;
    let may_read = async |may: &str| {
        redis
            .ask::<()>(::redis::cmd("ACL").arg("SETUSER").arg("default").arg(may))
            .await;
    };
    is_used_again_in_time(&shop.cache, async || {
        may_read("-get").await;
        says_when_read(&shop, RedisState::Away).await;
        may_read("+get").await;
    })
    .await;
}
