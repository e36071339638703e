//! Orders and money in the administration: found, refunded, booked by hand; and cases, which somebody settles.

use domain::id::UserId;
use domain::staff::StaffRole;
use services::Error;
use services::orders::PlacedOrder;
use services::view::TrailFilter;
use testkit::{Answer, Client, Kind, TestShop, on_both_databases, operator};

use crate::orders::{Buyer, all_is_well, games, place, stock};
use crate::wallets::balance;

async fn newest(shop: &TestShop) -> (String, Option<String>) {
    let entries = shop.shop.trail().list(&TrailFilter::default(), None, 1).await.unwrap();
    (entries[0].action.clone(), entries[0].reason.clone())
}

fn says(answer: &Answer, told: &[&str]) {
    for told in told {
        assert!(answer.text.contains(told), "{told}: {}", answer.text);
    }
}

/// An order of two copies, paid and delivered; the titles of its games.
async fn bought(shop: &TestShop) -> (Buyer, PlacedOrder, Vec<String>) {
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
    says(
        &ada.client.get("/account/wallet").await,
        &["Refund", "€7<span class=\"cents\">.00"],
    );
    let page = ada.client.get(&format!("/account/orders/{}", placed.id)).await;
    says(&page, &["Paid back to your wallet: €2.00"]);
    all_is_well(&shop, &[ada.id]).await;
}

/// Sends the form of a change of a wallet.
async fn change(staff: &mut Client, path: &str, typed: &[(&str, &str)]) -> Answer {
    staff.submit(path, &[typed, &[("reason", "asked for")]].concat()).await
}

#[on_both_databases]
async fn wallets_are_changed_by_hand_once_for_each_reference(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let ada = Buyer::with(&shop, "ada@example.org", 0).await;
    let mut staff = shop.staff_as("money@example.org", StaffRole::Finance).await;
    let desk = "/admin/cash-desk";
    let paid = [
        ("email", "Ada@example.org"),
        ("amount", "20"),
        ("reference", "receipt 7"),
    ];
    for (typed, status, told) in [
        (
            &[("email", "eve@example.org"), paid[1], paid[2]],
            404,
            "There is no such account",
        ),
        (
            &[("email", "ada"), paid[1], paid[2]],
            400,
            "E-mail address of the customer",
        ),
        (
            &[paid[0], ("amount", "1"), paid[2]],
            400,
            "Amount must be from 5.00 to 500.00 EUR",
        ),
        (&[paid[0], ("amount", "-20"), paid[2]], 400, "Amount must be above 0"),
        (&[paid[0], ("amount", "much"), paid[2]], 400, "Amount is not an amount"),
        (
            &[paid[0], paid[1], ("reference", " ")],
            400,
            "Reference must not be empty",
        ),
    ] {
        let refused = change(&mut staff, desk, typed).await;
        assert_eq!(refused.status, status, "{told}: {}", refused.text);
        says(&refused, &[told]);
    }
    assert_eq!(balance(&shop, ada.id).await, 0);
    let done = change(&mut staff, desk, &paid).await;
    says(&done, &["Booked.", "Wallet of ada@example.org", "€20.00", "receipt 7"]);
    let again = change(&mut staff, desk, &paid).await;
    assert_eq!(again.status, 400);
    says(&again, &["it is booked already, and was not booked again"]);
    let wallet = format!("/admin/wallets/{}", ada.id);
    let (adjust, pay_out) = (format!("{wallet}/adjust"), format!("{wallet}/pay-out"));
    says(&staff.get(&adjust).await, &["€20.00", "name=\"reference\" value=\""]);
    for (path, typed, left) in [
        (
            format!("{wallet}/top-up"),
            [("way", ""), ("amount", "5"), ("reference", "receipt 8")],
            2_500,
        ),
        (
            adjust.clone(),
            [("way", "give"), ("amount", "1.50"), ("reference", "a")],
            2_650,
        ),
        (
            adjust.clone(),
            [("way", "take"), ("amount", "0,50"), ("reference", "b")],
            2_600,
        ),
        (
            pay_out.clone(),
            [("way", "bank"), ("amount", "6"), ("reference", "transfer 1")],
            2_000,
        ),
        (
            pay_out.clone(),
            [("way", "cash"), ("amount", "7"), ("reference", "till 1")],
            1_300,
        ),
    ] {
        let done = change(&mut staff, &path, &typed).await;
        assert_eq!(done.status, 200, "{path}: {}", done.text);
        says(&done, &["Booked."]);
        assert_eq!(balance(&shop, ada.id).await, left, "{path} {typed:?}");
    }
    assert_eq!(
        newest(&shop).await,
        ("wallet.pay-out".to_owned(), Some("asked for".to_owned()))
    );
    for (path, way) in [(&adjust, "take"), (&pay_out, "cash")] {
        let typed = [("way", way), ("amount", "13.01"), ("reference", "too much")];
        let refused = change(&mut staff, path, &typed).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        says(&refused, &["Insufficient balance: 0.01 EUR are missing"]);
    }
    // The books: what came in and went out, and what the shop gave.
    let ledger = staff.get("/admin/ledger").await;
    says(
        &ledger,
        &[
            "Debits and credits are equal",
            "all wallets",
            "€13.00",
            "€18.00",
            "€−6.00",
            "€1.00",
        ],
    );
    says(
        &staff.get("/admin/transactions?account=bank").await,
        &["Payout", "transfer 1"],
    );
    let found = staff.get("/admin/transactions?q=receipt+7").await;
    says(&found, &["Top up cash", "ada@example.org"]);
    assert!(!found.text.contains("receipt 8"), "{}", found.text);
    says(
        &staff.get("/admin/wallets?q=ada&state=filled").await,
        &["ada@example.org", "€13.00"],
    );
    all_is_well(&shop, &[ada.id]).await;
}

