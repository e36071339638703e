//! The pulse misses no commit, reports what has ended, and distinguishes its database from another.

use std::time::Duration;

use domain::clock::Timestamp;
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
            let pulse = db.pulse(from).await.unwrap();
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

#[on_both_databases]
async fn numbers_rise_and_the_pulse_shows_all_from_where_it_is_asked(kind: Kind) {
    let (_database, db) = database(kind).await;
    let rows = [
        touch(&db, one(1)).await,
        touch(&db, Touch::Catalog).await,
        touch(&db, Touch::Home).await,
    ];
    assert!(rows.is_sorted_by(|a, b| a.number < b.number), "{rows:?}");
    let mut pulse = pulse_past(&db, rows[1].number, rows[2].number).await;
    pulse.rows.sort_by_key(|row| row.number);
    assert_eq!(pulse.rows, rows[1..]);
    let nothing = db.pulse(rows[2].number + 1).await.unwrap();
    assert!(nothing.rows.is_empty());
    assert_eq!(nothing.incarnation, pulse.incarnation);
    assert!(nothing.lowest >= pulse.lowest);
}

#[on_both_databases]
async fn a_transaction_says_all_that_it_touched_once(kind: Kind) {
    let (_database, db) = database(kind).await;
    let mut tx = db.begin().await.unwrap();
    for touch in [one(2), Touch::Home, one(1), Touch::Catalog, one(2)] {
        tx.touch(touch);
    }
    let said = tx.commit().await.unwrap().touched.unwrap();
    assert_eq!(said.touches, [one(1), one(2), Touch::Catalog, Touch::Home]);
    assert_eq!(db.pulse(0).await.unwrap().rows, [said]);
}

#[on_both_databases]
async fn who_touches_nothing_leaves_no_row(kind: Kind) {
    let (_database, db) = database(kind).await;
    put(&db, &[&game(1, |_| ())]).await;
    assert!(run(&db, "UPDATE games SET copies = 3").await.touched.is_none());
    assert!(db.pulse(0).await.unwrap().rows.is_empty());
    assert_eq!(stored(&db, 1).await.facts.copies, 3);
}

#[on_both_databases]
async fn an_open_transaction_is_never_below_the_lowest(kind: Kind) {
    let (_database, db) = database(kind).await;
    touch(&db, Touch::Home).await;
    let mut open = db.begin().await.unwrap();
    open.execute_for_test("UPDATE games SET copies = 1").await.unwrap();
    open.touch(Touch::Catalog);
    let before = db.pulse(0).await.unwrap();
    assert_eq!(before.rows.len(), 1);
    let said = open.commit().await.unwrap().touched.unwrap();
    assert!(before.lowest <= said.number, "{before:?} {said:?}");
    assert_eq!(db.pulse(before.lowest).await.unwrap().rows.last(), Some(&said));
}

#[on_both_databases]
async fn a_touch_that_this_version_does_not_know_is_told(kind: Kind) {
    let (_database, db) = database(kind).await;
    run(
        &db,
        "INSERT INTO touches (number, names, touched_at) VALUES (7, 'moon:*\nhome:*', 1)",
    )
    .await;
    let row = db.pulse(0).await.unwrap().rows.remove(0);
    let touched_at = Timestamp::from_micros(1);
    assert_eq!(
        row,
        TouchRow {
            number: 7,
            touches: vec![Touch::Home],
            unknown: true,
            touched_at
        }
    );
}

#[on_both_databases]
async fn the_pulse_tells_how_old_a_touch_is_by_the_databases_clock(kind: Kind) {
    let (_database, db) = database(kind).await;
    let before = db.pulse(0).await.unwrap().clock;
    let said = touch(&db, Touch::Home).await;
    wait(60).await;
    let pulse = db.pulse(0).await.unwrap();
    assert!(
        before <= said.touched_at && said.touched_at <= pulse.clock,
        "{before:?} {said:?} {pulse:?}"
    );
    // One clock counts milliseconds, and the wait may be long.
    let age = pulse.age(&pulse.rows[0]);
    assert!(
        age >= Duration::from_millis(58) && age < Duration::from_secs(10),
        "{age:?}"
    );
    let set_back = Pulse {
        clock: before.minus(Duration::from_secs(9)),
        ..pulse.clone()
    };
    assert_eq!(set_back.age(&pulse.rows[0]), Duration::ZERO);
}

#[on_both_databases]
async fn a_database_is_the_same_at_each_opening_and_another_is_not(kind: Kind) {
    let (first, second) = (TestDatabase::empty(kind).await, TestDatabase::empty(kind).await);
    let mut seen = Vec::new();
    for place in [&first, &first, &second] {
        let db = place.open().await;
        db.migrate().await.unwrap();
        seen.push(db.pulse(0).await.unwrap().incarnation);
        db.close().await.unwrap();
    }
    // On PostgreSQL the timeline stands behind it.
    let own = seen[0].split('.').next().unwrap();
    assert_eq!(own.len(), 32);
    assert_eq!(seen[0], seen[1]);
    assert_ne!(seen[0], seen[2]);
}

