//! Redis between the nodes: sharing values, and faults of Redis.

mod absent;
mod clearing;
mod crowd;
pub(crate) mod forged;
mod million;
mod old_values;
mod operators;
mod sharing;
mod staff;
mod trouble;

use std::time::Duration;

use cache::{Cache, RedisState, Swept};
use domain::catalog::Game;
use domain::pattern::Pattern;
use domain::touch::Touch;
use testkit::{Redis, TestShop, soon};

/// A program on a busy machine waits for Redis as long as it takes: what is tested is what it does with the answer.
const PATIENTLY: (&str, &str) = ("LATCHKEY__REDIS__ANSWER_MS", "5000");

/// A game that is for sale.
async fn a_game(shop: &TestShop) -> Game {
    let catalog = shop.db.catalog();
    let all = catalog.indexed_after(None, 100).await.unwrap();
    let for_sale = all.iter().find(|game| !game.hidden && game.copies > 0).unwrap();
    catalog.by_id(for_sale.id).await.unwrap().unwrap()
}

/// Sets a game's price as another process would, and waits until every node has to show it.
async fn change_price(shop: &TestShop, game: &Game, cents: i64, touch: bool) {
    let mut tx = shop.db.begin().await.unwrap();
    let update = format!("UPDATE games SET price_cents = {cents} WHERE slug = '{}'", game.slug);
    assert_eq!(tx.execute_for_test(&update).await.unwrap(), 1);
    if touch {
        tx.touch(Touch::Game(game.id));
    }
    tx.commit().await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
}

/// Waits until `cache` says this of its Redis.
async fn says(cache: &Cache, state: RedisState) -> Duration {
    soon(&format!("{state:?}"), async || cache.redis() == Some(state)).await
}

/// The name in Redis of a game's JSON.
fn place(shop: &TestShop, game: &Game) -> String {
    format!("{}game:{}", shop.redis.as_ref().unwrap().prefix, game.id)
}

async fn lies_in(redis: &Redis, place: &str) -> bool {
    redis.ask::<u64>(::redis::cmd("EXISTS").arg(place)).await == 1
}

/// An operator invalidates a pattern.
async fn invalidate(shop: &TestShop, pattern: &str) -> Swept {
    let pattern = Pattern::parse(pattern).unwrap();
    let swept = shop.shop.caches().invalidate(&pattern, testkit::operator()).await;
    swept.unwrap()
}

/// The price as JSON shows it, asked of one node.
async fn price(url: &str, game: &Game) -> String {
    let asked = testkit::program::http()
        .get(format!("{url}/api/games/{}", game.id))
        .send();
    let answer = asked.await.unwrap();
    assert_eq!(answer.status(), 200);
    let body: serde_json::Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    body["data"]["price"].to_string()
}
