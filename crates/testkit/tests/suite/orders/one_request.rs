//! One idempotency key, used many times at once on two nodes: one order and one answer, and whoever waits for it holds nothing.

use std::time::Duration;

use futures::future::{join_all, try_join_all};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::Value;
use storage::{Db, Tx};
use testkit::{Kind, Node, TestShop, on_both_databases};

use super::processes::{OrderAnswer, order};
use super::raced::keys_of;
use super::{Buyer, all_is_well, balance, games, place, stock};

/// How long the first request is kept waiting, once all are there.
const HELD: Duration = Duration::from_millis(700);

/// Sessions of PostgreSQL that are in a transaction and do nothing, or wait for a lock.
pub(super) async fn stuck_sessions(db: &Db) -> i64 {
    let raw = db.raw();
    let sql = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
               AND (state LIKE 'idle in transaction%' OR wait_event_type = 'Lock')";
    let statement = Statement::from_string(raw.get_database_backend(), sql);
    let row = raw.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

/// While `held` keeps the wallet locked, reads on both nodes are answered at once, though more requests wait than there are connections.
async fn reads_go_on(held: Tx, pool: &Db, (shop, node): (&TestShop, &Node), ada: &Buyer) {
    // The requests arrive.
    tokio::time::sleep(HELD / 2).await;
    for _ in 0..3 {
        let reads = [&shop.shop, &node.shop].map(|shop| async move {
            let reads = (0..4).map(|_| shop.wallets().transactions(ada.id, 1, 10));
            try_join_all(reads).await.unwrap();
        });
        let read = tokio::time::timeout(Duration::from_secs(1), join_all(reads)).await;
        assert!(read.is_ok(), "whoever waits holds a connection");
        if pool.raw().get_database_backend() == DbBackend::Postgres {
            // Who holds the wallet, the first request, and one of the other node between two attempts.
            let stuck = stuck_sessions(pool).await;
            assert!(stuck <= 4, "{stuck} sessions wait in transactions");
        }
        tokio::time::sleep(HELD / 10).await;
    }
    drop(held);
}

/// The one text of all answers, which have this status.
fn one_answer(answers: &[OrderAnswer], status: u16) -> Value {
    for answer in answers {
        assert_eq!(answer.status, status, "{}", answer.text);
        assert_eq!(answer.text, answers[0].text);
    }
    serde_json::from_str(&answers[0].text).unwrap()
}

#[on_both_databases]
async fn one_key_used_fifty_times_on_two_nodes_is_one_order_and_one_answer(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let node = shop.second_node().await;
    let games = games(&shop, 2).await;
    keys_of(&shop, games[0], 50, 100).await;
    let others: Vec<String> = (0..10).map(|n| format!("OTHER-{n}")).collect();
    stock(
        &shop,
        games[1],
        &others.iter().map(String::as_str).collect::<Vec<_>>(),
        100,
    )
    .await;
    let ada = Buyer::with(&shop, "ada@example.org", 10_000).await;
    let other_pool = shop.database.open().await;
    let send = |count: usize, body: usize| {
        let (games, ada, urls) = (&games[body..=body], &ada, [&shop.url, &node.url]);
        join_all((0..count).map(move |n| order(urls[n % 2], ada, games, "one")))
    };
    let held = other_pool.begin().await.unwrap();
    held.ledger().lock_wallet(ada.id).await.unwrap();
    let reads = reads_go_on(held, &other_pool, (&shop, &node), &ada);
    let (same, others, ()) = futures::join!(send(50, 0), send(10, 1), reads);
    let answers = [same, others].map(|answers| answers.into_iter().map(Result::unwrap).collect::<Vec<_>>());
    // Whichever body came first has the key.
    let (first, second) = match answers[0][0].status {
        201 => (&answers[0], &answers[1]),
        _ => (&answers[1], &answers[0]),
    };
    let made = one_answer(first, 201);
    assert_eq!(made["data"]["status"], "COMPLETED", "{made}");
    assert!(second.iter().all(|answer| answer.status == 422), "{second:?}");
    for answer in second {
        let refused: Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(refused["error"]["code"], "IDEMPOTENCY001", "{refused}");
    }
    assert_eq!(balance(&shop, ada.id).await, 9_900);
    assert_eq!(shop.shop.orders().list(ada.id, None, 1, 10).await.unwrap().len(), 1);
    all_is_well(&shop).await;
}

/// A request finds its key new and waits for the wallet; meanwhile an equal one, which had the key's lock before, ends. Whether the first then
/// could buy or would be refused, it is answered with the order of the other.
#[tokio::test]
async fn an_equal_request_that_ends_between_a_keys_reading_and_its_lock_is_found() {
    let shop = TestShop::filled(Kind::Postgres).await;
    let game = games(&shop, 1).await[0];
    stock(&shop, game, &["A-1", "A-2", "A-3", "A-4"], 100).await;
    for (email, cents) in [("ada@example.org", 1_000), ("bob@example.org", 100)] {
        let buyer = Buyer::with(&shop, email, cents).await;
        let first = place(&shop, &buyer.caller, &[game], Some("of the other"))
            .await
            .unwrap();
        let left = balance(&shop, buyer.id).await;
        let held = shop.db.begin().await.unwrap();
        held.ledger().lock_wallet(buyer.id).await.unwrap();
        let games = [game];
        let late = place(&shop, &buyer.caller, &games, Some("a key"));
        let ends = async {
            while stuck_sessions(&shop.db).await < 2 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            let renamed = "UPDATE idempotency_keys SET key = 'a key' WHERE key = 'of the other'";
            shop.db.raw().execute_unprepared(renamed).await.unwrap();
            drop(held);
        };
        let (placed, ()) = tokio::join!(late, ends);
        let placed = placed.unwrap();
        assert!(
            placed.is_repeated && placed.id == first.id && placed.body == first.body,
            "{email}"
        );
        assert_eq!(balance(&shop, buyer.id).await, left);
        let deleted = shop.db.raw().execute_unprepared("DELETE FROM idempotency_keys").await;
        assert_eq!(deleted.unwrap().rows_affected(), 1);
    }
    all_is_well(&shop).await;
}
