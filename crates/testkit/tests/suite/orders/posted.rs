//! Each kind of transfer is posted by what is done with orders, wallets and keys; none is only a row of a table.

use std::collections::BTreeSet;

use domain::ledger::TransferKind;
use domain::money::BasisPoints;
use domain::tax::{Country, TaxTerms};
use domain::wallet::{PayoutWay, WalletOrder};
use sea_orm::{ConnectionTrait, Statement};
use services::orders::OrderRules;
use testkit::{Kind, TestShop, on_both_databases, operator};

use super::{Buyer, all_is_well, games, request, stock};
use crate::wallets::change;

/// The kinds of what was posted.
async fn posted(shop: &TestShop) -> BTreeSet<String> {
    let raw = shop.db.raw();
    let statement = Statement::from_string(raw.get_database_backend(), "SELECT DISTINCT kind FROM transfers");
    let rows = raw.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get("", "kind").unwrap()).collect()
}

#[on_both_databases]
async fn each_kind_of_transfer_is_posted(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    stock(&shop, game, &["A-1", "A-2"], 1_190).await;
    let ada = Buyer::with(&shop, "ada@example.org", 0).await;
    for (order, cents) in [
        (WalletOrder::TopUp, 2_000),
        (WalletOrder::Adjust, 500),
        (WalletOrder::Adjust, -100),
        (WalletOrder::PayOut(PayoutWay::Bank), 200),
    ] {
        change(&shop, ada.id, order, cents, &cents.to_string()).await.unwrap();
    }
    let taxed = shop.selling_under(OrderRules {
        tax: Some(TaxTerms {
            country: Country::parse("DE").unwrap(),
            rate: BasisPoints::new(1_900),
        }),
        ..OrderRules::default()
    });
    let placed = taxed.orders().place(&ada.caller, request(&[game], None)).await.unwrap();
    let unit = taxed.orders().of(ada.id, placed.id).await.unwrap().units[0].id;
    taxed.orders().refund(placed.id, unit, operator()).await.unwrap();
    let undone = stock(&shop, game, &["B-1"], 1_190).await;
    shop.shop.own_keys().undo(undone, operator()).await.unwrap();
    let all = TransferKind::ALL.map(|kind| kind.as_str().to_owned());
    assert_eq!(posted(&shop).await, BTreeSet::from(all));
    all_is_well(&shop).await;
}
