//! A trail that was changed by SQL is found out, and a person's values can be deleted without that.

use services::trail::{KnownHead, TrailAudit};
use storage::Db;
use testkit::{Kind, TestShop, on_both_databases};

use domain::id::UserId;
use domain::pattern::Pattern;

/// A trail of five entries: one about the cache, and four about a person, two of them with a reason.
async fn five(shop: &TestShop) -> (UserId, KnownHead) {
    let (staff, by) = (shop.shop.staff(), testkit::operator());
    let ada = shop.customer("ada@example.org").await.id.unwrap();
    shop.shop.caches().invalidate(&Pattern::everything(), by).await.unwrap();
    staff.block(ada, &by.because(Some("a stolen card"))).await.unwrap();
    staff.unblock(ada, &by.because(Some("it was hers"))).await.unwrap();
    staff.end_sessions(ada, by).await.unwrap();
    staff.block(ada, by).await.unwrap();
    (ada, shop.shop.trail().head().await.unwrap().unwrap())
}

async fn run(db: &Db, sql: &str) {
    let tx = db.begin().await.unwrap();
    tx.execute_for_test(sql).await.unwrap();
    tx.commit().await.unwrap();
}

/// As somebody who may change the schema.
async fn without_triggers(kind: Kind, db: &Db) {
    for operation in ["update", "delete"] {
        let table = match kind {
            Kind::Sqlite => "",
            Kind::Postgres => " ON trail_entries",
        };
        run(db, &format!("DROP TRIGGER trail_entries_no_{operation}{table}")).await;
    }
}

async fn audit(shop: &TestShop, known: Option<&KnownHead>) -> TrailAudit {
    shop.shop.trail().verify(known).await.unwrap()
}

#[on_both_databases]
async fn the_database_refuses_to_change_an_entry(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let (_, head) = five(&shop).await;
    let mut statements = vec![
        "UPDATE trail_entries SET actor = 'nobody' WHERE seq = 2",
        "DELETE FROM trail_entries WHERE seq = 5",
        "DELETE FROM trail_entries",
    ];
    if kind == Kind::Postgres {
        statements.push("TRUNCATE trail_entries CASCADE");
    }
    for sql in statements {
        let tx = shop.db.begin().await.unwrap();
        let refused = tx.execute_for_test(sql).await.unwrap_err();
        assert!(format!("{refused:?}").contains("only ever added"), "{sql}: {refused:?}");
    }
    let audit = audit(&shop, Some(&head)).await;
    assert_eq!((audit.entries, audit.erased, audit.findings), (5, 0, Vec::new()));
}

const ALL_VALUES: &str = "DELETE FROM trail_values";
const SWAP: &str = "UPDATE trail_entries SET seq = CASE seq WHEN 102 THEN 3 ELSE 2 END WHERE seq IN (102, 103)";
const CUT_VALUES: &str = "DELETE FROM trail_values WHERE seq > 3";
const CUT: &str = "DELETE FROM trail_entries WHERE seq > 3";
const HEAD_OF_THREE: &str = "UPDATE trail_head SET seq = 3, mac = (SELECT mac FROM trail_entries WHERE seq = 3)";

/// What is done to a trail of five entries, and what the check says of it.
const TAMPERED: [(&[&str], &str); 13] = [
    (
        &["UPDATE trail_entries SET actor = 'nobody' WHERE seq = 2"],
        "entry 2 was changed",
    ),
    (
        &["UPDATE trail_entries SET at = at + 1 WHERE seq = 5"],
        "entry 5 was changed",
    ),
    (
        &["UPDATE trail_values SET reason = 'another' WHERE seq = 2"],
        "the values of entry 2 were changed",
    ),
    (
        &["UPDATE trail_entries SET values_mac = '' WHERE seq = 2"],
        "entry 2 was changed",
    ),
    (
        &[
            ALL_VALUES,
            "UPDATE trail_entries SET seq = seq + 100 WHERE seq IN (2, 3)",
            SWAP,
        ],
        "entry 2 is not in its place: the order was changed",
    ),
    (
        &[ALL_VALUES, "DELETE FROM trail_entries WHERE seq = 3"],
        "entry 3 is missing",
    ),
    (
        &[CUT_VALUES, CUT],
        "the tail was cut: the head says entry 5, the last one is 3",
    ),
    (
        &[CUT_VALUES, CUT, HEAD_OF_THREE],
        "the tail was cut: the data folder remembers entry 5, the last one is 3",
    ),
    (
        &[HEAD_OF_THREE],
        "the head was changed: it says entry 3, and entry 4 follows",
    ),
    (
        &["UPDATE trail_head SET mac = 'x'"],
        "the head was changed: it does not bear the code of entry 5",
    ),
    (
        &["UPDATE trail_head SET sealed_key = '00'"],
        "the head was changed: its key does not open",
    ),
    (&["DELETE FROM trail_head"], "the head is missing"),
    (
        &[ALL_VALUES, "DELETE FROM trail_entries", "DELETE FROM trail_head"],
        "the tail was cut: the data folder remembers entry 5, and there is no trail",
    ),
];

#[on_both_databases]
async fn each_change_by_sql_is_found_by_name(kind: Kind) {
    for (statements, found) in TAMPERED {
        let shop = TestShop::open(kind).await;
        let (_, head) = five(&shop).await;
        without_triggers(kind, &shop.db).await;
        for sql in statements {
            run(&shop.db, sql).await;
        }
        let findings = audit(&shop, Some(&head)).await.findings;
        assert!(
            findings.iter().any(|finding| finding == found),
            "{statements:?}: {findings:?}"
        );
    }
}

#[on_both_databases]
async fn a_trail_of_another_key_is_another_trail(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let (_, head) = five(&shop).await;
    without_triggers(kind, &shop.db).await;
    for table in ["trail_values", "trail_entries", "trail_head"] {
        run(&shop.db, &format!("DELETE FROM {table}")).await;
    }
    let by = testkit::operator();
    shop.shop.caches().invalidate(&Pattern::everything(), by).await.unwrap();
    let findings = audit(&shop, Some(&head)).await.findings;
    assert_eq!(
        findings,
        ["the trail was replaced: the data folder remembers another one"]
    );
    assert!(audit(&shop, None).await.findings.is_empty());
}

#[on_both_databases]
async fn a_persons_values_are_deleted_and_the_chain_holds(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let (ada, head) = five(&shop).await;
    assert_eq!(shop.shop.trail().forget_person(ada).await.unwrap(), 3);
    let audit = audit(&shop, Some(&head)).await;
    assert_eq!((audit.entries, audit.erased, audit.findings), (5, 3, Vec::new()));
    let filter = services::view::TrailFilter::default();
    let entries = shop.shop.trail().list(&filter, None, 10).await.unwrap();
    assert!(entries.iter().all(|entry| entry.reason.is_none()), "{entries:?}");
    assert_eq!(entries.iter().filter(|entry| entry.is_erased).count(), 3);
}
