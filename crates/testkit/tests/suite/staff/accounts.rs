//! What staff do to accounts: a block holds from the next request on, and sign-ins end.

use std::time::Duration;

use domain::security::SecurityEvent;
use domain::staff::StaffRole;
use serde_json::json;
use testkit::{Kind, PASSWORD, TestShop, on_both_databases};

use super::refusal;

#[on_both_databases]
async fn a_blocked_account_opens_nothing_and_is_told_so_after_its_password_alone(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut support = shop.staff_as("support@example.org", StaffRole::Support).await;
    let mut ada = shop.customer("ada@example.org").await;
    let block = format!("/api/admin/users/{}/block", ada.id.unwrap());
    let blocked = support.post(&block, &json!({"reason": "a stolen card"})).await;
    assert_eq!(blocked.status, 200, "{}", blocked.body);
    assert_eq!(refusal(&ada.get("/api/auth/me").await), (403, "AUTH007"));
    let refresh = json!({"refreshToken": ada.refresh});
    assert_eq!(
        refusal(&ada.post("/api/auth/refresh", &refresh).await),
        (401, "AUTH001")
    );
    let right = shop.guest().sign_in("ada@example.org", PASSWORD).await;
    assert_eq!(refusal(&right), (403, "AUTH007"));
    let wrong = shop.guest().sign_in("ada@example.org", "Wrong-Horse-1").await;
    assert_eq!(refusal(&wrong), (401, "AUTH004"));
    let nobody = shop.guest().sign_in("nobody@example.org", "Wrong-Horse-1").await;
    assert_eq!(
        (nobody.status, &nobody.body["error"]["message"]),
        (401, &wrong.body["error"]["message"])
    );
    assert_eq!(support.delete(&block).await.status, 200);
    assert_eq!(shop.guest().sign_in("ada@example.org", PASSWORD).await.status, 200);
    let events = shop.db.security_events().of(ada.id.unwrap(), 50).await.unwrap();
    for event in [SecurityEvent::Blocked, SecurityEvent::Unblocked] {
        let told = events.iter().find(|told| told.event == event).unwrap();
        assert_eq!(
            (told.device.address.as_str(), told.device.name.as_str()),
            ("", "the shop")
        );
    }
}

#[on_both_databases]
async fn staff_end_the_sign_ins_of_customers_and_owners_alone_those_of_staff(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut owner = shop.staff().await;
    let mut support = shop.staff_as("support@example.org", StaffRole::Support).await;
    let mut ada = shop.customer("ada@example.org").await;
    let of = |id: Option<domain::id::UserId>, what: &str| format!("/api/admin/users/{}/{what}", id.unwrap());
    assert_eq!(support.delete(&of(ada.id, "sessions")).await.status, 200);
    assert_eq!(refusal(&ada.get("/api/auth/me").await), (401, "AUTH001"));
    assert_eq!(shop.guest().sign_in("ada@example.org", PASSWORD).await.status, 200);
    for path in [of(owner.id, "sessions"), of(support.id, "sessions")] {
        assert_eq!(refusal(&support.delete(&path).await), (403, "AUTH003"), "{path}");
    }
    let block = of(owner.id, "block");
    assert_eq!(refusal(&support.post(&block, &json!({})).await), (403, "AUTH003"));
    // With another owner it is not the last one, and still nobody's own account.
    shop.staff_as("other@example.org", StaffRole::Owner).await;
    assert_eq!(refusal(&owner.post(&block, &json!({})).await), (403, "AUTH003"));
    assert_eq!(owner.post(&of(support.id, "block"), &json!({})).await.status, 200);
    assert_eq!(refusal(&support.get("/api/admin/mails").await), (403, "AUTH007"));
    let long = json!({"reason": "x".repeat(501)});
    assert_eq!(owner.post(&of(ada.id, "block"), &long).await.status, 400);
}

#[on_both_databases]
async fn no_sign_in_of_a_blocked_account_begins_while_it_is_blocked(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let ada = shop.customer("ada@example.org").await.id.unwrap();
    let (staff, by) = (shop.shop.staff(), testkit::operator());
    for round in 0..100 {
        // What is refused is counted as an attempt.
        shop.clock.pass(Duration::from_secs(5 * 60));
        let mut guest = shop.guest();
        let (signed_in, blocked) = tokio::join!(guest.sign_in("ada@example.org", PASSWORD), staff.block(ada, by));
        blocked.unwrap();
        assert!([200, 403].contains(&signed_in.status), "{}", signed_in.body);
        let sessions = shop.db.sessions().of(ada, shop.shop.now()).await.unwrap();
        assert_eq!(sessions.len(), 0, "round {round}: {}", signed_in.status);
        staff.unblock(ada, by).await.unwrap();
    }
}
