//! The steps that change a password, and what is mailed for it.

use services::accounts::{Caller, Carried};
use testkit::people::hash_as_typed;
use testkit::{PASSWORD, TestShop};

use super::people::{ADA, DEVICE, OTHER_PASSWORD, signed_in};
use super::walk::Walk;

pub(super) async fn passwords(walk: &mut Walk, shop: &TestShop, caller: &Caller) {
    let change = [("services/accounts/profile.rs::change_password", "users")];
    let changed = shop
        .shop
        .accounts()
        .change_password(caller, PASSWORD, OTHER_PASSWORD, &DEVICE);
    walk.step(&change, changed).await.unwrap();
    let mail = [("services/accounts/recovery.rs::mail_reset_link", "tickets")];
    let token = walk
        .step(&mail, async {
            shop.shop
                .accounts()
                .forgot_password(ADA, &DEVICE, Carried::default())
                .await
                .unwrap();
            shop.reset_token(ADA).await
        })
        .await;
    let redeem = [("services/accounts/recovery.rs::redeem_reset", "users")];
    walk.step(&redeem, shop.shop.accounts().reset_password(&token, PASSWORD, &DEVICE))
        .await
        .unwrap();
    // The normal form of this one is the usual password.
    let typed = PASSWORD.replace('1', "\u{2460}");
    let tx = shop.db.begin().await.unwrap();
    let of_before = format!("UPDATE users SET password_hash = '{}'", hash_as_typed(&typed));
    tx.execute_for_test(&of_before).await.unwrap();
    tx.commit().await.unwrap();
    walk.leave_out().await;
    let renew = [("services/accounts/passwords.rs::hash_in_force", "users")];
    walk.step(&renew, signed_in(shop, &typed)).await;
}
