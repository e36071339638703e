//! The switches for trouble that docs/operating.md names, each tried out in a program.

use std::fs;

use serde_json::{Value, json};
use testkit::database::own_folder;
use testkit::program::http;
use testkit::{Client, Kind, PASSWORD, TestDatabase, on_both_databases, soon};

use super::{a_game, filled, metrics, serve, stop, value};

/// The same person at another address.
fn moved(person: &Client, url: &str) -> Client {
    let mut there = Client::at(url);
    (there.token, there.guest) = (person.token.clone(), person.guest.clone());
    there
}

#[on_both_databases]
async fn guests_keep_what_they_hold_while_migrations_are_off(kind: Kind) {
    let (database, folder) = (TestDatabase::migrated(kind).await, own_folder());
    let off = [("LATCHKEY__ACCOUNTS__MIGRATE_GUESTS", "false")];
    let shop = serve(&folder, &database, &off).await;
    filled(&shop.url, 93).await;
    let game = a_game(&shop.url).await;
    let mut ada = Client::at(&shop.url);
    assert_eq!(ada.add_to_cart(&game, 2).await.status, 201);
    assert_eq!(ada.post("/api/wishlist", &json!({"gameId": game})).await.status, 201);
    let registered = ada.register("ada@example.net").await;
    assert!(registered.status == 201 && registered.data().get("migration").is_none());
    assert_eq!(ada.sign_in("ada@example.net", PASSWORD).await.status, 200);
    assert_eq!(ada.post("/api/cart/migrate", &json!({})).await.status, 200);
    assert_eq!(ada.units().await, (0, 0), "the account has nothing of it");
    let mut as_guest = ada.clone();
    as_guest.token = None;
    assert_eq!(as_guest.units().await, (2, 0), "the guest has all of it");
    stop(shop).await;
    let shop = serve(&folder, &database, &[]).await;
    let mut ada = moved(&ada, &shop.url);
    assert_eq!(ada.units().await, (2, 0), "the next request brings it");
    assert_eq!(
        ada.get(&format!("/api/wishlist/{game}/check")).await.data()["inWishlist"],
        true
    );
    for what in ["cart", "wishlist"] {
        let retried = format!("guest_migrations_total{{what=\"{what}\",outcome=\"retried\"}}");
        assert_eq!(value(&metrics(&shop.url).await, &retried), Some(1.0));
    }
    stop(shop).await;
}

#[on_both_databases]
async fn no_sync_starts_while_its_times_are_empty(kind: Kind) {
    let (database, folder) = (TestDatabase::migrated(kind).await, own_folder());
    let off = [
        ("LATCHKEY__SYNC__FULL_AT", ""),
        ("LATCHKEY__SYNC__STOCK_EVERY_MINUTES", ""),
    ];
    let shop = serve(&folder, &database, &off).await;
    assert_eq!(Client::at(&shop.url).register("ada@example.net").await.status, 201);
    // Whatever the timetable posts is posted before its queue is asked for the second time.
    soon("jobs are worked on", async || {
        value(&metrics(&shop.url).await, "mails_total{outcome=\"kept\"}") == Some(1.0)
    })
    .await;
    let db = database.open().await;
    assert!(
        db.sync_runs().latest().await.unwrap().is_none(),
        "the empty shop stays empty"
    );
    assert_eq!(db.outbox().backlogs().await.unwrap()[0].waiting, 0);
    stop(shop).await;
    let shop = serve(&folder, &database, &[]).await;
    filled(&shop.url, 93).await;
    assert!(db.sync_runs().latest().await.unwrap().is_some());
    db.close().await.unwrap();
    stop(shop).await;
}

#[on_both_databases]
async fn an_empty_address_takes_redis_out(kind: Kind) {
    let (database, folder) = (TestDatabase::migrated(kind).await, own_folder());
    let file = "[redis]\nurl = \"redis://127.0.0.1:1/0\"\n";
    fs::write(folder.join("latchkey.toml"), file).unwrap();
    let cache_of = async |url: &str| {
        let health = http()
            .get(format!("{url}/health"))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap();
        serde_json::from_str::<Value>(&health).unwrap()["cache"].clone()
    };
    let shop = serve(&folder, &database, &[]).await;
    filled(&shop.url, 93).await;
    soon("it misses its Redis", async || cache_of(&shop.url).await == "degraded").await;
    stop(shop).await;
    let shop = serve(&folder, &database, &[("REDIS_URL", "")]).await;
    filled(&shop.url, 93).await;
    soon("it misses nothing", async || cache_of(&shop.url).await == "ok").await;
    let told = metrics(&shop.url).await;
    assert_eq!(value(&told, "cache_redis_takes_values"), None);
    let game = Client::at(&shop.url).get("/api/games").await.data()["data"][0]["slug"].clone();
    let page = Client::at(&shop.url)
        .get(&format!("/game/{}", game.as_str().unwrap()))
        .await;
    assert_eq!(page.status, 200);
    stop(shop).await;
}
