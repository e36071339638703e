//! Accounts that somebody made for an address that is not theirs, and what is recorded of who tries to get in.

use std::time::Duration;

use domain::mail::MailContent;
use domain::security::SecurityEvent;
use serde_json::json;
use testkit::{Client, Kind, PASSWORD, TestShop, on_both_databases};
use totp_rs::Totp;

const ADA: &str = "ada@example.org";
const FACTOR: &str = "/api/user/second-factor";

pub(super) fn code(app: &Totp, shop: &TestShop) -> String {
    let seconds = u64::try_from(shop.shop.now().as_millis() / 1_000).unwrap();
    app.generate(seconds).to_string()
}

/// Turns the second factor on; the app, and the recovery codes.
pub(super) async fn enrolled(shop: &TestShop, person: &mut Client) -> (Totp, Vec<String>) {
    let secret = person.post(FACTOR, &json!({"currentPassword": PASSWORD})).await;
    assert_eq!(secret.status, 200, "{}", secret.body);
    let app = Totp::from_url(secret.data()["address"].as_str().unwrap()).unwrap();
    let on = person
        .post("/api/user/second-factor/confirm", &json!({"code": code(&app, shop)}))
        .await;
    assert_eq!(on.status, 200, "{}", on.body);
    let codes = on.data()["recoveryCodes"].as_array().unwrap().iter();
    (app, codes.map(|code| code.as_str().unwrap().to_owned()).collect())
}

async fn run(shop: &TestShop, sql: &str) {
    let tx = shop.db.begin().await.unwrap();
    tx.execute_for_test(sql).await.unwrap();
    tx.commit().await.unwrap();
}

/// Resets the password by a mailed link, as the owner of the mailbox.
async fn reset(shop: &TestShop, password: &str) {
    let mut owner = shop.guest();
    owner.post("/api/auth/forgot-password", &json!({"email": ADA})).await;
    let set = json!({"token": shop.reset_token(ADA).await, "newPassword": password});
    assert_eq!(owner.post("/api/auth/reset-password", &set).await.status, 200);
}

pub(super) async fn events(shop: &TestShop, person: &Client) -> Vec<SecurityEvent> {
    let records = shop.db.security_events().of(person.id.unwrap(), 100).await.unwrap();
    records.into_iter().map(|record| record.event).collect()
}

#[on_both_databases]
async fn a_second_factor_takes_the_password_and_a_proven_address(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    let right = json!({"currentPassword": PASSWORD});
    let unproven = ada.post(FACTOR, &right).await;
    assert_eq!(
        (unproven.status, unproven.code()),
        (403, "AUTH003"),
        "{}",
        unproven.body
    );
    shop.prove_address(ADA).await;
    for (sent, code) in [
        (json!({}), "VAL007"),
        (json!({"currentPassword": ""}), "VAL007"),
        (json!({"currentPassword": "Wrong-Horse-1"}), "VAL001"),
    ] {
        let refused = ada.post(FACTOR, &sent).await;
        assert_eq!((refused.status, refused.code()), (400, code), "{sent}");
    }
    let (_, codes) = enrolled(&shop, &mut ada).await;
    // An account of an earlier version may have a second factor without a proven address.
    run(&shop, "UPDATE users SET email_verified_at = NULL").await;
    let off = json!({"currentPassword": PASSWORD, "code": codes[0]});
    let refused = ada.ask(reqwest::Method::DELETE, FACTOR, Some(&off)).await;
    assert_eq!((refused.status, refused.code()), (403, "AUTH003"));
    shop.prove_address(ADA).await;
    assert_eq!(ada.ask(reqwest::Method::DELETE, FACTOR, Some(&off)).await.status, 200);
}

