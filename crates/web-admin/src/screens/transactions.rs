//! Transactions: every transfer of the ledger, and its accounts with their balances.

use domain::id::UserId;
use domain::ledger::{Side, TransferKind};
use domain::staff::{Noun, Permission};
use services::Error;
use services::view::{AccountTotal, TransferLine};
use url::form_urlencoded;
use web_kit::form::Choice;

use super::orders::numbered;
use super::users::{account, capital, latest_of};
use crate::kit::cell::Cell;
use crate::kit::sheet::{Block, Sheet};
use crate::kit::table::{self, Column, Filter, FilterKind, Row, Table};
use crate::kit::{Content, Screen, Section, Visit};

pub(crate) const READ: Permission = Permission::read(Noun::Ledger);

pub(crate) fn screen() -> Screen {
    Screen {
        path: "/admin/transactions",
        title: "Transactions",
        lead: "Every transfer of the ledger. None is ever changed: what was wrong is put right by another one.",
        permission: Some(READ),
        section: Some(Section::Sales),
        content: Content::Table(Table {
            columns: columns(),
            filters: filters(),
            search: Some("Order number or reference"),
            usual_sort: ("posted", true),
            export: Some(READ),
            empty: "Nothing was posted yet.",
            before: None,
            rows: |visit, query| {
                Box::pin(async move {
                    let found = visit.app.shop.ledger().transfers(query).await?;
                    Ok(found.map(|line| row(visit, &line)))
                })
            },
        }),
        actions: Vec::new(),
    }
}

fn filters() -> Vec<Filter> {
    vec![
        Filter {
            name: "kind",
            label: "Kind",
            kind: FilterKind::Choice(|_| {
                let choice = |kind: TransferKind| Choice::new(kind.as_str(), word(kind));
                TransferKind::ALL.map(choice).to_vec()
            }),
        },
        Filter {
            name: "account",
            label: "Account",
            kind: FilterKind::Typed,
        },
        Filter {
            name: "user",
            label: "Customer",
            kind: FilterKind::Id,
        },
        Filter {
            name: "order",
            label: "Order",
            kind: FilterKind::Id,
        },
    ]
}

fn columns() -> Vec<Column> {
    vec![
        table::time("Posted").sorted("posted"),
        table::text("Kind"),
        table::number("Amount"),
        table::text("Debit"),
        table::text("Credit"),
        table::text("Customer"),
        table::text("Order"),
        table::text("Reference"),
        table::text("By"),
    ]
}

/// A kind in words of its own name, such as “top up cash”.
fn word(kind: TransferKind) -> String {
    capital(&kind.as_str().replace('_', " "))
}

/// An account by its code; one customer's wallet is only called that, for its customer stands beside it.
fn named(code: &str) -> &str {
    if code.starts_with("wallet:") { "wallet" } else { code }
}

fn row(visit: &Visit, line: &TransferLine) -> Row {
    Row {
        id: String::new(),
        cells: vec![
            Cell::Time(line.at),
            Cell::text(word(line.kind)),
            Cell::Money(line.amount),
            Cell::text(named(&line.debit)),
            Cell::text(named(&line.credit)),
            match &line.customer {
                Some((id, email)) => account(visit, *id, email),
                None => Cell::None,
            },
            match &line.order {
                Some((id, number)) => numbered(visit, *id, number.as_str()),
                None => Cell::None,
            },
            // An order's own transfers are told by its number.
            Cell::long(line.order.is_none().then_some(line.source.as_str())),
            Cell::text(line.actor.as_str()),
        ],
        actions: Vec::new(),
    }
}

/// Some transfers, without these columns.
pub(crate) fn block(visit: &Visit, heading: &'static str, lines: &[TransferLine], left_out: &[&str]) -> Block {
    let rows = lines.iter().map(|line| row(visit, line)).collect();
    let (columns, rows) = table::without(columns(), rows, left_out);
    Block::Rows {
        heading,
        lead: String::new(),
        empty: "Nothing.",
        columns,
        rows,
    }
}

pub(crate) fn accounts() -> Screen {
    Screen {
        path: "/admin/ledger",
        title: "Ledger",
        lead: "",
        permission: Some(READ),
        section: Some(Section::Sales),
        content: Content::Sheet(|visit| Box::pin(async move { Ok(sheet(&visit.app.shop.ledger().accounts().await?)) })),
        actions: Vec::new(),
    }
}

fn sheet(totals: &[AccountTotal]) -> Sheet {
    let sum = |of: fn(&AccountTotal) -> i64| totals.iter().map(of).sum::<i64>();
    let (debits, credits) = (sum(|total| total.debits.get()), sum(|total| total.credits.get()));
    let balanced = if debits == credits {
        "Debits and credits are equal, as they must be."
    } else {
        "Debits and credits are not equal: run latchkey audit."
    };
    let with_side =
        |heading, side| accounts_block(heading, totals.iter().filter(|total| total.kind.grows_by() == side));
    Sheet {
        lead: format!("Each account, with everything that was ever posted to it. {balanced}"),
        blocks: vec![
            with_side("Debts and income", Side::Credit),
            with_side("Assets and costs", Side::Debit),
        ],
        ..Sheet::default()
    }
}

fn accounts_block<'t>(heading: &'static str, totals: impl Iterator<Item = &'t AccountTotal>) -> Block {
    let rows = totals.map(|total| Row {
        id: String::new(),
        cells: vec![
            posted_to(total),
            Cell::text(total.kind.description()),
            Cell::Money(total.debits),
            Cell::Money(total.credits),
            Cell::Money(total.balance()),
        ],
        actions: Vec::new(),
    });
    Block::Rows {
        heading,
        lead: String::new(),
        empty: "None.",
        columns: vec![
            table::text("Account"),
            table::text("Stands for"),
            table::number("Debits"),
            table::number("Credits"),
            table::number("Balance"),
        ],
        rows: rows.collect(),
    }
}

/// An account, which leads to what was posted to it.
fn posted_to(total: &AccountTotal) -> Cell {
    if total.code == "wallet" {
        return Cell::link("/admin/wallets", "all wallets");
    }
    let code: String = form_urlencoded::byte_serialize(total.code.as_bytes()).collect();
    Cell::link(format!("/admin/transactions?account={code}"), total.code.as_str())
}

/// The latest transfers of one account, and where all are.
pub(crate) async fn latest(visit: &Visit, user: UserId) -> Result<(Block, (String, String)), Error> {
    let found = visit.app.shop.ledger().transfers(&latest_of(user)).await?.rows;
    let all = (
        format!("/admin/transactions?user={user}"),
        "All transactions".to_owned(),
    );
    Ok((block(visit, "Transactions", &found, &["Customer"]), all))
}
