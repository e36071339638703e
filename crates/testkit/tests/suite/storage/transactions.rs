//! Transactions are atomic, wait for each other in order, and lose nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use domain::id::GameId;
use domain::message::{Message, Queue};
use testkit::{Kind, TestDatabase, on_both_databases};
use tokio::sync::Mutex;

use super::{NOW, database, game, hide, id, number, put, soon, stored, wait};

fn message() -> Message {
    Message {
        queue: Queue::Sync,
        payload: "now".to_owned(),
    }
}

#[on_both_databases]
async fn a_dropped_transaction_leaves_nothing(kind: Kind) {
    let (_database, db) = database(kind).await;
    let mut tx = db.begin().await.unwrap();
    tx.catalog().put(&[&game(1, |_| ())], NOW).await.unwrap();
    tx.outbox()
        .push(id(1), &message(), Duration::ZERO, None, NOW)
        .await
        .unwrap();
    tx.touch(domain::touch::Touch::Catalog);
    drop(tx);
    assert!(db.catalog().is_empty().await.unwrap());
    assert_eq!(db.outbox().counts().await.unwrap().open, 0);
    assert_eq!(number(&db, "SELECT COUNT(*) FROM touches").await, 0);
    // Nothing is left locked either.
    soon(put(&db, &[&game(1, |_| ())])).await;
}

#[on_both_databases]
async fn what_is_committed_is_seen_by_another_connection_and_nothing_before(kind: Kind) {
    let (database, db) = database(kind).await;
    let other = database.open().await;
    let tx = db.begin().await.unwrap();
    tx.catalog().put(&[&game(1, |_| ())], NOW).await.unwrap();
    assert!(soon(other.catalog().is_empty()).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(
        other.catalog().by_id(GameId(id(1))).await.unwrap(),
        Some(game(1, |_| ()))
    );
}

#[on_both_databases]
async fn readers_go_on_while_a_transaction_is_open(kind: Kind) {
    let (_database, db) = database(kind).await;
    put(&db, &[&game(1, |_| ())]).await;
    let tx = db.begin().await.unwrap();
    hide(&tx, &[GameId(id(1))]).await.unwrap();
    // More reads than the pool has connections, by the very Db that began the transaction.
    let reads = (0..30).map(|_| {
        let db = db.clone();
        tokio::spawn(async move { db.catalog().by_id(GameId(id(1))).await.unwrap() })
    });
    for read in reads.collect::<Vec<_>>() {
        let read = tokio::time::timeout(Duration::from_secs(2), read)
            .await
            .expect("a reader waits for a writer");
        assert!(read.unwrap().is_some(), "a reader saw what was not committed");
    }
    tx.commit().await.unwrap();
    assert!(db.catalog().by_id(GameId(id(1))).await.unwrap().is_none());
}

#[on_both_databases]
async fn parallel_read_then_write_under_a_lock_loses_nothing(kind: Kind) {
    let (_database, db) = database(kind).await;
    put(&db, &[&game(1, |facts| facts.copies = 0)]).await;
    let tasks: Vec<_> = (0..12)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                let tx = db.begin().await.unwrap();
                let mut game = tx.catalog().lock_whole(&[GameId(id(1))]).await.unwrap().remove(0);
                wait(5).await;
                game.facts.copies += 1;
                tx.catalog().put(&[&game], NOW).await.unwrap();
                tx.commit().await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        soon(task).await.unwrap();
    }
    assert_eq!(stored(&db, 1).await.facts.copies, 12);
}

#[on_both_databases]
async fn a_guarded_update_never_sells_more_than_there_is(kind: Kind) {
    let (_database, db) = database(kind).await;
    put(&db, &[&game(1, |_| ())]).await;
    super::offers::put_offer(&db, 1, |offer| offer.supplier_qty = 5).await;
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                let tx = db.begin().await.unwrap();
                let sql = "UPDATE offers SET reserved = reserved + 1 WHERE supplier_qty - reserved >= 1";
                let sold = tx.execute_for_test(sql).await.unwrap();
                tx.commit().await.unwrap();
                sold
            })
        })
        .collect();
    let mut sold = 0;
    for task in tasks {
        sold += soon(task).await.unwrap();
    }
    assert_eq!(sold, 5);
    assert_eq!(number(&db, "SELECT reserved FROM offers").await, 5);
}

