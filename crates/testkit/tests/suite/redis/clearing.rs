//! Invalidation of a pattern by operators: on every node, in a Redis that others use too.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use cache::redis::Settings;
use cache::{Key, Rendered, Representation};
use domain::id::GameId;
use domain::pattern::Pattern;
use testkit::{Caching, Kind, Redis, TestShop, node, on_both_databases, soon};
use uuid::Uuid;

use super::{a_game, change_price, invalidate, price};

fn pattern(text: &str) -> Pattern {
    Pattern::parse(text).unwrap()
}

#[on_both_databases]
async fn a_pattern_voids_what_it_means_on_every_node(kind: Kind) {
    for caching in Caching::each_that_keeps() {
        let shop = TestShop::filled_with(kind, caching).await;
        let second = shop.second_node().await;
        let game = a_game(&shop).await;
        for (cents, text) in [
            (1_111, "game:*"),
            (2_222, "*"),
            (3_333, &*format!("game:{}*", game.id)),
            (4_444, "ga*"),
        ] {
            shop.caught_up().await;
            second.caught_up().await;
            let old = price(&shop.url, &game).await;
            assert_eq!(price(&second.url, &game).await, old);
            // By hand, so that nobody is told.
            change_price(&shop, &game, cents, false).await;
            second.in_step().await;
            assert_eq!(price(&second.url, &game).await, old, "it is kept");
            invalidate(&shop, text).await;
            let new = format!("{}.{:02}", cents / 100, cents % 100);
            assert_eq!(
                price(&shop.url, &game).await,
                new,
                "{text}: the node that was asked shows it at once"
            );
            tokio::time::sleep(Duration::from_secs(1)).await;
            assert_eq!(price(&second.url, &game).await, new, "{text}: the other node");
        }
        // What a pattern does not mean stays.
        second.caught_up().await;
        let old = price(&second.url, &game).await;
        change_price(&shop, &game, 5_555, false).await;
        for text in ["moon:*", "game", "?ame:*"] {
            invalidate(&shop, text).await;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
        second.in_step().await;
        assert_eq!(price(&second.url, &game).await, old);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_shared_redis_nothing_is_removed_but_what_is_meant() {
    let redis = Redis::start().await;
    // A prefix that means more to Redis than it says.
    let settings = Settings {
        prefix: "a[b]*c?:\\".to_owned(),
        ..node::on(&redis)
    };
    let cache = node::cache(Some(settings.clone())).await;
    let ours = |number: u128| GameId(Uuid::from_u128(number));
    cache.coherence().publish(10, "a", 0, Instant::now());
    for number in 0..3_000 {
        cache.coherence().publish(10, "a", 0, Instant::now());
        let load = || async { Ok::<_, Infallible>(Rendered::new("a game".to_owned(), true)) };
        cache
            .get_or_load(&Key::Game(ours(number), Representation::Json), load)
            .await
            .unwrap();
    }
    soon("all lie in Redis", async || {
        redis.ask::<u64>(&::redis::cmd("DBSIZE")).await >= 3_000
    })
    .await;
    // A sample is of all that lies there, not of what is called first.
    let sample = cache.sample(50).await.unwrap();
    let middle = format!("game:{}", ours(1_500));
    assert!(
        sample.len() == 50 && sample.iter().any(|name| *name > middle),
        "{sample:?}"
    );
    let others = [
        "game:1",
        "ab:game:1",
        "a[b]xc?:\\game:1",
        "a[b]*c?:game:1",
        "abXc1:\\game:1",
        "x:a[b]*c?:\\game:1",
    ];
    for other in others {
        redis.ask::<()>(::redis::cmd("SET").arg(other).arg("theirs")).await;
    }
    for number in 0..5_000 {
        redis
            .ask::<()>(::redis::cmd("SET").arg(format!("other:{number}")).arg("theirs"))
            .await;
    }
    let one = cache.sweep(&pattern(&format!("game:{}", ours(7)))).await;
    assert_eq!((one.in_memory, one.in_redis.unwrap().removed), (1, 1));
    let all = cache.sweep(&pattern("game:*")).await;
    assert_eq!((all.in_memory, all.in_redis.unwrap().removed), (2_999, 2_999));
    assert!(all.in_redis.unwrap().is_complete);
    cache.sweep(&pattern("*")).await;
    assert_eq!(
        redis.ask::<u64>(&::redis::cmd("DBSIZE")).await,
        5_000 + others.len() as u64
    );
    for other in others {
        assert_eq!(
            redis.ask::<String>(::redis::cmd("GET").arg(other)).await,
            "theirs",
            "{other}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_who_may_do_little_suffices_and_nothing_else_is_ever_sent() {
    let redis = Redis::start().await;
    let settings = node::on(&redis);
    let mut acl = ::redis::cmd("ACL");
    acl.arg("SETUSER")
        .arg("shop")
        .arg("on")
        .arg(">secret")
        .arg(format!("~{}*", settings.prefix));
    acl.arg("-@all")
        .arg("+get")
        .arg("+pttl")
        .arg("+set")
        .arg("+unlink")
        .arg("+scan");
    redis.ask::<()>(&acl).await;
    let prefix = settings.prefix.clone();
    let settings = Settings {
        url: redis.url_of("shop:secret@"),
        ..settings
    };
    let look = cache::redis::RedisProbe::at(&settings).await.unwrap();
    assert!(look.refused.is_empty(), "{look:?}");
    redis.ask::<()>(::redis::cmd("CONFIG").arg("RESETSTAT")).await;
    let (first, second) = (
        node::cache(Some(settings.clone())).await,
        node::cache(Some(settings)).await,
    );
    let key = Key::Game(GameId(Uuid::from_u128(1)), Representation::Json);
    let place = format!("{prefix}{key}");
    for (cache, kept) in [(&first, "a game"), (&second, "a game")] {
        cache.coherence().publish(10, "a", 0, Instant::now());
        // The second finds what the first put: its own load would bring something else.
        let loaded = if std::ptr::eq(cache, &first) {
            "a game"
        } else {
            "something else"
        };
        let load = || async { Ok::<_, Infallible>(Rendered::new(loaded.to_owned(), true)) };
        assert_eq!(cache.get_or_load(&key, load).await.unwrap().identity, kept);
        // By a command that the shop sends, too: what is sent besides is counted below.
        let looked = ::redis::cmd("GET").arg(&place).to_owned();
        soon("the value lies in Redis", async || {
            redis.ask::<Option<Vec<u8>>>(&looked).await.is_some()
        })
        .await;
    }
    first.forget(&[domain::touch::Touch::Game(GameId(Uuid::from_u128(2)))]);
    assert_eq!(second.sweep(&pattern("game:*")).await.in_redis.unwrap().removed, 1);
    let stats: String = redis.ask(::redis::cmd("INFO").arg("commandstats")).await;
    let sent: HashMap<&str, &str> = stats
        .lines()
        .filter_map(|line| line.strip_prefix("cmdstat_")?.split_once(':'))
        .collect();
    for (command, counted) in &sent {
        // Who connects says its name and is refused; the test itself asks for the statistics.
        let is_ours = [
            "get",
            "pttl",
            "set",
            "unlink",
            "scan",
            "auth",
            "client|setinfo",
            "hello",
        ]
        .contains(command);
        let is_the_tests = ["info", "config|resetstat", "client|setname"].contains(command);
        assert!(is_ours || is_the_tests, "{command} was sent: {counted}");
    }
    assert!(sent.contains_key("scan") && sent.contains_key("unlink"), "{sent:?}");
}
