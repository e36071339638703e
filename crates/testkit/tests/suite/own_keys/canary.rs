//! Known keys are imported, sold, shown, paid back and taken back; then everything that the shop wrote or told anywhere is
//! searched for them.

mod sale;

use std::fs;
use std::path::Path;

use domain::clock::Timestamp;
use domain::own_key::KeyFormat;
use redis::cmd;
use serde_json::json;
use testkit::database::own_folder;
use testkit::postgres::Postgres;
use testkit::{Client, Kind, MailServer, Program, Redis, TestDatabase, TestShop, on_both_databases, program};

use sale::Sale;

use super::{games, import, stock, undo};

/// Long enough to be in no other text.
const KEYS: [&str; 4] = [
    "CANARY-7Q2X-AAAA",
    "canary-9w1z-bbbb",
    "CANARY, \"quoted\" cccc",
    "CANARY-TAKEN-BACK-dddd",
];

/// How a key could be written: as it is, in HTML, in JSON, in an address, in hex, or in base64 wherever it begins.
fn written(key: &str) -> Vec<Vec<u8>> {
    use base64::Engine as _;
    let mut ways = vec![
        key.as_bytes().to_vec(),
        key.replace('"', "&#34;").into_bytes(),
        key.replace('"', "&quot;").into_bytes(),
        serde_json::to_vec(key).unwrap()[1..]
            .strip_suffix(b"\"")
            .unwrap()
            .to_vec(),
        url::form_urlencoded::byte_serialize(key.as_bytes())
            .collect::<String>()
            .into_bytes(),
        in_hex(key).into_bytes(),
        in_hex(key).to_uppercase().into_bytes(),
    ];
    for shift in 0..3 {
        let text =
            base64::engine::general_purpose::STANDARD_NO_PAD.encode([&vec![b' '; shift], key.as_bytes()].concat());
        // What stands before it, and what follows, changes the ends.
        ways.push(text.as_bytes()[4..text.len() - 4].to_vec());
    }
    ways
}

fn in_hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

/// The keys that stand in `bytes` in some way.
fn found_in(bytes: &[u8]) -> Vec<&'static str> {
    let has = |way: &Vec<u8>| bytes.windows(way.len()).any(|window| window == way.as_slice());
    KEYS.into_iter().filter(|key| written(key).iter().any(has)).collect()
}

/// Everything in a database: the files of SQLite, a dump of PostgreSQL.
async fn everything(kind: Kind, database: &TestDatabase) -> Vec<u8> {
    match kind {
        Kind::Postgres => Postgres::shared().await.unwrap().dump_of(&database.url).unwrap(),
        Kind::Sqlite => {
            let file = database.url.strip_prefix("sqlite://").unwrap();
            let files = ["", "-wal"].map(|end| fs::read(format!("{file}{end}")).unwrap_or_default());
            files.concat()
        }
    }
}

async fn everything_in(redis: &Redis) -> Vec<u8> {
    let mut all = Vec::new();
    for key in redis.keys("").await {
        all.extend_from_slice(key.as_bytes());
        all.extend(redis.ask::<Vec<u8>>(cmd("DUMP").arg(&key)).await);
    }
    all
}

#[test]
fn the_search_finds_a_key_however_it_is_written() {
    use base64::Engine as _;
    let key = KEYS[0];
    for text in [
        key.to_owned(),
        format!("\\x00{}", in_hex(&format!("x{key}y"))),
        base64::engine::general_purpose::STANDARD.encode(format!("a{key}b")),
        base64::engine::general_purpose::STANDARD.encode(format!("abc{key}")),
    ] {
        assert_eq!(found_in(text.as_bytes()), [key], "{text}");
    }
    assert!(found_in(b"CANARY").is_empty());
}

#[on_both_databases]
async fn no_key_stands_in_clear_in_the_database_or_in_redis(kind: Kind) {
    let redis = Redis::start().await;
    let shop = TestShop::before(kind, &redis).await;
    let game = games(&shop, 1).await[0];
    let price = Some(100);
    let taken_back = stock(&shop, game, &KEYS[3..], "1", price).await;
    undo(&shop, taken_back).await.unwrap();
    let mut sale = Sale::prepared(&shop, game).await;
    sale.sells(&shop, game).await;
    sale.has_a_case(&shop).await;
    sale.is_read().await;
    // A file that is refused, with a key in what is wrong with it.
    let refused = import(&shop, &format!("game,key\n{game},\"{}", KEYS[0]), price)
        .await
        .unwrap_err();
    assert!(found_in(format!("{refused:?} {refused}").as_bytes()).is_empty());
    let rows = shop
        .shop
        .own_keys()
        .rows(KEYS[1].as_bytes(), KeyFormat::Lines, Some("x"))
        .unwrap();
    assert!(found_in(format!("{rows:?}").as_bytes()).is_empty());
    let slug = shop.shop.offers().of(game).await.unwrap().game.slug;
    for path in [format!("/api/games/{game}"), format!("/game/{slug}"), "/".to_owned()] {
        let page = shop.page(&path).await;
        assert!(found_in(page.as_bytes()).is_empty(), "{path}");
    }
    let all = everything(kind, &shop.database).await;
    assert!(all.len() > 100_000, "the dump is whole: {}", all.len());
    assert_eq!(found_in(&all), [""; 0]);
    let cached = everything_in(&redis).await;
    assert!(cached.len() > 1_000, "something is cached");
    assert_eq!(found_in(&cached), [""; 0]);
    assert_eq!(super::broken(&shop).await, [""; 0]);
}

