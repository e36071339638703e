//! What moves rights asks that the owner of the sign-in proved lately who they are.

use std::time::Duration;

use domain::security::SecurityEvent;
use domain::staff::StaffRole;
use serde_json::json;
use testkit::{Kind, PASSWORD, TestShop, on_both_databases};

use super::{give, refusal};

#[on_both_databases]
async fn after_ten_minutes_a_role_is_given_only_after_the_password(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let (mut owner, ada) = (shop.staff().await, shop.customer("ada@example.org").await);
    let id = ada.id.unwrap();
    shop.clock.pass(Duration::from_secs(601));
    let support = Some(StaffRole::Support);
    assert_eq!(refusal(&give(&mut owner, id, support).await), (403, "AUTH006"));
    let block = format!("/api/admin/users/{id}/block");
    assert_eq!(refusal(&owner.post(&block, &json!({})).await), (403, "AUTH006"));
    let accept = "/api/admin/staff";
    assert_eq!(owner.get(accept).await.status, 200, "reading moves nothing");
    for (body, code) in [
        (json!({}), "VAL007"),
        (json!({"password": "Wrong-Horse-1"}), "VAL001"),
        (json!({"code": "123456"}), "VAL007"),
    ] {
        let wrong = owner.post("/api/auth/prove", &body).await;
        assert_eq!(refusal(&wrong), (400, code), "{body}");
    }
    assert_eq!(refusal(&give(&mut owner, id, support).await), (403, "AUTH006"));
    let proven = owner.post("/api/auth/prove", &json!({"password": PASSWORD})).await;
    assert_eq!(proven.status, 200, "{}", proven.body);
    assert_eq!(give(&mut owner, id, support).await.status, 200);
    // Of this sign-in alone.
    let mut elsewhere = shop.guest();
    elsewhere.sign_in("staff@example.org", PASSWORD).await;
    shop.clock.pass(Duration::from_secs(601));
    let refreshed = owner
        .post("/api/auth/refresh", &json!({"refreshToken": owner.refresh}))
        .await;
    owner.keep(&refreshed);
    assert_eq!(
        refusal(&give(&mut owner, id, None).await),
        (403, "AUTH006"),
        "a refresh proves nothing"
    );
    owner.post("/api/auth/prove", &json!({"password": PASSWORD})).await;
    assert_eq!(refusal(&give(&mut elsewhere, id, None).await), (403, "AUTH006"));
    let events = shop.db.security_events().of(owner.id.unwrap(), 50).await.unwrap();
    let count = |wanted| events.iter().filter(|event| event.event == wanted).count();
    assert_eq!(
        (
            count(SecurityEvent::ProvedAgain),
            count(SecurityEvent::PasswordCheckFailed)
        ),
        (2, 1)
    );
}

#[on_both_databases]
async fn tries_to_prove_are_counted_and_those_that_succeed_are_not(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut owner = shop.staff().await;
    for _ in 0..12 {
        let right = owner.post("/api/auth/prove", &json!({"password": PASSWORD})).await;
        assert_eq!(right.status, 200, "{}", right.body);
    }
    let mut last = 0;
    for _ in 0..21 {
        last = owner
            .post("/api/auth/prove", &json!({"password": "Wrong-Horse-1"}))
            .await
            .status;
    }
    assert_eq!(last, 429);
    // Signing in is counted apart.
    assert_eq!(shop.guest().sign_in("staff@example.org", PASSWORD).await.status, 200);
}

#[on_both_databases]
async fn where_a_second_factor_is_on_its_codes_prove_and_failures_are_recorded(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let (mut owner, ada) = (shop.staff().await, shop.customer("ada@example.org").await);
    let (id, prove) = (ada.id.unwrap(), "/api/auth/prove");
    shop.prove_address("staff@example.org").await;
    let factor = "/api/user/second-factor";
    let secret = owner.post(factor, &json!({"currentPassword": PASSWORD})).await;
    let app = totp_rs::Totp::from_url(secret.data()["address"].as_str().unwrap()).unwrap();
    let code = || {
        let seconds = u64::try_from(shop.shop.now().as_millis() / 1_000).unwrap();
        json!({"code": app.generate(seconds).to_string()})
    };
    let on = owner.post(&format!("{factor}/confirm"), &code()).await;
    assert_eq!(on.status, 200, "{}", on.body);
    shop.clock.pass(Duration::from_secs(601));
    let support = Some(StaffRole::Support);
    assert_eq!(refusal(&give(&mut owner, id, support).await), (403, "AUTH006"));
    let password = owner.post(prove, &json!({"password": PASSWORD})).await;
    assert_eq!(refusal(&password), (400, "VAL007"), "the password alone proves nothing");
    let mut recorded = Vec::new();
    for (shown, status, event) in [
        (json!({"code": "000000"}), 400, SecurityEvent::SecondFactorFailed),
        (code(), 200, SecurityEvent::ProvedAgain),
        (code(), 400, SecurityEvent::SecondFactorReplayed),
    ] {
        let answer = owner.post(prove, &shown).await;
        assert_eq!(answer.status, status, "{event:?}: {}", answer.body);
        recorded.push(event);
        let events = shop.db.security_events().of(owner.id.unwrap(), 50).await.unwrap();
        for event in &recorded {
            let times = events.iter().filter(|told| told.event == *event).count();
            assert_eq!(times, 1, "{event:?}");
        }
    }
    assert_eq!(give(&mut owner, id, support).await.status, 200);
}
