//! The data folder of the previous version still works: the same games, addresses, accounts and carts, and interrupted
//! work is resumed.

use domain::id::SupplierName;
use domain::money::BasisPoints;
use domain::suppliers::Suppliers;
use reqwest::StatusCode;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use testkit::postgres::Postgres;
use testkit::{Client, Kind, MailServer, Program, TestDatabase, VersionBefore, on_both_databases, soon};

/// Whether `now` says all that `before` says, in the same words; it may say more.
fn says(now: &Value, before: &Value) -> bool {
    match (now, before) {
        (Value::Object(now), Value::Object(before)) => before
            .iter()
            .all(|(name, value)| now.get(name).is_some_and(|now| says(now, value))),
        (Value::Array(now), Value::Array(before)) => {
            now.len() == before.len() && now.iter().zip(before).all(|(now, before)| says(now, before))
        }
        (now, before) => now == before,
    }
}

#[track_caller]
fn assert_says(now: &Value, before: &Value) {
    assert!(says(now, before), "now {now:#}\nbefore {before:#}");
}

/// Every game, sold out or not, its description by its length: as the version before was asked.
async fn games(client: &mut Client) -> Vec<Value> {
    let mut games = Vec::new();
    for page in 1.. {
        let path = format!("/api/games?inStockOnly=false&sort=price-asc&pageSize=100&page={page}");
        let answer = client.get(&path).await;
        let list = answer.data();
        games.extend(list["data"].as_array().unwrap().iter().cloned());
        if page >= list["totalPages"].as_u64().unwrap() {
            break;
        }
    }
    for game in &mut games {
        game["description"] = game["description"].as_str().unwrap().chars().count().into();
    }
    games
}

/// Signs in with the password that the account always had.
async fn signed_in(client: Client, email: &str, recorded: &Value) -> Client {
    let mut client = client;
    let answer = client.sign_in(email, recorded["password"].as_str().unwrap()).await;
    assert_eq!(answer.status, 200, "{email}: {}", answer.body);
    client
}

/// Compares what somebody has with what was recorded of it.
async fn assert_has(client: &mut Client, recorded: &Value) {
    for (name, path) in [
        ("me", "/api/auth/me"),
        ("cart", "/api/cart"),
        ("wishlist", "/api/wishlist"),
    ] {
        if let Some(before) = recorded.get(name) {
            assert_says(client.get(path).await.data(), before);
        }
    }
}

#[on_both_databases]
async fn it_shows_the_same_games_at_the_same_addresses(kind: Kind) {
    let old = VersionBefore::copy(kind).await;
    let shop = old.taken(None).await;
    let before = old.recorded["games"].as_array().unwrap();
    assert!(before.len() > 80, "the fixture has games");
    let mut guest = shop.guest();
    assert_says(&games(&mut guest).await.into(), &old.recorded["games"]);
    for game in before {
        let path = format!("/game/{}", game["slug"].as_str().unwrap());
        let page = guest.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
    }
}

#[on_both_databases]
async fn it_knows_everybody_and_what_is_theirs(kind: Kind) {
    let old = VersionBefore::copy(kind).await;
    let shop = old.taken(None).await;
    let people = old.recorded["people"].as_object().unwrap();
    assert_eq!(people.len(), 4);
    for (email, before) in people {
        let mut person = signed_in(shop.guest(), email, &old.recorded).await;
        assert_has(&mut person, before).await;
    }
    // A sign-in of before holds.
    let kept = &old.recorded["refreshToken"];
    let mut carol = shop.guest();
    let refreshed = carol
        .post("/api/auth/refresh", &json!({"refreshToken": kept["token"]}))
        .await;
    assert_eq!(refreshed.status, 200, "{}", refreshed.body);
    carol.keep(&refreshed);
    assert_eq!(carol.get("/api/auth/me").await.data()["email"], kept["email"]);
}

