//! Messages are claimed once each, in their order, and none is lost when a worker is.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::message::{Message, Queue};
use storage::Db;
use storage::outbox::{Claim, Counts};
use testkit::{Kind, on_both_databases};
use uuid::Uuid;

use super::{NOW, database, id, number, run, texts, wait};

const LONG: Duration = Duration::from_secs(60);

fn message(slot: u128) -> Message {
    Message {
        queue: Queue::Sync,
        payload: format!("{slot}'s \"slot\""),
    }
}

/// Adds the message of this number, due in so many milliseconds.
async fn push(db: &Db, number: u128, millis: u64) {
    let tx = db.begin().await.unwrap();
    assert!(
        tx.outbox()
            .push(id(number), &message(number), Duration::from_millis(millis), None, NOW)
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
}

async fn claim(db: &Db, limit: u64, token: Uuid, span: Duration) -> Vec<Claim> {
    let tx = db.begin().await.unwrap();
    let claims = tx.outbox().claim(Queue::Sync, limit, token, span).await.unwrap();
    tx.commit().await.unwrap();
    claims
}

async fn done(db: &Db, claim: &Claim) -> bool {
    let tx = db.begin().await.unwrap();
    let done = tx.outbox().done(claim).await.unwrap();
    tx.commit().await.unwrap();
    done
}

fn numbers(claims: &[Claim]) -> Vec<u128> {
    claims.iter().map(|claim| claim.id.as_u128()).collect()
}

#[on_both_databases]
async fn messages_come_in_the_order_in_which_they_are_due(kind: Kind) {
    let (_database, db) = database(kind).await;
    // Far enough apart that a slow machine does not change their order.
    for (number, millis) in [(1, 120_000), (2, 60_000), (3, 0), (4, 600_000)] {
        push(&db, number, millis).await;
    }
    run(&db, "UPDATE outbox SET due_at = due_at - 300000000").await;
    let first = claim(&db, 2, id(91), LONG).await;
    assert_eq!(numbers(&first), [3, 2]);
    assert_eq!(
        first[0],
        Claim {
            id: id(3),
            token: id(91),
            message: message(3),
            attempts: 1
        }
    );
    assert_eq!(numbers(&claim(&db, 9, id(92), LONG).await), [1]);
    // Number 4 is not due yet, the others are in hand.
    assert!(claim(&db, 9, id(93), LONG).await.is_empty());
    assert_eq!(
        db.outbox().counts().await.unwrap(),
        Counts {
            open: 4,
            dead_lettered: 0
        }
    );
}

#[on_both_databases]
async fn eight_workers_deal_with_two_hundred_messages_once_each(kind: Kind) {
    let (_database, db) = database(kind).await;
    let tx = db.begin().await.unwrap();
    for number in 1..=200 {
        tx.outbox()
            .push(id(number), &message(number), Duration::ZERO, None, NOW)
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
    let workers: Vec<_> = (1..=8)
        .map(|worker| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                while db.outbox().counts().await.unwrap().open > 0 {
                    for claim in claim(&db, 7, id(1_000 + worker), LONG).await {
                        assert!(done(&db, &claim).await);
                        mine.push(claim.id);
                    }
                }
                mine
            })
        })
        .collect();
    let mut all = Vec::new();
    for worker in workers {
        all.extend(
            tokio::time::timeout(LONG, worker)
                .await
                .expect("the workers hang")
                .unwrap(),
        );
    }
    assert_eq!(all.len(), 200);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), (1..=200).map(id).collect());
}

#[on_both_databases]
async fn a_claim_that_is_being_made_is_passed_over_not_waited_for(kind: Kind) {
    let (_database, db) = database(kind).await;
    push(&db, 1, 0).await;
    wait(5).await;
    push(&db, 2, 0).await;
    wait(5).await;
    let tx = db.begin().await.unwrap();
    assert_eq!(
        numbers(&tx.outbox().claim(Queue::Sync, 1, id(91), LONG).await.unwrap()),
        [1]
    );
    if kind == testkit::Kind::Postgres {
        let second = tokio::time::timeout(Duration::from_secs(10), claim(&db, 9, id(92), LONG)).await;
        assert_eq!(numbers(&second.expect("it waited")), [2]);
    }
    // A worker that dies before its commit has claimed nothing.
    drop(tx);
    assert_eq!(
        claim(&db, 1, id(93), LONG).await[0],
        Claim {
            id: id(1),
            token: id(93),
            message: message(1),
            attempts: 1
        }
    );
}

