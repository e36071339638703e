//! Mail: every mail arrives, whatever happens to the mail server or the shop meanwhile.

mod delivery;
mod staff;
mod trouble;

use std::time::{Duration, Instant};

use domain::mail::MailState;
use services::mails::MailLine;
use storage::Db;
use testkit::TestShop;

/// Waits until the newest mail is in this state.
async fn newest(shop: &TestShop, state: MailState) -> MailLine {
    let begun = Instant::now();
    loop {
        let newest = shop.shop.mails().list(1).await.unwrap().mails.into_iter().next();
        if let Some(mail) = newest.filter(|mail| mail.state == state) {
            return mail;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "no mail is {}",
            state.as_str()
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until the newest mail failed so often.
async fn failed(shop: &TestShop, times: u32) -> MailLine {
    let begun = Instant::now();
    loop {
        let newest = shop.shop.mails().list(1).await.unwrap().mails.into_iter().next();
        if let Some(mail) = newest.filter(|mail| mail.failures >= times) {
            return mail;
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "it did not fail {times} times"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// One statement behind the shop's back.
async fn run(db: &Db, sql: &str) {
    let tx = db.begin().await.unwrap();
    tx.execute_for_test(sql).await.unwrap();
    tx.commit().await.unwrap();
}

/// The wait for the next try is over.
async fn due_now(db: &Db) {
    run(db, "UPDATE outbox SET due_at = 0 WHERE state = 'ready'").await;
}
