//! `/sign-in` and `/sign-out`.

use testkit::{Kind, PASSWORD, TestShop, on_both_databases};

use super::Visitor;

const ADA: &str = "ada@example.org";

#[on_both_databases]
async fn nobody_is_told_whether_an_account_exists(kind: Kind) {
    let shop = TestShop::open(kind).await;
    Visitor::registered(&shop, ADA).await;
    let mut pages = Vec::new();
    for email in [ADA, "eve@example.org"] {
        let page = Visitor::of(&shop)
            .post("/sign-in", &[("email", email), ("password", "Wrong-Horse-1")])
            .await;
        assert_eq!(page.status, 401);
        assert!(page.has("The e-mail address or the password is wrong.") && page.value("email") == email);
        pages.push(page.html.replace(email, "…"));
    }
    assert_eq!(pages[0], pages[1]);
}

#[on_both_databases]
async fn one_goes_on_where_one_wanted_to_and_never_to_another_site(kind: Kind) {
    let shop = TestShop::open(kind).await;
    Visitor::registered(&shop, ADA).await;
    for (next, to) in [
        ("/account/password", "/account/password"),
        ("/catalogue?search=a", "/catalogue?search=a"),
        ("", "/account"),
        ("https://evil.example", "/account"),
        ("//evil.example", "/account"),
        ("/\\evil.example", "/account"),
    ] {
        let mut ada = Visitor::of(&shop);
        let page = ada
            .post("/sign-in", &[("email", ADA), ("password", PASSWORD), ("next", next)])
            .await;
        assert_eq!((page.status, page.location()), (303, to), "{next}");
        assert_eq!(
            ada.get("/sign-in").await.location(),
            "/account",
            "who is signed in need not do it again"
        );
    }
}

#[on_both_databases]
async fn pages_for_customers_ask_to_sign_in_and_lead_back(kind: Kind) {
    let shop = TestShop::open(kind).await;
    Visitor::registered(&shop, ADA).await;
    for path in [
        "/account",
        "/account/password",
        "/account/sign-ins",
        "/account/second-factor",
        "/account/events",
        "/verify-email?done=asked",
    ] {
        let mut ada = Visitor::of(&shop);
        let asked = ada.get(path).await;
        assert_eq!(asked.status, 303, "{path}");
        let form = ada.get(asked.location()).await;
        let next = form.value("next");
        assert_eq!(next, path);
        let page = ada
            .done("/sign-in", &[("email", ADA), ("password", PASSWORD), ("next", &next)])
            .await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.is_private(), "{path}");
    }
    let mut nobody = Visitor::of(&shop);
    for path in [
        "/account",
        "/account/password",
        "/account/sign-ins",
        "/account/second-factor",
        "/verify-email",
        "/cart/migrate",
        "/cart/give-up",
    ] {
        let asked = nobody.post(path, &[]).await;
        assert_eq!(
            (asked.status, asked.location()),
            (303, format!("/sign-in?next={}", path.replace('/', "%2F")).as_str())
        );
    }
    assert_eq!(nobody.get("/cart/migrate").await.location(), "/cart");
}

#[on_both_databases]
async fn who_signs_out_is_out_everywhere_that_cookie_went(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = Visitor::registered(&shop, ADA).await;
    let copied = ada.cookies.clone();
    assert!(ada.get("/").await.has("href=\"/account\""));
    let page = ada.done("/sign-out", &[]).await;
    assert!(page.has("You are signed out."));
    assert!(!ada.cookies.contains_key("token"));
    ada.cookies = copied;
    assert_eq!(ada.get("/account").await.location(), "/sign-in?next=%2Faccount");
    assert!(ada.get("/").await.has("Sign in"));
    assert_eq!(ada.post("/sign-out", &[]).await.status, 303, "twice does no harm");
}

#[on_both_databases]
async fn too_many_tries_are_told_beside_what_was_typed(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut guesser = Visitor::of(&shop);
    let form = [("email", ADA), ("password", "Wrong-Horse-1")];
    for _ in 0..20 {
        assert_eq!(guesser.post("/sign-in", &form).await.status, 401);
    }
    let page = guesser.post("/sign-in", &form).await;
    assert_eq!(page.status, 429);
    assert!(page.headers.contains_key("retry-after"));
    assert!(
        page.has("Too many tries, please wait a little. The next try is possible in") && page.value("email") == ADA,
        "{}",
        page.html
    );
}
