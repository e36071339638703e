//! Orders in the administration: found, looked at, refunded; and what pages of sales cost the database.

use std::sync::atomic::Ordering;

use domain::id::{OrderId, UserId};
use domain::staff::StaffRole;
use services::orders::PlacedOrder;
use testkit::{Answer, Client, Kind, TestShop, on_both_databases};

use super::reasons::newest;
use crate::orders::{Buyer, all_is_well, games, place, stock};
use crate::wallets::balance;

/// An answer tells all of this.
pub(super) fn says(answer: &Answer, told: &[&str]) {
    for told in told {
        assert!(answer.text.contains(told), "{told}: {}", answer.text);
    }
}

/// An order of two copies, paid and delivered; the titles of its games.
pub(super) async fn bought(shop: &TestShop) -> (Buyer, PlacedOrder, Vec<String>) {
    let games = games(shop, 2).await;
    stock(shop, games[0], &["A-1"], 300).await;
    stock(shop, games[1], &["B-1"], 200).await;
    let ada = Buyer::with(shop, "ada@example.org", 1_000).await;
    let placed = place(shop, &ada.caller, &games, None).await.unwrap();
    let mut titles = Vec::new();
    for game in &games {
        titles.push(shop.shop.offers().of(*game).await.unwrap().game.facts.title);
    }
    (ada, placed, titles)
}

#[on_both_databases]
async fn an_order_is_found_by_its_number_its_customer_or_its_games(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let (ada, placed, titles) = bought(&shop).await;
    let bob = Buyer::with(&shop, "bob@example.org", 1_000).await;
    let order = shop.shop.orders().of(ada.id, placed.id).await.unwrap();
    let number = order.number.to_string();
    let lower = number.replace('-', "").to_lowercase();
    let mut staff = shop.staff_as("help@example.org", StaffRole::Support).await;
    let word = titles[1].split_whitespace().next().unwrap().to_lowercase();
    for (query, found) in [
        (String::new(), true),
        (format!("q={number}"), true),
        (format!("q=%20{lower}"), true),
        ("q=ADA%40example".to_owned(), true),
        ("q=ada".to_owned(), true),
        (format!("q={word}"), true),
        (format!("user={}&status=COMPLETED", ada.id), true),
        (format!("game={}", order.items[1].game.id), true),
        (format!("user={}", bob.id), false),
        ("status=CANCELLED".to_owned(), false),
        ("q=zzzzz".to_owned(), false),
        ("q=%25".to_owned(), false),
        ("q=bob%40example.org".to_owned(), false),
        ("q=0000-0000".to_owned(), false),
    ] {
        let page = staff.get(&format!("/admin/orders?{query}")).await;
        assert_eq!(page.status, 200, "{query}");
        assert_eq!(page.text.contains(&number), found, "{query}: {}", page.text);
    }
    let page = staff.get(&format!("/admin/orders/{}", placed.id)).await;
    let told = ["ada@example.org", "delivered, not seen", "ordered", "€3.00", "€5.00"];
    says(&page, &told);
    for title in &titles {
        says(&page, &[title.as_str()]);
    }
    assert!(!page.text.contains("What was posted"), "support reads no ledger");
    assert!(!page.text.contains("/refund"), "support moves no money: {}", page.text);
    let mut finance = shop.staff_as("money@example.org", StaffRole::Finance).await;
    let page = finance.get(&format!("/admin/orders/{}", placed.id)).await;
    says(
        &page,
        &["What was posted", "Purchase", "Stock used", "orders_open", "/refund"],
    );
    let file = finance.get(&format!("/admin/orders.csv?q={number}")).await;
    assert_eq!(file.text.lines().count(), 2, "{}", file.text);
    let customer = finance.get(&format!("/admin/users/{}", ada.id)).await;
    says(&customer, &[&number, "Wallet", "€5.00", "Adjust up"]);
}

