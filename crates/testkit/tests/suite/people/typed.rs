//! Passwords, codes and names as people type them.

use serde_json::json;
use testkit::people::hash_as_typed;
use testkit::{Client, Kind, PASSWORD, TestShop, on_both_databases};
use totp_rs::Totp;

use super::spellings::{detail, registered, run};

async fn hash(shop: &TestShop) -> String {
    let ada = domain::email::EmailAddress::parse("ada@example.org").unwrap();
    shop.db
        .accounts()
        .credentials(&ada)
        .await
        .unwrap()
        .unwrap()
        .password_hash
}

#[on_both_databases]
async fn a_password_of_before_is_taken_as_it_was_typed_and_renewed(kind: Kind) {
    let shop = TestShop::open(kind).await;
    shop.customer("ada@example.org").await;
    let (typed, normal) = ("Wagenra\u{308}der\u{2460}7", "Wagenräder17");
    let stored = hash_as_typed(typed);
    run(&shop, &format!("UPDATE users SET password_hash = '{stored}'")).await;
    let enters = async |password: &str| shop.guest().sign_in("ada@example.org", password).await.status;
    assert_eq!(enters(normal).await, 401, "nobody knows yet that it is the same");
    assert_eq!(hash(&shop).await, stored);
    assert_eq!(enters(typed).await, 200);
    let renewed = hash(&shop).await;
    assert_ne!(renewed, stored);
    for form in [normal, typed, "Wagenräder\u{2460}7", "Ｗagenräder１7"] {
        assert_eq!(enters(form).await, 200, "{form}");
    }
    assert_eq!(hash(&shop).await, renewed, "once");
    assert_eq!(enters("Wagenrader17").await, 401);
}

#[on_both_databases]
async fn a_password_of_before_is_right_wherever_it_is_asked_for(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer("ada@example.org").await;
    let typed = "Wagenra\u{308}der7";
    run(
        &shop,
        &format!("UPDATE users SET password_hash = '{}'", hash_as_typed(typed)),
    )
    .await;
    let change = json!({"currentPassword": typed, "newPassword": "Ru\u{308}benkraut7"});
    assert_eq!(ada.put("/api/user/password", &change).await.status, 200);
    assert_eq!(shop.guest().sign_in("ada@example.org", "Rübenkraut7").await.status, 200);
}

#[on_both_databases]
async fn what_is_guessed_first_is_no_password(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let common = "is one of the most common passwords, or close to one: please choose another";
    let own = "must not be made from your e-mail address";
    let mut ada = shop.customer("lovelace@example.org").await;
    for (password, fault) in [("Password1", common), ("Latchkey1", common), ("Lovelace1", own)] {
        let body = json!({"email": "lovelace@example.com", "password": password});
        let refused = registered(&shop, body).await;
        assert_eq!((refused.status, refused.code()), (400, "VAL003"), "{password}");
        assert_eq!(detail(&refused), format!("password {fault}"));
        let change = json!({"currentPassword": PASSWORD, "newPassword": password});
        let refused = ada.put("/api/user/password", &change).await;
        assert_eq!(detail(&refused), format!("newPassword {fault}"));
    }
    shop.guest()
        .post("/api/auth/forgot-password", &json!({"email": "lovelace@example.org"}))
        .await;
    let token = shop.reset_token("lovelace@example.org").await;
    let reset = json!({"token": token, "newPassword": "Lovelace1"});
    let refused = shop.guest().post("/api/auth/reset-password", &reset).await;
    assert_eq!(detail(&refused), format!("newPassword {own}"));
}

/// A code with blanks and dashes, as people copy it.
fn spaced(code: &str) -> String {
    format!(" {}\u{a0}{}-{} ", &code[..2], &code[2..4], &code[4..])
}

#[on_both_databases]
async fn codes_are_taken_with_blanks_and_dashes(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer("ada@example.org").await;
    ada.post("/api/auth/send-verification-code", &json!({})).await;
    let mailed = spaced(&shop.verification_code("ada@example.org").await);
    let verified = ada.post("/api/auth/verify-email", &json!({"code": mailed})).await;
    assert_eq!(verified.status, 200, "{}", verified.body);
    let enrolled = ada
        .post("/api/user/second-factor", &json!({"currentPassword": PASSWORD}))
        .await;
    let app = Totp::from_url(enrolled.data()["address"].as_str().unwrap()).unwrap();
    let shown = |shop: &TestShop| {
        let seconds = u64::try_from(shop.shop.now().as_millis() / 1_000).unwrap();
        spaced(&app.generate(seconds).to_string())
    };
    let confirmed = ada
        .post("/api/user/second-factor/confirm", &json!({"code": shown(&shop)}))
        .await;
    assert_eq!(confirmed.status, 200, "{}", confirmed.body);
    let recovery = confirmed.data()["recoveryCodes"][0].as_str().unwrap().replace('-', " ");
    shop.clock.pass(std::time::Duration::from_secs(60));
    for code in [shown(&shop), recovery] {
        let mut person: Client = shop.guest();
        let asked = person.sign_in("ada@example.org", PASSWORD).await;
        let challenge = asked.body["error"]["challenge"].as_str().unwrap().to_owned();
        let body = json!({"challenge": challenge, "code": code});
        let entered = person.post("/api/auth/second-factor", &body).await;
        assert_eq!(entered.status, 200, "{code}: {}", entered.body);
    }
}

#[on_both_databases]
async fn a_name_shows_and_turns_nothing(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer("ada@example.org").await;
    let (invisible, turned) = (
        "must not hold invisible characters",
        "must not hold characters that turn the direction of the text",
    );
    for (name, fault) in [
        ("\u{3164}\u{3164}", invisible),
        ("\u{200b}\u{200b}\u{200b}", invisible),
        ("ada\u{202e}gro.live", turned),
        ("\u{301}\u{302}", "must hold a letter before each accent or mark"),
    ] {
        for field in ["nickname", "firstName", "lastName"] {
            let refused = registered(&shop, json!({field: name})).await;
            assert_eq!(
                (refused.status, detail(&refused)),
                (400, format!("{field} {fault}")),
                "{name:?}"
            );
            let refused = ada.put("/api/user/profile", &json!({field: name})).await;
            assert_eq!(
                (refused.status, detail(&refused)),
                (400, format!("{field} {fault}")),
                "{name:?}"
            );
        }
    }
    let shown = registered(&shop, json!({"nickname": "Rene\u{301} 👩\u{200d}🚀"})).await;
    assert_eq!(shown.data()["user"]["nickname"], "René 👩\u{200d}🚀");
}

#[on_both_databases]
async fn a_name_of_before_stays_until_it_is_changed(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer("ada@example.org").await;
    run(&shop, "UPDATE users SET nickname = '\u{3164}\u{3164}'").await;
    let changed = ada.put("/api/user/profile", &json!({"firstName": "Ada"})).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(changed.data()["nickname"], "\u{3164}\u{3164}");
}
