//! One holder at a time, and nothing of an older holder after anything of a newer one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use storage::Db;
use testkit::{Kind, on_both_databases};
use uuid::Uuid;

use super::{database, id, run, soon, wait};

const JOB: &str = "sync";
const LONG: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(1);

async fn take(db: &Db, token: Uuid, name: &str, span: Duration) -> bool {
    let tx = db.begin().await.unwrap();
    let taken = tx.leases().take(JOB, token, name, span).await.unwrap();
    tx.commit().await.unwrap();
    taken
}

async fn renew(db: &Db, token: Uuid, span: Duration, progress: &str) -> bool {
    let tx = db.begin().await.unwrap();
    let renewed = tx.leases().renew(JOB, token, span, progress).await.unwrap();
    tx.commit().await.unwrap();
    renewed
}

async fn fence(db: &Db, token: Uuid) -> bool {
    let tx = db.begin().await.unwrap();
    tx.leases().fence(JOB, token).await.unwrap()
}

#[on_both_databases]
async fn a_second_taker_is_refused_and_sees_who_holds_it(kind: Kind) {
    let (_database, db) = database(kind).await;
    assert!(db.leases().holder(JOB).await.unwrap().is_none());
    assert!(take(&db, id(1), "first", LONG).await);
    assert!(!take(&db, id(2), "second", LONG).await);
    // Not even the holder takes it twice.
    assert!(!take(&db, id(1), "first", LONG).await);
    let holder = db.leases().holder(JOB).await.unwrap().unwrap();
    assert_eq!((holder.name.as_str(), holder.progress.as_str()), ("first", ""));
    // By the database's clock, in microseconds: after the year 2020 and before 2200.
    assert!(
        (1_577_836_800_000_000..7_258_118_400_000_000).contains(&holder.since.as_micros()),
        "{holder:?}"
    );
    assert!(db.leases().holder("another job").await.unwrap().is_none());
}

#[on_both_databases]
async fn of_many_who_take_at_once_one_gets_it(kind: Kind) {
    let (_database, db) = database(kind).await;
    for round in 0..3 {
        let takers: Vec<_> = (1..=8)
            .map(|number| {
                let db = db.clone();
                tokio::spawn(async move { take(&db, id(round * 100 + number), "somebody", LONG).await })
            })
            .collect();
        let mut taken = 0;
        for taker in takers {
            taken += u32::from(soon(taker).await.unwrap());
        }
        assert_eq!(taken, 1);
        run(&db, "UPDATE job_leases SET expires_at = 0").await;
    }
}

#[on_both_databases]
async fn renewing_holds_on_and_tells_how_far_it_is(kind: Kind) {
    let (_database, db) = database(kind).await;
    assert!(take(&db, id(1), "first", Duration::from_millis(400)).await);
    assert!(!renew(&db, id(2), LONG, "a stranger's").await);
    assert!(renew(&db, id(1), LONG, "page 7").await);
    wait(450).await;
    assert!(!take(&db, id(2), "second", LONG).await);
    assert_eq!(db.leases().holder(JOB).await.unwrap().unwrap().progress, "page 7");
    assert!(fence(&db, id(1)).await);
    assert!(!fence(&db, id(2)).await);
}

#[on_both_databases]
async fn who_gives_it_back_frees_it_for_the_next(kind: Kind) {
    let (_database, db) = database(kind).await;
    assert!(take(&db, id(1), "first", LONG).await);
    let tx = db.begin().await.unwrap();
    assert!(!tx.leases().give_back(JOB, id(2)).await.unwrap());
    assert!(tx.leases().give_back(JOB, id(1)).await.unwrap());
    assert!(!tx.leases().give_back(JOB, id(1)).await.unwrap());
    tx.commit().await.unwrap();
    assert!(db.leases().holder(JOB).await.unwrap().is_none());
    assert!(!fence(&db, id(1)).await);
    assert!(take(&db, id(2), "second", LONG).await);
}

#[on_both_databases]
async fn a_lease_that_ran_out_is_the_next_takers_and_the_first_is_shut_out(kind: Kind) {
    let (_database, db) = database(kind).await;
    assert!(take(&db, id(1), "first", SHORT).await);
    wait(30).await;
    assert!(db.leases().holder(JOB).await.unwrap().is_none());
    // Nobody took it yet: it is not lost.
    assert!(renew(&db, id(1), SHORT, "late").await);
    wait(30).await;
    assert!(take(&db, id(2), "second", LONG).await);
    assert!(!fence(&db, id(1)).await);
    assert!(!renew(&db, id(1), LONG, "too late").await);
    let tx = db.begin().await.unwrap();
    assert!(!tx.leases().give_back(JOB, id(1)).await.unwrap());
    tx.commit().await.unwrap();
    let holder = db.leases().holder(JOB).await.unwrap().unwrap();
    assert_eq!((holder.name.as_str(), holder.progress.as_str()), ("second", ""));
    assert!(fence(&db, id(2)).await);
}

#[on_both_databases]
async fn a_taker_waits_for_the_batch_of_the_one_before(kind: Kind) {
    let (_database, db) = database(kind).await;
    assert!(take(&db, id(1), "first", SHORT).await);
    wait(30).await;
    let batch = db.begin().await.unwrap();
    assert!(batch.leases().fence(JOB, id(1)).await.unwrap());
    let ended = Arc::new(AtomicBool::new(false));
    let taker = {
        let (db, ended) = (db.clone(), Arc::clone(&ended));
        tokio::spawn(async move {
            let tx = db.begin().await.unwrap();
            assert!(tx.leases().take(JOB, id(2), "second", LONG).await.unwrap());
            assert!(
                ended.load(Ordering::SeqCst),
                "it took the job while a batch of the first was open"
            );
            assert_eq!(
                tx.metadata().get("batch").await.unwrap().as_deref(),
                Some("of the first")
            );
            tx.commit().await.unwrap();
        })
    };
    wait(300).await;
    assert!(!taker.is_finished());
    batch.metadata().set_once("batch", "of the first").await.unwrap();
    ended.store(true, Ordering::SeqCst);
    batch.commit().await.unwrap();
    soon(taker).await.unwrap();
    assert!(!fence(&db, id(1)).await);
}
