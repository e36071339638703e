//! `/api/auth`: registration, sign-in, tokens, and the mails that prove an address.

use std::time::Duration;

use domain::mail::MailContent;
use serde_json::{Value, json};
use testkit::{Answer, Kind, PASSWORD, TestShop, on_both_databases, soon};

const ADA: &str = "ada@example.org";

fn fields(answer: &Answer) -> Vec<String> {
    let details = answer.body["error"]["details"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    details
        .iter()
        .map(|detail| detail["field"].as_str().unwrap().to_owned())
        .collect()
}

#[on_both_databases]
async fn who_registers_is_signed_in_and_welcomed(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut guest = shop.guest();
    let typed = json!({"email": "  Ada@Example.ORG ", "password": PASSWORD, "nickname": "Ada", "firstName": "Augusta", "unknown": 1});
    let answer = guest.post("/api/auth/register", &typed).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    assert_eq!(answer.headers["cache-control"], "private, no-store");
    let (data, user) = (answer.data(), &answer.data()["user"]);
    assert_eq!(
        (&user["email"], &user["nickname"], &user["role"]),
        (&json!(ADA), &json!("Ada"), &json!("USER"))
    );
    assert_eq!(
        (&user["firstName"], user.get("lastName"), &data["expiresIn"]),
        (&json!("Augusta"), None, &json!(900))
    );
    assert!(data.get("migration").is_none() && !answer.body.to_string().contains("argon2"));
    guest.keep(&answer);
    let me = guest.get("/api/auth/me").await;
    let (status, me) = (me.status, me.data());
    assert_eq!(
        (status, &me["email"], &me["balance"], &me["emailVerified"]),
        (200, &json!(ADA), &json!(0), &json!(false))
    );
    assert_eq!(me["createdAt"], "2026-11-23T04:00:00.000Z");
    assert!(shop.mails_to(ADA).await == [MailContent::Welcome]);
}

#[on_both_databases]
async fn a_bad_field_is_named_and_nothing_is_made(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut guest = shop.guest();
    for (typed, code, named) in [
        (json!({"password": PASSWORD}), "VAL007", vec!["email"]),
        (json!({"email": "", "password": PASSWORD}), "VAL007", vec!["email"]),
        (
            json!({"email": "nobody", "password": PASSWORD}),
            "VAL002",
            vec!["email"],
        ),
        (json!({"email": ADA, "password": "short"}), "VAL003", vec!["password"]),
        (
            json!({"email": ADA, "password": "nodigitsHere"}),
            "VAL003",
            vec!["password"],
        ),
        (
            json!({"email": "nobody", "password": "short", "nickname": "x"}),
            "VAL001",
            vec!["email", "password", "nickname"],
        ),
        (json!({"email": ADA, "password": 7}), "VAL001", vec!["password"]),
        (
            json!({"email": ADA, "password": PASSWORD, "lastName": "y".repeat(101)}),
            "VAL001",
            vec!["lastName"],
        ),
    ] {
        let answer = guest.post("/api/auth/register", &typed).await;
        assert_eq!(
            (answer.status, answer.code(), fields(&answer)),
            (400, code, named.into_iter().map(str::to_owned).collect()),
            "{typed}"
        );
    }
    assert_eq!(shop.guest().sign_in(ADA, PASSWORD).await.code(), "AUTH004");
    assert!(shop.mails_to(ADA).await.is_empty());
}

#[on_both_databases]
async fn an_address_has_one_account(kind: Kind) {
    let shop = TestShop::open(kind).await;
    shop.customer(ADA).await;
    let answer = shop.guest().register("ADA@example.org").await;
    assert_eq!((answer.status, answer.code()), (409, "CONFLICT002"));
}

#[on_both_databases]
async fn a_sign_in_ends_when_its_owner_says_so(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut phone = shop.customer(ADA).await;
    let mut laptop = shop.guest();
    assert_eq!(laptop.sign_in(" Ada@example.org ", PASSWORD).await.status, 200);
    assert_eq!(laptop.post("/api/auth/logout", &json!({})).await.status, 200);
    let answer = laptop.get("/api/auth/me").await;
    assert_eq!((answer.status, answer.code()), (401, "AUTH001"));
    let refresh = json!({"refreshToken": laptop.refresh.clone().unwrap()});
    assert_eq!(laptop.post("/api/auth/refresh", &refresh).await.code(), "AUTH001");
    assert_eq!(phone.get("/api/auth/me").await.status, 200, "the other goes on");
}

#[on_both_databases]
async fn an_access_token_expires_and_is_refreshed(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    shop.clock.pass(Duration::from_secs(900));
    let answer = ada.get("/api/auth/me").await;
    assert_eq!((answer.status, answer.code()), (401, "AUTH002"));
    ada.token = None;
    let refresh = json!({"refreshToken": ada.refresh.clone().unwrap()});
    let answer = ada.post("/api/auth/refresh", &refresh).await;
    assert_eq!(answer.status, 200);
    ada.keep(&answer);
    assert_eq!(ada.get("/api/auth/me").await.status, 200);
}

#[on_both_databases]
async fn a_refresh_token_used_again_in_time_is_another_tab_and_later_a_thief(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    let first = json!({"refreshToken": ada.refresh.clone().unwrap()});
    let mut anybody = shop.guest();
    let pair = anybody.post("/api/auth/refresh", &first).await;
    assert_eq!(pair.status, 200);
    shop.clock.pass(Duration::from_secs(10));
    assert_eq!(
        anybody.post("/api/auth/refresh", &first).await.status,
        200,
        "within ten seconds"
    );
    assert_eq!(ada.get("/api/auth/me").await.status, 200);
    shop.clock.pass(Duration::from_micros(1));
    assert_eq!(anybody.post("/api/auth/refresh", &first).await.code(), "AUTH001");
    let second = json!({"refreshToken": pair.data()["refreshToken"]});
    assert_eq!(
        anybody.post("/api/auth/refresh", &second).await.code(),
        "AUTH001",
        "the whole family ends"
    );
    assert_eq!(ada.get("/api/auth/me").await.code(), "AUTH001");
}

#[on_both_databases]
async fn two_tabs_that_refresh_at_once_both_go_on(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let ada = shop.customer(ADA).await;
    let refresh = json!({"refreshToken": ada.refresh.clone().unwrap()});
    let tabs = (0..8).map(|_| {
        let (mut tab, refresh) = (shop.guest(), refresh.clone());
        async move {
            let answer = tab.post("/api/auth/refresh", &refresh).await;
            tab.keep(&answer);
            (answer.status, tab.get("/api/auth/me").await.status)
        }
    });
    assert_eq!(futures::future::join_all(tabs).await, vec![(200, 200); 8]);
}

#[on_both_databases]
async fn a_code_proves_an_address_once_in_time_and_by_few_tries(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    let mut bob = shop.customer("bob@example.org").await;
    let (send, verify) = ("/api/auth/send-verification-code", "/api/auth/verify-email");
    let with = |code: &str| json!({"code": code});
    assert_eq!(ada.post(send, &json!({})).await.status, 200);
    let code = shop.verification_code(ADA).await;
    assert_eq!(bob.post(verify, &with(&code)).await.status, 400, "another's code");
    shop.clock.pass(Duration::from_secs(30 * 60));
    // The access token has expired, too.
    ada.sign_in(ADA, PASSWORD).await;
    assert_eq!(ada.post(verify, &with(&code)).await.status, 400, "too late");
    assert_eq!(ada.post(send, &json!({})).await.status, 200);
    let code = shop.verification_code(ADA).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        assert_eq!(fields(&ada.post(verify, &with(wrong)).await), ["code"]);
    }
    let right = ada.post(verify, &with(&code)).await;
    assert_eq!(right.status, 400, "after five tries the right one is void");
    assert_eq!(ada.post(send, &json!({})).await.status, 200);
    let code = shop.verification_code(ADA).await;
    assert_eq!(ada.post(verify, &with(&code)).await.status, 200);
    assert_eq!(ada.get("/api/auth/me").await.data()["emailVerified"], true);
    let sent = shop.mails_to(ADA).await.len();
    assert_eq!(ada.post(send, &json!({})).await.status, 200);
    assert_eq!(shop.mails_to(ADA).await.len(), sent, "what is proved needs no mail");
}

