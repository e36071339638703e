//! The steps that jobs and operators write in.

use std::time::Duration;

use domain::message::Queue;
use domain::pattern::Pattern;
use serde_json::json;
use services::jobs::{JobError, JobKind};
use services::mails::SendMail;
use services::sync::SyncCatalogue;
use testkit::TestShop;

use super::walk::{Site, Walk};

const CLAIM: Site = ("services/messages.rs::claim", "outbox");
const SETTLE: Site = ("services/messages.rs::settle", "outbox");

/// Messages, mails, what is forgotten in time, and what operators have forgotten.
pub(super) async fn walk(walk: &mut Walk, shop: &TestShop) {
    let slot = "2026-11-23T02:00Z".to_owned();
    let post = [("services/messages.rs::post", "outbox")];
    let job = SyncCatalogue { slot: slot.clone() };
    walk.step(&post, shop.shop.messages().post_once(slot, &job))
        .await
        .unwrap();
    let sync = walk
        .step(&[CLAIM], shop.shop.messages().claim(Queue::Sync, &jobs::JOBS, 1))
        .await
        .unwrap();
    let kind = JobKind::of::<SyncCatalogue>();
    walk.step(&[SETTLE], shop.shop.messages().settle(&sync[0], kind, Ok(())))
        .await
        .unwrap();
    mails(walk, shop).await;
    let pattern = Pattern::parse("game:*").unwrap();
    let invalidate = [("services/caches.rs::invalidate", "touches")];
    walk.step(
        &invalidate,
        shop.shop.caches().invalidate(&pattern, testkit::operator()),
    )
    .await
    .unwrap();
    run_maintenance(walk, shop).await;
}

async fn mails(walk: &mut Walk, shop: &TestShop) {
    let claims = walk
        .step(&[CLAIM], shop.shop.messages().claim(Queue::Mail, &jobs::JOBS, 3))
        .await
        .unwrap();
    let SendMail { mail } = serde_json::from_str(&claims[0].message.payload).expect("a mail was to be sent");
    let kind = JobKind::of_message(&claims[0].message, &jobs::JOBS);
    let send = [("services/mails/mod.rs::send", "mails")];
    walk.step(&send, shop.shop.mails().send(mail)).await.unwrap();
    walk.step(&[SETTLE], shop.shop.messages().settle(&claims[0], kind, Ok(())))
        .await
        .unwrap();
    let read = [("services/mails/mod.rs::read", "trail_entries")];
    walk.step(&read, shop.shop.mails().read(mail, testkit::operator()))
        .await
        .unwrap();
    for (claim, permanent) in [(&claims[1], false), (&claims[2], true)] {
        let error = JobError {
            reason: "for a test".to_owned(),
            permanent,
        };
        let failed = (SETTLE.0, "mails");
        walk.step(&[SETTLE, failed], shop.shop.messages().settle(claim, kind, Err(error)))
            .await
            .unwrap();
    }
    let again = [("services/messages.rs::run_again", "outbox")];
    walk.step(
        &again,
        shop.shop.messages().run_again(claims[2].id, testkit::operator()),
    )
    .await
    .unwrap();
}

/// A year on, after a guest who never came back and one whose cart could not be migrated.
async fn run_maintenance(walk: &mut Walk, shop: &TestShop) {
    let game = shop.games_for_sale(1).await.remove(0);
    let (mut gone, mut taken) = (shop.guest(), shop.guest());
    for guest in [&mut gone, &mut taken] {
        walk.step(&[], guest.add_to_cart(&game, 1)).await;
    }
    shop.set_stock(&game, 0).await;
    walk.leave_out().await;
    walk.step(&[], taken.register("eve@example.org")).await;
    assert_eq!(taken.units().await, (0, 1), "it is kept");
    walk.step(&[], taken.post("/api/auth/send-verification-code", &json!({})))
        .await;
    age_touches(shop).await;
    walk.leave_out().await;
    shop.clock.pass(Duration::from_secs(400 * 86_400));
    let forgotten = [
        "outbox",
        "mails",
        "touches",
        "sync_runs",
        "guest_sessions",
        "cart_lines",
    ];
    let secrets = ["sessions", "refresh_tokens", "tickets", "throttles", "security_events"];
    let sites: Vec<Site> = forgotten
        .into_iter()
        .chain(secrets)
        .map(|table| ("services/maintenance.rs::run_maintenance", table))
        .collect();
    walk.step(&sites, shop.shop.operations().run_maintenance())
        .await
        .unwrap();
}

/// Touches are dated by the database's clock, which no test moves.
async fn age_touches(shop: &TestShop) {
    let tx = shop.db.begin().await.unwrap();
    tx.execute_for_test("UPDATE touches SET touched_at = 0").await.unwrap();
    tx.commit().await.unwrap();
}
