//! Sign-ins end at last, however often they are used.

use std::time::Duration;

use domain::staff::StaffRole;
use serde_json::json;
use services::staff::RoleOrder;
use testkit::{Client, Kind, PASSWORD, TestShop, on_both_databases};

const ADA: &str = "ada@example.org";
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// Exchanges the refresh token; whether the sign-in goes on.
async fn goes_on(person: &mut Client) -> bool {
    person.token = None;
    let refresh = json!({"refreshToken": person.refresh.clone().unwrap()});
    let answer = person.post("/api/auth/refresh", &refresh).await;
    person.keep(&answer);
    if answer.status == 200 {
        assert_eq!(person.get("/api/auth/me").await.status, 200);
    } else {
        assert_eq!((answer.status, answer.code()), (401, "AUTH001"));
    }
    answer.status == 200
}

#[on_both_databases]
async fn a_customers_sign_in_ends_after_ninety_days(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    for day in [20, 40, 60, 80] {
        shop.clock.pass(DAY * 20);
        assert!(goes_on(&mut ada).await, "day {day}");
    }
    shop.clock.pass(DAY * 10);
    assert!(!goes_on(&mut ada).await, "day 90");
    ada.token = None;
    assert_eq!(ada.sign_in(ADA, PASSWORD).await.status, 200);
    assert_eq!(
        ada.get("/api/user/sessions").await.data().as_array().unwrap().len(),
        1,
        "the old one is not listed"
    );
    shop.clock.pass(DAY * 30);
    assert!(!goes_on(&mut ada).await, "thirty days without use");
}

#[on_both_databases]
async fn whoever_becomes_staff_does_not_keep_a_sign_in_that_is_too_old_for_staff(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    shop.clock.pass(HOUR * 13);
    assert!(goes_on(&mut ada).await, "a customer's");
    let role = RoleOrder::Give(StaffRole::Catalogue);
    let staff = shop.shop.staff();
    staff
        .change_role(ada.id.unwrap(), role, testkit::operator())
        .await
        .unwrap();
    assert_eq!(ada.get("/api/auth/me").await.status, 401);
    assert!(!goes_on(&mut ada).await);
}

#[on_both_databases]
async fn a_sign_in_of_staff_ends_after_twelve_hours_whenever_they_became_staff(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut root = shop.staff().await;
    shop.clock.pass(HOUR * 11);
    assert!(goes_on(&mut root).await);
    assert_eq!(root.get("/api/admin/mails").await.status, 200);
    shop.clock.pass(HOUR);
    assert!(!goes_on(&mut root).await, "it began as a customer's");
    root.token = None;
    assert_eq!(root.sign_in("staff@example.org", PASSWORD).await.status, 200);
    shop.clock.pass(HOUR * 6);
    assert!(goes_on(&mut root).await);
    shop.clock.pass(HOUR * 6);
    assert!(!goes_on(&mut root).await);
}
