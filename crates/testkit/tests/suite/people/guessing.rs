//! Guessing secrets: the same answer at the same cost, and soon a refusal.

use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use serde_json::json;
use services::accounts::AccountRules;
use testkit::{Kind, PASSWORD, TestShop, on_both_databases};

use super::reset_mails::at;

const ADA: &str = "ada@example.org";

/// The bytes of an answer to a try, under a request id of the caller's, which is the only thing that may differ.
async fn bytes(shop: &TestShop, email: &str, password: &str) -> (u16, String) {
    let request = testkit::program::http()
        .post(format!("{}/api/auth/login", shop.url))
        .header("content-type", "application/json")
        .header("x-request-id", "the-same")
        .body(json!({"email": email, "password": password}).to_string());
    let answer = request.send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[on_both_databases]
async fn an_unknown_address_costs_and_answers_what_a_wrong_password_does(kind: Kind) {
    let shop = TestShop::open(kind).await;
    shop.customer(ADA).await;
    let mut answers = Vec::new();
    for (email, password) in [
        (ADA, "Wrong-Horse-1"),
        ("nobody@example.org", "Wrong-Horse-1"),
        ("no address", "x"),
        ("", ""),
    ] {
        let before = shop.shop.accounts().passwords_verified();
        answers.push(bytes(&shop, email, password).await);
        assert_eq!(
            shop.shop.accounts().passwords_verified() - before,
            1,
            "{email}: one verification"
        );
    }
    assert_eq!(answers[0].0, 401);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[on_both_databases]
async fn guessing_at_an_account_is_slowed_down_for_all_nodes_and_known_to_its_owner(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    for _ in 0..20 {
        assert_eq!(shop.guest().sign_in(ADA, "Wrong-Horse-1").await.code(), "AUTH004");
    }
    let answer = shop.guest().sign_in(ADA, PASSWORD).await;
    assert_eq!(
        (answer.status, answer.code()),
        (429, "RATE001"),
        "the right one, too: it is not told from a guess"
    );
    assert_eq!(answer.headers["retry-after"], "61");
    assert!(
        shop.customer("bob@example.org").await.token.is_some(),
        "others are not disturbed"
    );
    shop.clock.pass(std::time::Duration::from_secs(60));
    assert_eq!(shop.guest().sign_in(ADA, PASSWORD).await.status, 200);
    let caller = shop
        .shop
        .accounts()
        .caller(ada.token.as_deref().unwrap())
        .await
        .unwrap();
    let events = shop.shop.accounts().security_events(&caller).await.unwrap();
    assert!(
        events
            .iter()
            .any(|happened| happened.event.as_str() == "sign_in_failed")
    );
    assert_eq!(ada.get("/api/auth/me").await.status, 200, "who is signed in stays so");
}

#[on_both_databases]
async fn who_is_refused_by_address_uses_up_no_accounts_attempts(kind: Kind) {
    let shop = TestShop::open(kind).await;
    shop.customer(ADA).await;
    let mut spray = at(&shop, "198.51.100.8");
    for nth in 0..100 {
        spray.sign_in(&format!("user{nth}@example.org"), "Wrong-Horse-1").await;
    }
    for _ in 0..25 {
        assert_eq!(spray.sign_in(ADA, "Wrong-Horse-1").await.status, 429);
    }
    assert_eq!(at(&shop, "203.0.113.1").sign_in(ADA, PASSWORD).await.status, 200);
}

#[on_both_databases]
async fn a_form_that_another_site_posts_is_refused(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = shop.games_for_sale(1).await;
    let mut guest = shop.guest();
    guest.add_to_cart(&games[0], 1).await;
    let client = testkit::program::http();
    let body = json!({"gameId": games[0]}).to_string();
    for (header, value, status) in [
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("sec-fetch-site", "same-origin", 201),
        ("origin", shop.url.as_str(), 201),
    ] {
        let request = client
            .post(format!("{}/api/cart", shop.url))
            .header("content-type", "application/json")
            .header("cookie", format!("sessionId={}", guest.guest.clone().unwrap()))
            .header(header, value)
            .body(body.clone());
        assert_eq!(request.send().await.unwrap().status(), status, "{header}: {value}");
    }
    assert_eq!(guest.units().await, (3, 0));
}

#[on_both_databases]
async fn staff_without_a_second_factor_are_refused_where_the_shop_asks_for_one(kind: Kind) {
    let lenient = TestShop::open(kind).await;
    let staff = lenient.staff().await;
    let strict = lenient.under(AccountRules {
        staff_second_factor: true,
        ..testkit::world::account_rules()
    });
    let games = Permission::edit(Noun::Games);
    let token = staff.token.as_deref().unwrap();
    let mut caller = strict.accounts().caller(token).await.unwrap();
    assert!(lenient.shop.accounts().staff(caller.clone(), games).is_ok());
    assert_eq!(
        strict.accounts().staff(caller.clone(), games),
        Err(Refusal::SecondFactorMissing)
    );
    caller.user.second_factor = true;
    assert!(strict.accounts().staff(caller, games).is_ok());
}