#[on_both_databases]
async fn fifty_parallel_writers_all_succeed_while_readers_go_on(kind: Kind) {
    let (_database, db) = database(kind).await;
    let (over, reads) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let readers: Vec<_> = (0..2)
        .map(|_| {
            let (db, over, reads) = (db.clone(), Arc::clone(&over), Arc::clone(&reads));
            tokio::spawn(async move {
                while !over.load(Ordering::SeqCst) {
                    db.catalog().is_empty().await.unwrap();
                    reads.fetch_add(1, Ordering::SeqCst);
                    wait(1).await;
                }
            })
        })
        .collect();
    let writers: Vec<_> = (1..=50)
        .map(|number| {
            let db = db.clone();
            tokio::spawn(async move { put(&db, &[&game(number, |_| ())]).await })
        })
        .collect();
    for writer in writers {
        assert_eq!(soon(writer).await.unwrap(), 1);
    }
    over.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
    assert!(reads.load(Ordering::SeqCst) > 1);
    assert_eq!(number(&db, "SELECT COUNT(*) FROM games").await, 50);
}

#[on_both_databases]
async fn a_duplicate_key_is_an_answer_and_the_transaction_goes_on(kind: Kind) {
    let (_database, db) = database(kind).await;
    let tx = db.begin().await.unwrap();
    assert!(
        tx.outbox()
            .push(id(1), &message(), Duration::ZERO, Some("once"), NOW)
            .await
            .unwrap()
    );
    assert!(
        !tx.outbox()
            .push(id(2), &message(), Duration::ZERO, Some("once"), NOW)
            .await
            .unwrap()
    );
    assert!(tx.metadata().set_once("colour", "red").await.unwrap());
    assert!(!tx.metadata().set_once("colour", "blue").await.unwrap());
    tx.catalog().put(&[&game(1, |_| ())], NOW).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(db.outbox().counts().await.unwrap().open, 1);
    assert!(!db.catalog().is_empty().await.unwrap());
}

#[on_both_databases]
async fn two_transactions_that_push_one_key_at_once_push_it_once(kind: Kind) {
    let (_database, db) = database(kind).await;
    let tasks: Vec<_> = (1..=6)
        .map(|number| {
            let db = db.clone();
            tokio::spawn(async move {
                let tx = db.begin().await.unwrap();
                let new = tx
                    .outbox()
                    .push(id(number), &message(), Duration::ZERO, Some("once"), NOW)
                    .await
                    .unwrap();
                wait(5).await;
                tx.commit().await.unwrap();
                u32::from(new)
            })
        })
        .collect();
    let mut pushed = 0;
    for task in tasks {
        pushed += soon(task).await.unwrap();
    }
    assert_eq!(pushed, 1);
    assert_eq!(db.outbox().counts().await.unwrap().open, 1);
}

#[tokio::test]
async fn writers_of_the_embedded_database_come_in_the_order_of_their_arrival() {
    let (_database, db) = database(testkit::Kind::Sqlite).await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let first = db.begin().await.unwrap();
    let mut tasks = Vec::new();
    for number in 0..10 {
        let (db, order) = (db.clone(), Arc::clone(&order));
        tasks.push(tokio::spawn(async move {
            let tx = db.begin().await.unwrap();
            order.lock().await.push(number);
            wait(1).await;
            tx.commit().await.unwrap();
        }));
        wait(2).await;
    }
    assert!(order.lock().await.is_empty(), "somebody did not wait");
    first.commit().await.unwrap();
    for task in tasks {
        soon(task).await.unwrap();
    }
    assert_eq!(*order.lock().await, (0..10).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_database_that_was_never_migrated_says_so() {
    for kind in [testkit::Kind::Sqlite, testkit::Kind::Postgres] {
        let empty = TestDatabase::empty(kind).await;
        let db = empty.open().await;
        assert!(matches!(
            db.catalog().is_empty().await,
            Err(storage::Error::Statement(_))
        ));
        assert_eq!(db.pending_migrations().await.unwrap(), 24);
    }
}
