//! Each kind of transfer is posted by what is done with orders, wallets and keys; none is only a row of a table.

use std::collections::BTreeSet;

use domain::ledger::TransferKind;
use domain::money::BasisPoints;
use domain::tax::{Country, TaxTerms};
use domain::wallet::{PayoutWay, WalletOrder};
use sea_orm::{ConnectionTrait, QueryResult, Statement};
use services::orders::OrderRules;
use testkit::{Kind, TestShop, on_both_databases, operator};

use super::{Buyer, all_is_well, games, request, stock};
use crate::wallets::change;

/// What was posted: its kind, the kinds of account that it debits and credits, what caused it and which leg it is.
type Posted = (String, String, String, String, i16);

async fn posted(shop: &TestShop) -> BTreeSet<Posted> {
    let raw = shop.db.raw();
    let sql = "SELECT DISTINCT t.kind, d.kind AS debit, c.kind AS credit, t.source_type, t.leg FROM transfers t \
               JOIN ledger_accounts d ON d.id = t.debit JOIN ledger_accounts c ON c.id = t.credit";
    let rows = raw
        .query_all_raw(Statement::from_string(raw.get_database_backend(), sql))
        .await;
    let text = |row: &QueryResult, column: &str| row.try_get::<String>("", column).unwrap();
    let posted = |row: &QueryResult| {
        let leg = row.try_get("", "leg").unwrap();
        let [kind, debit, credit, source] = ["kind", "debit", "credit", "source_type"].map(|column| text(row, column));
        (kind, debit, credit, source, leg)
    };
    rows.unwrap().iter().map(posted).collect()
}

/// All that may be posted, by the table of transfers.
fn allowed() -> BTreeSet<Posted> {
    let mut allowed = BTreeSet::new();
    for kind in TransferKind::ALL {
        let rule = kind.rule();
        for (debit, credit) in rule
            .debit
            .iter()
            .flat_map(|debit| rule.credit.iter().map(move |credit| (debit, credit)))
        {
            let [kind, debit, credit, source] =
                [kind.as_str(), debit.as_str(), credit.as_str(), rule.source.as_str()].map(str::to_owned);
            allowed.insert((kind, debit, credit, source, rule.leg));
        }
    }
    allowed
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
        (WalletOrder::PayOut(PayoutWay::Cash), 150),
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
    assert_eq!(posted(&shop).await, allowed());
    all_is_well(&shop).await;
}
