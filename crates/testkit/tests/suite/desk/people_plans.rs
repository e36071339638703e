//! With 50,000 accounts and what belongs to them, the lists about people are read by their indexes.

use domain::listing::{ListQuery, ListStart, SortValue};
use sea_orm::ConnectionTrait;
use storage::Db;
use testkit::{Kind, TestDatabase, on_both_databases};
use uuid::Uuid;

use super::plans::{Seen, after, ids_and_analysis, plan, query, reads_by, see, series};

const ACCOUNTS: u32 = 50_000;

/// A database with many accounts, and three events and two mails of each, as plain SQL that both understand.
async fn large(kind: Kind) -> (TestDatabase, Db, Seen) {
    let database = TestDatabase::migrated(kind).await;
    let mut db = database.open().await;
    let (id, analyze) = ids_and_analysis(kind);
    let series = series(kind, ACCOUNTS);
    let users = format!(
        "INSERT INTO users (id, email, password_hash, nickname, role, staff_role, blocked_at, totp_step, created_at, updated_at) \
         SELECT {id}, 'user' || n || '@example.org', '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$' || n || \
         'aHNoYXNoYXNoYXNoYXNoYXNoYXNoYXNoYXNoYXNo', 'Newbie Guy ' || n, 'USER', NULL, CASE WHEN n % 1000 = 0 THEN n END, 0, n, n \
         FROM {series} AS series"
    );
    let events = format!(
        "INSERT INTO security_events (id, at, user_id, kind, address, device) SELECT {id}, u.created_at * 10 + e.n, u.id, \
         CASE WHEN u.created_at % 1000 = 0 THEN 'blocked' ELSE 'signed_in' END, '198.51.100.' || (u.created_at % 250), '' \
         FROM users u CROSS JOIN (SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3) AS e"
    );
    let mails = format!(
        "INSERT INTO mails (id, user_id, recipient, kind, words, state, created_at, failures) SELECT {id}, u.id, u.email, 'welcome', \
         u.password_hash_bytes, CASE WHEN u.created_at % 1000 = 0 THEN 'buried' ELSE 'sent' END, u.created_at * 10 + e.n, 0 \
         FROM (SELECT id, email, created_at, {bytes} AS password_hash_bytes FROM users) AS u \
         CROSS JOIN (SELECT 1 AS n UNION ALL SELECT 2) AS e",
        bytes = match kind {
            Kind::Sqlite => "zeroblob(400)",
            Kind::Postgres => "decode(repeat('00', 400), 'hex')",
        },
    );
    for text in [users.as_str(), events.as_str(), mails.as_str(), analyze] {
        db.raw().execute_unprepared(text).await.unwrap();
    }
    let seen = see(&mut db);
    (database, db, seen)
}

pub(super) fn filtered(filters: &[(&'static str, &str)], search: &str) -> ListQuery {
    ListQuery {
        search: search.to_owned(),
        filters: filters
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect(),
        is_descending: true,
        ..query("", ListStart::First)
    }
}

#[on_both_databases]
async fn accounts_and_what_belongs_to_them_are_read_by_index(kind: Kind) {
    let (_database, db, seen) = large(kind).await;
    accounts(kind, &db, &seen).await;
    security_events_and_mails(kind, &db, &seen).await;
}

async fn accounts(kind: Kind, db: &Db, seen: &Seen) {
    let number = after(SortValue::Number(25_000));
    let text = after(SortValue::Text("user3".to_owned()));
    for (asked, index, rows) in [
        (query("registered", ListStart::First), "ix_users_created_at", 50),
        (query("registered", number), "ix_users_created_at", 50),
        (query("email", text), "ux_users_email", 50),
        (filtered(&[("state", "blocked")], ""), "ix_users_blocked", 50),
        (filtered(&[("role", "owner")], ""), "ix_users_staff_role", 0),
        (filtered(&[], "example"), "ix_users_created_at", 50),
    ] {
        let found = db.accounts().managed_list(&asked).await.unwrap();
        assert_eq!(found.rows.len(), rows, "{asked:?}");
        reads_by(&plan(kind, db, seen).await, index, &[]);
    }
    let rare = db
        .accounts()
        .managed_list(&filtered(&[], &format!("user{ACCOUNTS}@")))
        .await
        .unwrap();
    assert_eq!(rare.rows.len(), 1);
}

async fn security_events_and_mails(kind: Kind, db: &Db, seen: &Seen) {
    seen.lock().unwrap().clear();
    let user = db
        .accounts()
        .managed_list(&filtered(&[], "user777@"))
        .await
        .unwrap()
        .rows
        .remove(0)
        .id;
    let id = user.to_string();
    seen.lock().unwrap().clear();
    for (asked, index, rows) in [
        (
            query("at", after(SortValue::Number(250_000))),
            "ix_security_events_at_id",
            50,
        ),
        (filtered(&[("user", &id)], ""), "ix_security_events_user_id_at_id", 3),
        (
            filtered(&[], "user777@example.org"),
            "ix_security_events_user_id_at_id",
            3,
        ),
        (
            filtered(&[("event", "blocked")], ""),
            "ix_security_events_kind_at_id",
            50,
        ),
        (filtered(&[], "203.0.113.9"), "ix_security_events_address_at_id", 0),
    ] {
        let found = db.security_events().managed_list(&asked).await.unwrap();
        assert_eq!(found.rows.len(), rows, "{asked:?}");
        reads_by(&plan(kind, db, seen).await, index, &[]);
    }
    assert_eq!(db.security_events().sign_ins_of(user, 100).await.unwrap().len(), 3);
    reads_by(&plan(kind, db, seen).await, "ix_security_events_user_id_at_id", &[]);
    for (asked, index, rows) in [
        (
            query("created", after(SortValue::Number(250_000))),
            "ix_mails_created_at_id",
            50,
        ),
        (filtered(&[("user", &id)], ""), "ix_mails_user_id_created_at_id", 2),
        (filtered(&[("state", "buried")], ""), "ix_mails_state_created_at_id", 50),
        (filtered(&[], "example"), "ix_mails_created_at_id", 50),
    ] {
        let found = db.mails().managed_list(&asked).await.unwrap();
        assert_eq!(found.rows.len(), rows, "{asked:?}");
        reads_by(&plan(kind, db, seen).await, index, &[]);
    }
    assert_ne!(user.0, Uuid::nil());
}
