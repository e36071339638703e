//! Cases: what the shop cannot settle by itself, one row each, until a person did.

mod one;

use domain::case::CaseKind;
use domain::staff::{Noun, Permission};
use services::view::CaseLine;
use web_kit::form::Choice;

use super::orders::numbered;
use super::users::account;
use crate::kit::cell::{Cell, Tone};
use crate::kit::sheet::Block;
use crate::kit::table::{self, Column, Filter, FilterKind, Row, Table};
use crate::kit::{Content, Screen, Section, Visit};

pub(crate) use one::one;

pub(crate) const READ: Permission = Permission::read(Noun::Cases);
const EDIT: Permission = Permission::edit(Noun::Cases);

pub(crate) const LIST: &str = "/admin/cases";

const STATES: [(&str, &str); 2] = [("open", "Open"), ("settled", "Settled")];

pub(crate) fn screen() -> Screen {
    Screen {
        path: LIST,
        title: "Cases",
        lead: "What the shop cannot settle by itself. Each stays here until somebody says how it was settled.",
        permission: Some(READ),
        section: Some(Section::Sales),
        content: Content::Table(Table {
            columns: columns(),
            filters: vec![
                Filter {
                    name: "state",
                    label: "State",
                    kind: FilterKind::Choice(|_| STATES.map(|(value, text)| Choice::new(value, text)).to_vec()),
                },
                Filter {
                    name: "kind",
                    label: "What",
                    kind: FilterKind::Choice(|_| {
                        let choice = |kind: CaseKind| Choice::new(kind.as_str(), kind.title());
                        CaseKind::ALL.map(choice).to_vec()
                    }),
                },
                Filter {
                    name: "user",
                    label: "Customer",
                    kind: FilterKind::Id,
                },
            ],
            search: None,
            usual_sort: ("opened", true),
            export: Some(READ),
            empty: "Nothing has needed a person yet.",
            before: None,
            rows: |visit, query| {
                Box::pin(async move {
                    let found = visit.app.shop.cases().managed_list(query).await?;
                    Ok(found.map(|line| row(visit, &line)))
                })
            },
        }),
        actions: Vec::new(),
    }
}

fn columns() -> Vec<Column> {
    vec![
        table::time("Opened").sorted("opened"),
        table::text("What"),
        table::text("State"),
        table::number("At risk"),
        table::text("Order"),
        table::text("Game"),
        table::text("Customer"),
        table::text("Settled by"),
        table::text("How"),
    ]
}

fn state(line: &CaseLine) -> Cell {
    let (tone, word) = match line.case.settled {
        Some(_) => (Tone::Quiet, "settled"),
        None => (Tone::Bad, "open"),
    };
    Cell::State(tone, word.to_owned())
}

/// The order and the customer of a case.
fn about(visit: &Visit, line: &CaseLine) -> [Cell; 2] {
    let order = line.order.as_ref();
    let customer = line.customer.as_ref();
    [
        order.map_or(Cell::None, |(id, number)| numbered(visit, *id, number.as_str())),
        customer.map_or(Cell::None, |(id, email)| account(visit, *id, email)),
    ]
}

fn row(visit: &Visit, line: &CaseLine) -> Row {
    let [order, customer] = about(visit, line);
    let settled = line.case.settled.as_ref();
    Row {
        id: line.case.id.0.to_string(),
        cells: vec![
            Cell::Time(line.case.opened_at),
            Cell::link(format!("{LIST}/{}", line.case.id.0), line.case.kind.title()),
            state(line),
            Cell::Money(line.case.at_risk),
            order,
            Cell::optional(line.title.as_deref()),
            customer,
            Cell::optional(settled.map(|settled| settled.by.as_str())),
            Cell::long(settled.map(|settled| settled.outcome.as_str())),
        ],
        actions: Vec::new(),
    }
}

/// Some cases, without these columns.
pub(crate) fn block(visit: &Visit, lines: &[CaseLine], left_out: &[&str]) -> Block {
    let rows = lines.iter().map(|line| row(visit, line)).collect();
    let (columns, rows) = table::without(columns(), rows, left_out);
    Block::Rows {
        heading: "Cases",
        lead: String::new(),
        empty: "None.",
        columns,
        rows,
    }
}