#[on_both_databases]
async fn a_forgotten_password_is_set_anew_once_and_in_time(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    let mut anybody = shop.guest();
    let (forgot, reset) = ("/api/auth/forgot-password", "/api/auth/reset-password");
    let ask = |email: &str| json!({"email": email});
    let by = |token: &str, password: &str| json!({"token": token, "newPassword": password});
    let known = anybody.post(forgot, &ask(ADA)).await;
    let unknown = anybody.post(forgot, &ask("nobody@example.org")).await;
    assert_eq!(
        (known.status, &known.body),
        (unknown.status, &unknown.body),
        "nobody is told who has an account"
    );
    let token = shop.reset_token(ADA).await;
    shop.clock.pass(Duration::from_secs(3_600));
    let late = anybody.post(reset, &by(&token, "Another-Horse-2")).await;
    assert_eq!((late.status, fields(&late)), (400, vec!["token".to_owned()]));
    let sent = shop.mails_to(ADA).await.len();
    anybody.post(forgot, &ask(ADA)).await;
    soon("another link is mailed", async || shop.mails_to(ADA).await.len() > sent).await;
    let token = shop.reset_token(ADA).await;
    assert_eq!(anybody.post(reset, &by(&token, "weak")).await.code(), "VAL003");
    let guessed = anybody.post(reset, &by("guessed", "Another-Horse-2")).await;
    assert_eq!(guessed.status, 400);
    assert_eq!(anybody.post(reset, &by(&token, "Another-Horse-2")).await.status, 200);
    let again = anybody.post(reset, &by(&token, "Another-Horse-3")).await;
    assert_eq!(again.status, 400, "once");
    assert_eq!(ada.get("/api/auth/me").await.status, 401, "every sign-in has ended");
    assert_eq!(ada.sign_in(ADA, PASSWORD).await.code(), "AUTH004");
    ada.token = None;
    assert_eq!(ada.sign_in(ADA, "Another-Horse-2").await.status, 200);
    assert_eq!(
        ada.get("/api/auth/me").await.data()["emailVerified"],
        true,
        "the link arrived, so the address is theirs"
    );
    assert!(shop.mails_to(ADA).await.contains(&MailContent::PasswordChanged));
}

#[on_both_databases]
async fn a_body_that_is_none_is_refused_plainly(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let client = testkit::program::http();
    let address = format!("{}/api/auth/login", shop.url);
    let send =
        |media: &'static str, body: String| client.post(&address).header("content-type", media).body(body).send();
    for (media, body, status) in [
        ("text/plain", "{}".to_owned(), 415),
        ("application/x-www-form-urlencoded", "email=a".to_owned(), 415),
        ("application/json", "{".to_owned(), 400),
        ("application/json", "[]".to_owned(), 400),
        ("application/json; charset=utf-8", "{}".to_owned(), 400),
        (
            "application/json",
            format!("{{\"email\":\"{}\"}}", "x".repeat(70_000)),
            413,
        ),
    ] {
        let answer = send(media, body).await.unwrap();
        assert_eq!(answer.status(), status, "{media}");
        let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        assert!(body["error"]["code"].as_str().unwrap().starts_with("VAL"), "{body}");
    }
}
