//! A value that one node loaded is served by another; and one node loads for all.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use cache::{Cache, Key, Rendered, Representation};
use domain::id::GameId;
use testkit::{Caching, Kind, Redis, TestShop, node, on_both_databases, soon};
use uuid::Uuid;

use super::{a_game, lies_in, place};

#[on_both_databases]
async fn what_one_node_loaded_serves_another_without_the_database(kind: Kind) {
    let shop = TestShop::filled_with(kind, Caching::Redis).await;
    let game = a_game(&shop).await;
    shop.caught_up().await;
    let paths = [
        format!("/api/games/{}", game.id),
        "/api/games?search=a".to_owned(),
        "/api/games/new".to_owned(),
    ];
    let mut first = Vec::new();
    for path in &paths {
        first.push(shop.json(path).await);
        // What is asked for once is not shared.
        shop.json(path).await;
    }
    let redis = Redis::shared().await;
    // Who loads gives the right to it back behind the value.
    let leases = format!("{}lease:", shop.redis.as_ref().unwrap().prefix);
    soon("all lie in Redis", async || {
        lies_in(redis, &place(&shop, &game)).await && redis.keys(&leases).await.is_empty()
    })
    .await;
    let second = shop.second_node().await;
    second.caught_up().await;
    let before = second.statements.load(Ordering::SeqCst);
    for (path, first) in paths.iter().zip(first) {
        second.in_step().await;
        assert_eq!(second.json(path).await, first, "{path}");
    }
    assert_eq!(
        second.statements.load(Ordering::SeqCst),
        before,
        "nothing was asked of the database"
    );
    second.in_step().await;
    // Each form is there, so that nobody compresses twice.
    let plain = reqwest::Client::builder().no_proxy().no_gzip().build().unwrap();
    let packed = plain
        .get(format!("{}{}", second.url, paths[1]))
        .header("accept-encoding", "gzip")
        .send();
    assert_eq!(packed.await.unwrap().headers()["content-encoding"], "gzip");
    assert_eq!(second.statements.load(Ordering::SeqCst), before);
}

#[on_both_databases]
async fn what_was_written_is_forgotten_in_redis_too(kind: Kind) {
    let shop = TestShop::filled_with(kind, Caching::Redis).await;
    let game = a_game(&shop).await;
    shop.caught_up().await;
    shop.json(&format!("/api/games/{}", game.id)).await;
    let redis = Redis::shared().await;
    soon("the value lies in Redis", async || {
        lies_in(redis, &place(&shop, &game)).await
    })
    .await;
    let change: serde_json::Value = serde_json::from_str("{\"minPrice\": 12.34}").unwrap();
    shop.change_product(&shop.product_of(game.id).await, &change).await;
    shop.clock.pass(Duration::from_secs(60));
    shop.sync().await;
    soon("the value is gone from Redis", async || {
        !lies_in(redis, &place(&shop, &game)).await
    })
    .await;
}

/// Three nodes with caches of their own, their pulses in step.
async fn three_nodes() -> Vec<Cache> {
    let settings = node::on(Redis::shared().await);
    let mut nodes = Vec::new();
    for _ in 0..3 {
        let cache = node::cache(Some(settings.clone())).await;
        cache.coherence().publish(10, "a", 0, Instant::now());
        nodes.push(cache);
    }
    nodes
}

/// How often each node loads the game `number` when 200 readers ask for it at once.
async fn loads(nodes: &[Cache], number: u128) -> Vec<u32> {
    let key = Key::Game(GameId(Uuid::from_u128(number)), Representation::Json);
    let loads: Vec<Arc<AtomicU32>> = nodes.iter().map(|_| Arc::default()).collect();
    for node in nodes {
        node.coherence().publish(10, "a", 0, Instant::now());
    }
    let readers: Vec<_> = (0..200)
        .map(|reader| {
            let (node, loads) = (nodes[reader % 3].clone(), Arc::clone(&loads[reader % 3]));
            let key = key.clone();
            tokio::spawn(async move {
                let load = || async {
                    loads.fetch_add(1, Ordering::SeqCst);
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    Ok::<_, Infallible>(Rendered::new("a game".to_owned(), true))
                };
                assert_eq!(node.get_or_load(&key, load).await.unwrap().identity, "a game");
            })
        })
        .collect();
    for reader in readers {
        reader.await.unwrap();
    }
    loads.iter().map(|loads| loads.load(Ordering::SeqCst)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_readers_of_a_cold_key_on_three_nodes_share_one_lease() {
    let nodes = three_nodes().await;
    // A machine too busy to answer within the wait lets a second node load, too: that is what the wait's end is for.
    let mut most_at_best = u32::MAX;
    for number in 1..=5 {
        let loads = loads(&nodes, number).await;
        assert!(
            loads.iter().all(|loads| *loads <= 1),
            "more than one load of a node: {loads:?}"
        );
        most_at_best = most_at_best.min(loads.iter().sum());
    }
    assert_eq!(most_at_best, 1, "one node loads for all");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lease_whose_holder_died_keeps_nobody_waiting_for_long() {
    let settings = node::on(Redis::shared().await);
    let cache = node::cache(Some(settings.clone())).await;
    cache.coherence().publish(10, "a", 0, Instant::now());
    let key = Key::Game(GameId(Uuid::from_u128(1)), Representation::Json);
    let lease = format!("{}lease:{key}", settings.prefix);
    let redis = Redis::shared().await;
    redis
        .ask::<()>(::redis::cmd("SET").arg(&lease).arg("of the dead").arg("PX").arg(3_000))
        .await;
    let begun = Instant::now();
    let load = || async { Ok::<_, Infallible>(Rendered::new("a game".to_owned(), true)) };
    assert_eq!(cache.get_or_load(&key, load).await.unwrap().identity, "a game");
    let took = begun.elapsed();
    assert!(
        (Duration::from_millis(250)..Duration::from_millis(2_500)).contains(&took),
        "not before others may have loaded it, and before the lease ends by itself: {took:?}"
    );
    assert!(lies_in(redis, &lease).await, "it was not this one's to give back");
}
