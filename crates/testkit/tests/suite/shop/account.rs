//! `/account` and its pages, and `/verify-email`.

use testkit::{Kind, PASSWORD, TestShop, on_both_databases};

use super::Visitor;

const ADA: &str = "ada@example.org";

#[on_both_databases]
async fn a_profile_is_changed_and_names_are_text(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = Visitor::registered(&shop, ADA).await;
    let page = ada.get("/account").await;
    assert!(
        page.has(ADA) && page.has("Not yet") && page.value("nickname").is_empty(),
        "nobody chose Newbie Guy"
    );
    let fields = [("nickname", "<b>Ada"), ("firstName", "Augusta Ada"), ("lastName", "")];
    let saved = ada.done("/account", &fields).await;
    assert!(saved.has("Your profile is saved.") && saved.has("&#60;b&#62;Ada</a>") && !saved.has("<b>Ada"));
    assert_eq!(saved.value("firstName"), "Augusta Ada");
    let refused = ada
        .post(
            "/account",
            &[("nickname", "x"), ("firstName", "Augusta"), ("lastName", "King")],
        )
        .await;
    assert_eq!(
        (refused.status, refused.value("nickname"), refused.value("lastName")),
        (400, "x".to_owned(), "King".to_owned())
    );
    assert!(refused.has("aria-describedby=\"nickname-hint nickname-wrong\""));
}

#[on_both_databases]
async fn another_password_ends_every_other_sign_in(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = Visitor::registered(&shop, ADA).await;
    let mut phone = Visitor::of(&shop);
    phone.post("/sign-in", &[("email", ADA), ("password", PASSWORD)]).await;
    let refused = ada
        .post(
            "/account/password",
            &[("currentPassword", "Wrong-Horse-1"), ("newPassword", "Other-Horse-2")],
        )
        .await;
    assert!(refused.status == 400 && refused.has("Current password is wrong") && !refused.has("Horse-"));
    let changed = ada
        .done(
            "/account/password",
            &[("currentPassword", PASSWORD), ("newPassword", "Other-Horse-2")],
        )
        .await;
    assert!(changed.has("Your password is changed"));
    assert_eq!(phone.get("/account").await.status, 303);
    assert_eq!(
        phone
            .post("/sign-in", &[("email", ADA), ("password", "Other-Horse-2")])
            .await
            .status,
        303
    );
}

#[on_both_databases]
async fn sign_ins_are_listed_and_ended(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = Visitor::registered(&shop, ADA).await;
    let mut others = Vec::new();
    for _ in 0..3 {
        let mut other = Visitor::of(&shop);
        other.post("/sign-in", &[("email", ADA), ("password", PASSWORD)]).await;
        others.push(other);
    }
    let page = ada.get("/account/sign-ins").await;
    assert_eq!(
        (
            page.html.matches("class=\"slip\"").count(),
            page.html.matches("This one").count()
        ),
        (4, 1)
    );
    let left = ada.done("/account/sign-ins", &[("which", &page.value("which"))]).await;
    assert!(left.has("That sign-in has ended.") && left.html.matches("class=\"slip\"").count() == 3);
    let mut eve = Visitor::registered(&shop, "eve@example.org").await;
    eve.post("/account/sign-ins", &[("which", &left.value("which"))]).await;
    assert_eq!(
        ada.get("/account/sign-ins")
            .await
            .html
            .matches("class=\"slip\"")
            .count(),
        3,
        "another's cannot be ended"
    );
    let alone = ada.done("/account/sign-ins", &[("which", "others")]).await;
    assert!(alone.html.matches("class=\"slip\"").count() == 1 && !alone.has("End every other"));
    for other in &mut others {
        assert_eq!(other.get("/account").await.status, 303);
    }
    assert_eq!(
        ada.post("/account/sign-ins", &[("which", "nonsense")]).await.status,
        404
    );
}

#[on_both_databases]
async fn what_happened_is_told_in_words(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = Visitor::registered(&shop, ADA).await;
    Visitor::of(&shop)
        .post("/sign-in", &[("email", ADA), ("password", "Wrong-Horse-1")])
        .await;
    let page = ada.get("/account/events").await;
    let said = [
        page.html.find("A wrong password was tried"),
        page.html.find("Account created"),
    ];
    assert!(said[0].unwrap() < said[1].unwrap(), "the latest first");
    assert!(
        page.has("23 November 2026, 04:00 UTC") && page.has("from 127.0.0.1"),
        "{}",
        page.html
    );
}

#[on_both_databases]
async fn an_address_is_verified_by_the_mailed_code(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = Visitor::registered(&shop, ADA).await;
    assert_eq!(ada.get("/verify-email").await.value("send"), "code");
    let sent = ada.done("/verify-email", &[("send", "code")]).await;
    assert!(sent.has("A mail with a code is on its way"));
    let code = shop.verification_code(ADA).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let refused = ada.post("/verify-email", &[("code", wrong)]).await;
    assert!(refused.status == 400 && refused.has("id=\"code-wrong\""));
    let page = ada.done("/verify-email", &[("code", &code)]).await;
    assert!(page.has("Your e-mail address is verified.") && !page.has("Not yet"));
    assert_eq!(ada.get("/verify-email").await.location(), "/account");
}
