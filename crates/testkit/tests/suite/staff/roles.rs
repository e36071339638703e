//! Roles: given and taken by owners alone, and there is always an owner.

use domain::staff::StaffRole;
use serde_json::json;
use services::accounts::Caller;
use services::staff::RoleOrder;
use services::trail::Actor;
use testkit::{Client, Kind, TestShop, on_both_databases};

use super::{give, refusal};

async fn actor(shop: &TestShop, person: &Client) -> Actor {
    let caller: Caller = shop
        .shop
        .accounts()
        .caller(person.token.as_deref().unwrap())
        .await
        .unwrap();
    Actor::of(&caller, domain::security::Device::default())
}

#[on_both_databases]
async fn an_owner_gives_a_role_that_holds_from_the_next_request_until_it_is_taken(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let (mut owner, mut ada) = (shop.staff().await, shop.customer("ada@example.org").await);
    let id = ada.id.unwrap();
    assert_eq!(refusal(&ada.get("/api/admin/trail").await), (403, "AUTH003"));
    let given = give(&mut owner, id, Some(StaffRole::Finance)).await;
    assert_eq!(
        given.data(),
        &json!({"userId": id.to_string(), "role": "ADMIN", "staffRole": "finance"}),
        "{}",
        given.body
    );
    assert_eq!(ada.get("/api/admin/trail").await.status, 200);
    let me = ada.get("/api/auth/me").await;
    assert_eq!(
        (&me.data()["role"], &me.data()["staffRole"]),
        (&json!("ADMIN"), &json!("finance"))
    );
    let permissions = me.data()["permissions"].as_array().unwrap();
    assert!(permissions.contains(&json!("refunds.edit")) && !permissions.contains(&json!("games.edit")));
    let taken = give(&mut owner, id, None).await;
    assert_eq!(taken.data(), &json!({"userId": id.to_string(), "role": "USER"}));
    assert_eq!(refusal(&ada.get("/api/admin/trail").await), (403, "AUTH003"));
    let me = ada.get("/api/auth/me").await;
    assert!(me.data().get("staffRole").is_none() && me.data().get("permissions").is_none());
    let missing = give(&mut owner, domain::id::UserId(uuid::Uuid::from_u128(0xffff)), None).await;
    assert_eq!(refusal(&missing), (404, "NOTFOUND001"));
    for body in [json!({}), json!({"role": "king"})] {
        let answer = owner.put(&format!("/api/admin/users/{id}/staff-role"), &body).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
    }
}

#[on_both_databases]
async fn older_programs_give_and_take_what_they_call_an_administrator(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let (mut owner, ada) = (shop.staff().await, shop.customer("ada@example.org").await);
    let path = format!("/api/admin/users/{}/role", ada.id.unwrap());
    let given = owner.put(&path, &json!({"role": "ADMIN"})).await;
    assert_eq!(given.data()["staffRole"], "read-only");
    give(&mut owner, ada.id.unwrap(), Some(StaffRole::Support)).await;
    let again = owner.put(&path, &json!({"role": "ADMIN"})).await;
    assert_eq!(again.data()["staffRole"], "support", "whoever has a role keeps it");
    let taken = owner.put(&path, &json!({"role": "USER"})).await;
    assert_eq!(taken.data()["role"], "USER");
    assert_eq!(owner.put(&path, &json!({"role": "owner"})).await.status, 400);
}

#[on_both_databases]
async fn nobody_changes_their_own_role_and_the_last_owner_stays(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut owner = shop.staff().await;
    let id = owner.id.unwrap();
    assert_eq!(
        refusal(&give(&mut owner, id, Some(StaffRole::Support)).await),
        (403, "AUTH003")
    );
    let by = testkit::operator();
    let refused = shop.shop.staff().change_role(id, RoleOrder::Take, by).await;
    assert!(refused.unwrap_err().to_string().contains("last owner"));
    let refused = shop.shop.staff().block(id, by).await;
    assert!(refused.unwrap_err().to_string().contains("last owner"));
    // With a second owner who is blocked it is the last one all the same.
    let other = shop.staff_as("other@example.org", StaffRole::Owner).await;
    let other = other.id.unwrap();
    shop.shop.staff().block(other, by).await.unwrap();
    let refused = shop.shop.staff().change_role(id, RoleOrder::Take, by).await;
    assert!(refused.unwrap_err().to_string().contains("last owner"));
    shop.shop.staff().unblock(other, by).await.unwrap();
    shop.shop.staff().change_role(id, RoleOrder::Take, by).await.unwrap();
}

#[on_both_databases]
async fn of_the_last_two_owners_whom_two_commands_demote_at_once_one_stays(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let other = shop.staff_as("other@example.org", StaffRole::Owner).await;
    let ids = [shop.staff().await.id.unwrap(), other.id.unwrap()];
    let (staff, by) = (shop.shop.staff(), testkit::operator());
    for round in 0..100 {
        // No account stands behind a command, so nothing but the owners is locked.
        let (left, right) = tokio::join!(
            staff.change_role(ids[0], RoleOrder::Take, by),
            staff.change_role(ids[1], RoleOrder::Take, by)
        );
        assert!(left.is_ok() != right.is_ok(), "round {round}: {left:?}, {right:?}");
        let lost = if left.is_ok() { ids[0] } else { ids[1] };
        let again = RoleOrder::Give(StaffRole::Owner);
        staff.change_role(lost, again, by).await.unwrap();
    }
}

#[on_both_databases]
async fn of_two_owners_who_demote_each_other_at_once_one_stays(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let (one, other) = (
        shop.staff().await,
        shop.staff_as("other@example.org", StaffRole::Owner).await,
    );
    let (first, second) = (one.id.unwrap(), other.id.unwrap());
    let (by_one, by_other) = (actor(&shop, &one).await, actor(&shop, &other).await);
    for round in 0..100 {
        let staff = shop.shop.staff();
        let take = RoleOrder::Take;
        let (left, right) = tokio::join!(
            staff.change_role(second, take, &by_one),
            staff.change_role(first, take, &by_other)
        );
        assert_eq!(
            usize::from(left.is_ok()) + usize::from(right.is_ok()),
            1,
            "round {round}: {left:?}, {right:?}"
        );
        let owners = shop.shop.staff().list().await.unwrap();
        assert_eq!(owners.len(), 1, "round {round}");
        let lost = if left.is_ok() { second } else { first };
        let again = RoleOrder::Give(StaffRole::Owner);
        let by = testkit::operator();
        shop.shop.staff().change_role(lost, again, by).await.unwrap();
    }
    assert_eq!(shop.shop.trail().verify(None).await.unwrap().findings, [""; 0]);
}