#[on_both_databases]
async fn a_copy_is_refunded_from_its_order(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let (mut ada, placed, _) = bought(&shop).await;
    let order = shop.shop.orders().of(ada.id, placed.id).await.unwrap();
    let key = order.units[0].key.unwrap();
    shop.shop.orders().reveal(&ada.caller, placed.id, key).await.unwrap();
    let mut finance = shop.staff_as("money@example.org", StaffRole::Finance).await;
    let [seen, unseen] = [0, 1].map(|at| format!("/admin/units/{}/refund", order.units[at].id));
    says(
        &finance.get(&seen).await,
        &["The customer has seen the key and keeps it", "€3.00"],
    );
    says(&finance.get(&unseen).await, &["it is for sale again", "€2.00"]);
    let refused = finance.submit(&unseen, &[]).await;
    assert_eq!(refused.status, 400);
    says(&refused, &["Reason is missing"]);
    assert_eq!(balance(&shop, ada.id).await, 500);
    for _ in 0..2 {
        let done = finance.submit(&unseen, &[("reason", "bought twice")]).await;
        assert_eq!(done.status, 200, "{}", done.text);
        says(
            &done,
            &[
                "Refunded: the price is back",
                "paid back",
                "bought twice",
                "money@example.org",
            ],
        );
        assert_eq!(balance(&shop, ada.id).await, 700, "once");
    }
    assert_eq!(
        newest(&shop).await,
        ("unit.refund".to_owned(), Some("bought twice".to_owned()))
    );
    says(&finance.get(&unseen).await, &["nothing more goes back"]);
    // The customer sees it.
    says(&ada.client.get("/account/wallet").await, &["Refund", "€7.00"]);
    let page = ada.client.get(&format!("/account/orders/{}", placed.id)).await;
    says(&page, &["Paid back to your wallet: €2.00"]);
    all_is_well(&shop).await;
}

/// Statements of a page: the fewest of some tries, for what the shop does by itself is counted, too.
async fn statements(shop: &TestShop, staff: &mut Client, path: &str) -> u64 {
    let mut fewest = u64::MAX;
    for _ in 0..4 {
        let before = shop.statements.load(Ordering::SeqCst);
        assert_eq!(staff.get(path).await.status, 200, "{path}");
        fewest = fewest.min(shop.statements.load(Ordering::SeqCst) - before);
    }
    fewest
}

#[on_both_databases]
async fn pages_of_sales_cost_the_same_for_one_order_and_for_many(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let games = games(&shop, 6).await;
    for (at, game) in games.iter().enumerate() {
        let keys: Vec<String> = (0..6).map(|key| format!("K-{at}-{key}")).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        stock(&shop, *game, &keys, 100).await;
    }
    let ada = Buyer::with(&shop, "ada@example.org", 10_000).await;
    let mut staff = shop.staff().await;
    let first = place(&shop, &ada.caller, &games[..1], None).await.unwrap();
    let pages = async |staff: &mut Client, order: OrderId, user: UserId| {
        let mut counts = Vec::new();
        for path in [
            "/admin/orders".to_owned(),
            "/admin/transactions".to_owned(),
            "/admin/wallets".to_owned(),
            "/admin/ledger".to_owned(),
            "/admin/cases".to_owned(),
            format!("/admin/orders/{order}"),
            format!("/admin/wallets/{user}"),
            format!("/admin/users/{user}"),
        ] {
            counts.push((statements(&shop, staff, &path).await, path));
        }
        counts
    };
    let few = pages(&mut staff, first.id, ada.id).await;
    let mut last = first;
    for until in 2..=games.len() {
        last = place(&shop, &ada.caller, &games[..until], None).await.unwrap();
    }
    let many = pages(&mut staff, last.id, ada.id).await;
    for ((few, path), (many, _)) in few.into_iter().zip(many) {
        // The time line of the first order may name nobody whose address is asked for.
        assert!(many <= few + 1, "{path}: {few} for one, {many} for many");
    }
}
