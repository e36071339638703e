//! Many checkouts at once where each commit takes its time, as on a slow disk.

use std::time::{Duration, Instant};

use testkit::{Kind, TestShop, on_both_databases};

use super::raced::seven_of_two_hundred;

/// By how much each commit is delayed.
const DELAY: Duration = Duration::from_millis(20);

/// Statements after which each transaction that touches something takes longer: at its commit on PostgreSQL, at its last
/// statement on SQLite.
async fn delays(kind: Kind, shop: &TestShop) -> Vec<String> {
    match kind {
        Kind::Postgres => vec![
            format!(
                "CREATE FUNCTION slow_commit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep({}); \
                 RETURN NULL; END $$",
                DELAY.as_secs_f64()
            ),
            "CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON touches DEFERRABLE INITIALLY DEFERRED \
             FOR EACH ROW EXECUTE FUNCTION slow_commit()"
                .to_owned(),
        ],
        Kind::Sqlite => vec![
            format!("CREATE VIEW slowness AS {}", counting(rows_of_a_delay(shop).await)),
            "CREATE TRIGGER slow_commit AFTER INSERT ON touches BEGIN SELECT counted FROM slowness; END".to_owned(),
        ],
    }
}

/// SQLite has no statement that waits, but one that counts.
fn counting(rows: u128) -> String {
    format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT COUNT(*) AS counted FROM n"
    )
}

/// How many rows SQLite counts in that time here.
async fn rows_of_a_delay(shop: &TestShop) -> u128 {
    const ROWS: u128 = 100_000;
    let tx = shop.db.begin().await.unwrap();
    let mut fastest = Duration::MAX;
    for _ in 0..3 {
        let begun = Instant::now();
        tx.execute_for_test(&counting(ROWS)).await.unwrap();
        fastest = fastest.min(begun.elapsed());
    }
    ROWS * DELAY.as_micros() / fastest.as_micros().max(1)
}

#[on_both_databases]
async fn a_wallet_for_seven_buys_seven_where_commits_are_slow(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let slow_down = async || {
        let delays = delays(kind, &shop).await;
        let tx = shop.db.begin().await.unwrap();
        for sql in &delays {
            tx.execute_for_test(sql).await.unwrap();
        }
        tx.commit().await.unwrap();
    };
    let took = seven_of_two_hundred(&shop, slow_down).await;
    // Seven purchases of one wallet, one after the other.
    assert!(took > 7 * DELAY, "commits are not slow: {took:?}");
}
