//! Mails for forgotten passwords: strangers who ask for them neither bar nor void the owner's.

use domain::mail::MailContent;
use serde_json::json;
use testkit::{Client, Kind, TestShop, on_both_databases, soon};

const ADA: &str = "ada@example.org";

/// A client behind the address that a trusted proxy reports.
pub(super) fn at(shop: &TestShop, address: &str) -> Client {
    let mut client = shop.guest();
    client.address = Some(address.to_owned());
    client
}

/// The tokens of all reset links that were mailed, oldest first.
pub(super) async fn reset_links(shop: &TestShop) -> Vec<String> {
    let mails = shop.mails_to(ADA).await.into_iter();
    mails
        .filter_map(|mail| match mail {
            MailContent::ResetPassword { token } => Some(token),
            _ => None,
        })
        .collect()
}

#[on_both_databases]
async fn reset_mails_that_strangers_ask_for_do_not_bar_the_owners(kind: Kind) {
    let shop = TestShop::open(kind).await;
    shop.customer(ADA).await;
    let (forgot, reset) = ("/api/auth/forgot-password", "/api/auth/reset-password");
    let ask = json!({"email": ADA});
    let mut owner = at(&shop, "203.0.113.1");
    assert_eq!(owner.post(forgot, &ask).await.status, 200);
    soon("the owner's link is mailed", async || {
        reset_links(&shop).await.len() == 1
    })
    .await;
    let own = reset_links(&shop).await.pop().unwrap();
    let mut stranger = at(&shop, "198.51.100.7");
    for _ in 0..5 {
        assert_eq!(stranger.post(forgot, &ask).await.status, 200);
    }
    assert_eq!(stranger.post(forgot, &ask).await.status, 429);
    soon("the strangers' links are mailed", async || {
        reset_links(&shop).await.len() == 6
    })
    .await;
    assert_eq!(owner.post(forgot, &ask).await.status, 200);
    soon("the owner's next link is mailed", async || {
        reset_links(&shop).await.len() == 7
    })
    .await;
    let set = json!({"token": own, "newPassword": "Other-Horse-2"});
    assert_eq!(owner.post(reset, &set).await.status, 200, "the first link is not void");
    for token in reset_links(&shop).await {
        let set = json!({"token": token, "newPassword": "Third-Horse-3"});
        assert_eq!(owner.post(reset, &set).await.status, 400, "all others are");
    }
}

#[on_both_databases]
async fn a_mailbox_is_not_flooded_and_a_known_device_still_gets_its_links(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    let (forgot, ask) = ("/api/auth/forgot-password", json!({"email": ADA}));
    for nth in 1..=30 {
        let mut stranger = at(&shop, &format!("198.51.100.{nth}"));
        let answer = stranger.post(forgot, &ask).await;
        assert_eq!(answer.status, 200, "who asks once is told nothing of others");
        if nth <= 15 {
            soon("the link is mailed", async || reset_links(&shop).await.len() >= nth).await;
        }
    }
    let ask = json!({"email": ADA, "deviceToken": ada.device.clone()});
    // Each of them waits for the account's row, as the strangers' further ones did before.
    for nth in 16..=20 {
        assert_eq!(ada.post(forgot, &ask).await.status, 200);
        soon("the owner's link is mailed", async || {
            reset_links(&shop).await.len() >= nth
        })
        .await;
    }
    assert_eq!(
        reset_links(&shop).await.len(),
        20,
        "fifteen of strangers, five of a known device"
    );
    assert_eq!(
        ada.post(forgot, &ask).await.status,
        429,
        "a known device has a limit, too"
    );
    let verify = ada.post("/api/auth/send-verification-code", &json!({})).await;
    assert_eq!(verify.status, 200, "nor is the verification code barred");
}

#[on_both_databases]
async fn whoever_shares_an_address_with_a_stranger_gets_a_link_on_a_known_device(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    let forgot = "/api/auth/forgot-password";
    let mut stranger = at(&shop, "198.51.100.7");
    for _ in 0..5 {
        assert_eq!(stranger.post(forgot, &json!({"email": ADA})).await.status, 200);
    }
    for nth in 5..30 {
        let ask = json!({"email": format!("user{nth}@example.org")});
        assert_eq!(stranger.post(forgot, &ask).await.status, 200);
    }
    let ask = json!({"email": "another@example.org"});
    assert_eq!(
        stranger.post(forgot, &ask).await.status,
        429,
        "so many mails by one address"
    );
    ada.address.clone_from(&stranger.address);
    let ask = json!({"email": ADA, "deviceToken": ada.device.clone()});
    assert_eq!(ada.post(forgot, &ask).await.status, 200);
    soon("the owner's link is mailed, too", async || {
        reset_links(&shop).await.len() == 6
    })
    .await;
}
