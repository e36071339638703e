//! The administration's pages of orders and money in a browser, in every look; and a refund from end to end.

use domain::listing::ListQuery;
use testkit::{Kind, Look, Person, TestShop, on_both_databases};

use super::desk::{every_page_is_well, sign_in};
use crate::orders::{Buyer, games, place, stock};
use crate::wallets::balance;

#[on_both_databases]
async fn every_page_of_sales_is_well_in_every_look(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    shop.staff().await;
    let games = games(&shop, 3).await;
    for (at, game) in games.iter().enumerate() {
        let keys = [format!("K-{at}-1"), format!("K-{at}-2"), format!("K-{at}-3")];
        stock(&shop, *game, &[&keys[0], &keys[1], &keys[2]], 1_234).await;
    }
    let ada = Buyer::with(&shop, "a.rather.long.address.of.ada@customers.example.org", 20_000).await;
    let placed = place(&shop, &ada.caller, &games, None).await.unwrap();
    place(&shop, &ada.caller, &games[..1], None).await.unwrap();
    let order = shop.shop.orders().of(ada.id, placed.id).await.unwrap();
    let unit = order.units[0].id;
    crate::desk::lose_keys(&shop, kind).await;
    let unreadable = shop
        .shop
        .orders()
        .reveal(&ada.caller, placed.id, order.units[1].key.unwrap());
    assert!(unreadable.await.is_err());
    let one = ListQuery {
        limit: 1,
        ..ListQuery::default()
    };
    let cases = shop.shop.cases().managed_list(&one).await.unwrap();
    let case = cases.rows[0].case.id.0;
    let wallet = format!("/admin/wallets/{}", ada.id);
    let paths = [
        ("overview", "/admin".to_owned()),
        ("orders", "/admin/orders".to_owned()),
        ("order", format!("/admin/orders/{}", placed.id)),
        ("refund", format!("/admin/units/{unit}/refund")),
        ("cases", "/admin/cases".to_owned()),
        ("case", format!("/admin/cases/{case}")),
        ("settle", format!("/admin/cases/{case}/settle")),
        ("wallets", "/admin/wallets".to_owned()),
        ("desk", "/admin/cash-desk".to_owned()),
        ("wallet", wallet.clone()),
        ("adjust", format!("{wallet}/adjust")),
        ("pay-out", format!("{wallet}/pay-out")),
        ("transactions", "/admin/transactions".to_owned()),
        ("ledger", "/admin/ledger".to_owned()),
        ("customer", format!("/admin/users/{}", ada.id)),
    ];
    every_page_is_well(&shop, kind, "sales", &paths).await;
}

#[on_both_databases]
async fn a_refund_is_made_on_a_phone_without_scripts(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    shop.staff().await;
    let games = games(&shop, 1).await;
    stock(&shop, games[0], &["A-1"], 300).await;
    let ada = Buyer::with(&shop, "ada@example.org", 1_000).await;
    let placed = place(&shop, &ada.caller, &games, None).await.unwrap();
    let number = shop.shop.orders().of(ada.id, placed.id).await.unwrap().number;
    let staff = Person::visiting(&shop.url).await;
    let window = staff.window(Look::NARROW.without_scripts()).await;
    sign_in(&window, "/admin/orders").await;
    window.fill("#search-table", number.as_str()).await;
    assert_eq!(window.follow(".tools button").await, 200);
    let order = format!("a[href='/admin/orders/{}']", placed.id);
    assert_eq!(window.follow(&order).await, 200);
    assert_eq!(window.follow("a[href$='/refund']").await, 200);
    window.fill("[name=reason]", "It was bought twice").await;
    assert_eq!(window.follow(".form button").await, 200);
    assert!(window.text(".said").await.contains("Refunded"));
    assert!(window.text("main").await.contains("It was bought twice"));
    assert_eq!(balance(&shop, ada.id).await, 1_000);
}
