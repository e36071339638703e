//! The statements of a page do not grow with its rows.

use std::sync::atomic::Ordering;

use testkit::{Client, Kind, TestShop, on_both_databases};

const TABLES: [&str; 15] = [
    "/admin/games",
    "/admin/offers",
    "/admin/own-keys",
    "/admin/key-imports",
    "/admin/sync-runs",
    "/admin/categories",
    "/admin/genres",
    "/admin/jobs",
    "/admin/suppliers",
    "/admin/possible-duplicates",
    "/admin/users",
    "/admin/staff",
    "/admin/trail",
    "/admin/security-events",
    "/admin/mails",
];

async fn statements(shop: &TestShop, staff: &mut Client, path: &str) -> u64 {
    let before = shop.statements.load(Ordering::SeqCst);
    let answer = staff.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    shop.statements.load(Ordering::SeqCst) - before
}

#[on_both_databases]
async fn a_page_of_many_rows_costs_as_many_statements_as_an_empty_one(kind: Kind) {
    let (empty, filled) = (TestShop::open(kind).await, TestShop::filled(kind).await);
    let (mut of_empty, mut of_filled) = (empty.staff().await, filled.staff().await);
    for path in TABLES {
        // The first request of a client may also say that the sign-in was used.
        statements(&empty, &mut of_empty, path).await;
        statements(&filled, &mut of_filled, path).await;
        let few = statements(&empty, &mut of_empty, path).await;
        let many = statements(&filled, &mut of_filled, path).await;
        // Who asks is one statement, the rows are one or two; of whom nothing runs nobody asks who runs it.
        assert!(many <= few + 1 && many <= 4, "{path}: {few} for none, {many} for many");
    }
}
