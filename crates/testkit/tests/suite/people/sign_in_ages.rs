//! Sign-ins end at last, however often they are used.

use std::time::Duration;

use domain::refusal::Refusal;
use domain::staff::StaffRole;
use serde_json::json;
use services::Error;
use services::accounts::{AccountRules, ProfileChange};
use services::staff::RoleOrder;
use services::trail::Actor;
use testkit::{Client, Kind, PASSWORD, TestShop, on_both_databases};

use super::password_races::{caller, device};

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
    assert_eq!(ada.sign_in(ADA, PASSWORD).await.status, 200);
    let listed = ada.get("/api/user/sessions").await;
    assert_eq!(listed.data().as_array().unwrap().len(), 1, "{}", listed.body);
}

#[on_both_databases]
async fn a_sign_in_of_staff_that_has_ended_does_not_go_on_as_a_customers(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut grace = shop.staff_as("grace@example.org", StaffRole::Support).await;
    shop.clock.pass(HOUR * 11);
    assert!(goes_on(&mut grace).await);
    shop.clock.pass(HOUR);
    assert!(!goes_on(&mut grace).await);
    let staff = shop.shop.staff();
    staff
        .change_role(grace.id.unwrap(), RoleOrder::Take, testkit::operator())
        .await
        .unwrap();
    assert!(!goes_on(&mut grace).await);
}

#[on_both_databases]
async fn a_shorter_setting_ends_sign_ins_of_before_and_a_longer_one_revives_none(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let days = |days| AccountRules {
        session: DAY * days,
        ..testkit::world::account_rules()
    };
    let (short, long) = (shop.under(days(10)), shop.under(days(365)));
    let mut ada = shop.customer(ADA).await;
    for day in [20, 40, 60, 80] {
        shop.clock.pass(DAY * 20);
        assert!(goes_on(&mut ada).await, "day {day}");
    }
    let by_token = short.accounts().caller(ada.token.as_deref().unwrap()).await;
    assert!(matches!(by_token, Err(Error::Refused(Refusal::NotSignedIn))));
    let token = ada.refresh.clone().unwrap();
    let refreshed = short.accounts().refresh(&token, &device()).await;
    assert!(matches!(refreshed, Err(Error::Refused(Refusal::NotSignedIn))));
    shop.clock.pass(DAY * 10);
    let refreshed = long.accounts().refresh(&token, &device()).await;
    assert!(matches!(refreshed, Err(Error::Refused(Refusal::NotSignedIn))));
}

#[on_both_databases]
async fn what_whoever_becomes_staff_asked_for_meanwhile_comes_too_late(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut ada = shop.customer(ADA).await;
    shop.clock.pass(HOUR * 13);
    assert!(goes_on(&mut ada).await, "a customer's");
    // The handler has checked the sign-in by now; the role is given afterwards.
    let caller = caller(&shop, &ada).await;
    let (role, staff) = (RoleOrder::Give(StaffRole::Catalogue), shop.shop.staff());
    staff
        .change_role(caller.user.id, role, testkit::operator())
        .await
        .unwrap();
    let called = ProfileChange {
        nickname: Some("Ada".to_owned()),
        ..ProfileChange::default()
    };
    let refused = shop.shop.accounts().change_profile(&caller, &called).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::NotSignedIn))),
        "{refused:?}"
    );
}

#[on_both_databases]
async fn what_staff_asked_for_before_their_sign_in_ended_comes_too_late(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let (mut root, ada) = (shop.staff().await, shop.customer(ADA).await);
    shop.clock.pass(HOUR * 12 - Duration::from_secs(1));
    assert!(goes_on(&mut root).await);
    let proof = json!({"password": PASSWORD});
    assert_eq!(root.post("/api/auth/prove", &proof).await.status, 200);
    let actor = Actor::of(&caller(&shop, &root).await, device());
    shop.clock.pass(Duration::from_secs(1));
    let (role, staff) = (RoleOrder::Give(StaffRole::Catalogue), shop.shop.staff());
    let refused = staff.change_role(ada.id.unwrap(), role, &actor).await;
    assert!(
        matches!(refused, Err(Error::Refused(Refusal::NotSignedIn))),
        "{refused:?}"
    );
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
