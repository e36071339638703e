//! The program as its operator runs it: nothing set, several processes on one file, signals, wrong settings.

use std::time::{Duration, Instant};

use serde_json::Value;
use storage::{Db, Options};
use testkit::database::own_folder;
use testkit::program::{self, http};
use testkit::{Kind, Program, TestDatabase, on_both_databases, soon};

async fn json(url: &str) -> Value {
    serde_json::from_str(&http().get(url).send().await.unwrap().text().await.unwrap()).unwrap()
}

/// Waits until the shop at `url` shows `games` games.
pub(super) async fn filled(url: &str, games: u64) {
    let begun = Instant::now();
    while json(&format!("{url}/api/games?inStockOnly=false")).await["data"]["total"] != games {
        assert!(begun.elapsed() < Duration::from_secs(60), "the shop is not filled");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_set_it_fills_a_shop_and_stops_cleanly() {
    let folder = own_folder();
    let shop = Program::serve(&folder, &[]).await;
    filled(&shop.url, 93).await;
    let home = http().get(&shop.url).send().await.unwrap().text().await.unwrap();
    assert!(home.contains("/game/"), "the home page shows games");
    let health = format!("{}/health", shop.url);
    soon("it is well", async || json(&health).await["status"] == "ok").await;
    shop.signal("TERM").await;
    assert_eq!(shop.ended().await.code(), Some(0));
    let shop = Program::serve(&folder, &[]).await;
    filled(&shop.url, 93).await;
    shop.signal("INT").await;
    assert_eq!(shop.ended().await.code(), Some(130));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_in_a_second_process_is_seen_by_the_first_within_the_bound() {
    let folder = own_folder();
    let shop = Program::serve(&folder, &[]).await;
    filled(&shop.url, 93).await;
    // Of the new games the demo has keys of its own, which may be cheaper.
    let list = async |path: &str| {
        let list = json(&format!("{}{path}", shop.url)).await;
        let games = list["data"].as_array().or(list["data"]["data"].as_array());
        games.unwrap().clone()
    };
    let new = list("/api/games/new").await;
    let is_new = |game: &Value| new.iter().any(|one| one["id"] == game["id"]);
    let all = list("/api/games").await;
    let game = all.into_iter().find(|game| !is_new(game)).unwrap();
    let path = format!("{}/api/games/{}", shop.url, game["id"].as_str().unwrap());
    let page = format!("{}/game/{}", shop.url, game["slug"].as_str().unwrap());
    json(&path).await;
    http().get(&page).send().await.unwrap();
    // The picture's address names the supplier and the product.
    let picture: Vec<&str> = game["image"].as_str().unwrap().split('/').collect();
    let (supplier, product) = (picture[..3].join("/"), picture[4]);
    let change = http()
        .patch(format!("{supplier}/_sandbox/products/{product}"))
        .header("content-type", "application/json");
    assert!(
        change
            .body(r#"{"minPrice": 50, "qty": 9}"#)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
    let synced = program::run(&folder, &["sync"]).await;
    assert!(synced.status.success(), "{}", String::from_utf8_lossy(&synced.stderr));
    let report: Value = serde_json::from_slice(&synced.stdout).unwrap();
    assert_eq!(report["updated"], 1);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let shown = json(&path).await;
    assert_eq!(
        (&shown["data"]["price"], &shown["data"]["qty"]),
        (&Value::from(51), &Value::from(9))
    );
    assert!(
        http()
            .get(&page)
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
            .contains("51.00")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_runs_on_postgres_too() {
    let folder = own_folder();
    let database = TestDatabase::empty(testkit::Kind::Postgres).await;
    let mut migrate = program::latchkey(&folder, &["migrate"]);
    let migrated = migrate.env("DATABASE_URL", &database.url).output().await.unwrap();
    assert!(
        String::from_utf8_lossy(&migrated.stdout).contains("migrations ran"),
        "{migrated:?}"
    );
    let mut sync = program::latchkey(&folder, &["--demo", "sync"]);
    let synced = sync.env("DATABASE_URL", &database.url).output().await.unwrap();
    assert!(synced.status.success(), "{}", String::from_utf8_lossy(&synced.stderr));
    let report: Value = serde_json::from_slice(&synced.stdout).unwrap();
    assert_eq!(report["added"], 93);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_syncs_from_a_supplier_in_a_process_of_its_own() {
    let folder = own_folder();
    let account = [
        "--client-id",
        "shop",
        "--email",
        "shop@example.org",
        "--client-secret",
        "quite-secret",
    ];
    let supplier = Program::supplier(&[&["--products", "61"], &account[..]].concat()).await;
    let mut sync = program::latchkey(&folder, &["sync"]);
    let sync = sync.envs([
        ("G2A_CLIENT_ID", "shop"),
        ("G2A_EMAIL", "shop@example.org"),
        ("G2A_CLIENT_SECRET", "quite-secret"),
    ]);
    let synced = sync
        .env("G2A_API_URL", format!("{}/v1", supplier.url))
        .output()
        .await
        .unwrap();
    assert!(synced.status.success(), "{}", String::from_utf8_lossy(&synced.stderr));
    let report: Value = serde_json::from_slice(&synced.stdout).unwrap();
    assert_eq!(report["added"], 61);
    assert!(!String::from_utf8_lossy(&synced.stderr).contains("quite-secret"));
}

#[tokio::test]
async fn a_wrong_setting_is_named_and_ends_with_2() {
    let folder = own_folder();
    let mut command = program::latchkey(&folder, &["doctor"]);
    let ended = command
        .env("LATCHKEY__SYNC__MARKUP_BASIS_POINTS", "much")
        .output()
        .await
        .unwrap();
    assert_eq!(ended.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("sync.markup_basis_points"));
}

#[tokio::test]
async fn settings_show_where_each_came_from_and_no_secret() {
    let folder = own_folder();
    let mut command = program::latchkey(&folder, &["settings", "--listen", "127.0.0.1:9"]);
    let shown = command
        .env("DATABASE_URL", "postgres://shop:hunter2@127.0.0.1/shop")
        .output()
        .await
        .unwrap();
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(
        shown.contains("server.listen") && shown.contains("127.0.0.1:9"),
        "{shown}"
    );
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn doctor_says_what_is_wrong_and_what_helps() {
    let folder = own_folder();
    let fine = program::run(&folder, &["doctor"]).await;
    assert!(fine.status.success(), "{fine:?}");
    let mut command = program::latchkey(&folder, &["doctor"]);
    let ended = command
        .env("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")
        .output()
        .await
        .unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let said = String::from_utf8_lossy(&ended.stdout).into_owned();
    assert!(said.contains("WRONG  database") && said.contains("remedy"), "{said}");
    // A supplier that is not there is found out in a moment, repeats included.
    let mut command = program::latchkey(&folder, &["doctor"]);
    for (name, value) in [
        ("G2A_API_URL", "http://127.0.0.1:1/v1"),
        ("G2A_CLIENT_ID", "id"),
        ("G2A_EMAIL", "e@example.org"),
        ("G2A_CLIENT_SECRET", "secret"),
    ] {
        command.env(name, value);
    }
    let ended = tokio::time::timeout(Duration::from_secs(30), command.output()).await;
    let said = String::from_utf8_lossy(&ended.expect("doctor is quick").unwrap().stdout).into_owned();
    assert!(said.contains("WRONG  supplier"), "{said}");
}

#[on_both_databases]
async fn a_real_shops_database_never_becomes_a_demo(kind: Kind) {
    let (folder, database) = (own_folder(), TestDatabase::migrated(kind).await);
    let supplier = Program::supplier(&[
        "--products",
        "3",
        "--client-id",
        "shop",
        "--email",
        "shop@example.org",
        "--client-secret",
        "hush",
    ])
    .await;
    let mut command = program::latchkey(&folder, &["sync"]);
    command.envs([
        ("G2A_CLIENT_ID", "shop"),
        ("G2A_EMAIL", "shop@example.org"),
        ("G2A_CLIENT_SECRET", "hush"),
    ]);
    command.envs([
        ("G2A_API_URL", format!("{}/v1", supplier.url)),
        ("DATABASE_URL", database.url.clone()),
    ]);
    let synced = command.output().await.unwrap();
    assert!(synced.status.success(), "{synced:?}");
    let mut command = program::latchkey(&folder, &["--demo", "sync"]);
    let ended = command.env("DATABASE_URL", &database.url).output().await.unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(2), "{said}");
    let why = "setting `demo`: refused, because this database holds a shop that was not made as a demo";
    assert!(said.contains(why), "{said}");
}

#[tokio::test]
async fn a_demo_that_other_machines_would_reach_is_typed() {
    let folder = own_folder();
    let wide = ("LATCHKEY__SERVER__LISTEN", "0.0.0.0:0");
    let mut command = program::latchkey(&folder, &["doctor"]);
    let said = command.envs([wide]).output().await.unwrap();
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    assert!(
        said.contains("note   demo mode: off, because server.listen is open to other machines"),
        "{said}"
    );
    let mut command = program::latchkey(&folder, &["sync"]);
    let ended = command.envs([wide, ("LATCHKEY__DEMO", "on")]).output().await.unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(2), "{said}");
    assert!(
        said.contains("server.listen is open to other machines; say it with --demo"),
        "{said}"
    );
    let mut command = program::latchkey(&folder, &["--demo", "sync"]);
    let ended = command.envs([wide]).output().await.unwrap();
    assert!(ended.status.success(), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_alone_fills_the_shop_and_stops_cleanly() {
    let folder = own_folder();
    let mut worker = program::latchkey(&folder, &["worker"]).spawn().unwrap();
    let url = format!("sqlite://{}", folder.join("latchkey-data/latchkey.db").display());
    let begun = Instant::now();
    loop {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "the worker does not fill the shop"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
        // Until the worker has made the file and its schema, there is nothing to ask.
        let Ok(db) = Db::open(&url, Options::default()).await else {
            continue;
        };
        if db.catalog().is_empty().await.is_ok_and(|empty| !empty) {
            break;
        }
    }
    let id = worker.id().unwrap().to_string();
    assert!(
        tokio::process::Command::new("kill")
            .args(["-s", "TERM", &id])
            .status()
            .await
            .unwrap()
            .success()
    );
    assert_eq!(worker.wait().await.unwrap().code(), Some(0));
}
