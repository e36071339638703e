//! The pages about people: who is found, and what staff do to an account.

use std::time::Duration;

use domain::listing::{ListPage, ListQuery, ListStart};
use domain::staff::StaffRole;
use serde_json::json;
use testkit::{Answer, Client, Kind, PASSWORD, TestShop, on_both_databases, operator};

use super::lists::walk;

/// The addresses that a page shows in its table.
pub(super) async fn shown(staff: &mut Client, path: &str) -> Vec<String> {
    let answer = staff.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    let cells = answer.text.split("<td role=\"cell\"").skip(1);
    let addresses = cells.filter_map(|cell| {
        let text = cell.split('>').find(|text| text.contains("@example.org"))?;
        text.split('<').next().map(str::to_owned)
    });
    addresses.collect()
}

/// What a form says that was refused.
fn refused(answer: &Answer) -> String {
    let summary = answer.text.split("class=\"summary\"").nth(1);
    summary
        .unwrap_or_else(|| panic!("{}", answer.text))
        .chars()
        .take(600)
        .collect()
}

#[on_both_databases]
async fn accounts_are_listed_and_found(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut support = shop.staff_as("support@example.org", StaffRole::Support).await;
    let mut ids = Vec::new();
    for name in ["ada", "bea", "cai", "dee", "eli_9"] {
        shop.clock.pass(Duration::from_secs(1));
        ids.push(shop.customer(&format!("{name}@example.org")).await.id.unwrap());
    }
    let list = async |query: &ListQuery| shop.shop.staff().accounts(query).await.unwrap();
    for (sort, is_descending) in [
        ("registered", true),
        ("registered", false),
        ("email", false),
        ("email", true),
    ] {
        let query = ListQuery {
            sort,
            is_descending,
            ..ListQuery::default()
        };
        let found = walk!(list, query, |user| user.email.to_string());
        assert_eq!(found.len(), 6, "{found:?}");
        assert!(sort != "email" || found.is_sorted() || is_descending, "{found:?}");
    }
    let mut ada = shop.guest();
    ada.sign_in("ada@example.org", PASSWORD).await;
    let named = json!({"nickname": "Countess Ünal"});
    assert_eq!(ada.put("/api/user/profile", &named).await.status, 200);
    let bea = ids[1];
    shop.shop.staff().block(bea, operator()).await.unwrap();
    let everybody = ["eli_9", "dee", "cai", "bea", "ada", "support"];
    for (query, names) in [
        ("", &everybody[..]),
        ("?q=ADA%40exam", &["ada"]),
        ("?q=countess", &["ada"]),
        ("?q=%C3%9Cnal", &["ada"]),
        ("?q=_", &["eli_9"]),
        ("?q=%25", &[]),
        ("?role=staff", &["support"]),
        ("?role=support", &["support"]),
        ("?role=owner", &[]),
        ("?role=customer&q=example", &everybody[..5]),
        ("?state=blocked", &["bea"]),
        (&format!("?q={bea}"), &["bea"]),
        ("?sort=email&role=customer", &["ada", "bea", "cai", "dee", "eli_9"]),
    ] {
        let expected: Vec<_> = names.iter().map(|name| format!("{name}@example.org")).collect();
        assert_eq!(
            shown(&mut support, &format!("/admin/users{query}")).await,
            expected,
            "{query}"
        );
    }
    assert_eq!(support.get("/admin/users?role=king").await.status, 400);
    // A file of everybody's addresses is for owners.
    assert_eq!(support.get("/admin/users.csv").await.status, 403);
    assert!(!support.get("/admin/users").await.text.contains("Save as CSV"));
    let file = shop.staff().await.get("/admin/users.csv?q=ada").await;
    assert!(
        file.text.contains("ada@example.org,Countess Ünal,customer"),
        "{}",
        file.text
    );
}

