//! Lists of orders, cases, wallets, transactions and keys that are asked for what they do not have.

use testkit::{Kind, TestShop, on_both_databases};

use super::all_is_well;

/// What no list of the administration takes, nor the list of a customer's keys.
const LISTS: [&str; 26] = [
    "/admin/orders?status=odd",
    "/admin/orders?status=completed",
    "/admin/orders?user=odd",
    "/admin/orders?game=odd",
    "/admin/orders?sort=odd",
    "/admin/orders?after=odd",
    "/admin/orders.csv?status=odd",
    "/admin/cases?state=odd",
    "/admin/cases?kind=odd",
    "/admin/cases?user=odd",
    "/admin/cases?sort=odd",
    "/admin/cases?before=odd",
    "/admin/wallets?state=odd",
    "/admin/wallets?sort=odd",
    "/admin/wallets?after=odd",
    "/admin/transactions?kind=odd",
    "/admin/transactions?user=odd",
    "/admin/transactions?order=odd",
    "/admin/transactions?sort=odd",
    "/admin/transactions?after=odd",
    "/admin/transactions.csv?kind=odd",
    "/account/keys?page=0",
    "/account/keys?page=x",
    "/account/keys?page=-1",
    "/account/keys?page=99999999999999999999",
    "/account/keys?page=x&search=half",
];

#[on_both_databases]
async fn a_list_that_is_asked_for_what_it_has_not_says_so(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut staff = shop.staff().await;
    let long = "a".repeat(300);
    let searches = [
        ("/admin/orders", "q"),
        ("/admin/wallets", "q"),
        ("/admin/transactions", "q"),
        ("/account/keys", "search"),
    ];
    let longest = searches.map(|(path, name)| format!("{path}?{name}={long}"));
    for path in LISTS.into_iter().chain(longest.iter().map(String::as_str)) {
        let answer = staff.get(path).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.text);
    }
    // Odd signs are searched for like any.
    for (path, name) in searches {
        for odd in ["%25_%27%22%3C", "%5C", "%00", "%F0%9F%92%A9", "%FF", "''--"] {
            let path = format!("{path}?{name}={odd}");
            let answer = staff.get(&path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        }
    }
    all_is_well(&shop).await;
}
