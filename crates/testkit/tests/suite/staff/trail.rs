//! The trail: every action of staff leaves one entry, whoever asks for it, and nothing that was refused leaves any.

use std::collections::BTreeSet;

use domain::pattern::Pattern;
use domain::staff::StaffRole;
use domain::trail::TrailAction;
use serde_json::{Value, json};
use services::view::TrailFilter;
use testkit::{Kind, TestShop, on_both_databases};
use uuid::Uuid;

use super::steps::steps;
use super::{give, refusal};

/// The entries after the number `seen`, oldest first.
async fn since(shop: &TestShop, seen: &mut u64) -> Vec<services::trail::TrailEntry> {
    let filter = TrailFilter::default();
    let mut entries = shop.shop.trail().list(&filter, None, 100).await.unwrap();
    entries.retain(|entry| entry.seq > *seen);
    entries.reverse();
    *seen = entries.last().map_or(*seen, |entry| entry.seq);
    entries
}

#[on_both_databases]
async fn each_action_of_staff_leaves_an_entry(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff().await;
    let mut seen = 0;
    let mut done = BTreeSet::new();
    for (method, path, body, action, subject) in steps(&shop, &mut staff).await {
        let answer = staff.ask(method.parse().unwrap(), &path, Some(&body)).await;
        assert!(answer.status < 300, "{method} {path}: {}", answer.body);
        let entries = since(&shop, &mut seen).await;
        let told: Vec<_> = entries
            .iter()
            .map(|entry| (entry.action.as_str(), entry.subject.clone()))
            .collect();
        let made = || answer.data()["id"].as_str().map(str::to_owned);
        let subject = if subject.is_empty() { made().unwrap() } else { subject };
        assert_eq!(told, [(action, subject)], "{method} {path}");
        assert_eq!(entries[0].actor, staff.id.unwrap().to_string());
        assert!(
            !entries[0].is_command && entries[0].device.address.starts_with("127."),
            "{entries:?}"
        );
        done.insert(action);
    }
    // The command line alone makes accounts and books cash; a job runs again and keys are imported from pages, and copies are
    // refunded: their tests look at the entries.
    let elsewhere = [
        TrailAction::MakeAccount,
        TrailAction::TopUp,
        TrailAction::ImportKeys,
        TrailAction::UndoKeyImport,
        TrailAction::RefundUnit,
        TrailAction::PayOut,
        TrailAction::SettleCase,
        TrailAction::RunJobAgain,
    ];
    let elsewhere = elsewhere.map(TrailAction::as_str);
    let known: BTreeSet<_> = TrailAction::ALL.iter().map(|action| action.as_str()).collect();
    let missing: Vec<_> = known
        .iter()
        .filter(|action| !done.contains(*action) && !elsewhere.contains(action))
        .collect();
    assert!(missing.is_empty(), "no step of this test is for {missing:?}");
    assert_eq!(shop.shop.trail().verify(None).await.unwrap().findings, [""; 0]);
}

