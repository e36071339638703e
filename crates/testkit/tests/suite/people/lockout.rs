//! Nobody locks anybody out: a known device has attempts of its own, and strangers' end in a delay and a mailed link.

use std::time::Duration;

use domain::mail::MailContent;
use serde_json::json;
use testkit::{Answer, Kind, PASSWORD, TestShop, on_both_databases, soon};

use super::reset_mails::at;
use super::spellings::run;

const ADA: &str = "ada@example.org";
const WRONG: &str = "Wrong-Horse-1";

/// Tries wrong passwords until strangers are refused; the refusal.
async fn guessed_at(shop: &TestShop, email: &str) -> Answer {
    let mut stranger = at(shop, "198.51.100.7");
    for _ in 0..20 {
        assert_eq!(stranger.sign_in(email, WRONG).await.code(), "AUTH004");
    }
    let refused = stranger.sign_in(email, WRONG).await;
    assert_eq!((refused.status, refused.code()), (429, "RATE001"));
    refused
}

/// The tokens of all links for known devices that were mailed, oldest first.
async fn known_device_links(shop: &TestShop, email: &str) -> Vec<String> {
    let mails = shop.mails_to(email).await.into_iter();
    mails
        .filter_map(|mail| match mail {
            MailContent::KnownDevice { token } => Some(token),
            _ => None,
        })
        .collect()
}

#[on_both_databases]
async fn strangers_who_guess_do_not_keep_the_owner_out(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    ada.token = None;
    guessed_at(&shop, ADA).await;
    let answer = ada.sign_in(ADA, PASSWORD).await;
    assert_eq!(answer.status, 200, "a known device: {}", answer.body);
    let mut unknown = at(&shop, "203.0.113.1");
    unknown.device = Some("x".repeat(43));
    assert_eq!(
        unknown.sign_in(ADA, PASSWORD).await.status,
        429,
        "a made-up secret is none"
    );
    let mut eve = shop.customer("eve@example.org").await;
    assert_eq!(
        eve.sign_in(ADA, PASSWORD).await.status,
        429,
        "nor one of another account"
    );
    // A known device has a limit of its own.
    for _ in 0..20 {
        assert_eq!(ada.sign_in(ADA, WRONG).await.code(), "AUTH004");
    }
    assert_eq!(ada.sign_in(ADA, PASSWORD).await.status, 429);
}

#[on_both_databases]
async fn the_database_does_not_hold_what_makes_a_device_known(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let secret = shop.customer(ADA).await.device.unwrap();
    assert_eq!(secret.len(), 43, "256 random bits");
    let all = "UPDATE known_devices SET used_at = used_at";
    assert_eq!(run(&shop, all).await, 1);
    assert_eq!(run(&shop, &format!("{all} WHERE hash = '{secret}'")).await, 0);
}

#[on_both_databases]
async fn the_delay_of_strangers_grows_and_is_never_a_bar(kind: Kind) {
    let shop = TestShop::open(kind).await;
    shop.customer(ADA).await;
    let mut waits = vec![waiting(&guessed_at(&shop, ADA).await)];
    let mut stranger = at(&shop, "198.51.100.7");
    for _ in 0..75 {
        shop.clock.pass(Duration::from_secs(60));
        let answer = stranger.sign_in(ADA, WRONG).await;
        if answer.status == 429 {
            waits.push(waiting(&answer));
        }
    }
    assert_eq!(waits[0], 61);
    let longest = *waits.iter().max().unwrap();
    assert!((120..=301).contains(&longest), "{waits:?}");
    let last = stranger.sign_in(ADA, WRONG).await;
    let last = if last.status == 401 {
        stranger.sign_in(ADA, WRONG).await
    } else {
        last
    };
    shop.clock.pass(Duration::from_secs(waiting(&last)));
    assert_eq!(
        shop.guest().sign_in(ADA, PASSWORD).await.status,
        200,
        "after the time that was said"
    );
}

fn waiting(answer: &Answer) -> u64 {
    answer.headers["retry-after"].to_str().unwrap().parse().unwrap()
}

