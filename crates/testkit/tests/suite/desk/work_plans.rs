//! With years of work behind it, a shop reads the lists of runs, of failed jobs and of the trail by their indexes.

use domain::listing::{ListStart, SortValue};
use sea_orm::ConnectionTrait;
use storage::Db;
use storage::trail::TrailFilter;
use testkit::{Kind, TestDatabase, on_both_databases};

use super::people_plans::filtered;
use super::plans::{Seen, after, begins_at_row, begins_by, ids_and_analysis, plan, query, reads_by, see, series};

const ROWS: u32 = 50_000;

/// A database with many runs, many messages of which one in a hundred failed for good, and a long trail.
async fn large(kind: Kind) -> (TestDatabase, Db, Seen) {
    let database = TestDatabase::migrated(kind).await;
    let mut db = database.open().await;
    let (id, analyze) = ids_and_analysis(kind);
    let series = series(kind, ROWS);
    let runs = format!(
        "INSERT INTO sync_runs (id, supplier, kind, started_at, finished_at, outcome) SELECT {id}, \
         CASE WHEN n % 1000 = 0 THEN 'wholesaler' ELSE 'g2a' END, 'stock', n, n, 'complete' FROM {series} AS series"
    );
    let messages = format!(
        "INSERT INTO outbox (id, lane, payload, state, due_at, attempts, last_error, created_at) SELECT {id}, 'mail', '{{}}', \
         CASE WHEN n % 100 = 0 THEN 'buried' ELSE 'ready' END, n, 3, 'refused', n FROM {series} AS series"
    );
    let trail = format!(
        "INSERT INTO trail_entries (seq, at, actor, address, device, action, subject_kind, subject, values_mac, content_mac, mac) \
         SELECT n, n, 'actor ' || (n % 1000), '', '', CASE WHEN n % 1000 = 0 THEN 'user.block' ELSE 'game.override' END, \
         CASE WHEN n % 1000 = 0 THEN 'user' ELSE 'game' END, 'subject ' || (n % 5000), '', '', '' FROM {series} AS series"
    );
    for text in [runs.as_str(), messages.as_str(), trail.as_str(), analyze] {
        db.raw().execute_unprepared(text).await.unwrap();
    }
    let seen = see(&mut db);
    (database, db, seen)
}

#[on_both_databases]
async fn runs_failed_jobs_and_the_trail_are_read_by_index(kind: Kind) {
    let (_database, db, seen) = large(kind).await;
    let number = after(SortValue::Number(25_000));
    for (asked, index) in [
        // By the time, or by each supplier and the time.
        (query("begun", number.clone()), "ix_sync_runs_s"),
        (filtered(&[("supplier", "wholesaler")], ""), "ix_sync_runs_supplier"),
    ] {
        assert_eq!(db.sync_runs().watched_list(&asked).await.unwrap().rows.len(), 50);
        begins_by(&plan(kind, &db, &seen).await, index);
    }
    for (start, is_bounded) in [(ListStart::First, false), (number.clone(), true)] {
        let asked = query("posted", start);
        assert_eq!(db.outbox().dead_letters(&asked).await.unwrap().rows.len(), 50);
        let plan = plan(kind, &db, &seen).await;
        reads_by(&plan, "ix_outbox_dead", &[]);
        if is_bounded {
            begins_by(&plan, "ix_outbox_dead");
        }
    }
    the_trail(kind, &db, &seen).await;
}

async fn the_trail(kind: Kind, db: &Db, seen: &Seen) {
    let first = query("number", ListStart::First);
    let number = query("number", after(SortValue::Number(25_000)));
    let only = |set: fn(&mut TrailFilter, String), value: &str| {
        let mut filter = TrailFilter::default();
        set(&mut filter, value.to_owned());
        filter
    };
    let all = TrailFilter::default();
    let key = match kind {
        Kind::Sqlite => "INTEGER PRIMARY KEY",
        Kind::Postgres => "trail_entries_pkey",
    };
    for (filter, asked, index) in [
        (&all, &number, key),
        (
            &only(|it, value| it.actor = Some(value), "actor 7"),
            &first,
            "ix_trail_entries_actor_seq",
        ),
        (
            &only(|it, value| it.action = Some(value), "user.block"),
            &first,
            "ix_trail_entries_action_seq",
        ),
        (
            &only(|it, value| it.subject = Some(value), "subject 7"),
            &first,
            "ix_trail_entries_subject_seq",
        ),
        (
            &only(|it, value| it.subject_kind = Some(value), "user"),
            &first,
            "ix_trail_entries_subject_kind_subject_seq",
        ),
    ] {
        let found = db.trail().managed_list(filter, asked).await.unwrap();
        assert!(found.rows.len() >= 10, "{filter:?}");
        let plan = plan(kind, db, seen).await;
        // Nothing here has values beside it.
        reads_by(&plan, index, &["trail_values"]);
        begins_at_row(&plan);
    }
}
