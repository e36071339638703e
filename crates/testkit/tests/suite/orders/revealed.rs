//! Who sees a key, and when not.

use std::time::Duration;

use domain::refusal::Refusal;
use domain::security::{Device, SecurityEvent};
use services::Error;
use storage::security_events::SecurityRecord;
use testkit::{Kind, TestShop, on_both_databases};

use super::{Buyer, all_is_well, games, place, stock};

#[on_both_databases]
async fn an_old_sign_in_sees_no_key(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    stock(&shop, game, &["A-1"], 100).await;
    let ada = Buyer::with(&shop, "ada@example.org", 1_000).await;
    let placed = place(&shop, &ada.caller, &[game], None).await.unwrap();
    let orders = shop.shop.orders();
    let key = orders.of(ada.id, placed.id).await.unwrap().units[0].key.unwrap();
    shop.clock.pass(Duration::from_secs(24 * 3_600 + 1));
    let refused = orders.reveal(&ada.caller, placed.id, key).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::ProofTooOld))));
    let order = orders.of(ada.id, placed.id).await.unwrap();
    assert_eq!(
        order.units[0].revealed_at, None,
        "what was not shown is not recorded as shown"
    );
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn whoever_took_an_account_over_waits_for_its_keys(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    stock(&shop, game, &["A-1"], 100).await;
    let ada = Buyer::with(&shop, "ada@example.org", 1_000).await;
    let placed = place(&shop, &ada.caller, &[game], None).await.unwrap();
    let orders = shop.shop.orders();
    let key = orders.of(ada.id, placed.id).await.unwrap().units[0].key.unwrap();
    for (number, event) in [(1, SecurityEvent::PasswordReset), (2, SecurityEvent::SecondFactorOff)] {
        let tx = shop.db.begin().await.unwrap();
        let record = SecurityRecord {
            at: shop.shop.now(),
            user: Some(ada.id),
            event,
            device: Device::default(),
        };
        tx.security_events()
            .record(uuid::Uuid::from_u128(u128::MAX - number), &record)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        shop.clock.pass(Duration::from_secs(3_600));
        match orders.reveal(&ada.caller, placed.id, key).await {
            Err(Error::Refused(Refusal::TooMany { retry_after_seconds })) => {
                assert_eq!(retry_after_seconds, 23 * 3_600 + 1, "{event:?}");
            }
            _ => panic!("{event:?}: a key was shown, or refused for another reason"),
        }
    }
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn a_key_is_shown_to_its_customer_and_in_no_list(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    stock(&shop, game, &["CANARY-KEY-77"], 100).await;
    let mut ada = Buyer::with(&shop, "ada@example.org", 1_000).await;
    let answer = ada.order(&[game]).await;
    let id = super::order_id(&answer);
    let key = answer.data()["keys"][0]["id"].as_str().unwrap().to_owned();
    let shown = ada
        .client
        .post(&format!("/api/orders/{id}/keys/{key}/reveal"), &serde_json::json!({}))
        .await;
    assert_eq!(shown.data()["key"], "CANARY-KEY-77");
    for path in [
        "/api/orders".to_owned(),
        "/api/user/keys".to_owned(),
        "/api/user/transactions".to_owned(),
        format!("/api/games/{game}"),
    ] {
        let answer = ada.client.get(&path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.text.contains("CANARY"), "{path}");
    }
    let by_get = ada.client.get(&format!("/api/orders/{id}/keys/{key}/reveal")).await;
    assert!(by_get.status == 405 || by_get.status == 404, "{}", by_get.status);
    all_is_well(&shop).await;
}
