//! `/api/user`: the profile, the password, the sign-ins and the second factor.

use std::time::Duration;

use domain::mail::MailContent;
use serde_json::{Value, json};
use testkit::{Client, Kind, PASSWORD, TestShop, on_both_databases};
use totp_rs::Totp;

const ADA: &str = "ada@example.org";

/// What an authenticator app shows, by the shop's clock.
fn code(app: &Totp, shop: &TestShop) -> String {
    let seconds = u64::try_from(shop.shop.now().as_millis() / 1_000).unwrap();
    app.generate(seconds).to_string()
}

/// Turns the second factor on; the app, and the recovery codes.
async fn enrolled(shop: &TestShop, ada: &mut Client) -> (Totp, Vec<String>) {
    shop.prove_address(ADA).await;
    let secret = ada
        .post("/api/user/second-factor", &json!({"currentPassword": PASSWORD}))
        .await;
    let app = Totp::from_url(secret.data()["address"].as_str().unwrap()).unwrap();
    let wrong = ada
        .post("/api/user/second-factor/confirm", &json!({"code": "000000"}))
        .await;
    assert_eq!(wrong.status, 400);
    let on = ada
        .post("/api/user/second-factor/confirm", &json!({"code": code(&app, shop)}))
        .await;
    assert_eq!(on.status, 200, "{}", on.body);
    let codes = on.data()["recoveryCodes"].as_array().unwrap();
    (
        app,
        codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect(),
    )
}

async fn challenge(person: &mut Client) -> Value {
    let answer = person.sign_in(ADA, PASSWORD).await;
    assert_eq!((answer.status, answer.code()), (401, "AUTH005"));
    answer.body["error"]["challenge"].clone()
}

#[on_both_databases]
async fn a_profile_is_changed_field_by_field(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    let names = json!({"nickname": "Ada", "avatar": "https://pictures.example/a.png"});
    let changed = ada.put("/api/user/profile", &names).await;
    assert_eq!((changed.status, &changed.data()["nickname"]), (200, &json!("Ada")));
    let changed = ada
        .put("/api/user/profile", &json!({"lastName": "Lovelace", "avatar": ""}))
        .await;
    assert_eq!(
        (
            &changed.data()["nickname"],
            &changed.data()["lastName"],
            changed.data().get("avatar")
        ),
        (&json!("Ada"), &json!("Lovelace"), None)
    );
    for bad in [
        json!({"nickname": "x"}),
        json!({"avatar": "javascript:alert(1)"}),
        json!({"firstName": "a\u{7}"}),
    ] {
        assert_eq!(ada.put("/api/user/profile", &bad).await.status, 400, "{bad}");
    }
    assert_eq!(ada.get("/api/user/profile").await.data(), changed.data());
    assert_eq!(shop.guest().get("/api/user/profile").await.code(), "AUTH001");
}

#[on_both_databases]
async fn a_new_password_ends_every_other_sign_in(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    let mut other = shop.guest();
    other.sign_in(ADA, PASSWORD).await;
    let change = |present: &str, new: &str| json!({"currentPassword": present, "newPassword": new});
    assert_eq!(
        ada.put("/api/user/password", &change("wrong", "Another-Horse-2"))
            .await
            .status,
        400
    );
    assert_eq!(
        ada.put("/api/user/password", &change(PASSWORD, "weak")).await.code(),
        "VAL003"
    );
    assert_eq!(other.get("/api/auth/me").await.status, 200);
    assert_eq!(
        ada.put("/api/user/password", &change(PASSWORD, "Another-Horse-2"))
            .await
            .status,
        200
    );
    assert_eq!(
        (
            ada.get("/api/auth/me").await.status,
            other.get("/api/auth/me").await.status
        ),
        (200, 401)
    );
    assert_eq!(shop.guest().sign_in(ADA, "Another-Horse-2").await.status, 200);
    assert!(shop.mails_to(ADA).await.contains(&MailContent::PasswordChanged));
}

#[on_both_databases]
async fn sign_ins_are_listed_and_ended(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    let mut others = Vec::new();
    for _ in 0..3 {
        let mut other = shop.guest();
        other.sign_in(ADA, PASSWORD).await;
        others.push(other);
    }
    let list = ada.get("/api/user/sessions").await;
    let sign_ins = list.data().as_array().unwrap().clone();
    assert_eq!(
        (
            sign_ins.len(),
            sign_ins.iter().filter(|one| one["current"] == true).count()
        ),
        (4, 1)
    );
    assert_eq!(sign_ins[0]["address"], "127.0.0.1");
    let mut bob = shop.customer("bob@example.org").await;
    let one = sign_ins.iter().find(|one| one["current"] == false).unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    for path in [
        format!("/api/user/sessions/{one}"),
        "/api/user/sessions/nonsense".to_owned(),
    ] {
        assert_eq!(bob.delete(&path).await.code(), "NOTFOUND001", "another's");
    }
    assert_eq!(ada.delete(&format!("/api/user/sessions/{one}")).await.status, 200);
    assert_eq!(ada.get("/api/user/sessions").await.data().as_array().unwrap().len(), 3);
    assert_eq!(ada.delete("/api/user/sessions").await.status, 200);
    assert_eq!(ada.get("/api/user/sessions").await.data().as_array().unwrap().len(), 1);
    for mut other in others {
        assert_eq!(other.get("/api/auth/me").await.status, 401);
    }
    assert_eq!(bob.get("/api/auth/me").await.status, 200);
}