#[on_both_databases]
async fn a_claim_that_ran_out_is_another_workers_and_the_first_is_told(kind: Kind) {
    let (_database, db) = database(kind).await;
    push(&db, 1, 0).await;
    wait(5).await;
    let late = claim(&db, 1, id(91), Duration::from_millis(1)).await.remove(0);
    wait(30).await;
    let second = claim(&db, 1, id(92), LONG).await.remove(0);
    assert_eq!((second.id, second.attempts), (id(1), 2));
    assert!(!done(&db, &late).await);
    let tx = db.begin().await.unwrap();
    assert!(!tx.outbox().retry(&late, Duration::ZERO, "late").await.unwrap());
    assert!(!tx.outbox().dead_letter(&late, "late").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(
        db.outbox().counts().await.unwrap(),
        Counts {
            open: 1,
            dead_lettered: 0
        }
    );
    assert!(done(&db, &second).await);
    assert!(!done(&db, &second).await);
    assert_eq!(db.outbox().counts().await.unwrap(), Counts::default());
}

#[on_both_databases]
async fn a_failed_message_comes_again_after_its_delay_and_not_before(kind: Kind) {
    let (_database, db) = database(kind).await;
    push(&db, 1, 0).await;
    wait(5).await;
    let first = claim(&db, 1, id(91), LONG).await.remove(0);
    let tx = db.begin().await.unwrap();
    assert!(tx.outbox().retry(&first, LONG, "no reply").await.unwrap());
    tx.commit().await.unwrap();
    assert!(claim(&db, 1, id(92), LONG).await.is_empty());
    assert_eq!(texts(&db, "SELECT last_error FROM outbox").await, ["no reply"]);
    run(
        &db,
        &format!("UPDATE outbox SET due_at = due_at - {}", LONG.as_micros()),
    )
    .await;
    assert_eq!(claim(&db, 1, id(93), LONG).await.remove(0).attempts, 2);
}

#[on_both_databases]
async fn what_was_given_up_is_counted_and_never_claimed_again(kind: Kind) {
    let (_database, db) = database(kind).await;
    push(&db, 1, 0).await;
    push(&db, 2, 60_000).await;
    wait(5).await;
    let first = claim(&db, 1, id(91), LONG).await.remove(0);
    let tx = db.begin().await.unwrap();
    assert!(tx.outbox().dead_letter(&first, "refused for good").await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(
        db.outbox().counts().await.unwrap(),
        Counts {
            open: 1,
            dead_lettered: 1
        }
    );
    assert!(claim(&db, 9, id(92), LONG).await.is_empty());
    assert_eq!(
        texts(&db, "SELECT last_error FROM outbox WHERE state = 'buried'").await,
        ["refused for good"]
    );
}

#[on_both_databases]
async fn trimming_forgets_what_is_done_and_old_alone(kind: Kind) {
    let (_database, db) = database(kind).await;
    for number in 1..=4 {
        push(&db, number, 0).await;
    }
    wait(5).await;
    let claims = claim(&db, 4, id(91), LONG).await;
    for claim in &claims[..2] {
        assert!(done(&db, claim).await);
    }
    let tx = db.begin().await.unwrap();
    tx.outbox().dead_letter(&claims[2], "no").await.unwrap();
    tx.commit().await.unwrap();
    run(
        &db,
        "UPDATE outbox SET created_at = created_at - 10 WHERE last_error = 'no'",
    )
    .await;
    let tx = db.begin().await.unwrap();
    assert_eq!(tx.outbox().trim(NOW).await.unwrap(), 0);
    assert_eq!(tx.outbox().trim(NOW.plus(Duration::from_micros(1))).await.unwrap(), 2);
    tx.commit().await.unwrap();
    assert_eq!(number(&db, "SELECT COUNT(*) FROM outbox").await, 2);
    assert_eq!(
        db.outbox().counts().await.unwrap(),
        Counts {
            open: 1,
            dead_lettered: 1
        }
    );
}

#[on_both_databases]
async fn a_lane_takes_its_own_messages_alone(kind: Kind) {
    let (_database, db) = database(kind).await;
    push(&db, 1, 0).await;
    let tx = db.begin().await.unwrap();
    let mail = Message {
        queue: Queue::Mail,
        payload: "a mail".to_owned(),
    };
    assert!(tx.outbox().push(id(2), &mail, Duration::ZERO, None, NOW).await.unwrap());
    assert_eq!(
        numbers(&tx.outbox().claim(Queue::Mail, 9, id(91), LONG).await.unwrap()),
        [2]
    );
    assert_eq!(
        numbers(&tx.outbox().claim(Queue::Sync, 9, id(92), LONG).await.unwrap()),
        [1]
    );
    tx.commit().await.unwrap();
}
