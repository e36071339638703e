//! Codes of a second factor that are typed by whoever is signed in: few are wrong in one sign-in, and each counts once.

use std::time::Duration;

use domain::security::SecurityEvent;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Client, Kind, PASSWORD, TestShop, on_both_databases};
use totp_rs::Totp;

use super::squatters::{code, enrolled, events};

const ADA: &str = "ada@example.org";
const FACTOR: &str = "/api/user/second-factor";
const CONFIRM: &str = "/api/user/second-factor/confirm";
const PROVE: &str = "/api/auth/prove";

/// Asks for a second factor; the app, which is not confirmed.
async fn proposed(person: &mut Client) -> Totp {
    let secret = person.post(FACTOR, &json!({"currentPassword": PASSWORD})).await;
    Totp::from_url(secret.data()["address"].as_str().unwrap()).unwrap()
}

/// Tries wrong codes until they are refused, and then the right one.
async fn ten_are_tried(person: &mut Client, (method, path): (Method, &str), wrong: &Value, right: &Value) {
    for nth in 1..=10 {
        let refused = person.ask(method.clone(), path, Some(wrong)).await;
        assert_eq!(refused.status, 400, "{method} {path}, try {nth}: {}", refused.body);
    }
    let refused = person.ask(method.clone(), path, Some(right)).await;
    assert_eq!(
        (refused.status, refused.code()),
        (429, "RATE001"),
        "{method} {path}: the right one, too"
    );
}

#[on_both_databases]
async fn ten_wrong_codes_are_all_that_one_sign_in_may_type_at_set_up_and_removal(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    shop.prove_address(ADA).await;
    let app = proposed(&mut ada).await;
    let (wrong, right) = (json!({"code": "000000"}), json!({"code": code(&app, &shop)}));
    ten_are_tried(&mut ada, (Method::POST, CONFIRM), &wrong, &right).await;
    // Another sign-in has tries of its own.
    assert_eq!(ada.sign_in(ADA, PASSWORD).await.status, 200);
    let (app, codes) = enrolled(&shop, &mut ada).await;
    let off = |code: &str| json!({"currentPassword": PASSWORD, "code": code});
    let (wrong, right) = (off("000000"), off(&codes[0]));
    ten_are_tried(&mut ada, (Method::DELETE, FACTOR), &wrong, &right).await;
    shop.clock.pass(Duration::from_secs(10 * 60));
    let late = off(&code(&app, &shop));
    assert_eq!(
        ada.ask(Method::DELETE, FACTOR, Some(&late)).await.status,
        200,
        "one more after ten minutes"
    );
}

#[on_both_databases]
async fn ten_wrong_codes_are_all_that_one_sign_in_may_type_as_a_proof_and_right_ones_are_not_counted(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    shop.prove_address(ADA).await;
    let (app, codes) = enrolled(&shop, &mut ada).await;
    for nth in 1..=12 {
        shop.clock.pass(Duration::from_secs(30));
        let right = json!({"code": code(&app, &shop)});
        let proven = ada.post(PROVE, &right).await;
        assert_eq!(proven.status, 200, "the right code {nth}: {}", proven.body);
    }
    let (wrong, right) = (json!({"code": "000000"}), json!({"code": codes[0]}));
    ten_are_tried(&mut ada, (Method::POST, PROVE), &wrong, &right).await;
}

#[on_both_databases]
async fn right_codes_at_set_up_and_removal_are_not_counted(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    shop.prove_address(ADA).await;
    for nth in 1..=12 {
        shop.clock.pass(Duration::from_secs(30));
        let (_, codes) = enrolled(&shop, &mut ada).await;
        let off = json!({"currentPassword": PASSWORD, "code": codes[0]});
        let removed = ada.ask(Method::DELETE, FACTOR, Some(&off)).await;
        assert_eq!(removed.status, 200, "removal {nth}: {}", removed.body);
    }
}

#[on_both_databases]
async fn a_code_of_a_time_that_was_used_confirms_no_other_app_and_is_recorded(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    shop.prove_address(ADA).await;
    let (_, codes) = enrolled(&shop, &mut ada).await;
    let off = json!({"currentPassword": PASSWORD, "code": codes[0]});
    assert_eq!(ada.ask(Method::DELETE, FACTOR, Some(&off)).await.status, 200);
    let app = proposed(&mut ada).await;
    let confirm = json!({"code": code(&app, &shop)});
    assert_eq!(ada.post(CONFIRM, &confirm).await.status, 400);
    let recorded = events(&shop, &ada).await;
    let replays = recorded
        .iter()
        .filter(|event| **event == SecurityEvent::SecondFactorReplayed);
    assert_eq!(replays.count(), 1, "{recorded:?}");
    shop.clock.pass(Duration::from_secs(30));
    let confirm = json!({"code": code(&app, &shop)});
    assert_eq!(ada.post(CONFIRM, &confirm).await.status, 200);
}
