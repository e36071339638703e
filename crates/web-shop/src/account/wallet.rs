//! `/account/wallet`: the balance, and what moved it.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::catalog::PAGE_MAX;
use domain::money::Cents;
use domain::posting::WalletTransaction;
use web_kit::caller::Customer;
use web_kit::format::{self, Price};
use web_kit::page::{Layout, render};
use web_kit::problem::Problem;
use web_kit::query::Parameters;
use web_kit::{App, conditional};

use super::AccountLayout;

/// Transactions on a page.
const PAGE_SIZE: u32 = 20;

#[derive(Template)]
#[template(path = "account/wallet.html")]
struct WalletPage<'a> {
    layout: &'a Layout,
    account: &'a AccountLayout,
    balance: Price,
    rows: Vec<Row>,
    newer: Option<u32>,
    older: Option<u32>,
}

struct Row {
    what: &'static str,
    at: String,
    /// The page of its order.
    order: Option<String>,
    is_debit: bool,
    amount: Price,
}

impl Row {
    fn of(transaction: &WalletTransaction) -> Self {
        Self {
            what: transaction.kind.description(),
            at: format::date_time(transaction.at),
            order: transaction.order.map(|order| format!("/account/orders/{order}")),
            is_debit: transaction.amount < Cents::ZERO,
            amount: Price::of(transaction.amount.magnitude()),
        }
    }
}

pub(crate) async fn show(
    State(app): State<App>,
    Customer(caller): Customer,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let page = Parameters::of(query.as_deref()).count("page", (1, PAGE_MAX))?;
    let wallets = app.shop.wallets();
    let balance = wallets.balance(caller.user.id).await?;
    let transactions = wallets.transactions(caller.user.id, page, PAGE_SIZE).await?;
    let account = AccountLayout::new(&app.site, "/account/wallet", "Wallet", None);
    let page = WalletPage {
        layout: &account.layout,
        account: &account,
        balance: Price::of(balance),
        newer: (page > 1).then(|| page - 1),
        older: (transactions.len() == PAGE_SIZE as usize).then(|| page + 1),
        rows: transactions.iter().map(Row::of).collect(),
    };
    Ok(conditional::send_privately(
        StatusCode::OK,
        render(&page),
        conditional::HTML,
        None,
    ))
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    use domain::id::OrderId;
    use domain::ledger::TransferKind;
    use uuid::Uuid;

    let account = AccountLayout::new(&fixtures::site(), "/account/wallet", "Wallet", None);
    let transaction = |kind, cents, order| WalletTransaction {
        id: Uuid::nil(),
        at: fixtures::now(),
        kind,
        amount: Cents::new(cents),
        order,
    };
    let transactions = [
        transaction(TransferKind::TopUpCash, 5_000, None),
        transaction(TransferKind::Purchase, -1_938, Some(OrderId(Uuid::nil()))),
    ];
    let page = |rows, newer, older| WalletPage {
        layout: &account.layout,
        account: &account,
        balance: Price::of(Cents::new(3_062)),
        rows,
        newer,
        older,
    };
    let pages = [
        page(Vec::new(), None, None),
        page(transactions.iter().map(Row::of).collect(), Some(1), Some(3)),
    ];
    pages.iter().map(template_checks::Sample::of).collect()
}
