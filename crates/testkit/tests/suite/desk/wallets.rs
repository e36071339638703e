//! Wallets in the administration: the cash desk, corrections and payouts, each booked once for its reference.

use domain::staff::StaffRole;
use testkit::{Answer, Client, Kind, TestShop, on_both_databases};

use super::reasons::newest;
use super::sales::says;
use crate::orders::{Buyer, all_is_well};
use crate::wallets::balance;

const DESK: &str = "/admin/cash-desk";

/// Sends the form of a change of a wallet: with `who`, the address of a customer, or the way in which it is done.
async fn change(staff: &mut Client, path: &str, who: (&str, &str), amount: &str, reference: &str) -> Answer {
    let typed = [
        who,
        ("amount", amount),
        ("reference", reference),
        ("reason", "asked for"),
    ];
    staff.submit(path, &typed).await
}

#[on_both_databases]
async fn the_cash_desk_books_once_for_a_reference(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let ada = Buyer::with(&shop, "ada@example.org", 0).await;
    let mut staff = shop.staff_as("money@example.org", StaffRole::Finance).await;
    for (email, amount, reference, status, told) in [
        ("eve@example.org", "20", "7", 404, "There is no such account"),
        ("ada", "20", "7", 400, "E-mail address of the customer"),
        (
            "ada@example.org",
            "1",
            "7",
            400,
            "Amount must be from 5.00 to 500.00 EUR",
        ),
        ("ada@example.org", "0", "7", 400, "Amount must be above 0"),
        ("ada@example.org", "-20", "7", 400, "Amount is not an amount"),
        ("ada@example.org", "much", "7", 400, "Amount is not an amount"),
        ("ada@example.org", "", "7", 400, "Amount is missing"),
        ("ada@example.org", "20", " ", 400, "Reference must not be empty"),
    ] {
        let refused = change(&mut staff, DESK, ("email", email), amount, reference).await;
        assert_eq!(refused.status, status, "{told}: {}", refused.text);
        says(&refused, &[told]);
    }
    assert_eq!(balance(&shop, ada.id).await, 0);
    let who = ("email", "Ada@Example.org");
    let done = change(&mut staff, DESK, who, "20", "receipt 7").await;
    says(&done, &["Booked.", "Wallet of ada@example.org", "€20.00", "receipt 7"]);
    let again = change(&mut staff, DESK, who, "20", "receipt 7").await;
    assert_eq!(again.status, 400);
    says(&again, &["it is booked already, and was not booked again"]);
    let other = change(&mut staff, DESK, who, "21", "receipt 7").await;
    assert_eq!(other.status, 422);
    says(&other, &["This reference was used for something else already"]);
    all_is_well(&shop).await;
    assert_eq!(balance(&shop, ada.id).await, 2_000);
}

#[on_both_databases]
async fn staff_give_take_back_and_pay_out(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let ada = Buyer::with(&shop, "ada@example.org", 0).await;
    let mut staff = shop.staff_as("money@example.org", StaffRole::Finance).await;
    let page = |what: &str| format!("/admin/wallets/{}/{what}", ada.id);
    for (what, way, amount, reference, left) in [
        ("top-up", "", "25", "receipt 8", 2_500),
        ("adjust", "give", "1.50", "a", 2_650),
        ("adjust", "take", "0,50", "b", 2_600),
        ("pay-out", "bank", "6", "transfer 1", 2_000),
        ("pay-out", "cash", "7", "till 1", 1_300),
    ] {
        let done = change(&mut staff, &page(what), ("way", way), amount, reference).await;
        assert_eq!(done.status, 200, "{what}: {}", done.text);
        says(&done, &["Booked."]);
        assert_eq!(balance(&shop, ada.id).await, left, "{what} {way} {amount}");
    }
    let paid_out = ("wallet.pay-out".to_owned(), Some("asked for".to_owned()));
    assert_eq!(newest(&shop).await, paid_out);
    for (what, way, told) in [
        ("adjust", "take", "Insufficient balance: 0.01 EUR are missing"),
        ("pay-out", "cash", "Insufficient balance: 0.01 EUR are missing"),
        ("pay-out", "cheque", "How it was paid is none of these"),
        ("adjust", "", "What is done is none of these"),
    ] {
        let refused = change(&mut staff, &page(what), ("way", way), "13.01", "too much").await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        says(&refused, &[told, "€13.00"]);
    }
    let form = staff.get(&page("adjust")).await;
    let reference = form.text.split("name=\"reference\"").nth(1).unwrap();
    let reference = reference.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(reference.len(), 36, "a form has a reference of its own: {reference}");
    all_is_well(&shop).await;
}

#[on_both_databases]
async fn the_books_show_what_came_in_and_went_out(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let ada = Buyer::with(&shop, "ada@example.org", 0).await;
    let mut staff = shop.staff_as("money@example.org", StaffRole::Finance).await;
    let page = |what: &str| format!("/admin/wallets/{}/{what}", ada.id);
    for (what, way, amount, reference) in [
        ("top-up", "", "20", "receipt 7"),
        ("top-up", "", "5", "receipt 8"),
        ("adjust", "give", "1", "a"),
        ("pay-out", "bank", "6", "transfer 1"),
        ("pay-out", "cash", "7", "till 1"),
    ] {
        let done = change(&mut staff, &page(what), ("way", way), amount, reference).await;
        assert_eq!(done.status, 200, "{what}: {}", done.text);
    }
    // All wallets, the till, the bank, and what was given.
    let ledger = staff.get("/admin/ledger").await;
    let told = [
        "Debits and credits are equal",
        "all wallets",
        "€13.00",
        "€18.00",
        "−€6.00",
        "€1.00",
    ];
    says(&ledger, &told);
    for (query, told, left_out) in [
        ("account=bank", ["Payout", "transfer 1"], "till 1"),
        ("q=receipt+7", ["Top up cash", "ada@example.org"], "receipt 8"),
        ("kind=adjust_up", ["Adjust up", "€1.00"], "receipt 7"),
        (
            &format!("account=wallet:{}", ada.id),
            ["receipt 7", "till 1"],
            "nothing",
        ),
        (&format!("user={}", ada.id), ["receipt 8", "transfer 1"], "nothing"),
    ] {
        let found = staff.get(&format!("/admin/transactions?{query}")).await;
        says(&found, &told);
        assert!(!found.text.contains(left_out), "{query}: {}", found.text);
    }
    let wallets = staff.get("/admin/wallets?q=ada&state=filled").await;
    says(&wallets, &["ada@example.org", "€13.00"]);
    assert!(!wallets.text.contains("money@example.org"));
}
