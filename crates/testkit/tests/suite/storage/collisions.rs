//! Errors between two transactions, or on the connection to the database, are classified correctly.

use std::time::{Duration, Instant};

use domain::id::GameId;
use sea_orm::TransactionTrait;
use storage::{Db, Error, Options};
use testkit::{Kind, on_both_databases};

use super::{NOW, database, game, hide, id, put, rows, run, soon, stored, wait};

async fn raise_qty(db: &Db, number: u128) -> Result<(), Error> {
    let tx = db.begin().await?;
    let mut game = tx.catalog().lock_whole(&[GameId(id(number))]).await?.remove(0);
    game.facts.copies += 1;
    tx.catalog().put(&[&game], NOW).await?;
    tx.commit().await.map(|_| ())
}

#[on_both_databases]
async fn what_another_process_holds_for_too_long_is_a_collision(kind: Kind) {
    let (database, db) = database(kind).await;
    put(&db, &[&game(1, |_| ())]).await;
    let other_process = database.open().await;
    let held = other_process.begin().await.unwrap();
    hide(&held, &[GameId(id(1))]).await.unwrap();
    let start = Instant::now();
    let refused = soon(raise_qty(&db, 1)).await;
    assert!(matches!(refused, Err(Error::Collision(_))), "{refused:?}");
    assert!(start.elapsed() > Duration::from_millis(1_500), "it did not wait");
    assert!(start.elapsed() < Duration::from_secs(8), "it waited too long");
    held.commit().await.unwrap();
    soon(raise_qty(&db, 1)).await.unwrap();
    assert_eq!(stored(&db, 1).await.facts.copies, 11);
}

#[on_both_databases]
async fn what_another_process_holds_shortly_is_waited_for(kind: Kind) {
    let (database, db) = database(kind).await;
    put(&db, &[&game(1, |_| ())]).await;
    let other_process = database.open().await;
    let held = other_process.begin().await.unwrap();
    hide(&held, &[GameId(id(1))]).await.unwrap();
    let waiting = tokio::spawn(async move { raise_qty(&db, 1).await });
    wait(300).await;
    assert!(!waiting.is_finished(), "it did not wait");
    held.commit().await.unwrap();
    soon(waiting).await.unwrap().unwrap();
    assert_eq!(stored(&other_process, 1).await.facts.copies, 11);
}

#[on_both_databases]
async fn a_statement_that_breaks_a_rule_is_no_collision(kind: Kind) {
    let (_database, db) = database(kind).await;
    put(&db, &[&game(1, |_| ())]).await;
    let tx = db.begin().await.unwrap();
    let mut second = game(2, |_| ());
    second.slug = "game-1".to_owned();
    let refused = tx.catalog().put(&[&second], NOW).await;
    assert!(matches!(refused, Err(Error::Statement(_))), "{refused:?}");
    drop(tx);
    soon(raise_qty(&db, 1)).await.unwrap();
}

#[on_both_databases]
async fn a_closed_database_is_away(kind: Kind) {
    let (_database, db) = database(kind).await;
    db.clone().close().await.unwrap();
    assert!(matches!(db.catalog().is_empty().await, Err(Error::Away(_))));
    assert!(matches!(db.begin().await, Err(Error::Away(_))));
    assert!(matches!(db.pulse(0).await, Err(Error::Away(_))));
}

#[on_both_databases]
async fn a_pool_in_full_use_is_away_after_three_seconds(kind: Kind) {
    let (database, _db) = database(kind).await;
    let db = Db::open(&database.url, Options { connections_max: 1 }).await.unwrap();
    // Not `db.begin()`: on SQLite whoever writes has a connection of their own.
    let held = db.raw().begin().await.unwrap();
    let start = Instant::now();
    let refused = soon(db.catalog().is_empty()).await;
    assert!(matches!(refused, Err(Error::Away(_))), "{refused:?}");
    assert!(start.elapsed() < Duration::from_secs(6));
    // The pulse has a connection of its own.
    soon(db.pulse(0)).await.unwrap();
    drop(held);
    db.catalog().is_empty().await.unwrap();
}