/// Loses what was sealed of a customer's keys.
pub(crate) async fn lose_keys(shop: &TestShop, kind: Kind) {
    let tx = shop.db.begin().await.unwrap();
    let zeros = match kind {
        Kind::Sqlite => "UPDATE own_keys SET sealed = zeroblob(length(sealed))",
        Kind::Postgres => "UPDATE own_keys SET sealed = decode(repeat('00', length(sealed)), 'hex')",
    };
    tx.execute_for_test(zeros).await.unwrap();
    tx.commit().await.unwrap();
}

async fn reveal(shop: &TestShop, ada: &Buyer, placed: &PlacedOrder, at: usize) -> Result<(), Error> {
    let order = shop.shop.orders().of(ada.id, placed.id).await.unwrap();
    let key = order.units[at].key.unwrap();
    shop.shop.orders().reveal(&ada.caller, placed.id, key).await.map(|_| ())
}

#[on_both_databases]
async fn a_key_that_cannot_be_read_is_a_case_until_somebody_settles_it(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let (mut ada, placed, titles) = bought(&shop).await;
    lose_keys(&shop, kind).await;
    for _ in 0..2 {
        assert!(matches!(reveal(&shop, &ada, &placed, 0).await, Err(Error::Internal(_))));
    }
    let order = shop.shop.orders().of(ada.id, placed.id).await.unwrap();
    assert_eq!(order.units[0].revealed_at, None, "nobody has seen it");
    let page = ada.client.get(&format!("/account/orders/{}", placed.id)).await;
    assert_eq!(
        page.text.matches("We could not read this key").count(),
        1,
        "{}",
        page.text
    );
    let mut support = shop.staff_as("help@example.org", StaffRole::Support).await;
    says(
        &support.get("/admin").await,
        &["1 case is open", "3.00 EUR are at risk"],
    );
    let list = support.get("/admin/cases?state=open").await;
    says(
        &list,
        &["A sold key cannot be read", "ada@example.org", &titles[0], "€3.00"],
    );
    let address = list.text.split("href=\"/admin/cases/").nth(1).unwrap();
    let case = format!("/admin/cases/{}", address.split('"').next().unwrap());
    says(
        &support.get(&case).await,
        &["Start the shop with the master key of that time"],
    );
    let settle = format!("{case}/settle");
    let refused = support.submit(&settle, &[("outcome", " ")]).await;
    assert_eq!(refused.status, 400);
    says(&refused, &["How it was settled is missing"]);
    let done = support.submit(&settle, &[("outcome", "sent another one")]).await;
    says(&done, &["Settled.", "sent another one", "help@example.org"]);
    assert_eq!(newest(&shop).await.0, "case.settle");
    let again = support.submit(&settle, &[("outcome", "and again")]).await;
    assert_eq!(again.status, 409, "{}", again.text);
    says(&again, &["This case is settled already"]);
    assert!(!support.get("/admin").await.text.contains("case is open"));
    says(
        &support.get("/admin/cases?state=open").await,
        &["Nothing fits these filters."],
    );
    // A case that was settled is opened anew when it happens again; the other key has one of its own.
    for at in [0, 1] {
        assert!(reveal(&shop, &ada, &placed, at).await.is_err());
    }
    says(
        &support.get("/admin").await,
        &["2 cases are open", "5.00 EUR are at risk"],
    );
    // The money goes back, whatever became of the key.
    for unit in &order.units {
        shop.shop.orders().refund(placed.id, unit.id, operator()).await.unwrap();
    }
    assert_eq!(balance(&shop, ada.id).await, 1_000);
}

/// Statements of a page of the administration.
async fn statements(shop: &TestShop, staff: &mut Client, path: &str) -> u64 {
    staff.get(path).await;
    let before = shop.statements.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(staff.get(path).await.status, 200, "{path}");
    shop.statements.load(std::sync::atomic::Ordering::SeqCst) - before
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
    let pages = async |staff: &mut Client, order: domain::id::OrderId, user: UserId| {
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
