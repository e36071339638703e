//! Wallets in the administration: the cash desk, corrections and payouts, each booked once for its reference.

use domain::staff::StaffRole;
use testkit::{Answer, Client, Kind, TestShop, on_both_databases};

use super::reasons::newest;
use super::sales::says;
use crate::orders::{Buyer, all_is_well};
use crate::wallets::balance;

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
        (&[paid[0], ("amount", "0"), paid[2]], 400, "Amount must be above 0"),
        (&[paid[0], ("amount", "-20"), paid[2]], 400, "Amount is not an amount"),
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
    let form = staff.get(&adjust).await;
    says(&form, &["€20.00"]);
    let reference = form.text.split("name=\"reference\"").nth(1).unwrap();
    let reference = reference.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(reference.len(), 36, "a form has a reference of its own: {reference}");
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
            "−€6.00",
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
