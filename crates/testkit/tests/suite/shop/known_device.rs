//! `/known-device`, and the cookie by which a browser is known.

use testkit::{Kind, PASSWORD, TestShop, on_both_databases};

use super::Visitor;

const ADA: &str = "ada@example.org";

/// Tries wrong passwords as a stranger until they are refused; the last page.
async fn guessed_at(shop: &TestShop) -> super::Page {
    let mut stranger = Visitor::of(shop);
    let form = [("email", ADA), ("password", "Wrong-Horse-1")];
    for _ in 0..20 {
        assert_eq!(stranger.post("/sign-in", &form).await.status, 401);
    }
    stranger.post("/sign-in", &form).await
}

#[on_both_databases]
async fn a_browser_that_signed_in_before_need_not_wait_for_strangers(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = Visitor::registered(&shop, ADA).await;
    let known = ada.cookies["device"].clone();
    let out = ada.done("/sign-out", &[]).await;
    assert!(out.has("You are signed out.") && ada.cookies["device"] == known);
    assert!(!ada.get("/").await.is_private(), "the cookie makes no page personal");
    let refused = guessed_at(&shop).await;
    assert!(
        refused.status == 429 && refused.has("we e-mail the account&#39;s owner a link"),
        "{}",
        refused.html
    );
    let form = [("email", ADA), ("password", PASSWORD)];
    assert_eq!(ada.post("/sign-in", &form).await.status, 303);
    assert_eq!(ada.cookies["device"], known);
    // Another account in the same browser does not make it forget the first.
    ada.done("/sign-out", &[]).await;
    let both = ada
        .post("/register", &[("email", "bob@example.org"), ("password", PASSWORD)])
        .await;
    assert_eq!(both.status, 303);
    assert!(
        ada.cookies["device"].ends_with(&format!(".{known}")),
        "{:?}",
        ada.cookies
    );
    ada.done("/sign-out", &[]).await;
    assert_eq!(ada.post("/sign-in", &form).await.status, 303);
}

#[on_both_databases]
async fn a_mailed_link_is_opened_and_a_button_makes_the_browser_known(kind: Kind) {
    let shop = TestShop::open(kind).await;
    Visitor::registered(&shop, ADA).await;
    guessed_at(&shop).await;
    let token = shop.known_device_token(ADA).await;
    let address = format!("/known-device?token={token}");
    let mut ada = Visitor::of(&shop);
    for _ in 0..2 {
        let page = ada.get(&address).await;
        assert!(
            page.status == 200 && page.is_private() && page.value("token") == token,
            "opening it uses nothing up"
        );
    }
    let form = [("email", ADA), ("password", PASSWORD)];
    assert_eq!(ada.post("/sign-in", &form).await.status, 429);
    let known = ada.done("/known-device", &[("token", &token)]).await;
    assert!(known.has("The shop knows this browser now.") && !ada.cookies.contains_key("token"));
    assert_eq!(ada.post("/sign-in", &form).await.status, 303);
    for page in [
        ada.get(&address).await,
        ada.post("/known-device", &[("token", &token)]).await,
        Visitor::of(&shop).get("/known-device").await,
    ] {
        assert!(page.status == 400 && page.has("This link is no longer valid"));
    }
}
