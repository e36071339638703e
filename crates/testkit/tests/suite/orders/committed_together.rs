//! Group commit on SQLite: sixteen writers and one commit. A member that fails is undone alone, whichever way it fails; when the
//! transaction is lost, each member runs again alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use domain::id::GameId;
use domain::order::OrderStatus;
use domain::refusal::Refusal;
use domain::touch::Touch;
use futures::FutureExt;
use futures::future::BoxFuture;
use sea_orm::{ConnectionTrait, DbErr, Statement};
use services::Error;
use storage::Tx;
use testkit::{Kind, TestShop, soon};
use uuid::Uuid;

use super::{Buyer, all_is_well, balance, games, request, stock};

/// A group is full with so many.
const MEMBERS: usize = 16;
const PRICE: i64 = 100;
const MONEY: i64 = 100_000;

type Member = BoxFuture<'static, Result<(), Error>>;

/// How a member fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failing {
    ByRefusal,
    ByTrigger,
    ByConstraint,
    ByPanic,
    CallerGone,
    ByCollision,
    ByFullDisk,
}

/// Runs these in one transaction, in this order: they queue while somebody else writes.
async fn together(shop: &TestShop, members: Vec<Member>) -> Vec<Result<(), Error>> {
    let held = shop.db.begin().await.unwrap();
    let mut tasks = Vec::new();
    for (before, member) in members.into_iter().enumerate() {
        tasks.push(tokio::spawn(member));
        soon("it queues", async || shop.shop.waiting_to_commit_for_test() > before).await;
    }
    drop(held);
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

async fn number(shop: &TestShop, sql: &str) -> i64 {
    let statement = Statement::from_string(shop.db.raw().get_database_backend(), sql);
    let row = shop.db.raw().query_one_raw(statement).await.unwrap().unwrap();
    row.try_get_by_index(0).unwrap()
}

fn purchase(shop: &TestShop, buyer: &Buyer, game: GameId, key: &str) -> Member {
    let (shop, caller, request) = (shop.shop.clone(), buyer.caller.clone(), request(&[game], Some(key)));
    Box::pin(async move { shop.orders().place(&caller, request).await.map(drop) })
}

/// Leaves a mark, and then fails.
async fn fail(tx: &Tx, failing: Failing, run: u32) -> Result<(), storage::Error> {
    tx.execute_for_test("INSERT INTO shop_marks (name, value) VALUES ('a member', 'was here')")
        .await?;
    let attack = match failing {
        Failing::ByTrigger => "DELETE FROM transfers",
        Failing::ByConstraint => "INSERT INTO shop_marks (name, value) VALUES ('a member', 'again')",
        Failing::ByFullDisk => {
            tx.execute_for_test("PRAGMA max_page_count = 1").await?;
            "INSERT INTO shop_marks (name, value) VALUES ('a large one', hex(zeroblob(10000000)))"
        }
        Failing::ByCollision if run == 0 => {
            return Err(storage::Error::Collision(DbErr::Custom("a test".to_owned())));
        }
        Failing::ByPanic => panic!("a test"),
        Failing::ByCollision | Failing::ByRefusal | Failing::CallerGone => return Ok(()),
    };
    tx.execute_for_test(attack).await.map(drop)
}

/// A member that fails after it wrote something, and how often it was run.
fn failing_member(shop: &TestShop, failing: Failing) -> (Member, Arc<AtomicU32>) {
    let (shop, runs) = (shop.shop.clone(), Arc::new(AtomicU32::new(0)));
    let input = (failing, Arc::clone(&runs));
    let member = Box::pin(async move {
        let done = shop.write_for_test(input, |tx, (failing, runs)| {
            Box::pin(async move { fail(tx, *failing, runs.fetch_add(1, Ordering::SeqCst)).await })
        });
        done.await
    });
    (member, runs)
}

/// A shop with keys of a game, customers with money, and at the end one without.
async fn crowd() -> (TestShop, GameId, Vec<Buyer>) {
    let shop = TestShop::filled(Kind::Sqlite).await;
    let game = games(&shop, 1).await[0];
    let keys: Vec<String> = (0..400).map(|n| format!("KEY-{n:05}")).collect();
    stock(&shop, game, &keys.iter().map(String::as_str).collect::<Vec<_>>(), PRICE).await;
    let mut buyers = Vec::new();
    for n in 0..MEMBERS {
        let money = if n + 1 < MEMBERS { MONEY } else { 0 };
        buyers.push(Buyer::with(&shop, &format!("buyer{n}@example.org"), money).await);
    }
    (shop, game, buyers)
}

/// Fifteen purchases and one that fails, at this place among them; only the one is undone. Returns how often that one was run.
async fn one_of_sixteen_fails(
    shop: &TestShop,
    (game, buyers): (GameId, &[Buyer]),
    failing: Failing,
    place: usize,
) -> u32 {
    shop.clock.pass(Duration::from_secs(3_600));
    let (poor, rich) = buyers.split_last().unwrap();
    let key = format!("{failing:?} {place}");
    let mut members: Vec<Member> = rich.iter().map(|buyer| purchase(shop, buyer, game, &key)).collect();
    let (mut member, runs) = failing_member(shop, failing);
    match failing {
        Failing::ByRefusal => member = purchase(shop, poor, game, &key),
        Failing::CallerGone => {
            super::fill(shop, poor.id, PRICE, &key).await;
            let gone = purchase(shop, poor, game, &key);
            member = Box::pin(async move {
                assert!(gone.now_or_never().is_none(), "it was answered at once");
                Ok(())
            });
        }
        _ => {}
    }
    members.insert(place, member);
    let before = balance(shop, rich[0].id).await;
    let mut outcomes = together(shop, members).await;
    let outcome = outcomes.remove(place);
    for (buyer, outcome) in rich.iter().zip(outcomes) {
        assert!(outcome.is_ok(), "{key}: {outcome:?}");
        assert_eq!(balance(shop, buyer.id).await, before - PRICE, "{key}");
    }
    let (runs, marks) = (
        runs.load(Ordering::SeqCst),
        "SELECT COUNT(*) FROM shop_marks WHERE name LIKE 'a %'",
    );
    let marks = number(shop, marks).await;
    match failing {
        Failing::ByRefusal => assert!(
            matches!(outcome, Err(Error::Refused(Refusal::InsufficientBalance { .. }))),
            "{key}: {outcome:?}"
        ),
        Failing::CallerGone => {
            soon("the order of whoever is gone", async || {
                balance(shop, poor.id).await == 0
            })
            .await;
            shop.shop.orders().advance_due().await.unwrap();
            let made = shop.shop.orders().list(poor.id, None, 1, 100).await.unwrap();
            assert!(
                made.iter().all(|order| order.status == OrderStatus::Completed),
                "{made:?}"
            );
        }
        Failing::ByCollision => {
            assert!(outcome.is_ok(), "{key}: {outcome:?}");
            assert_eq!((runs, marks), (2, 1), "{key}: once undone, once done");
            let tx = shop.db.begin().await.unwrap();
            tx.execute_for_test("DELETE FROM shop_marks WHERE name = 'a member'")
                .await
                .unwrap();
            tx.commit().await.unwrap();
        }
        Failing::ByTrigger | Failing::ByConstraint | Failing::ByPanic => {
            assert!(matches!(outcome, Err(Error::Internal(_))), "{key}: {outcome:?}");
            assert_eq!((runs, marks), (1, 0), "{key}");
        }
        Failing::ByFullDisk => {
            assert!(matches!(outcome, Err(Error::Internal(_))), "{key}: {outcome:?}");
            assert_eq!(marks, 0, "{key}");
        }
    }
    all_is_well(shop).await;
    runs
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_fails_is_undone_alone() {
    let (shop, game, buyers) = crowd().await;
    for failing in [
        Failing::ByRefusal,
        Failing::ByTrigger,
        Failing::ByConstraint,
        Failing::ByPanic,
        Failing::CallerGone,
        Failing::ByCollision,
    ] {
        for place in [0, 7, MEMBERS - 1] {
            one_of_sixteen_fails(&shop, (game, &buyers), failing, place).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_the_transaction_is_lost_each_runs_again_alone() {
    let (shop, game, buyers) = crowd().await;
    one_of_sixteen_fails(&shop, (game, &buyers), Failing::ByFullDisk, 0).await;
    // On a busy machine a group may be closed before it is full: then its first member is alone, and loses nobody's work.
    for place in (1..MEMBERS).rev() {
        if one_of_sixteen_fails(&shop, (game, &buyers), Failing::ByFullDisk, place).await == 2 {
            return;
        }
    }
    panic!("no transaction was lost with several members");
}

/// Touches a game of its own number.
fn toucher(shop: &TestShop, n: usize) -> Member {
    let (shop, game) = (shop.shop.clone(), GameId(Uuid::from_u128(0xabcd_0000 + n as u128)));
    Box::pin(async move {
        let done = shop.write_for_test(game, |tx, game| {
            tx.touch(Touch::Game(*game));
            Box::pin(async move {
                let mark = format!("INSERT INTO shop_marks (name, value) VALUES ('{game}', 'x')");
                tx.execute_for_test(&mark).await.map(drop)
            })
        });
        done.await
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_writers_are_few_commits_with_the_touches_of_all() {
    let shop = TestShop::filled(Kind::Sqlite).await;
    let last = number(&shop, "SELECT MAX(number) FROM touches").await;
    let members = (0..MEMBERS + 4).map(|n| toucher(&shop, n)).collect();
    for outcome in together(&shop, members).await {
        outcome.unwrap();
    }
    // A commit has one row of touches. A group holds sixteen; on a busy machine some are closed before they are full.
    let commits = number(&shop, &format!("SELECT COUNT(*) FROM touches WHERE number > {last}")).await;
    assert!((2..MEMBERS as i64 / 2).contains(&commits), "{commits} commits");
    for n in 0..MEMBERS + 4 {
        let game = GameId(Uuid::from_u128(0xabcd_0000 + n as u128));
        let touched = format!(
            "SELECT COUNT(*) FROM touches WHERE number > {last} AND names || char(10) LIKE '%game:{game}' || char(10) || '%'"
        );
        assert_eq!(number(&shop, &touched).await, 1, "the touch of {game}");
        let mark = format!("SELECT COUNT(*) FROM shop_marks WHERE name = '{game}'");
        assert_eq!(number(&shop, &mark).await, 1);
    }
}
