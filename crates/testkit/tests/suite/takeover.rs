//! Another database in place of the old one, or the same one after a crash: lost numbers are not used.

use std::time::Duration;

use domain::id::GameId;
use domain::touch::Touch;
use sea_orm::{ConnectionTrait, Statement};
use storage::touches::TouchRow;
use storage::{Db, Options};
use testkit::link::{Link, State, server_of};
use testkit::postgres::Postgres;
use testkit::{Kind, Node, Redis, TestDatabase, TestShop, on_both_databases};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(30);

const fn game(number: u128) -> Touch {
    Touch::Game(GameId(Uuid::from_u128(number)))
}

async fn touch(db: &Db, touch: Touch) -> TouchRow {
    let mut tx = db.begin().await.unwrap();
    tx.touch(touch);
    tx.commit().await.unwrap().touched.unwrap()
}

async fn open(url: &str) -> Db {
    Db::open(url, Options::default()).await.unwrap()
}

/// The number that the next transaction of the whole server will bear.
async fn next_number(db: &Db) -> u64 {
    let sql = "SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS TEXT) AS BIGINT)";
    let statement = Statement::from_string(db.raw().get_database_backend(), sql);
    let row = db.raw().query_one_raw(statement).await.unwrap().unwrap();
    u64::try_from(row.try_get_by_index::<i64>(0).unwrap()).unwrap()
}