#[on_both_databases]
async fn a_mailed_link_makes_a_browser_known_once(kind: Kind) {
    let shop = TestShop::open(kind).await;
    shop.customer(ADA).await;
    guessed_at(&shop, ADA).await;
    let token = shop.known_device_token(ADA).await;
    let mut owner = at(&shop, "203.0.113.1");
    assert_eq!(owner.sign_in(ADA, PASSWORD).await.status, 429, "not known yet");
    let make = "/api/auth/known-device";
    assert_eq!(owner.post(make, &json!({"token": "guessed"})).await.status, 400);
    let known = owner.post(make, &json!({"token": token})).await;
    assert_eq!(known.status, 200, "{}", known.body);
    assert!(
        known.data().get("token").is_none() && known.data().get("user").is_none(),
        "it opens nothing by itself"
    );
    let cookie = known.headers["set-cookie"].to_str().unwrap();
    assert!(
        cookie.starts_with("device=") && cookie.ends_with("; Max-Age=31536000; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    owner.device = known.data()["deviceToken"].as_str().map(str::to_owned);
    assert_eq!(
        owner.sign_in(ADA, WRONG).await.code(),
        "AUTH004",
        "the password is needed"
    );
    assert_eq!(owner.sign_in(ADA, PASSWORD).await.status, 200);
    assert_eq!(
        shop.guest().post(make, &json!({"token": token})).await.status,
        400,
        "once"
    );
}

#[on_both_databases]
async fn a_link_is_mailed_again_only_after_it_was_used_and_rarely(kind: Kind) {
    let shop = TestShop::open(kind).await;
    shop.customer(ADA).await;
    guessed_at(&shop, ADA).await;
    for mailed in 1..=3 {
        let mut stranger = at(&shop, "198.51.100.7");
        for _ in 0..5 {
            assert_eq!(stranger.sign_in(ADA, WRONG).await.status, 429);
        }
        soon("a link is mailed", async || {
            known_device_links(&shop, ADA).await.len() == mailed
        })
        .await;
        let token = known_device_links(&shop, ADA).await.pop().unwrap();
        let used = shop
            .guest()
            .post("/api/auth/known-device", &json!({"token": token}))
            .await;
        assert_eq!(used.status, 200);
    }
    assert_eq!(at(&shop, "198.51.100.7").sign_in(ADA, WRONG).await.status, 429);
    // Nothing announces that no mail is written: the reset mail is, after it.
    shop.guest()
        .post("/api/auth/forgot-password", &json!({"email": ADA}))
        .await;
    shop.reset_token(ADA).await;
    assert_eq!(known_device_links(&shop, ADA).await.len(), 3);
}

#[on_both_databases]
async fn an_address_without_an_account_is_refused_alike(kind: Kind) {
    let shop = TestShop::open(kind).await;
    shop.customer(ADA).await;
    let without_id = |answer: &Answer| {
        let mut body = answer.body.clone();
        body["error"]["requestId"] = json!("");
        (answer.status, body, waiting(answer))
    };
    let (known, unknown) = (
        guessed_at(&shop, ADA).await,
        guessed_at(&shop, "nobody@example.org").await,
    );
    assert_eq!(without_id(&known), without_id(&unknown));
    shop.known_device_token(ADA).await;
    assert!(shop.mails_to("nobody@example.org").await.is_empty());
}

#[on_both_databases]
async fn an_account_has_ten_known_devices_the_last_used_ones(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let first = shop.customer(ADA).await;
    let mut second = shop.guest();
    shop.clock.pass(Duration::from_secs(1));
    second.sign_in(ADA, PASSWORD).await;
    for _ in 0..9 {
        shop.clock.pass(Duration::from_secs(1));
        assert_eq!(shop.guest().sign_in(ADA, PASSWORD).await.status, 200);
    }
    guessed_at(&shop, ADA).await;
    assert_eq!(
        first.clone().sign_in(ADA, PASSWORD).await.status,
        429,
        "the eleventh from last"
    );
    let known = second.device.clone();
    assert_eq!(second.sign_in(ADA, PASSWORD).await.status, 200);
    assert_eq!(second.device, known, "a device that is known keeps its secret");
    shop.clock.pass(Duration::from_secs(365 * 86_400));
    guessed_at(&shop, ADA).await;
    assert_eq!(
        second.sign_in(ADA, PASSWORD).await.status,
        429,
        "a year later it is none"
    );
}

#[on_both_databases]
async fn a_reset_and_the_end_of_all_sign_ins_forget_the_devices(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    let mut phone = shop.guest();
    phone.sign_in(ADA, PASSWORD).await;
    guessed_at(&shop, ADA).await;
    assert_eq!(phone.sign_in(ADA, PASSWORD).await.status, 200);
    assert_eq!(ada.delete("/api/user/sessions").await.status, 200);
    assert_eq!(
        phone.sign_in(ADA, PASSWORD).await.status,
        429,
        "all sign-ins were ended"
    );

    let shop = TestShop::open(kind).await;
    let mut phone = shop.customer(ADA).await;
    shop.guest()
        .post("/api/auth/forgot-password", &json!({"email": ADA}))
        .await;
    let token = shop.reset_token(ADA).await;
    let mut owner = shop.guest();
    let reset = json!({"token": token, "newPassword": "Other-Horse-2"});
    let answer = owner.post("/api/auth/reset-password", &reset).await;
    guessed_at(&shop, ADA).await;
    assert_eq!(
        phone.sign_in(ADA, "Other-Horse-2").await.status,
        429,
        "the password was reset"
    );
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    let secret = cookie.strip_prefix("device=").unwrap().split(';').next().unwrap();
    owner.device = Some(secret.to_owned());
    assert_eq!(
        owner.sign_in(ADA, "Other-Horse-2").await.status,
        200,
        "who opened the mailed link is known"
    );
}

#[on_both_databases]
async fn who_knows_the_password_does_not_keep_the_owner_from_the_second_step(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    shop.prove_address(ADA).await;
    let secret = ada
        .post("/api/user/second-factor", &json!({"currentPassword": PASSWORD}))
        .await;
    let app = totp_rs::Totp::from_url(secret.data()["address"].as_str().unwrap()).unwrap();
    let code = || {
        app.generate(u64::try_from(shop.shop.now().as_millis() / 1_000).unwrap())
            .to_string()
    };
    let on = ada
        .post("/api/user/second-factor/confirm", &json!({"code": code()}))
        .await;
    assert_eq!(on.status, 200);
    shop.clock.pass(Duration::from_secs(60));
    let step = "/api/auth/second-factor";
    let mut thief = at(&shop, "198.51.100.7");
    let mut refused = 0;
    for _ in 0..3 {
        let challenge = thief.sign_in(ADA, PASSWORD).await.body["error"]["challenge"].clone();
        for _ in 0..5 {
            let answer = thief
                .post(step, &json!({"challenge": challenge, "code": "wrong1"}))
                .await;
            refused += u32::from(answer.status == 429);
        }
    }
    assert_eq!(refused, 5, "ten tries are enough");
    ada.token = None;
    let challenge = ada.sign_in(ADA, PASSWORD).await.body["error"]["challenge"].clone();
    let shown = json!({"challenge": challenge, "code": code(), "deviceToken": ada.device.clone()});
    assert_eq!(ada.post(step, &shown).await.status, 200, "a known device");
    shop.known_device_token(ADA).await;
}
