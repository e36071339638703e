//! `/forgot-password` and `/reset-password`.

use testkit::{Kind, PASSWORD, TestShop, on_both_databases};

use super::Visitor;

const ADA: &str = "ada@example.org";

#[on_both_databases]
async fn a_mailed_link_sets_a_new_password_once(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = Visitor::registered(&shop, ADA).await;
    let mut forgetful = Visitor::of(&shop);
    let sent = forgetful.done("/forgot-password", &[("email", ADA)]).await;
    let token = shop.reset_token(ADA).await;
    let unknown = forgetful
        .done("/forgot-password", &[("email", "eve@example.org")])
        .await;
    assert!(sent.has("If there is an account with this address") && sent.html == unknown.html);
    let address = format!("/reset-password?token={token}");
    let form = forgetful.get(&address).await;
    assert!(form.status == 200 && form.is_private() && form.value("token") == token);
    let refused = forgetful
        .post("/reset-password", &[("token", &token), ("newPassword", "weak")])
        .await;
    assert!(refused.status == 400 && refused.value("token") == token && refused.has("id=\"newPassword-wrong\""));
    let done = forgetful
        .done(
            "/reset-password",
            &[("token", &token), ("newPassword", "Other-Horse-2")],
        )
        .await;
    assert!(done.has("Your new password is set."));
    assert_eq!(ada.get("/account").await.status, 303, "every sign-in has ended");
    assert_eq!(
        forgetful
            .post("/sign-in", &[("email", ADA), ("password", PASSWORD)])
            .await
            .status,
        401
    );
    assert_eq!(
        forgetful
            .post("/sign-in", &[("email", ADA), ("password", "Other-Horse-2")])
            .await
            .status,
        303
    );
    for page in [
        forgetful.get(&address).await,
        forgetful
            .post(
                "/reset-password",
                &[("token", &token), ("newPassword", "Third-Horse-3")],
            )
            .await,
    ] {
        assert!(page.status == 400 && page.has("This link is no longer valid"));
    }
}

#[on_both_databases]
async fn what_is_no_address_is_told_beside_the_field(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let page = Visitor::of(&shop).post("/forgot-password", &[("email", "ada")]).await;
    assert!(page.status == 400 && page.value("email") == "ada" && page.has("E-mail address is not an e-mail address"));
    assert_eq!(Visitor::of(&shop).get("/reset-password").await.status, 400);
    assert_eq!(
        Visitor::of(&shop).get("/reset-password?token=%00guessed").await.status,
        400
    );
}
