//! The record of syncs, and the marks of a database.

use std::time::Duration;

use domain::clock::Timestamp;
use domain::id::SupplierName;
use domain::sync::{SyncKind, SyncProgress, SyncReport};
use storage::Db;
use storage::sync_runs::{StoredPosition, SyncRun};
use testkit::{Kind, on_both_databases};

use super::{NOW, database, id};

async fn begin(db: &Db, number: u128, at: Timestamp) {
    let tx = db.begin().await.unwrap();
    tx.sync_runs()
        .begin(id(number), &SupplierName::g2a(), SyncKind::Full, "a test", at)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[on_both_databases]
async fn a_sync_is_on_record_from_its_begin_to_its_end(kind: Kind) {
    let (_database, db) = database(kind).await;
    assert!(db.sync_runs().latest().await.unwrap().is_none());
    begin(&db, 1, NOW).await;
    let running = SyncRun {
        id: id(1),
        supplier: SupplierName::g2a(),
        kind: SyncKind::Full,
        holder: "a test".to_owned(),
        started_at: NOW,
        finished_at: None,
        outcome: None,
        parked_at: None,
        progress: SyncProgress::default(),
        report: SyncReport::default(),
    };
    assert_eq!(db.sync_runs().latest().await.unwrap(), Some(running.clone()));
    let report = SyncReport {
        added: 3,
        error_count: u64::from(u32::MAX) + 1,
        ..SyncReport::default()
    };
    let end = NOW.plus(Duration::from_secs(9));
    let tx = db.begin().await.unwrap();
    tx.sync_runs().finish(id(1), "complete", &report, end).await.unwrap();
    assert_eq!(db.sync_runs().latest().await.unwrap(), Some(running.clone()));
    tx.commit().await.unwrap();
    let ended = SyncRun {
        finished_at: Some(end),
        outcome: Some("complete".to_owned()),
        report,
        ..running
    };
    assert_eq!(db.sync_runs().latest().await.unwrap(), Some(ended));
}

#[on_both_databases]
async fn the_latest_is_the_one_that_began_last(kind: Kind) {
    let (_database, db) = database(kind).await;
    // As texts, the first of these would be the last; as rows, the second.
    for (number, micros) in [(1, 9_999), (2, 1_000_000), (3, 10_000)] {
        begin(&db, number, Timestamp::from_micros(micros)).await;
    }
    assert_eq!(
        db.sync_runs().latest().await.unwrap().unwrap().started_at,
        Timestamp::from_micros(1_000_000)
    );
    // Those before were never ended: whoever began after them closed them.
    let latest = db.sync_runs().latest().await.unwrap().unwrap();
    assert_eq!(latest.outcome.as_deref(), Some("abandoned"));
    let tx = db.begin().await.unwrap();
    tx.sync_runs()
        .finish(id(3), "failed", &SyncReport::default(), NOW)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(
        db.sync_runs().latest().await.unwrap().unwrap(),
        latest,
        "another run was finished"
    );
}

#[on_both_databases]
async fn a_crawl_is_gone_on_with_where_it_was_kept_unless_it_is_old(kind: Kind) {
    let (_database, db) = database(kind).await;
    assert!(
        db.sync_runs()
            .interrupted(&SupplierName::g2a(), Timestamp::EPOCH)
            .await
            .unwrap()
            .is_none()
    );
    begin(&db, 1, NOW).await;
    let kept = |word: &str, bits: &[u8]| StoredPosition {
        state: word.to_owned(),
        seen: bits.to_vec(),
        cursor: vec![0, 255],
    };
    for position in [kept("first", &[]), kept("second", &[1, 0, 255])] {
        let tx = db.begin().await.unwrap();
        tx.sync_runs().keep(id(1), position).await.unwrap();
        tx.commit().await.unwrap();
    }
    // A run of another kind leaves it alone.
    begin(&db, 2, NOW.plus(Duration::from_secs(1))).await;
    let (run, position) = db
        .sync_runs()
        .interrupted(&SupplierName::g2a(), NOW)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (run.id, run.outcome, position),
        (id(1), None, kept("second", &[1, 0, 255]))
    );
    assert!(
        db.sync_runs()
            .interrupted(&SupplierName::g2a(), NOW.plus(Duration::from_micros(1)))
            .await
            .unwrap()
            .is_none()
    );
    let tx = db.begin().await.unwrap();
    tx.sync_runs().forget_positions(&SupplierName::g2a()).await.unwrap();
    tx.commit().await.unwrap();
    assert!(
        db.sync_runs()
            .interrupted(&SupplierName::g2a(), NOW)
            .await
            .unwrap()
            .is_none()
    );
}

#[on_both_databases]
async fn a_mark_is_set_once(kind: Kind) {
    let (_database, db) = database(kind).await;
    assert_eq!(db.metadata().get("demo").await.unwrap(), None);
    for (value, new) in [("yes", true), ("no", false)] {
        let tx = db.begin().await.unwrap();
        assert_eq!(tx.metadata().set_once("demo", value).await.unwrap(), new);
        assert_eq!(tx.metadata().get("demo").await.unwrap().as_deref(), Some("yes"));
        tx.commit().await.unwrap();
    }
    assert_eq!(db.metadata().get("demo").await.unwrap().as_deref(), Some("yes"));
    assert!(db.metadata().get("incarnation").await.unwrap().is_some());
}
