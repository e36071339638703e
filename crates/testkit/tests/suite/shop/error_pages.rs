//! Error pages know who is signed in, as all other pages do.

use domain::email::EmailAddress;
use domain::staff::StaffRole;
use services::staff::RoleOrder;
use testkit::{Kind, TestShop, on_both_databases};

use super::{Page, Visitor};

const ADA: &str = "ada@example.org";
/// Pages that nobody but staff may see, that need another method, and that there are not.
const WRONG: [(&str, u16); 6] = [
    ("/none", 404),
    ("/game/none", 404),
    ("/static/none", 404),
    ("/admin/users", 403),
    ("/admin/none", 404),
    ("/sign-out", 405),
];

fn is_of_somebody(page: &Page) -> bool {
    let (account, sign_in) = (page.has("href=\"/account\""), page.has("href=\"/sign-in\""));
    assert!(account != sign_in, "{}", page.html);
    account
}

#[on_both_databases]
async fn an_error_page_greets_whoever_is_signed_in(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut ada = Visitor::registered(&shop, ADA).await;
    let game = shop.games_for_sale(1).await.remove(0);
    ada.post("/cart/add", &[("gameId", &game)]).await;
    for (path, status) in WRONG {
        let page = ada.get(path).await;
        assert_eq!(page.status, status, "{path}");
        assert_eq!(page.headers["cache-control"], "no-store", "{path}");
        // Files are the same for everybody, and so is what stands instead of one.
        assert_eq!(is_of_somebody(&page), path != "/static/none", "{path}");
        assert_eq!(page.has("<span class=\"count\">1"), path != "/static/none", "{path}");
        assert!(
            !page.has("href=\"/admin\">Administration</a><a class=\"wide\""),
            "{path}"
        );
    }
    let mut guest = Visitor::of(&shop);
    for path in ["/none", "/game/none", "/sign-out"] {
        assert!(!is_of_somebody(&guest.get(path).await), "{path}");
    }
    let email = EmailAddress::parse(ADA).unwrap();
    let known = shop.db.accounts().credentials(&email).await.unwrap().unwrap();
    let role = RoleOrder::Give(StaffRole::Catalogue);
    let staff = shop.shop.staff();
    staff
        .change_role(known.user.id, role, testkit::operator())
        .await
        .unwrap();
    let page = ada.get("/none").await;
    assert!(page.has("class=\"to-desk\""), "{}", page.html);
    ada.post("/sign-out", &[]).await;
    assert!(!is_of_somebody(&ada.get("/none").await));
}

#[on_both_databases]
async fn a_fault_of_the_shop_is_told_to_whoever_is_signed_in_by_name(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = Visitor::registered(&shop, ADA).await;
    let tx = shop.db.begin().await.unwrap();
    tx.execute_for_test("ALTER TABLE wishes RENAME TO wishes_gone")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let page = ada.get("/wishlist").await;
    assert_eq!(page.status, 500, "{}", page.html);
    assert!(is_of_somebody(&page) && page.has("Something went wrong"));
}
