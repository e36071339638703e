//! Through a pooler that lends connections no notifications arrive: it is logged once, and the pulse works without
//! them.

use std::time::Duration;

use testkit::database::own_folder;
use testkit::link::State;
use testkit::{Kind, Program, TestDatabase, TestShop, program, soon};

use super::watching::{linked, metrics, value};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_deaf_says_so_and_sees_changes_at_the_next_pulse() {
    let database = TestDatabase::migrated(Kind::Postgres).await;
    let (link, url) = linked(&database).await;
    link.set(State::WithoutNotifications);
    let folder = own_folder();
    let log = folder.join("log");
    let shop = Program::serve_logging(&folder, &["--demo"], &[("DATABASE_URL", &url)], &log).await;
    let lines = |what: &str| {
        let text = std::fs::read_to_string(&log).unwrap();
        text.lines().filter(|line| line.contains(what)).count()
    };
    soon("it says so", async || {
        lines("[Cache] nothing is heard of other processes") == 1
    })
    .await;
    assert_eq!(value(&metrics(&shop.url).await, "cache_listening"), Some(0.0));
    assert_eq!(lines("[Cache] other processes are heard again"), 0);
    let mut doctor = program::latchkey(&folder, &["doctor"]);
    let told = doctor.env("DATABASE_URL", &url).output().await.unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("LISTEN brings nothing, as behind a pooler"), "{told}");
    // It tries again and again, and says no more of it.
    tokio::time::sleep(Duration::from_secs(13)).await;
    assert_eq!(lines("[Cache] nothing is heard of other processes"), 1);
    shop.signal("TERM").await;
    shop.ended().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deaf_node_shows_what_others_committed() {
    let shop = TestShop::filled(Kind::Postgres).await;
    let (link, url) = linked(&shop.database).await;
    link.set(State::WithoutNotifications);
    let without_notifications = shop.node_at(&url).await;
    let indexed = shop.db.catalog().indexed_after(None, 100).await.unwrap();
    let for_sale = indexed.iter().find(|game| !game.hidden && game.copies > 0).unwrap();
    let game = shop.db.catalog().by_id(for_sale.id).await.unwrap().unwrap();
    let path = format!("/api/games/{}", game.id);
    assert_eq!(
        without_notifications.json(&path).await["data"]["id"],
        game.id.to_string()
    );
    assert_eq!(
        without_notifications.db.receives_own_notifications().await.unwrap(),
        Some(false)
    );
    shop.change_product(&shop.product_of(game.id).await, &serde_json::json!({"minPrice": 4.32}))
        .await;
    shop.clock.pass(Duration::from_secs(60));
    shop.sync().await;
    let price = shop.json(&path).await["data"]["price"].clone();
    soon("the pulse tells", async || {
        without_notifications.json(&path).await["data"]["price"] == price
    })
    .await;
}
