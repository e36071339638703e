//! Wallets: what the shop owes to each customer, the cash desk, and one wallet with its changes by hand.

mod changes;
mod one;

use domain::id::UserId;
use domain::staff::{Noun, Permission};
use web_kit::form::Choice;

use crate::kit::cell::Cell;
use crate::kit::table::{self, Filter, FilterKind, Row, Table};
use crate::kit::{Content, Screen, Section};

pub(crate) use one::one;

pub(crate) const READ: Permission = Permission::read(Noun::Wallets);
const EDIT: Permission = Permission::edit(Noun::Wallets);

const LIST: &str = "/admin/wallets";

/// The address of a wallet's page: that of its account's id.
pub(crate) fn wallet_address(id: UserId) -> String {
    format!("{LIST}/{id}")
}

pub(crate) fn screen() -> Screen {
    Screen {
        path: LIST,
        title: "Wallets",
        lead: "What the shop owes to its customers, who may spend it.",
        permission: Some(READ),
        section: Some(Section::Sales),
        content: Content::Table(Table {
            columns: vec![
                table::text("Customer"),
                table::number("Balance").sorted("balance"),
                table::time("Last moved"),
            ],
            filters: vec![Filter {
                name: "state",
                label: "State",
                kind: FilterKind::Choice(|_| vec![Choice::new("filled", "Not empty")]),
            }],
            search: Some("E-mail address"),
            usual_sort: ("balance", true),
            export: Some(READ),
            empty: "Nobody has an account yet.",
            before: None,
            rows: |visit, query| {
                Box::pin(async move {
                    let found = visit.app.shop.ledger().wallets(query).await?;
                    Ok(found.map(|line| Row {
                        id: line.user.to_string(),
                        cells: vec![
                            Cell::link(wallet_address(line.user), line.email),
                            Cell::Money(line.balance),
                            Cell::time(line.moved_at),
                        ],
                        actions: Vec::new(),
                    }))
                })
            },
        }),
        actions: vec![changes::cash_desk()],
    }
}