#[on_both_databases]
async fn no_key_stands_in_clear_in_what_the_programs_say(kind: Kind) {
    let (folder, database) = (own_folder(), TestDatabase::migrated(kind).await);
    let (log, server) = (folder.join("serve.log"), MailServer::start().await);
    let mail_url = server.url();
    let environment = [
        ("DATABASE_URL", database.url.as_str()),
        ("SMTP_URL", mail_url.as_str()),
        ("MAIL_FROM", "shop@example.org"),
        ("LATCHKEY__SERVER__PUBLIC_URL", "http://127.0.0.1:8080"),
        ("LATCHKEY__LOG__FILTER", "trace"),
        ("LATCHKEY__ORDERS__REVEAL_ON_READ", "true"),
    ];
    let serving = Program::serve_logging(&folder, &["--no-demo"], &environment, &log).await;
    let game = super::commands::add_game(&database).await;
    let rows = KEYS.map(|key| format!("{game},\"{}\"\n", key.replace('"', "\"\"")));
    let file = folder.join("keys.csv");
    fs::write(&file, format!("game,key\n{}{}x,{}\n", rows.concat(), rows[0], KEYS[1])).unwrap();
    let said = run(
        &folder,
        &environment,
        &["keys", "import", "keys.csv", "--price", "1.00"],
    )
    .await;
    assert!(said.contains("4 taken, 1 duplicate, 1 of an unknown game"), "{said}");
    let import = said
        .split("import ")
        .nth(1)
        .unwrap()
        .split(':')
        .next()
        .unwrap()
        .to_owned();
    fs::write(&file, format!("game,key\n{game},\"{}", KEYS[0])).unwrap();
    let refused = run(&folder, &environment, &["keys", "import", "keys.csv"]).await;
    let topped_up = ["top-up", "ada@example.org", "20", "--reason", "at the desk"];
    let mut ada = Client::at(&serving.url);
    ada.register("ada@example.org").await;
    let booked = run(&folder, &environment, &topped_up).await;
    buys(&database, &mut ada, &game.to_string()).await;
    let undone = run(&folder, &environment, &["keys", "undo", &import]).await;
    let audited = run(&folder, &environment, &["audit"]).await;
    Client::at(&serving.url).get("/").await;
    // The greeting, and the receipt.
    for mail in server.took(2).await {
        assert_eq!(found_in(mail.as_bytes()), [""; 0], "{mail}");
    }
    serving.signal("TERM").await;
    serving.ended().await;
    let log = fs::read(&log).unwrap();
    assert!(log.len() > 1_000, "the log tells much");
    for text in [said, refused, booked, undone, audited] {
        assert_eq!(found_in(text.as_bytes()), [""; 0], "{text}");
    }
    assert_eq!(found_in(&log), [""; 0]);
    assert_eq!(found_in(&everything(kind, &database).await), [""; 0]);
}

/// A customer buys two keys, sees one of them twice, and then both by reading the order.
async fn buys(database: &TestDatabase, ada: &mut Client, game: &str) {
    let db = database.open().await;
    let tx = db.begin().await.unwrap();
    tx.accounts()
        .verify_email(ada.id.unwrap(), Timestamp::from_micros(1))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    db.close().await.unwrap();
    let bought = ada
        .post("/api/orders", &json!({"items": [{"gameId": game, "quantity": 2}]}))
        .await;
    assert_eq!(bought.status, 201, "{}", bought.text);
    let (order, key) = (&bought.data()["id"], &bought.data()["keys"][0]["id"]);
    let path = format!(
        "/api/orders/{}/keys/{}/reveal",
        order.as_str().unwrap(),
        key.as_str().unwrap()
    );
    for _ in 0..2 {
        let shown = ada.post(&path, &json!({})).await;
        assert_eq!(found_in(shown.text.as_bytes()).len(), 1, "{}", shown.text);
    }
    let read = format!("/api/orders/{}", order.as_str().unwrap());
    for _ in 0..2 {
        let shown = ada.get(&read).await;
        assert_eq!(found_in(shown.text.as_bytes()).len(), 2, "{}", shown.text);
    }
    for path in ["/api/orders", "/api/user/keys"] {
        let listed = ada.get(path).await;
        assert_eq!(found_in(listed.text.as_bytes()), [""; 0], "{path}");
    }
}

/// What a command says on both streams.
async fn run(folder: &Path, environment: &[(&str, &str)], words: &[&str]) -> String {
    let mut command = program::latchkey(folder, &[&["--no-demo"], words].concat());
    let ended = command.envs(environment.iter().copied()).output().await.unwrap();
    [ended.stdout, ended.stderr]
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .concat()
}
