//! Orders: every order, found by its number, its customer or a game of it.

mod one;
mod refund;

use domain::id::{OrderId, UserId};
use domain::money::Cents;
use domain::order::OrderStatus;
use domain::staff::{Noun, Permission};
use services::Error;
use services::view::OrderEntry;
use web_kit::form::Choice;

use super::users::{account, latest_of};
use crate::kit::cell::{Cell, Tone};
use crate::kit::sheet::Block;
use crate::kit::table::{self, Column, Filter, FilterKind, Row, Table};
use crate::kit::{Content, Screen, Section, Visit};

pub(crate) use one::one;

pub(crate) const READ: Permission = Permission::read(Noun::Orders);

/// The address of an order's page.
fn order_address(id: OrderId) -> String {
    format!("/admin/orders/{id}")
}

/// The number of an order, which leads to its page if who visits may open that.
pub(crate) fn numbered(visit: &Visit, id: OrderId, number: &str) -> Cell {
    if visit.may(READ) {
        Cell::link(order_address(id), number)
    } else {
        Cell::text(number)
    }
}

pub(crate) fn screen() -> Screen {
    Screen {
        path: "/admin/orders",
        title: "Orders",
        lead: "What customers bought. Find an order by its number, its customer's address or a game.",
        permission: Some(READ),
        section: Some(Section::Sales),
        content: Content::Table(Table {
            columns: columns(),
            filters: vec![
                Filter {
                    name: "status",
                    label: "Status",
                    kind: FilterKind::Choice(|_| {
                        let choice = |status: OrderStatus| Choice::new(status.as_str(), word(status).1);
                        OrderStatus::ALL.map(choice).to_vec()
                    }),
                },
                Filter {
                    name: "user",
                    label: "Customer",
                    kind: FilterKind::Id,
                },
                Filter {
                    name: "game",
                    label: "Game",
                    kind: FilterKind::Id,
                },
            ],
            search: Some("Number, e-mail address or game"),
            usual_sort: ("made", true),
            export: Some(READ),
            empty: "Nobody has ordered anything yet.",
            before: None,
            rows: |visit, query| {
                Box::pin(async move {
                    let found = visit.app.shop.orders().managed_list(query).await?;
                    Ok(found.map(|entry| row(visit, entry)))
                })
            },
        }),
        actions: Vec::new(),
    }
}

fn columns() -> Vec<Column> {
    vec![
        table::time("Made").sorted("made"),
        table::text("Number"),
        table::text("Customer"),
        table::text("Game"),
        table::number("Copies"),
        table::text("Status"),
        table::number("Total"),
        table::number("Paid back"),
    ]
}

/// A status in a word.
const fn word(status: OrderStatus) -> (Tone, &'static str) {
    match status {
        OrderStatus::Processing => (Tone::Busy, "being delivered"),
        OrderStatus::Completed => (Tone::Good, "delivered"),
        OrderStatus::Cancelled => (Tone::Quiet, "cancelled"),
        OrderStatus::Failed => (Tone::Bad, "not delivered"),
    }
}

fn status(status: OrderStatus) -> Cell {
    let (tone, word) = word(status);
    Cell::State(tone, word.to_owned())
}

/// An amount; nothing where it is 0.
fn amount(cents: Cents) -> Cell {
    if cents == Cents::ZERO {
        Cell::None
    } else {
        Cell::Money(cents)
    }
}

fn row(visit: &Visit, entry: OrderEntry) -> Row {
    Row {
        id: entry.id.to_string(),
        cells: vec![
            Cell::Time(entry.created_at),
            Cell::link(order_address(entry.id), entry.number.as_str()),
            account(visit, entry.user, &entry.email),
            Cell::text(entry.title),
            Cell::Number(entry.units),
            status(entry.status),
            Cell::Money(entry.total),
            amount(entry.refunded),
        ],
        actions: Vec::new(),
    }
}

/// The latest orders of one account, and where all are.
pub(crate) async fn block(visit: &Visit, user: UserId) -> Result<(Block, (String, String)), Error> {
    let found = visit.app.shop.orders().managed_list(&latest_of(user)).await?.rows;
    let rows = found.into_iter().map(|entry| row(visit, entry)).collect();
    let (columns, rows) = table::without(columns(), rows, &["Customer"]);
    let block = Block::Rows {
        heading: "Orders",
        lead: String::new(),
        empty: "None.",
        columns,
        rows,
    };
    Ok((block, (format!("/admin/orders?user={user}"), "All orders".to_owned())))
}
