//! A mail server that hangs, refuses or is down delays nothing else; mails that cannot be sent are dead-lettered and
//! shown.

use std::time::{Duration, Instant};

use domain::mail::MailState;
use domain::message::{Message, Queue};
use serde_json::json;
use services::sync::SyncCatalogue;
use testkit::{Kind, MailServer, TestShop, on_both_databases, soon};
use uuid::Uuid;

use super::{due_now, failed, newest, run};

/// Far below the half minute that a mail server that hangs is waited for.
const SOON: Duration = Duration::from_secs(10);

#[on_both_databases]
async fn a_mail_server_that_hangs_delays_no_request_and_no_sync(kind: Kind) {
    let server = MailServer::start().await;
    let shop = TestShop::mailing(kind, &server).await;
    server.signal("STOP").await;
    let _at_work = shop.at_work();
    let begun = Instant::now();
    for number in 0..12 {
        shop.customer(&format!("user{number}@example.org")).await;
    }
    // More mails than the queue has places for now hang.
    let job = SyncCatalogue { slot: "now".to_owned() };
    assert!(shop.shop.messages().post_once("now".to_owned(), &job).await.unwrap());
    while shop.shop.catalog().is_empty().await.unwrap() {
        assert!(begun.elapsed() < Duration::from_secs(25), "the sync waits for mails");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(server.mails().is_empty());
    server.signal("CONT").await;
    server.took(12).await;
}

#[on_both_databases]
async fn a_long_sync_delays_no_mail(kind: Kind) {
    let server = MailServer::start().await;
    let shop = TestShop::mailing(kind, &server).await;
    shop.set_faults(&json!({"latencyMs": 8_000})).await;
    let _at_work = shop.at_work();
    let job = SyncCatalogue { slot: "now".to_owned() };
    assert!(shop.shop.messages().post_once("now".to_owned(), &job).await.unwrap());
    while shop.shop.sync().state().await.unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    shop.customer("ada@example.org").await;
    server.took(1).await;
    assert!(
        shop.shop.sync().state().await.unwrap().unwrap().finished_at.is_none(),
        "the sync still runs"
    );
    shop.set_faults(&json!({})).await;
}

#[on_both_databases]
async fn a_message_that_this_program_does_not_know_holds_up_no_other(kind: Kind) {
    let server = MailServer::start().await;
    let shop = TestShop::mailing(kind, &server).await;
    let of_tomorrow = Message {
        queue: Queue::Mail,
        payload: r#"{"kind":"of_tomorrow"}"#.to_owned(),
    };
    let tx = shop.db.begin().await.unwrap();
    assert!(
        tx.outbox()
            .push(Uuid::from_u128(1), &of_tomorrow, Duration::ZERO, None, shop.shop.now())
            .await
            .unwrap()
    );
    tx.commit().await.unwrap();
    let _at_work = shop.at_work();
    shop.customer("ada@example.org").await;
    server.took(1).await;
    soon("the mail's message is done", async || {
        shop.shop.messages().counts().await.unwrap().open == 1
    })
    .await;
    soon("the other one waits for a program that knows it", async || {
        let waits =
            "UPDATE outbox SET attempts = 1 WHERE state = 'ready' AND attempts = 1 AND last_error LIKE '%of_tomorrow%'";
        let tx = shop.db.begin().await.unwrap();
        tx.execute_for_test(waits).await.unwrap() == 1
    })
    .await;
}

#[on_both_databases]
async fn what_is_tried_too_often_is_buried_and_seen(kind: Kind) {
    let server = MailServer::absent();
    let shop = TestShop::mailing(kind, &server).await;
    let _at_work = shop.at_work();
    let mut staff = shop.staff().await;
    failed(&shop, 1).await;
    run(&shop.db, "UPDATE outbox SET attempts = 18").await;
    due_now(&shop.db).await;
    assert_eq!(failed(&shop, 2).await.state, MailState::Waiting, "one try is left");
    due_now(&shop.db).await;
    let dead_lettered = newest(&shop, MailState::DeadLettered).await;
    assert_eq!(shop.shop.messages().counts().await.unwrap().dead_lettered, 1);
    let listed = staff.get("/api/admin/mails").await;
    let listed = &listed.data()["data"][0];
    assert_eq!(listed["id"], dead_lettered.id.to_string());
    assert_eq!(listed["state"], "buried");
    assert!(
        listed["lastError"]
            .as_str()
            .unwrap()
            .contains("the mail server cannot be used"),
        "{listed}"
    );
    // However long ago it was: what was not sent is not forgotten.
    shop.clock.pass(Duration::from_secs(400 * 86_400));
    shop.shop.operations().run_maintenance().await.unwrap();
    assert_eq!(newest(&shop, MailState::DeadLettered).await.id, dead_lettered.id);
}

#[on_both_databases]
async fn what_the_server_will_never_take_is_buried_at_once(kind: Kind) {
    let mut server = MailServer::absent();
    // A mail is longer than that: 552.
    server.come(&["--size", "100"]).await;
    let shop = TestShop::mailing(kind, &server).await;
    let _at_work = shop.at_work();
    let begun = Instant::now();
    shop.customer("ada@example.org").await;
    let dead_lettered = newest(&shop, MailState::DeadLettered).await;
    assert!(begun.elapsed() < SOON);
    assert_eq!(dead_lettered.failures, 1);
    assert!(
        dead_lettered
            .last_error
            .unwrap()
            .contains("the mail server refuses this mail")
    );
    assert_eq!(shop.shop.messages().counts().await.unwrap().open, 0);
}

#[on_both_databases]
async fn a_server_gone_between_two_mails_costs_a_try(kind: Kind) {
    let mut server = MailServer::start().await;
    let shop = TestShop::mailing(kind, &server).await;
    let _at_work = shop.at_work();
    shop.customer("ada@example.org").await;
    server.took(1).await;
    newest(&shop, MailState::Sent).await;
    server.go().await;
    shop.customer("bob@example.org").await;
    failed(&shop, 1).await;
    server.come(&[]).await;
    due_now(&shop.db).await;
    server.took(2).await;
}