#[tokio::test]
async fn two_that_wait_for_each_other_collide_and_one_of_them_succeeds() {
    let (_database, db) = database(Kind::Postgres).await;
    put(&db, &[&game(1, |_| ()), &game(2, |_| ())]).await;
    let (one, two) = (db.begin().await.unwrap(), db.begin().await.unwrap());
    hide(&one, &[GameId(id(1))]).await.unwrap();
    hide(&two, &[GameId(id(2))]).await.unwrap();
    let one = tokio::spawn(async move {
        let hidden = hide(&one, &[GameId(id(2))]).await;
        drop(one);
        hidden
    });
    let two = tokio::spawn(async move {
        let hidden = hide(&two, &[GameId(id(1))]).await;
        drop(two);
        hidden
    });
    let mut ends = [soon(one).await.unwrap(), soon(two).await.unwrap()];
    ends.sort_by_key(Result::is_err);
    assert!(matches!(ends, [Ok(1), Err(Error::Collision(_))]), "{ends:?}");
}

#[tokio::test]
async fn a_killed_connection_is_away_and_its_commit_an_unknown_outcome() {
    let (_database, db) = database(Kind::Postgres).await;
    put(&db, &[&game(1, |_| ())]).await;
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                WHERE datname = current_database() AND state = 'idle in transaction'";
    let tx = db.begin().await.unwrap();
    hide(&tx, &[GameId(id(1))]).await.unwrap();
    assert_eq!(rows(&db, kill).await.len(), 1);
    wait(100).await;
    let refused = hide(&tx, &[GameId(id(1))]).await;
    assert!(matches!(refused, Err(Error::Away(_))), "{refused:?}");
    drop(tx);
    let tx = db.begin().await.unwrap();
    hide(&tx, &[GameId(id(1))]).await.unwrap();
    assert_eq!(rows(&db, kill).await.len(), 1);
    wait(100).await;
    let refused = tx.commit().await;
    assert!(matches!(refused, Err(Error::UnknownOutcome(_))), "{refused:?}");
    // The next one finds a fresh connection, and nothing of the killed ones.
    assert!(db.catalog().by_id(GameId(id(1))).await.unwrap().is_some());
}

#[tokio::test]
async fn who_falls_asleep_in_a_transaction_loses_it() {
    let (_database, db) = database(Kind::Postgres).await;
    put(&db, &[&game(1, |_| ())]).await;
    let asleep = db.begin().await.unwrap();
    hide(&asleep, &[GameId(id(1))]).await.unwrap();
    wait(5_600).await;
    // Its lock is gone, though nobody ended it.
    soon(run(&db, "UPDATE games SET copies = 3")).await;
    let refused = hide(&asleep, &[GameId(id(1))]).await;
    assert!(
        matches!(refused, Err(Error::Away(_) | Error::Collision(_))),
        "{refused:?}"
    );
    drop(asleep);
    assert_eq!(stored(&db, 1).await.facts.copies, 3);
    assert!(db.catalog().by_id(GameId(id(1))).await.unwrap().is_some());
}

#[tokio::test]
async fn a_database_that_is_not_there_is_away() {
    let port = testkit::port::of_ones_own();
    for url in [
        format!("postgres://postgres@127.0.0.1:{port}/shop"),
        "sqlite:///nowhere/to/be/found/shop.db".to_owned(),
    ] {
        let start = Instant::now();
        let refused = Db::open(&url, Options::default()).await;
        assert!(matches!(refused, Err(Error::Away(_))), "{url}: {refused:?}");
        assert!(start.elapsed() < Duration::from_secs(8), "{url}: it waited too long");
    }
}

#[tokio::test]
async fn an_address_of_another_kind_is_refused_as_such() {
    for url in ["", "mysql://root@127.0.0.1/shop", "shop.db", "http://127.0.0.1:5432"] {
        let refused = Db::open(url, Options::default()).await;
        assert!(matches!(refused, Err(Error::Address)), "{url}: {refused:?}");
    }
}
