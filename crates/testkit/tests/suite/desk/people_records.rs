//! What is recorded about people, as staff see it: the trail, security events, mails.

use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::listing::{ListPage, ListQuery, ListStart};
use domain::staff::StaffRole;
use testkit::{Client, Kind, TestShop, on_both_databases, operator};

use super::lists::walk;
use super::people::shown;

async fn make_support(owner: &mut Client, person: &Client) {
    let path = format!("/admin/users/{}/role", person.id.unwrap());
    let typed = [("role", "support"), ("reason", "a new colleague")];
    assert_eq!(owner.submit(&path, &typed).await.status, 200);
}

#[on_both_databases]
async fn the_trail_is_filtered_by_who_what_and_on_what(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut owner = shop.staff().await;
    let (ada, bea) = (
        shop.customer("ada@example.org").await,
        shop.customer("bea@example.org").await,
    );
    let reason = format!("because {}", "of this ".repeat(50));
    shop.shop
        .staff()
        .block(ada.id.unwrap(), &operator().because(Some(&reason)))
        .await
        .unwrap();
    for person in [&ada, &bea] {
        make_support(&mut owner, person).await;
    }
    let list = async |query: &ListQuery| shop.shop.trail().managed_list(query).await.unwrap();
    for is_descending in [true, false] {
        let query = ListQuery {
            is_descending,
            ..ListQuery::default()
        };
        let found = walk!(list, query, |named| named.entry.seq);
        assert!(found.len() >= 3, "{found:?}");
    }
    let (owner_id, ada_id) = (owner.id.unwrap(), ada.id.unwrap());
    for (query, count) in [
        ("actor=staff%40example.org".to_owned(), 2),
        (format!("actor={owner_id}"), 2),
        ("actor=nobody%40example.org".to_owned(), 0),
        ("action=user.block".to_owned(), 1),
        ("action=staff.give&kind=user&subject=ada%40example.org".to_owned(), 1),
        (format!("subject={ada_id}"), 2),
        ("kind=game".to_owned(), 0),
        ("actor=a%20test&action=user.block".to_owned(), 1),
    ] {
        let page = owner.get(&format!("/admin/trail?{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        let rows = page.text.matches("<tr role=\"row\"><td").count();
        assert_eq!(rows, count, "{query}: {}", page.text);
        assert_eq!(page.text.contains("Nothing fits these filters."), count == 0, "{query}");
    }
    let page = owner.get("/admin/trail?action=user.block").await.text;
    assert!(
        page.contains(">a test</td>") && page.contains("ada@example.org"),
        "{page}"
    );
    assert!(
        !page.contains(reason.trim()),
        "a table shows the beginning of a long reason"
    );
    let file = owner.get("/admin/trail.csv?action=user.block").await.text;
    assert!(file.contains(&reason), "a file has all of it: {file}");
    let seq = page.split("/admin/trail/").nth(1).unwrap().split('"').next().unwrap();
    let entry = owner.get(&format!("/admin/trail/{seq}")).await.text;
    assert!(
        entry.contains(reason.trim()) && entry.contains(&ada_id.to_string()),
        "{entry}"
    );
    for odd in ["0", "-1", "x", "18446744073709551615", "999"] {
        assert_eq!(owner.get(&format!("/admin/trail/{odd}")).await.status, 404, "{odd}");
    }
    for odd in ["action=odd", "kind=odd", "after=odd"] {
        assert_eq!(owner.get(&format!("/admin/trail?{odd}")).await.status, 400, "{odd}");
    }
}

#[on_both_databases]
async fn finance_reads_the_trail_and_support_does_not(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut finance = shop.staff_as("finance@example.org", StaffRole::Finance).await;
    assert_eq!(finance.get("/admin/trail").await.status, 200);
    let mut support = shop.staff_as("help@example.org", StaffRole::Support).await;
    assert_eq!(support.get("/admin/trail").await.status, 403);
}

#[on_both_databases]
async fn what_an_erased_person_left_in_the_trail_is_gone_from_the_page(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let (mut owner, ada) = (shop.staff().await, shop.customer("ada@example.org").await.id.unwrap());
    shop.shop
        .staff()
        .block(ada, &operator().because(Some("she said so")))
        .await
        .unwrap();
    assert!(owner.get("/admin/trail").await.text.contains("she said so"));
    shop.shop.trail().forget_person(ada).await.unwrap();
    let page = owner.get("/admin/trail?action=user.block").await.text;
    assert!(page.contains("erased") && !page.contains("she said so"), "{page}");
}

#[on_both_databases]
async fn security_events_of_all_accounts_are_found(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut support = shop.staff_as("support@example.org", StaffRole::Support).await;
    let ada = shop.customer("ada@example.org").await;
    shop.guest().sign_in("ada@example.org", "Wrong-Horse-1").await;
    shop.guest().sign_in("nobody@example.org", "Wrong-Horse-1").await;
    let list = async |query: &ListQuery| shop.shop.staff().security_events(query).await.unwrap();
    let found = walk!(
        list,
        ListQuery {
            is_descending: true,
            ..ListQuery::default()
        },
        |line| line.id
    );
    assert!(found.len() >= 4, "{found:?}");
    let rows = async |support: &mut Client, query: &str| {
        let page = support.get(&format!("/admin/security-events{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        (page.text.matches("<tr role=\"row\"><td").count(), page.text)
    };
    let (failed, page) = rows(&mut support, "?event=sign_in_failed").await;
    assert_eq!(failed, 2);
    assert!(
        page.contains("mark-bad\">Sign in failed") && page.contains("no account"),
        "{page}"
    );
    let (of_ada, page) = rows(&mut support, "?q=ada%40example.org").await;
    assert!(of_ada >= 2 && !page.contains("no account"), "{page}");
    assert_eq!(
        rows(&mut support, &format!("?user={}", ada.id.unwrap())).await.0,
        of_ada
    );
    assert_eq!(
        rows(&mut support, "?q=ada%40example.org&event=sign_in_failed").await.0,
        1
    );
    assert_eq!(rows(&mut support, "?q=nobody%40example.org").await.0, 0);
    let (local, page) = rows(&mut support, "?q=127.0.0.1").await;
    assert!(
        local >= 4 && page.contains("ada@example.org") && page.contains("no account"),
        "{page}"
    );
    assert_eq!(rows(&mut support, "?q=203.0.113.9").await.0, 0);
    assert_eq!(support.get("/admin/security-events?event=odd").await.status, 400);
}

#[on_both_databases]
async fn mails_are_found_by_state_and_address(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut support = shop.staff_as("support@example.org", StaffRole::Support).await;
    let mut reader = shop.staff_as("reader@example.org", StaffRole::ReadOnly).await;
    shop.clock.pass(Duration::from_secs(1));
    let ada = shop.customer("ada@example.org").await;
    let list = async |query: &ListQuery| shop.shop.mails().managed_list(query).await.unwrap();
    let found = walk!(
        list,
        ListQuery {
            is_descending: true,
            ..ListQuery::default()
        },
        |line| line.id
    );
    assert_eq!(found.len(), 3);
    for (query, count) in [
        ("?q=ADA%40", 1),
        ("?q=example.org", 3),
        ("?q=%25", 0),
        ("?state=waiting", 3),
        ("?state=buried", 0),
        (&format!("?user={}", ada.id.unwrap()), 1),
    ] {
        assert_eq!(
            shown(&mut support, &format!("/admin/mails{query}")).await.len(),
            count,
            "{query}"
        );
    }
    assert_eq!(support.get("/admin/mails?state=odd").await.status, 400);
    // Who may not read what a mail says is not led there.
    let to_body = format!("/admin/mails/{}", found[0]);
    assert!(support.get("/admin/mails").await.text.contains(&to_body));
    assert!(!reader.get("/admin/mails").await.text.contains(&to_body));
    assert_eq!(reader.get(&to_body).await.status, 403);
    let body = support.get(&to_body).await.text;
    assert!(
        body.contains("class=\"letter\"") && body.contains("ada@example.org"),
        "{body}"
    );
    let read = ListQuery {
        filters: vec![("action", "mail.read".to_owned())],
        limit: 9,
        ..ListQuery::default()
    };
    let entries = shop.shop.trail().managed_list(&read).await.unwrap().rows;
    assert_eq!(entries.len(), 1);
    assert_eq!(
        (entries[0].actor_email.as_deref(), entries[0].entry.subject.clone()),
        (Some("support@example.org"), found[0].to_string())
    );
}

#[on_both_databases]
async fn the_page_of_a_user_with_a_history_costs_as_many_statements_as_any(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut owner = shop.staff().await;
    let ada = shop.customer("ada@example.org").await.id.unwrap();
    let page = format!("/admin/users/{ada}");
    let cost = async |owner: &mut Client| {
        let before = shop.statements.load(Ordering::SeqCst);
        assert_eq!(owner.get(&page).await.status, 200);
        shop.statements.load(Ordering::SeqCst) - before
    };
    cost(&mut owner).await;
    let few = cost(&mut owner).await;
    for _ in 0..12 {
        shop.guest().sign_in("ada@example.org", "Wrong-Horse-1").await;
        shop.shop.staff().end_sessions(ada, operator()).await.unwrap();
    }
    let many = cost(&mut owner).await;
    // The addresses of the accounts in the trail are asked for where it has any.
    assert!(many <= few + 1 && many <= 11, "{few} for few, {many} for many");
}
