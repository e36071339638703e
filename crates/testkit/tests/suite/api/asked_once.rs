//! Keys of which there are endless others: cached when they are requested again, so that a scan of them evicts nothing.

use std::sync::atomic::Ordering;

use cache::cache_metrics::{Event, Read, Tier};
use testkit::{Caching, Kind, Redis, TestShop, on_both_databases, soon};

/// How often something happened to values of the catalogue.
fn count(shop: &TestShop, event: Event) -> u64 {
    let counts = shop.cache.counts();
    let found = counts
        .iter()
        .find(|count| (count.kind, count.event) == ("catalog", event));
    found.map_or(0, |count| count.count)
}

/// The names of the shop's values in Redis, if it has one.
async fn in_redis(shop: &TestShop) -> Vec<String> {
    let Some(redis) = &shop.redis else { return Vec::new() };
    let mut names = Redis::shared().await.keys(&redis.prefix).await;
    names.retain(|name| !name.contains("lease:"));
    names
}

#[on_both_databases]
async fn a_scan_of_filters_is_not_cached_and_a_filter_that_is_requested_twice_is(kind: Kind) {
    for caching in Caching::each_that_keeps() {
        let shop = TestShop::filled_with(kind, caching).await;
        shop.caught_up().await;
        let hot = ["/api/games", "/"];
        soon("the hot ones need no statement", async || {
            let before = shop.statements.load(Ordering::SeqCst);
            for path in hot {
                shop.get(path).await;
            }
            shop.statements.load(Ordering::SeqCst) == before
        })
        .await;
        let (values, shared) = (shop.cache.size().0, in_redis(&shop).await);
        for number in 0..100 {
            for path in [
                format!("/api/games?maxPrice={number}.5"),
                format!("/catalogue?minPrice={number}.25"),
                format!("/api/games/autocomplete?q=a{number}"),
            ] {
                assert_eq!(shop.get(&path).await.status(), 200, "{path}");
            }
        }
        assert_eq!(shop.cache.size().0, values, "{caching:?}");
        assert_eq!(in_redis(&shop).await, shared, "{caching:?}");
        assert_eq!(count(&shop, Event::AskedOnce), 300, "{caching:?}");
        let again = "/api/games?maxPrice=7.5";
        let first = shop.json(again).await;
        // Twice more where another key took its place among those that are remembered.
        soon("it is cached when it is requested again", async || {
            shop.json(again).await;
            shop.cache.size().0 == values + 1
        })
        .await;
        soon("the third time it is served from a cache", async || {
            let (missed, rejected) = (
                count(&shop, Event::Read(Read::Miss)),
                count(&shop, Event::Rejected(Tier::Memory, "pulse age")),
            );
            assert_eq!(shop.json(again).await, first);
            (missed, rejected)
                == (
                    count(&shop, Event::Read(Read::Miss)),
                    count(&shop, Event::Rejected(Tier::Memory, "pulse age")),
                )
        })
        .await;
        if caching == Caching::Redis {
            soon("it lies in Redis", async || {
                in_redis(&shop).await.len() == shared.len() + 1
            })
            .await;
        }
    }
}