#[on_both_databases]
async fn a_reset_that_proves_an_address_removes_what_a_squatter_set(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut eve = shop.customer(ADA).await;
    let names = json!({"nickname": "Call 555", "firstName": "Eve", "avatar": "https://evil.example/e.png"});
    eve.put("/api/user/profile", &names).await;
    shop.prove_address(ADA).await;
    let (app, _) = enrolled(&shop, &mut eve).await;
    run(&shop, "UPDATE users SET email_verified_at = NULL").await;
    reset(&shop, "Other-Horse-2").await;
    assert_eq!(eve.get("/api/auth/me").await.status, 401);
    let mut ada = shop.guest();
    let answer = ada.sign_in(ADA, "Other-Horse-2").await;
    assert_eq!(answer.status, 200, "no second factor of somebody else: {}", answer.body);
    let me = ada.get("/api/auth/me").await;
    let (nickname, first_name) = (&me.data()["nickname"], me.data().get("firstName"));
    assert_eq!((nickname, first_name), (&json!("Newbie Guy"), None));
    assert!(me.data().get("avatar").is_none() && me.data()["emailVerified"] == true);
    assert!(shop.mails_to(ADA).await.contains(&MailContent::SecondFactorOff));
    drop(app);

    let names = json!({"nickname": "Ada"});
    ada.put("/api/user/profile", &names).await;
    shop.clock.pass(Duration::from_secs(60));
    let secret = ada.post(FACTOR, &json!({"currentPassword": "Other-Horse-2"})).await;
    let app = Totp::from_url(secret.data()["address"].as_str().unwrap()).unwrap();
    let confirm = json!({"code": code(&app, &shop)});
    assert_eq!(ada.post("/api/user/second-factor/confirm", &confirm).await.status, 200);
    reset(&shop, "Third-Horse-3").await;
    let again = shop.guest().sign_in(ADA, "Third-Horse-3").await;
    assert_eq!(again.code(), "AUTH005", "a proven address keeps its second factor");
    let known = shop.db.accounts().by_id(ada.id.unwrap()).await.unwrap().unwrap();
    assert_eq!(known.nickname, "Ada");
}

#[on_both_databases]
async fn a_change_of_the_password_voids_links_codes_and_challenges(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    ada.post("/api/auth/send-verification-code", &json!({})).await;
    let mailed_code = shop.verification_code(ADA).await;
    let change = |old: &str, new: &str| json!({"currentPassword": old, "newPassword": new});
    let changed = ada.put("/api/user/password", &change(PASSWORD, "Other-Horse-2")).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let verify = ada.post("/api/auth/verify-email", &json!({"code": mailed_code})).await;
    assert_eq!(verify.status, 400, "the code of before");
    assert_eq!(
        ada.put("/api/user/password", &change("Other-Horse-2", PASSWORD))
            .await
            .status,
        200
    );
    shop.prove_address(ADA).await;
    let (_, codes) = enrolled(&shop, &mut ada).await;
    let challenge = shop.guest().sign_in(ADA, PASSWORD).await.body["error"]["challenge"].clone();
    ada.post("/api/auth/forgot-password", &json!({"email": ADA})).await;
    let token = shop.reset_token(ADA).await;
    assert_eq!(
        ada.put("/api/user/password", &change(PASSWORD, "Other-Horse-2"))
            .await
            .status,
        200
    );
    let set = json!({"token": token, "newPassword": "Third-Horse-3"});
    assert_eq!(
        shop.guest().post("/api/auth/reset-password", &set).await.status,
        400,
        "the link of before"
    );
    let shown = json!({"challenge": challenge, "code": codes[0]});
    assert_eq!(
        shop.guest().post("/api/auth/second-factor", &shown).await.status,
        401,
        "the challenge of before"
    );
}

#[on_both_databases]
async fn a_change_of_the_password_discards_a_second_factor_that_is_not_confirmed(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    shop.prove_address(ADA).await;
    let secret = ada.post(FACTOR, &json!({"currentPassword": PASSWORD})).await;
    let app = Totp::from_url(secret.data()["address"].as_str().unwrap()).unwrap();
    let change = json!({"currentPassword": PASSWORD, "newPassword": "Other-Horse-2"});
    assert_eq!(ada.put("/api/user/password", &change).await.status, 200);
    let confirm = json!({"code": code(&app, &shop)});
    let refused = ada.post("/api/user/second-factor/confirm", &confirm).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
    let again = shop.guest().sign_in(ADA, "Other-Horse-2").await;
    assert_eq!(again.status, 200, "{}", again.body);
}

