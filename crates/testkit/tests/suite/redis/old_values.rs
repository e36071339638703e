//! Old values that Redis brings back are never served.

use cache::RedisState;
use testkit::{Kind, Node, Redis, TestShop, on_both_databases, soon};

use super::{a_game, change_price, lies_in, place, price, says};

/// A shop before `redis`, in which an old price of a game lies.
async fn with_an_old_price(kind: testkit::Kind, redis: &Redis) -> (TestShop, domain::catalog::Game, String) {
    let shop = TestShop::before(kind, redis).await;
    let game = a_game(&shop).await;
    shop.caught_up().await;
    let old = price(&shop.url, &game).await;
    soon("the value lies in Redis", async || {
        lies_in(redis, &place(&shop, &game)).await
    })
    .await;
    (shop, game, old)
}

/// A node that starts now and uses what Redis holds, once with the check and once without.
async fn served_by_a_new_node(shop: &TestShop, game: &domain::catalog::Game, trusting: bool) -> String {
    let node: Node = shop.second_node().await;
    node.caught_up().await;
    if trusting {
        node.cache.coherence().trust_everything();
    }
    price(&node.url, game).await
}

#[on_both_databases]
async fn a_redis_restarted_from_an_old_snapshot_brings_back_no_old_price(kind: Kind) {
    let mut redis = Redis::start().await;
    let (shop, game, old) = with_an_old_price(kind, &redis).await;
    let snapshot = redis.snapshot("old").await;
    change_price(&shop, &game, 4_242, true).await;
    assert_eq!(price(&shop.url, &game).await, "42.42");
    redis.come_back_with(&snapshot).await;
    says(&shop.cache, RedisState::InUse).await;
    assert!(lies_in(&redis, &place(&shop, &game)).await, "the old value is back");
    assert_eq!(
        served_by_a_new_node(&shop, &game, true).await,
        old,
        "this test can fail"
    );
    assert_eq!(served_by_a_new_node(&shop, &game, false).await, "42.42");
    assert_eq!(price(&shop.url, &game).await, "42.42");
}

#[on_both_databases]
async fn a_value_that_another_node_puts_too_late_is_served_to_nobody(kind: Kind) {
    let redis = Redis::start().await;
    let (shop, game, old) = with_an_old_price(kind, &redis).await;
    let place = place(&shop, &game);
    let late: Vec<u8> = redis.ask(::redis::cmd("GET").arg(&place)).await;
    change_price(&shop, &game, 4_242, true).await;
    let put = async || {
        redis
            .ask::<()>(::redis::cmd("SET").arg(&place).arg(&late).arg("PX").arg(60_000))
            .await;
    };
    put().await;
    assert_eq!(price(&shop.url, &game).await, "42.42");
    put().await;
    assert_eq!(served_by_a_new_node(&shop, &game, false).await, "42.42");
    let mut served = String::new();
    // Whoever was asked before may still be putting the right value over it.
    for _ in 0..5 {
        put().await;
        served = served_by_a_new_node(&shop, &game, true).await;
        if served == old {
            break;
        }
    }
    assert_eq!(served, old, "this test can fail");
}

#[on_both_databases]
async fn a_value_of_another_database_is_served_to_nobody(kind: Kind) {
    let redis = Redis::start().await;
    let (shop, game, old) = with_an_old_price(kind, &redis).await;
    // As a restore does it: the same numbers, another incarnation, and no touch for what is now different.
    let tx = shop.db.begin().await.unwrap();
    tx.metadata().set("incarnation", "another").await.unwrap();
    tx.commit().await.unwrap();
    change_price(&shop, &game, 4_242, false).await;
    assert!(
        lies_in(&redis, &place(&shop, &game)).await,
        "the old value is still there"
    );
    assert_ne!(old, "42.42");
    assert_eq!(price(&shop.url, &game).await, "42.42");
    assert_eq!(served_by_a_new_node(&shop, &game, false).await, "42.42");
}

#[on_both_databases]
async fn touches_that_were_forgotten_let_no_old_value_pass(kind: Kind) {
    let redis = Redis::start().await;
    let (shop, game, old) = with_an_old_price(kind, &redis).await;
    let place = place(&shop, &game);
    let late: Vec<u8> = redis.ask(::redis::cmd("GET").arg(&place)).await;
    change_price(&shop, &game, 4_242, true).await;
    let tx = shop.db.begin().await.unwrap();
    tx.touches().trim(std::time::Duration::ZERO).await.unwrap();
    tx.commit().await.unwrap();
    redis
        .ask::<()>(::redis::cmd("SET").arg(&place).arg(&late).arg("PX").arg(60_000))
        .await;
    assert_ne!(old, "42.42");
    // The new node cannot know what was touched, and knows that it cannot.
    assert_eq!(served_by_a_new_node(&shop, &game, false).await, "42.42");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_value_of_ours_costs_a_load() {
    let redis = Redis::start().await;
    let (shop, game, right) = with_an_old_price(testkit::Kind::Sqlite, &redis).await;
    let place = place(&shop, &game);
    let ours: Vec<u8> = redis.ask(::redis::cmd("GET").arg(&place)).await;
    let games = shop.db.catalog().indexed_after(None, 100).await.unwrap();
    let other = games.iter().find(|other| other.id != game.id && !other.hidden).unwrap();
    shop.json(&format!("/api/games/{}", other.id)).await;
    let others_place = place.replace(&game.id.to_string(), &other.id.to_string());
    soon("the other value lies in Redis", async || {
        lies_in(&redis, &others_place).await
    })
    .await;
    let others: Vec<u8> = redis.ask(::redis::cmd("GET").arg(&others_place)).await;
    let flipped: Vec<u8> = ours.iter().map(|byte| byte ^ 1).collect();
    for strange in [
        &b""[..],
        b"{\"price\": 1}",
        &ours[..ours.len() / 2],
        &others,
        &flipped,
        &[0; 100_000],
    ] {
        redis
            .ask::<()>(::redis::cmd("SET").arg(&place).arg(strange).arg("PX").arg(60_000))
            .await;
        assert_eq!(served_by_a_new_node(&shop, &game, false).await, right);
    }
    // Without an end: not as we put it.
    redis.ask::<()>(::redis::cmd("SET").arg(&place).arg(&ours)).await;
    assert_eq!(served_by_a_new_node(&shop, &game, false).await, right);
    redis.ask::<()>(::redis::cmd("DEL").arg(&place)).await;
    redis.ask::<()>(::redis::cmd("LPUSH").arg(&place).arg("a list")).await;
    assert_eq!(served_by_a_new_node(&shop, &game, false).await, right);
    assert_eq!(
        shop.cache.redis(),
        Some(RedisState::InUse),
        "none of this is Redis' fault"
    );
}