#[on_both_databases]
async fn a_second_factor_is_asked_for_and_each_code_is_good_once(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    let (app, _) = enrolled(&shop, &mut ada).await;
    let mut phone = shop.guest();
    let first = challenge(&mut phone).await;
    assert_eq!(phone.token, None);
    let show = "/api/auth/second-factor";
    let used = phone
        .post(show, &json!({"challenge": first, "code": code(&app, &shop)}))
        .await;
    assert_eq!(
        (used.status, used.code()),
        (401, "AUTH004"),
        "the code that turned it on was used by that"
    );
    shop.clock.pass(Duration::from_secs(30));
    let body = json!({"challenge": first, "code": code(&app, &shop)});
    assert_eq!(
        phone
            .post(show, &json!({"challenge": "guessed", "code": code(&app, &shop)}))
            .await
            .status,
        401
    );
    let answer = phone.post(show, &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    phone.keep(&answer);
    assert_eq!(phone.get("/api/auth/me").await.data()["secondFactor"], true);
    assert_eq!(
        shop.guest().post(show, &body).await.status,
        401,
        "challenge and code are used up"
    );
    let second = challenge(&mut shop.guest()).await;
    assert_eq!(
        shop.guest()
            .post(show, &json!({"challenge": second, "code": code(&app, &shop)}))
            .await
            .status,
        401,
        "the same code"
    );
    shop.clock.pass(Duration::from_secs(300));
    assert_eq!(
        shop.guest()
            .post(show, &json!({"challenge": second, "code": code(&app, &shop)}))
            .await
            .status,
        401,
        "a late challenge"
    );
}

#[on_both_databases]
async fn five_wrong_codes_void_a_challenge_and_ten_tries_are_enough(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    let (app, _) = enrolled(&shop, &mut ada).await;
    shop.clock.pass(Duration::from_secs(3_600));
    let show = "/api/auth/second-factor";
    let mut guesser = shop.guest();
    let first = challenge(&mut guesser).await;
    for _ in 0..5 {
        assert_eq!(
            guesser
                .post(show, &json!({"challenge": first, "code": "wrong1"}))
                .await
                .code(),
            "AUTH004"
        );
    }
    assert_eq!(
        guesser
            .post(show, &json!({"challenge": first, "code": code(&app, &shop)}))
            .await
            .code(),
        "AUTH004",
        "the challenge is void"
    );
    let second = challenge(&mut guesser).await;
    for _ in 0..5 {
        assert_eq!(
            guesser
                .post(show, &json!({"challenge": second, "code": "wrong1"}))
                .await
                .code(),
            "AUTH004"
        );
    }
    let third = challenge(&mut guesser).await;
    let refused = guesser
        .post(show, &json!({"challenge": third, "code": code(&app, &shop)}))
        .await;
    assert_eq!((refused.status, refused.code()), (429, "RATE001"));
    let wait: u64 = refused.headers["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=601).contains(&wait), "{wait}");
}

#[on_both_databases]
async fn a_recovery_code_stands_in_once(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    let (_, codes) = enrolled(&shop, &mut ada).await;
    assert_eq!(codes.len(), 10);
    let show = "/api/auth/second-factor";
    let mut lost = shop.guest();
    let typed = codes[0].to_uppercase().replace('-', " ");
    let first = challenge(&mut lost).await;
    assert_eq!(
        lost.post(show, &json!({"challenge": first, "code": typed}))
            .await
            .status,
        200,
        "however it is typed"
    );
    let second = challenge(&mut shop.guest()).await;
    assert_eq!(
        shop.guest()
            .post(show, &json!({"challenge": second, "code": codes[0]}))
            .await
            .status,
        401,
        "once"
    );
    let off = |code: &str| json!({"currentPassword": PASSWORD, "code": code});
    let remove = |person: &Client, body: Value| {
        let mut person = person.clone();
        async move {
            person
                .ask(reqwest::Method::DELETE, "/api/user/second-factor", Some(&body))
                .await
        }
    };
    assert_eq!(remove(&ada, off(&codes[0])).await.status, 400);
    assert_eq!(
        remove(&ada, json!({"currentPassword": "wrong", "code": codes[1]}))
            .await
            .status,
        400
    );
    assert_eq!(remove(&ada, off(&codes[1])).await.status, 200);
    assert_eq!(
        shop.guest().sign_in(ADA, PASSWORD).await.status,
        200,
        "the password is enough again"
    );
}