#[on_both_databases]
async fn a_reset_discards_a_second_factor_that_is_not_confirmed(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    shop.prove_address(ADA).await;
    let secret = ada.post(FACTOR, &json!({"currentPassword": PASSWORD})).await;
    let app = Totp::from_url(secret.data()["address"].as_str().unwrap()).unwrap();
    reset(&shop, "Other-Horse-2").await;
    assert_eq!(ada.sign_in(ADA, "Other-Horse-2").await.status, 200);
    let confirm = json!({"code": code(&app, &shop)});
    let refused = ada.post("/api/user/second-factor/confirm", &confirm).await;
    assert_eq!(refused.status, 400, "{}", refused.body);
}

#[on_both_databases]
async fn a_wrong_code_at_the_set_up_is_recorded(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    shop.prove_address(ADA).await;
    let asked = ada.post(FACTOR, &json!({"currentPassword": PASSWORD})).await;
    assert_eq!(asked.status, 200, "{}", asked.body);
    let confirm = json!({"code": "000000"});
    assert_eq!(ada.post("/api/user/second-factor/confirm", &confirm).await.status, 400);
    assert!(events(&shop, &ada).await.contains(&SecurityEvent::SecondFactorFailed));
}

#[on_both_databases]
async fn failed_second_factors_and_replays_are_recorded(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    shop.prove_address(ADA).await;
    let (app, codes) = enrolled(&shop, &mut ada).await;
    let step = "/api/auth/second-factor";
    let challenge = shop.guest().sign_in(ADA, PASSWORD).await.body["error"]["challenge"].clone();
    for (shown, event) in [
        (code(&app, &shop), SecurityEvent::SecondFactorReplayed),
        ("000000".to_owned(), SecurityEvent::SecondFactorFailed),
        ("abcd-abcd-abcd-abcd".to_owned(), SecurityEvent::SecondFactorFailed),
    ] {
        let before = events(&shop, &ada).await;
        let refused = shop
            .guest()
            .post(step, &json!({"challenge": challenge, "code": shown}))
            .await;
        assert_eq!((refused.status, refused.code()), (401, "AUTH004"));
        let after = events(&shop, &ada).await;
        let times = |events: &[SecurityEvent]| events.iter().filter(|one| **one == event).count();
        assert_eq!(times(&after), times(&before) + 1, "{event:?}");
    }
    let off = |password: &str, code: &str| json!({"currentPassword": password, "code": code});
    let delete = reqwest::Method::DELETE;
    for (sent, event) in [
        (off("Wrong-Horse-1", &codes[0]), SecurityEvent::PasswordCheckFailed),
        (off(PASSWORD, &code(&app, &shop)), SecurityEvent::SecondFactorReplayed),
        (off(PASSWORD, "000000"), SecurityEvent::SecondFactorFailed),
        (off(PASSWORD, "wrong-recovery"), SecurityEvent::SecondFactorFailed),
    ] {
        let before = events(&shop, &ada).await;
        assert_eq!(ada.ask(delete.clone(), FACTOR, Some(&sent)).await.status, 400);
        let after = events(&shop, &ada).await;
        let times = |events: &[SecurityEvent]| events.iter().filter(|one| **one == event).count();
        assert_eq!(times(&after), times(&before) + 1, "{event:?}");
    }
}

#[on_both_databases]
async fn a_stranger_puts_no_words_into_a_mail(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut eve = shop.guest();
    let typed = json!({"email": ADA, "password": PASSWORD, "nickname": "Claim your prize", "firstName": "Call 555"});
    assert_eq!(eve.post("/api/auth/register", &typed).await.status, 201);
    for mail in shop.mails_to(ADA).await {
        let letter = gateways::mail::Letter::of(&mail, "https://shop.example").unwrap();
        for words in ["prize", "555"] {
            assert!(
                !letter.text.contains(words) && !letter.html.contains(words),
                "{}",
                letter.text
            );
        }
    }
}
