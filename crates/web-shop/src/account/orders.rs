//! `/account/orders`: the orders of an account, newest first.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::catalog::PAGE_MAX;
use domain::order::{Order, OrderStatus};
use domain::unit::UnitState;
use web_kit::caller::Customer;
use web_kit::format::{self, Price};
use web_kit::page::{Layout, render};
use web_kit::problem::Problem;
use web_kit::query::Parameters;
use web_kit::{App, conditional};

use super::AccountLayout;

/// Orders on a page.
const PAGE_SIZE: u32 = 20;

#[derive(Template)]
#[template(path = "account/orders.html")]
struct OrdersPage<'a> {
    layout: &'a Layout,
    account: &'a AccountLayout,
    rows: Vec<Row>,
    /// The page before this one, with newer orders.
    newer: Option<u32>,
    /// The page after this one.
    older: Option<u32>,
}

struct Row {
    href: String,
    number: String,
    games: String,
    at: String,
    total: Price,
    status: &'static str,
    /// Whether a key waits to be seen.
    has_unseen_key: bool,
}

impl Row {
    fn of(order: &Order) -> Self {
        let mut titles = order.items.iter().map(|item| item.game.title.as_str());
        let first = titles.next().unwrap_or_default();
        let others = titles.count();
        Self {
            href: format!("/account/orders/{}", order.id),
            number: order.number.to_string(),
            games: match others {
                0 => first.to_owned(),
                others => format!(
                    "{first} and {}",
                    format::plural(others as u64, "other game", "other games")
                ),
            },
            at: format::date_time(order.created_at),
            total: Price::of(order.total),
            status: status(order.status),
            has_unseen_key: order
                .units
                .iter()
                .any(|unit| unit.state == UnitState::Delivered && unit.revealed_at.is_none()),
        }
    }
}

/// A status in a customer's words.
pub(super) const fn status(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Processing => "Being delivered",
        OrderStatus::Completed => "Delivered",
        OrderStatus::Cancelled => "Cancelled",
        OrderStatus::Failed => "Could not be delivered",
    }
}

pub(crate) async fn show(
    State(app): State<App>,
    Customer(caller): Customer,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let page = Parameters::of(query.as_deref()).count("page", (1, PAGE_MAX))?;
    let orders = app.shop.orders().list(caller.user.id, None, page, PAGE_SIZE).await?;
    let account = AccountLayout::new(&app.site, "/account/orders", "Orders", None);
    let page = OrdersPage {
        layout: &account.layout,
        account: &account,
        newer: (page > 1).then(|| page - 1),
        older: (orders.len() == PAGE_SIZE as usize).then(|| page + 1),
        rows: orders.iter().map(Row::of).collect(),
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
    let account = AccountLayout::new(&fixtures::site(), "/account/orders", "Orders", None);
    let page = |rows, newer, older| OrdersPage {
        layout: &account.layout,
        account: &account,
        rows,
        newer,
        older,
    };
    let order = super::order::sample_order();
    let pages = [
        page(Vec::new(), None, None),
        page(vec![Row::of(&order)], Some(1), Some(3)),
    ];
    pages.iter().map(template_checks::Sample::of).collect()
}
