//! Cases: a sold key that cannot be read needs somebody, until they say how it was settled.

use domain::staff::StaffRole;
use services::Error;
use services::orders::PlacedOrder;
use testkit::{Kind, TestShop, on_both_databases, operator};

use super::reasons::newest;
use super::sales::{bought, says};
use crate::orders::Buyer;
use crate::wallets::balance;

/// Loses what was sealed of a customer's keys.
pub(crate) async fn lose_keys(shop: &TestShop, kind: Kind) {
    let tx = shop.db.begin().await.unwrap();
    let zeros = match kind {
        Kind::Sqlite => "UPDATE own_keys SET sealed = zeroblob(length(sealed))",
        Kind::Postgres => "UPDATE own_keys SET sealed = decode(repeat('00', length(sealed)), 'hex')",
    };
    tx.execute_for_test(zeros).await.unwrap();
    tx.commit().await.unwrap();
}

async fn reveal(shop: &TestShop, ada: &Buyer, placed: &PlacedOrder, at: usize) -> Result<(), Error> {
    let order = shop.shop.orders().of(ada.id, placed.id).await.unwrap();
    let key = order.units[at].key.unwrap();
    shop.shop.orders().reveal(&ada.caller, placed.id, key).await.map(|_| ())
}

#[on_both_databases]
async fn a_key_that_cannot_be_read_is_a_case_until_somebody_settles_it(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let (mut ada, placed, titles) = bought(&shop).await;
    lose_keys(&shop, kind).await;
    for _ in 0..2 {
        assert!(matches!(reveal(&shop, &ada, &placed, 0).await, Err(Error::Internal(_))));
    }
    let order = shop.shop.orders().of(ada.id, placed.id).await.unwrap();
    assert_eq!(order.units[0].revealed_at, None, "nobody has seen it");
    let page = ada.client.get(&format!("/account/orders/{}", placed.id)).await;
    assert_eq!(
        page.text.matches("We could not read this key").count(),
        1,
        "{}",
        page.text
    );
    let mut support = shop.staff_as("help@example.org", StaffRole::Support).await;
    says(
        &support.get("/admin").await,
        &["1 case is open", "3.00 EUR are at risk"],
    );
    let list = support.get("/admin/cases?state=open").await;
    says(
        &list,
        &["A sold key cannot be read", "ada@example.org", &titles[0], "€3.00"],
    );
    let address = list.text.split("href=\"/admin/cases/").nth(1).unwrap();
    let case = format!("/admin/cases/{}", address.split('"').next().unwrap());
    says(
        &support.get(&case).await,
        &["Start the shop with the master key of that time"],
    );
    let settle = format!("{case}/settle");
    let refused = support.submit(&settle, &[("outcome", " ")]).await;
    assert_eq!(refused.status, 400);
    says(&refused, &["How it was settled is missing"]);
    let done = support.submit(&settle, &[("outcome", "sent another one")]).await;
    says(&done, &["Settled.", "sent another one", "help@example.org"]);
    assert_eq!(newest(&shop).await.0, "case.settle");
    let again = support.submit(&settle, &[("outcome", "and again")]).await;
    assert_eq!(again.status, 409, "{}", again.text);
    says(&again, &["This case is settled already"]);
    assert!(!support.get("/admin").await.text.contains("case is open"));
    says(
        &support.get("/admin/cases?state=open").await,
        &["Nothing fits these filters."],
    );
    // A case that was settled is opened anew when it happens again; the other key has one of its own.
    for at in [0, 1] {
        assert!(reveal(&shop, &ada, &placed, at).await.is_err());
    }
    says(
        &support.get("/admin").await,
        &["2 cases are open", "5.00 EUR are at risk"],
    );
    // The money goes back, whatever became of the key.
    for unit in &order.units {
        shop.shop.orders().refund(placed.id, unit.id, operator()).await.unwrap();
    }
    assert_eq!(balance(&shop, ada.id).await, 1_000);
}
