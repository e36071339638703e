//! The pulse misses no commit, tells what has ended, and knows its database from another.

use std::time::Duration;

use domain::id::GameId;
use domain::touch::Touch;
use storage::Db;
use storage::touches::{Pulse, TouchRow};
use testkit::{Kind, TestDatabase, on_both_databases};

use super::{database, game, id, number, put, run, soon, stored, wait};

async fn touch(db: &Db, touch: Touch) -> TouchRow {
    let mut tx = db.begin().await.unwrap();
    tx.touch(touch);
    tx.commit().await.unwrap().touched.unwrap()
}

/// The pulse once everything up to `number` has ended. Transactions of other tests' databases, on the same server,
/// hold the mark back for a moment.
async fn pulse_past(db: &Db, from: u64, number: u64) -> Pulse {
    soon(async {
        loop {
            let pulse = db.touches().pulse(from).await.unwrap();
            if pulse.lowest > number {
                break pulse;
            }
            wait(20).await;
        }
    })
    .await
}

fn one(game: u128) -> Touch {
    Touch::Game(GameId(id(game)))
}

on_both_databases! {
    async fn numbers_rise_and_the_pulse_shows_all_from_where_it_is_asked(kind: Kind) {
        let (_database, db) = database(kind).await;
        let rows = [touch(&db, one(1)).await, touch(&db, Touch::Catalog).await, touch(&db, Touch::Home).await];
        assert!(rows.is_sorted_by(|a, b| a.number < b.number), "{rows:?}");
        let mut pulse = pulse_past(&db, rows[1].number, rows[2].number).await;
        pulse.rows.sort_by_key(|row| row.number);
        assert_eq!(pulse.rows, rows[1..]);
        let nothing = db.touches().pulse(rows[2].number + 1).await.unwrap();
        assert!(nothing.rows.is_empty());
        assert_eq!(nothing.incarnation, pulse.incarnation);
        assert!(nothing.lowest >= pulse.lowest);
    }

    async fn a_transaction_says_all_that_it_touched_once(kind: Kind) {
        let (_database, db) = database(kind).await;
        let mut tx = db.begin().await.unwrap();
        for touch in [one(2), Touch::Home, one(1), Touch::Catalog, one(2)] {
            tx.touch(touch);
        }
        let said = tx.commit().await.unwrap().touched.unwrap();
        assert_eq!(said.touches, [one(1), one(2), Touch::Catalog, Touch::Home]);
        assert_eq!(db.touches().pulse(0).await.unwrap().rows, [said]);
    }

    async fn who_touches_nothing_leaves_no_row(kind: Kind) {
        let (_database, db) = database(kind).await;
        put(&db, &[&game(1, |_| ())]).await;
        assert!(run(&db, "UPDATE games SET supplier_qty = 3").await.touched.is_none());
        assert!(db.touches().pulse(0).await.unwrap().rows.is_empty());
        assert_eq!(stored(&db, 1).await.facts.supplier_qty, 3);
    }

    async fn an_open_transaction_is_never_below_the_lowest(kind: Kind) {
        let (_database, db) = database(kind).await;
        touch(&db, Touch::Home).await;
        let mut open = db.begin().await.unwrap();
        open.execute_for_test("UPDATE games SET supplier_qty = 1").await.unwrap();
        open.touch(Touch::Catalog);
        let before = db.touches().pulse(0).await.unwrap();
        assert_eq!(before.rows.len(), 1);
        let said = open.commit().await.unwrap().touched.unwrap();
        assert!(before.lowest <= said.number, "{before:?} {said:?}");
        assert_eq!(db.touches().pulse(before.lowest).await.unwrap().rows.last(), Some(&said));
    }

    async fn a_touch_that_this_version_does_not_know_is_told(kind: Kind) {
        let (_database, db) = database(kind).await;
        run(&db, "INSERT INTO touches (number, names, touched_at) VALUES (7, 'moon:*\nhome:*', 1)").await;
        let row = db.touches().pulse(0).await.unwrap().rows.remove(0);
        assert_eq!(row, TouchRow { number: 7, touches: vec![Touch::Home], unknown: true });
    }

    async fn a_database_is_the_same_at_each_opening_and_another_is_not(kind: Kind) {
        let (first, second) = (TestDatabase::empty(kind).await, TestDatabase::empty(kind).await);
        let mut seen = Vec::new();
        for place in [&first, &first, &second] {
            let db = place.open().await;
            db.migrate().await.unwrap();
            seen.push(db.touches().pulse(0).await.unwrap().incarnation);
            db.close().await.unwrap();
        }
        assert_eq!(seen[0].len(), 32);
        assert_eq!(seen[0], seen[1]);
        assert_ne!(seen[0], seen[2]);
    }

    async fn trimming_forgets_the_old_and_numbers_go_on_rising(kind: Kind) {
        let (_database, db) = database(kind).await;
        let old = touch(&db, Touch::Home).await;
        let newest = touch(&db, Touch::Catalog).await;
        run(&db, &format!("UPDATE touches SET touched_at = touched_at - 60000000 WHERE number = {}", old.number)).await;
        let trim = async |seconds| {
            let tx = db.begin().await.unwrap();
            let gone = tx.touches().trim(Duration::from_secs(seconds)).await.unwrap();
            tx.commit().await.unwrap();
            gone
        };
        assert_eq!(trim(120).await, 0);
        assert_eq!(trim(30).await, 1);
        assert_eq!(db.touches().pulse(0).await.unwrap().rows, std::slice::from_ref(&newest));
        wait(5).await;
        assert_eq!(trim(0).await, 1);
        assert_eq!(number(&db, "SELECT COUNT(*) FROM touches").await, 0);
        // An empty table must not begin at 1 again, or caches would take new touches for old ones.
        pulse_past(&db, 0, newest.number).await;
        assert!(touch(&db, Touch::Home).await.number > newest.number);
    }

    async fn the_pulse_answers_while_all_other_connections_are_in_use(kind: Kind) {
        let (_database, db) = database(kind).await;
        let mut busy = Vec::new();
        for _ in 0..8 {
            busy.push(sea_orm::TransactionTrait::begin(db.raw()).await.unwrap());
        }
        tokio::time::timeout(Duration::from_secs(1), db.touches().pulse(0)).await.expect("the pulse waits").unwrap();
    }
}

#[tokio::test]
async fn a_commit_out_of_the_order_of_numbers_is_not_missed() {
    let (_database, db) = database(Kind::Postgres).await;
    put(&db, &[&game(1, |_| ())]).await;
    let mut slow = db.begin().await.unwrap();
    // Its first write gives it its number.
    slow.execute_for_test("UPDATE games SET supplier_qty = 1")
        .await
        .unwrap();
    slow.touch(one(1));
    let quick = touch(&db, Touch::Home).await;
    let before = db.touches().pulse(0).await.unwrap();
    assert_eq!(before.rows, std::slice::from_ref(&quick));
    assert!(before.lowest < quick.number);
    let late = slow.commit().await.unwrap().touched.unwrap();
    assert!(late.number < quick.number, "the test did not make what it is about");
    assert!(before.lowest <= late.number);
    let after = pulse_past(&db, before.lowest, quick.number).await;
    assert!(after.rows.contains(&late), "{after:?} misses {late:?}");
    assert!(after.rows.contains(&quick));
}
