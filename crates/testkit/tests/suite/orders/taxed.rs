//! The tax in what is sold: apart in the books from the first sale, and back out of them at a refund.

use domain::money::{BasisPoints, Cents};
use domain::tax::{Country, TaxTerms};
use sea_orm::{ConnectionTrait, Statement};
use services::orders::OrderRules;
use testkit::{Kind, TestShop, on_both_databases, operator};

use super::{Buyer, all_is_well, balance, games, request, stock};

/// What an account of the shop was credited more than debited, in cents.
async fn credited(shop: &TestShop, code: &str) -> i64 {
    let raw = shop.db.raw();
    let sql = format!(
        "SELECT CAST(COALESCE(SUM(CASE WHEN t.credit = a.id THEN t.amount_cents ELSE -t.amount_cents END), 0) AS BIGINT) AS n \
         FROM ledger_accounts a JOIN transfers t ON t.debit = a.id OR t.credit = a.id WHERE a.code = '{code}'"
    );
    let statement = Statement::from_string(raw.get_database_backend(), sql);
    let row = raw.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get("", "n").unwrap()
}

#[on_both_databases]
async fn a_sale_is_split_into_net_and_tax_and_joined_again_by_a_refund(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    stock(&shop, game, &["A-1", "A-2"], 1_190).await;
    let ada = Buyer::with(&shop, "ada@example.org", 10_000).await;
    let taxed = shop.selling_under(OrderRules {
        tax: Some(TaxTerms {
            country: Country::parse("DE").unwrap(),
            rate: BasisPoints::new(1_900),
        }),
        ..OrderRules::default()
    });
    let mut asked = request(&[game], None);
    asked.lines[0].1 = 2;
    let placed = taxed.orders().place(&ada.caller, asked).await.unwrap();
    let figures = async || {
        let mut figures = Vec::new();
        for code in ["sales", "vat:DE:1900", "orders_open", "key_cost", "key_stock"] {
            figures.push(credited(&shop, code).await);
        }
        figures
    };
    // Each key had cost 3 EUR.
    assert_eq!(figures().await, [2_000, 380, 0, -600, 0]);
    let unit = taxed.orders().of(ada.id, placed.id).await.unwrap().units[0].id;
    let back = taxed.orders().refund(placed.id, unit, operator()).await.unwrap();
    assert_eq!(back, Cents::new(1_190));
    assert_eq!(figures().await, [1_000, 190, 0, -300, -300]);
    assert_eq!(balance(&shop, ada.id).await, 10_000 - 1_190);
    // Another rate later does not change what was sold before.
    let other = taxed.orders().of(ada.id, placed.id).await.unwrap().units[1].id;
    shop.shop.orders().refund(placed.id, other, operator()).await.unwrap();
    assert_eq!(figures().await, [0, 0, 0, 0, -600]);
    all_is_well(&shop).await;
}
