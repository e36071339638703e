//! The administration's pages about people in a browser, in every look.

use domain::staff::StaffRole;
use testkit::{Kind, PASSWORD, TestShop, on_both_databases, operator};

use super::desk::every_page_is_well;

#[on_both_databases]
async fn every_page_about_people_is_well_in_every_look(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut owner = shop.staff().await;
    for role in [StaffRole::Catalogue, StaffRole::Support] {
        shop.staff_as(&format!("{}@example.org", role.as_str()), role).await;
    }
    let ada = shop.customer("ada@example.org").await.id.unwrap();
    shop.customer("a.rather.long.address.of.somebody@customers.example.org")
        .await;
    shop.guest().sign_in("ada@example.org", "Wrong-Horse-1").await;
    shop.guest().sign_in("nobody@example.org", "Wrong-Horse-1").await;
    let reason = "A card that its owner did not know of was used for three orders in a row.";
    shop.shop
        .staff()
        .block(ada, &operator().because(Some(reason)))
        .await
        .unwrap();
    shop.shop
        .staff()
        .unblock(ada, &operator().because(Some("It was found.")))
        .await
        .unwrap();
    let mail = shop.shop.mails().list(1).await.unwrap().mails[0].id;
    assert_eq!(owner.get(&format!("/admin/mails/{mail}")).await.status, 200);
    assert_eq!(shop.guest().sign_in("ada@example.org", PASSWORD).await.status, 200);
    let user = format!("/admin/users/{ada}");
    let paths = [
        ("users", "/admin/users".to_owned()),
        ("user", user.clone()),
        ("block", format!("{user}/block")),
        ("role", format!("{user}/role")),
        ("staff", "/admin/staff".to_owned()),
        ("trail", "/admin/trail".to_owned()),
        ("entry", "/admin/trail/1".to_owned()),
        ("events", "/admin/security-events".to_owned()),
        ("mails", "/admin/mails".to_owned()),
        ("mail", format!("/admin/mails/{mail}")),
        ("none", "/admin/trail?kind=game".to_owned()),
    ];
    every_page_is_well(&shop, kind, "people", &paths).await;
}