#[on_both_databases]
async fn an_account_is_blocked_with_a_reason_and_let_in_again(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut support = shop.staff_as("support@example.org", StaffRole::Support).await;
    let mut ada = shop.customer("ada@example.org").await;
    let page = format!("/admin/users/{}", ada.id.unwrap());
    let path = |what: &str| format!("{page}/{what}");
    let seen = support.get(&page).await.text;
    for part in [
        "Block…",
        "End all sign-ins…",
        "Sign-ins",
        "Security log",
        "Registered",
        "<h2>Mails</h2>",
    ] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
    assert!(
        !seen.contains("Change role…") && !seen.contains("What staff did"),
        "{seen}"
    );
    for what in ["block", "unblock"] {
        let nothing = support.submit(&path(what), &[("reason", " ")]).await;
        assert_eq!(nothing.status, 400);
        assert!(refused(&nothing).contains("Reason is missing"));
    }
    let long = "x".repeat(501);
    let answer = support.submit(&path("block"), &[("reason", long.as_str())]).await;
    assert!(refused(&answer).contains("is longer than 500 characters") && answer.text.contains(&long));
    assert_eq!(ada.get("/api/auth/me").await.status, 200);

    // An old sign-in is asked again who it is.
    shop.clock.pass(Duration::from_secs(11 * 60));
    assert!(support.get(&path("block")).await.text.contains("name=\"password\""));
    let typed = [("reason", "a stolen <card>"), ("password", "Wrong-Horse-1")];
    let wrong = support.submit(&path("block"), &typed).await;
    assert_eq!(wrong.status, 400);
    assert!(refused(&wrong).contains("is wrong") && wrong.text.contains("a stolen &#60;card&#62;"));
    assert_eq!(support.submit(&path("block"), &typed[..1]).await.status, 400);
    let typed = [("reason", "a stolen <card>"), ("password", PASSWORD)];
    let done = support.submit(&path("block"), &typed).await;
    assert_eq!(done.status, 200);
    assert!(done.text.contains("Blocked: its sign-ins have ended") && done.text.contains("Blocked since"));
    assert!(
        done.text.contains("Unblock…") && !done.text.contains(">Block…"),
        "{}",
        done.text
    );
    assert_eq!(ada.get("/api/auth/me").await.code(), "AUTH007");

    let mut owner = shop.staff().await;
    let trail = owner.get(&page).await.text;
    assert!(
        trail.contains("user.block") && trail.contains("a stolen &#60;card&#62;"),
        "{trail}"
    );
    let done = support.submit(&path("unblock"), &[("reason", "it was found")]).await;
    assert!(done.text.contains("No longer blocked"), "{}", done.text);
    assert_eq!(ada.sign_in("ada@example.org", PASSWORD).await.status, 200);
    let done = support.submit(&path("end-sessions"), &[]).await;
    assert!(done.text.contains("have ended") && done.text.contains("Nobody is signed in to this account"));
    assert_eq!(ada.get("/api/auth/me").await.code(), "AUTH001");
}

#[on_both_databases]
async fn owners_alone_change_roles_and_touch_staff(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut owner = shop.staff().await;
    let mut support = shop.staff_as("support@example.org", StaffRole::Support).await;
    let mut ada = shop.customer("ada@example.org").await;
    let role = format!("/admin/users/{}/role", ada.id.unwrap());
    assert_eq!(ada.get("/admin/games").await.status, 403);
    assert_eq!(support.submit(&role, &[("role", "owner")]).await.status, 403);
    let odd = owner.submit(&role, &[("role", "king"), ("reason", "r")]).await;
    assert_eq!(odd.status, 400);
    assert!(refused(&odd).contains("Role is none of these"));
    let done = owner.submit(&role, &[("role", "catalogue"), ("reason", "r")]).await;
    assert!(done.text.contains("the new role holds") && done.text.contains("mark-busy\">catalogue"));
    // It holds with the sign-in that there was.
    assert_eq!(ada.get("/admin/games").await.status, 200);
    assert_eq!(ada.get("/admin/users").await.status, 403);
    let staff = owner.get("/admin/staff").await.text;
    assert!(
        staff.contains("ada@example.org") && staff.contains("Change role…"),
        "{staff}"
    );
    assert!(staff.contains("May change") && staff.contains("promo-codes"), "{staff}");

    // Support sees staff among the users, and is offered nothing there; nor does it help to know the address.
    let of_ada = format!("/admin/users/{}", ada.id.unwrap());
    assert!(!support.get(&of_ada).await.text.contains("Block…"));
    let block = support
        .submit(&format!("{of_ada}/block"), &[("reason", "because")])
        .await;
    assert_eq!(block.status, 403);
    assert_eq!(ada.get("/admin/games").await.status, 200);
    assert_eq!(support.get("/admin/staff").await.status, 403);

    // Nobody changes their own role, and the page does not offer it.
    let own = format!("/admin/users/{}", owner.id.unwrap());
    let page = owner.get(&own).await.text;
    assert!(page.contains("This is your own account") && !page.contains("Change role…"));
    let refusal = owner
        .submit(&format!("{own}/role"), &[("role", "none"), ("reason", "r")])
        .await;
    assert!(refusal.status >= 400 && refusal.status < 500, "{}", refusal.status);
    assert_eq!(owner.get("/admin/staff").await.status, 200);
    assert_eq!(
        owner.submit(&role, &[("role", "none"), ("reason", "r")]).await.status,
        200
    );
    assert_eq!(ada.get("/admin/games").await.status, 403);
}