#[on_both_databases]
async fn it_finds_the_guests_cart_and_brings_it_along_at_the_sign_in(kind: Kind) {
    let old = VersionBefore::copy(kind).await;
    let shop = old.taken(None).await;
    let before = &old.recorded["guest"];
    let mut guest = shop.guest();
    guest.guest = before["secret"].as_str().map(str::to_owned);
    assert_has(&mut guest, before).await;
    let copies = |cart: &Value| {
        cart["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["quantity"].as_u64().unwrap())
            .sum::<u64>()
    };
    let bobs = copies(&old.recorded["people"]["bob@example.org"]["cart"]);
    let mut bob = signed_in(guest, "bob@example.org", &old.recorded).await;
    assert_eq!(
        copies(bob.get("/api/cart").await.data()),
        bobs + copies(&before["cart"])
    );
}

#[on_both_databases]
async fn it_sends_the_mail_that_waited(kind: Kind) {
    let old = VersionBefore::copy(kind).await;
    let server = MailServer::start().await;
    let shop = old.taken(Some(&server)).await;
    let mut staff = signed_in(shop.guest(), "root@example.org", &old.recorded).await;
    let listed = staff.get("/api/admin/mails").await;
    assert_says(&listed.data()["data"], &old.recorded["mails"]);
    let _at_work = shop.at_work();
    let tx = shop.db.begin().await.unwrap();
    tx.execute_for_test("UPDATE outbox SET due_at = 0 WHERE state = 'ready'")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mail = server.took(1).await.remove(0);
    assert!(
        mail.contains("carol@example.org") && mail.contains("Subject: Welcome to Latchkey"),
        "{mail}"
    );
}

/// What a crawl of before had read was counted by games, which are offers now: the next one begins anew.
#[on_both_databases]
async fn it_crawls_anew_where_a_crawl_was_cut_off(kind: Kind) {
    let old = VersionBefore::copy(kind).await;
    let shop = old.taken(None).await;
    let mut staff = signed_in(shop.guest(), "root@example.org", &old.recorded).await;
    let told = staff.get("/api/admin/g2a/sync-progress").await;
    assert_eq!(told.data()["status"], "interrupted");
    assert_says(told.data(), &old.recorded["sync"]);
    assert!(
        !shop.shop.sync().is_interrupted().await.unwrap(),
        "nothing can be gone on with"
    );
    let before = shop.db.sync_runs().latest().await.unwrap().unwrap();
    let report = shop.shop.sync().catalogue("a test", &|_| true).await.unwrap();
    assert_eq!(report.error_count, 0, "{report:?}");
    let after = shop.db.sync_runs().latest().await.unwrap().unwrap();
    assert_eq!(after.outcome.as_deref(), Some("complete"));
    assert_ne!(after.id, before.id, "another crawl");
    assert_eq!(after.progress.read, after.progress.total);
}

/// Every game has an offer of the supplier that it had, and says what it said.
#[on_both_databases]
async fn its_games_have_their_offers(kind: Kind) {
    let old = VersionBefore::copy(kind).await;
    let db = old.open().await;
    let sums = |cost: &str, product: &str, table: &str| {
        format!(
            "SELECT CAST(COUNT(*) AS TEXT) || ' ' || SUM(price_cents) || ' ' || SUM({cost}) || ' ' || SUM(supplier_qty) || ' ' \
             || MIN({product}) || ' ' || MAX({product}) || ' ' || SUM(number) FROM {table}"
        )
    };
    let before = text(&db, &sums("supplier_price_cents", "supplier_product_id", "games")).await;
    let catalogue = "SELECT CAST(COUNT(*) AS TEXT) || ' ' || SUM(price_cents) || ' ' || MIN(slug) || ' ' || MAX(slug) || ' ' \
                     || SUM(number) || ' ' || SUM(CASE WHEN hidden THEN 1 ELSE 0 END) || ' ' || MAX(updated_at) FROM games";
    let games = text(&db, catalogue).await;
    assert_eq!(db.migrate().await.unwrap(), 16);
    assert_eq!(text(&db, &sums("cost_cents", "product_id", "offers")).await, before);
    assert_eq!(text(&db, catalogue).await, games);
    for table in ["offers", "sync_runs"] {
        let others = format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table} WHERE supplier <> 'g2a'");
        assert_eq!(text(&db, &others).await, "0", "{table}");
    }
    let found = db
        .audit()
        .invariants(&[(SupplierName::g2a(), BasisPoints::new(200))], &Suppliers::default())
        .await
        .unwrap();
    let broken: Vec<_> = found.iter().filter(|one| one.breaches > 0).collect();
    assert!(broken.is_empty(), "{broken:?}");
}

/// The one text that `sql` finds.
async fn text(db: &storage::Db, sql: &str) -> String {
    let raw = db.raw();
    let statement = Statement::from_string(raw.get_database_backend(), sql);
    let found = raw.query_one_raw(statement).await.unwrap().unwrap();
    found.try_get_by_index(0).unwrap()
}

#[on_both_databases]
async fn the_program_starts_on_it(kind: Kind) {
    let old = VersionBefore::copy(kind).await;
    let here = old.folder.parent().unwrap();
    let environment = [("DATABASE_URL", old.url.as_str())];
    let shop = Program::serve_with(here, &["--no-demo"], &environment).await;
    let mut guest = Client::at(&shop.url);
    soon("it is ready", async || {
        guest.clone().get("/readyz").await.status == StatusCode::OK.as_u16()
    })
    .await;
    assert_says(&games(&mut guest).await.into(), &old.recorded["games"]);
    let email = "ada@example.org";
    let mut ada = signed_in(guest, email, &old.recorded).await;
    assert_has(&mut ada, &json!({"cart": old.recorded["people"][email]["cart"]})).await;
    shop.signal("TERM").await;
    assert_eq!(shop.ended().await.code(), Some(0));
}

#[on_both_databases]
async fn its_schema_is_that_of_a_new_database(kind: Kind) {
    let (old, new) = (VersionBefore::copy(kind).await, TestDatabase::migrated(kind).await);
    let (old_db, new_db) = (old.open().await, new.open().await);
    old_db.migrate().await.unwrap();
    assert_eq!(old_db.pending_migrations().await.unwrap(), 0);
    let (before, now) = match kind {
        Kind::Sqlite => (schema(&old_db).await, schema(&new_db).await),
        Kind::Postgres => {
            let postgres = Postgres::shared().await.unwrap();
            (
                postgres.schema_of(&old.url).unwrap(),
                postgres.schema_of(&new.url).unwrap(),
            )
        }
    };
    assert!(
        before.contains("ux_cart_lines_user_id_game_id") && before.contains("seaql_migrations"),
        "{before}"
    );
    assert_eq!(before, now);
}

/// Every table, index and trigger of a SQLite file, in its own words.
async fn schema(db: &storage::Db) -> String {
    let sql = "SELECT type || ' ' || name || ' ' || COALESCE(sql, '') AS line FROM sqlite_master ORDER BY line";
    let raw = db.raw();
    let rows = raw
        .query_all_raw(Statement::from_string(raw.get_database_backend(), sql))
        .await
        .unwrap();
    let lines = rows.iter().map(|row| row.try_get::<String>("", "line").unwrap());
    lines.collect::<Vec<_>>().join("\n")
}