#[on_both_databases]
async fn an_entry_says_what_was_before_and_why(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let (mut staff, ada) = (shop.staff().await, shop.customer("ada@example.org").await);
    let game = shop.games_for_sale(1).await.remove(0);
    let path = format!("/api/admin/games/{game}");
    for title in ["One", "Two"] {
        assert_eq!(staff.put(&path, &json!({"title": title})).await.status, 200);
    }
    give(&mut staff, ada.id.unwrap(), Some(StaffRole::Finance)).await;
    let block = format!("/api/admin/users/{}/block", ada.id.unwrap());
    staff.post(&block, &json!({"reason": "  a stolen card "})).await;
    let page = staff.get("/api/admin/trail?pageSize=3").await;
    assert_eq!(
        (&page.data()["total"], &page.data()["totalPages"], &page.data()["page"]),
        (&json!(4), &json!(2), &json!(1))
    );
    let entries = page.data()["trail"].as_array().unwrap();
    let told: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry["number"].clone(),
                entry["before"].clone(),
                entry["after"].clone(),
                entry["reason"].clone(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (json!(4), Value::Null, Value::Null, json!("a stolen card")),
            (json!(3), Value::Null, json!("finance"), Value::Null),
            (
                json!(2),
                json!(r#"{"title":"One"}"#),
                json!(r#"{"title":"Two"}"#),
                Value::Null
            ),
        ]
    );
    for (query, total) in [
        ("action=game.override", 2),
        ("subjectKind=user", 2),
        (&*format!("subject={game}"), 2),
        (&*format!("actor={}", staff.id.unwrap()), 4),
        ("actor=latchkey%20make-admin", 0),
    ] {
        let found = staff.get(&format!("/api/admin/trail?{query}")).await;
        assert_eq!(found.data()["total"], total, "{query}");
    }
    for bad in ["page=0", "pageSize=101"] {
        assert_eq!(staff.get(&format!("/api/admin/trail?{bad}")).await.status, 400, "{bad}");
    }
}

#[on_both_databases]
async fn what_is_refused_leaves_no_entry(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff().await;
    let id = staff.id.unwrap();
    for (method, path, body) in [
        (
            "PUT",
            format!("/api/admin/games/{}", Uuid::from_u128(0xffff)),
            json!({"title": "Ours"}),
        ),
        (
            "DELETE",
            format!("/api/admin/offers/{}/game", Uuid::from_u128(0xffff)),
            json!({}),
        ),
        (
            "GET",
            format!("/api/admin/mails/{}", Uuid::from_u128(0xffff)),
            json!({}),
        ),
        (
            "PUT",
            format!("/api/admin/users/{id}/staff-role"),
            json!({"role": null}),
        ),
        ("POST", format!("/api/admin/users/{id}/block"), json!({})),
    ] {
        let answer = staff.ask(method.parse().unwrap(), &path, Some(&body)).await;
        assert!(answer.status >= 400, "{method} {path}");
    }
    assert!(shop.shop.trail().head().await.unwrap().is_none());
}

#[on_both_databases]
async fn a_role_or_a_sign_in_that_ends_meanwhile_ends_the_use_case(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let catalogue = shop.staff_as("cat@example.org", StaffRole::Catalogue).await;
    let caller = shop
        .shop
        .accounts()
        .caller(catalogue.token.as_deref().unwrap())
        .await
        .unwrap();
    let actor = services::trail::Actor::of(&caller, domain::security::Device::default());
    let pattern = Pattern::everything();
    let (staff, by) = (shop.shop.staff(), testkit::operator());
    shop.shop.caches().invalidate(&pattern, &actor).await.unwrap();
    // The caller was admitted before; the transaction looks again.
    let id = caller.user.id;
    let support = services::staff::RoleOrder::Give(StaffRole::Support);
    staff.change_role(id, support, by).await.unwrap();
    let refused = shop.shop.caches().invalidate(&pattern, &actor).await.unwrap_err();
    assert!(refused.to_string().contains("does not allow"), "{refused}");
    let back = services::staff::RoleOrder::Give(StaffRole::Catalogue);
    staff.change_role(id, back, by).await.unwrap();
    shop.shop.caches().invalidate(&pattern, &actor).await.unwrap();
    staff.end_sessions(id, by).await.unwrap();
    let refused = shop.shop.caches().invalidate(&pattern, &actor).await.unwrap_err();
    assert!(refused.to_string().contains("sign in"), "{refused}");
}

#[on_both_databases]
async fn two_hundred_actions_at_once_leave_two_hundred_entries_in_one_chain(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let pattern = Pattern::parse("catalog:*").unwrap();
    let actions = (0..200).map(|_| shop.shop.caches().invalidate(&pattern, testkit::operator()));
    for outcome in futures::future::join_all(actions).await {
        outcome.unwrap();
    }
    let audit = shop.shop.trail().verify(None).await.unwrap();
    assert_eq!((audit.entries, audit.findings), (200, Vec::new()));
    assert_eq!(shop.shop.trail().head().await.unwrap().unwrap().seq, 200);
}

#[on_both_databases]
async fn a_member_of_staff_without_the_role_is_not_shown_it(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut support = shop.staff_as("support@example.org", StaffRole::Support).await;
    assert_eq!(refusal(&support.get("/api/admin/trail").await), (403, "AUTH003"));
}