/// So many transactions that write nothing.
async fn spend_numbers(db: &Db, count: u32) {
    let spend = format!("DO $$ BEGIN FOR i IN 1..{count} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$");
    db.raw().execute_unprepared(&spend).await.unwrap();
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// A node that reaches the shop's database by a link.
async fn linked(shop: &TestShop, link: &Link) -> Node {
    let address = shop.database.url.replace(&server_of(&shop.database.url), &link.address);
    shop.node_at(&address).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_asks_the_next_database_by_its_own_numbers() {
    let redis = Redis::start().await;
    let shop = TestShop::before(Kind::Postgres, &redis).await;
    let server = Postgres::own().await.unwrap();
    let other = open(&server.load_dump_of(&shop.database.url).await.unwrap()).await;
    other.migrate().await.unwrap();
    while next_number(&shop.db).await < next_number(&other).await + 1_000 {
        spend_numbers(&shop.db, 1_000).await;
    }
    // The last question is for what comes after this.
    touch(&shop.db, game(1)).await;
    let link = Link::to(&server_of(&shop.database.url)).await;
    let node = linked(&shop, &link).await;
    let coherence = node.cache.coherence();
    until("a first pulse", || coherence.is_in_step()).await;
    let before = coherence.stamp();

    touch(&other, game(2)).await;
    let slow = other.begin().await.unwrap();
    slow.execute_for_test("UPDATE games SET copies = copies + 1")
        .await
        .unwrap();
    // What another node loaded before this may bear the number of the slow one, and lie in Redis.
    touch(&other, game(3)).await;
    link.lead_to(&server_of(&server.database().await.unwrap())).await;
    // What was touched before the slow one began is in what may be kept; a vacuum may hold the number down for a moment.
    until("the other database's pulse", || {
        let stamp = coherence.stamp();
        stamp.is_some_and(|stamp| Some(stamp) != before && coherence.admits(stamp, &[game(2)]))
    })
    .await;
    let stamp = coherence.stamp().unwrap();
    assert!(!coherence.admits(stamp, &[game(3)]), "what was touched since is not");
    assert!(
        coherence.admits(stamp, &[game(2)]),
        "which is no matter of the pulse's age"
    );
    drop(slow);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_is_given_again_after_a_crash_is_read_again() {
    let server = Postgres::own().await.unwrap();
    let database = TestDatabase::migrated_on(&server).await;
    let mut db = database.open().await;
    // Nothing reaches the disk of its own accord for as long as this test takes.
    for statement in ["ALTER SYSTEM SET wal_writer_delay = '10s'", "SELECT pg_reload_conf()"] {
        db.raw().execute_unprepared(statement).await.unwrap();
    }
    for _ in 0..8 {
        // The first one wakes whoever writes the log, if it slept.
        spend_numbers(&db, 1).await;
        sleep(Duration::from_millis(300)).await;
        touch(&db, game(1)).await;
        spend_numbers(&db, 20).await;
        let (seen, next) = (db.pulse(0).await.unwrap().seen, next_number(&db).await);
        server.restart(Duration::ZERO).await.unwrap();
        db = database.open().await;
        let row = touch(&db, game(2)).await;
        if row.number < next {
            let pulse = db.pulse(seen).await.unwrap();
            assert_eq!(pulse.rows, [row]);
            return;
        }
    }
    panic!("no crash lost a number: the test did not make what it is about");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_starts_though_all_touches_do_not_come_in_time() {
    let redis = Redis::start().await;
    let shop = TestShop::before(Kind::Postgres, &redis).await;
    let many = "INSERT INTO touches (number, names, touched_at) \
                SELECT number, repeat('home:*' || chr(10), 200), 0 FROM generate_series(1, 500) AS number";
    shop.db.raw().execute_unprepared(many).await.unwrap();
    let last = touch(&shop.db, game(1)).await;
    let link = Link::to(&server_of(&shop.database.url)).await;
    link.set(State::AnswersLate {
        by: Duration::from_secs(3),
        from_bytes: 8 << 10,
    });
    let node = linked(&shop, &link).await;
    let coherence = node.cache.coherence();
    until("a first pulse", || coherence.is_in_step()).await;
    let stamp = coherence.stamp().unwrap();
    // What it did not hear of is in what it loads now, and from now on it hears of everything.
    until("loads are kept", || {
        coherence.admits(coherence.stamp().unwrap(), &[game(1)])
    })
    .await;
    assert!(touch(&shop.db, game(1)).await.number > last.number);
    until("it hears", || !coherence.admits(stamp, &[game(1)])).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_loaded_from_a_dump_counts_anew() {
    let servers = [Postgres::own().await.unwrap(), Postgres::own().await.unwrap()];
    let database = TestDatabase::migrated_on(&servers[0]).await;
    let db = database.open().await;
    spend_numbers(&db, 5_000).await;
    let old = touch(&db, game(1)).await;
    let before = db.pulse(0).await.unwrap();

    let loaded = open(&servers[1].load_dump_of(&database.url).await.unwrap()).await;
    assert!(
        next_number(&loaded).await < old.number,
        "the test did not make what it is about"
    );
    loaded.migrate().await.unwrap();
    let first = loaded.pulse(0).await.unwrap();
    assert_ne!(first.incarnation, before.incarnation);
    assert_eq!((first.forgotten, first.rows), (0, Vec::new()));
    let row = touch(&loaded, game(2)).await;
    let next = loaded.pulse(first.seen).await.unwrap();
    assert_eq!(next.rows, [row]);
    // Once: whoever starts next finds its own numbers.
    loaded.migrate().await.unwrap();
    assert_eq!(loaded.pulse(0).await.unwrap().incarnation, first.incarnation);
}

#[on_both_databases]
async fn numbers_of_the_future_are_another_databases(kind: Kind) {
    let database = TestDatabase::migrated(kind).await;
    let db = database.open().await;
    let before = db.pulse(0).await.unwrap();
    for ahead in [
        "INSERT INTO touches (number, names, touched_at) VALUES (9000000000000, 'home:*', 0)",
        "UPDATE shop_marks SET value = '9000000000000' WHERE name = 'touches forgotten'",
    ] {
        db.raw().execute_unprepared(ahead).await.unwrap();
        // SQLite counts on from the highest number that it ever saw.
        if kind == Kind::Sqlite {
            db.raw()
                .execute_unprepared("DELETE FROM sqlite_sequence")
                .await
                .unwrap();
        }
        db.migrate().await.unwrap();
        let pulse = db.pulse(0).await.unwrap();
        assert_ne!(pulse.incarnation, before.incarnation);
        assert_eq!((pulse.forgotten, &*pulse.rows), (0, &[][..]));
        let row = touch(&db, game(1)).await;
        assert_eq!(db.pulse(pulse.seen).await.unwrap().rows, [row]);
    }
}