#[on_both_databases]
async fn trimming_forgets_the_old_and_numbers_go_on_rising(kind: Kind) {
    let (_database, db) = database(kind).await;
    let old = touch(&db, Touch::Home).await;
    let newest = touch(&db, Touch::Catalog).await;
    run(
        &db,
        &format!(
            "UPDATE touches SET touched_at = touched_at - 60000000 WHERE number = {}",
            old.number
        ),
    )
    .await;
    let trim = async |seconds| {
        let tx = db.begin().await.unwrap();
        let gone = tx.touches().trim(Duration::from_secs(seconds)).await.unwrap();
        tx.commit().await.unwrap();
        gone
    };
    pulse_past(&db, 0, newest.number).await;
    assert_eq!(trim(120).await, 0);
    assert_eq!(trim(30).await, 1);
    assert_eq!(db.pulse(0).await.unwrap().rows, std::slice::from_ref(&newest));
    wait(5).await;
    assert_eq!(trim(0).await, 1);
    assert_eq!(number(&db, "SELECT COUNT(*) FROM touches").await, 0);
    // An empty table must not begin at 1 again, or caches would take new touches for old ones.
    pulse_past(&db, 0, newest.number).await;
    assert!(touch(&db, Touch::Home).await.number > newest.number);
}

#[on_both_databases]
async fn what_touches_nothing_does_not_move_the_lowest(kind: Kind) {
    let (_database, db) = database(kind).await;
    put(&db, &[&game(1, |_| ())]).await;
    let last = touch(&db, Touch::Home).await;
    let pulse = pulse_past(&db, 0, last.number).await;
    for _ in 0..20 {
        run(&db, "UPDATE games SET copies = copies + 1").await;
    }
    // After a crash the numbers of those that left nothing durable are given again: no stamp may claim them.
    let after = db.pulse(pulse.seen.clone()).await.unwrap();
    assert_eq!((after.lowest, after.rows), (last.number + 1, Vec::new()));
}

#[on_both_databases]
async fn trimming_says_how_far_it_went(kind: Kind) {
    let (_database, db) = database(kind).await;
    let (old, newest) = (touch(&db, Touch::Home).await, touch(&db, Touch::Catalog).await);
    let before = pulse_past(&db, 0, newest.number).await;
    assert_eq!(before.forgotten, 0);
    assert!(before.seen.covers(newest.number));
    run(
        &db,
        &format!(
            "UPDATE touches SET touched_at = touched_at - 60000000 WHERE number = {}",
            old.number
        ),
    )
    .await;
    let tx = db.begin().await.unwrap();
    tx.touches().trim(Duration::from_secs(30)).await.unwrap();
    tx.commit().await.unwrap();
    let after = db.pulse(0).await.unwrap();
    assert_eq!((after.forgotten, after.rows.len()), (old.number, 1));
    assert_eq!(after.lowest, before.lowest, "an emptied table is no new beginning");
}

#[on_both_databases]
async fn the_pulse_answers_while_all_other_connections_are_in_use(kind: Kind) {
    let (_database, db) = database(kind).await;
    let mut busy = Vec::new();
    for _ in 0..8 {
        busy.push(sea_orm::TransactionTrait::begin(db.raw()).await.unwrap());
    }
    tokio::time::timeout(Duration::from_secs(1), db.pulse(0))
        .await
        .expect("the pulse waits")
        .unwrap();
}

#[tokio::test]
async fn a_commit_out_of_the_order_of_numbers_is_not_missed() {
    let (_database, db) = database(Kind::Postgres).await;
    put(&db, &[&game(1, |_| ())]).await;
    let mut slow = db.begin().await.unwrap();
    // Its first write gives it its number.
    slow.execute_for_test("UPDATE games SET copies = 1").await.unwrap();
    slow.touch(one(1));
    let quick = touch(&db, Touch::Home).await;
    let before = db.pulse(0).await.unwrap();
    assert_eq!(before.rows, std::slice::from_ref(&quick));
    assert!(before.lowest < quick.number);
    let late = slow.commit().await.unwrap().touched.unwrap();
    assert!(late.number < quick.number, "the test did not make what it is about");
    assert!(before.lowest <= late.number);
    let after = pulse_past(&db, before.lowest, quick.number).await;
    assert!(after.rows.contains(&late), "{after:?} misses {late:?}");
    assert!(after.rows.contains(&quick));
}

#[tokio::test]
async fn what_was_read_is_not_read_again_while_something_else_runs_on() {
    let (_database, db) = database(Kind::Postgres).await;
    put(&db, &[&game(1, |_| ())]).await;
    let mut long = db.begin().await.unwrap();
    long.execute_for_test("UPDATE games SET copies = 1").await.unwrap();
    let first = touch(&db, one(1)).await;
    let pulse = db.pulse(0).await.unwrap();
    assert_eq!(pulse.rows, std::slice::from_ref(&first));
    assert!(pulse.lowest <= first.number && !pulse.seen.covers(first.number));
    let second = touch(&db, one(2)).await;
    let next = db.pulse(pulse.seen).await.unwrap();
    assert_eq!(next.rows, std::slice::from_ref(&second), "the first is not read again");
    long.touch(Touch::Home);
    let late = long.commit().await.unwrap().touched.unwrap();
    assert!(late.number < first.number, "the test did not make what it is about");
    assert_eq!(
        db.pulse(next.seen).await.unwrap().rows,
        [late],
        "and the late one is not missed"
    );
}
