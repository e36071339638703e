//! One order: its copies, what happened to them, what was posted for it, and its cases.

use domain::id::{OrderId, UnitId};
use domain::money::Cents;
use domain::order::{Order, OrderEvent, OrderUnit, PaymentStatus};
use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use domain::unit::UnitState;
use services::orders::OrderFile;

use super::{READ, amount, order_address, refund, status};
use crate::kit::cell::{Cell, Tone};
use crate::kit::sheet::{Block, Sheet};
use crate::kit::table::{self, Row};
use crate::kit::{Content, Screen, Visit};
use crate::screens::games::game_address;
use crate::screens::users::account;
use crate::screens::{cases, transactions};

pub(crate) fn one() -> Screen {
    Screen {
        path: "/admin/orders/{id}",
        title: "Order",
        lead: "",
        permission: Some(READ),
        section: None,
        content: Content::Sheet(|visit| {
            Box::pin(async move {
                let id = visit.id().map(OrderId).ok_or(Refusal::OrderNotFound)?;
                let file = visit.app.shop.orders().file(id).await?;
                Ok(sheet(visit, &file))
            })
        }),
        actions: vec![refund::action()],
    }
}

fn sheet(visit: &Visit, file: &OrderFile) -> Sheet {
    let order = &file.order;
    let mut blocks = vec![facts(visit, file), units(order), events(file)];
    if visit.may(Permission::read(Noun::Ledger)) {
        let known = ["Customer", "Order", "Reference"];
        blocks.push(transactions::block(visit, "What was posted", &file.transfers, &known));
    }
    if visit.may(Permission::read(Noun::Cases)) && !file.cases.is_empty() {
        blocks.push(cases::block(visit, &file.cases, &["Customer", "Order"]));
    }
    Sheet {
        title: format!("Order {}", order.number),
        above: vec![("/admin/orders".to_owned(), "Orders".to_owned())],
        blocks,
        ..Sheet::default()
    }
}

fn facts(visit: &Visit, file: &OrderFile) -> Block {
    let order = &file.order;
    let refunded: i64 = order.units.iter().map(|unit| unit.refunded.get()).sum();
    Block::Facts {
        heading: "",
        facts: vec![
            ("Status", status(order.status)),
            (
                "Customer",
                account(visit, file.customer.id, file.customer.email.as_str()),
            ),
            ("Made", Cell::Time(order.created_at)),
            ("Ended", Cell::time(order.completed_at)),
            ("Total", Cell::Money(order.total)),
            ("Paid back", amount(Cents::new(refunded))),
            (
                "Payment",
                Cell::text(match order.payment {
                    PaymentStatus::Completed => "from the wallet",
                    PaymentStatus::Cancelled => "from the wallet, all of it went back",
                }),
            ),
            ("Id", Cell::text(order.id.to_string())),
        ],
    }
}

/// What a unit is at, in words.
pub(super) fn state(unit: &OrderUnit) -> Cell {
    let (tone, word) = match unit.state {
        UnitState::Held => (Tone::Busy, "waits for a look at its order"),
        UnitState::Ready => (Tone::Busy, "key claimed"),
        UnitState::Planned => (Tone::Busy, "waits for a key"),
        UnitState::Again => (Tone::Busy, "waits for a key, once more"),
        UnitState::Asking => (Tone::Busy, "is ordered"),
        UnitState::Placed => (Tone::Busy, "ordered, not paid"),
        UnitState::Paying => (Tone::Busy, "is paid"),
        UnitState::Doubt => (Tone::Busy, "perhaps paid"),
        UnitState::Paid => (Tone::Busy, "paid, waits for the key"),
        UnitState::Fetching => (Tone::Busy, "the key is fetched"),
        UnitState::Burnt => (Tone::Bad, "the key is lost"),
        UnitState::Operator => (Tone::Bad, "the supplier does not know it"),
        UnitState::Delivered if unit.revealed_at.is_some() => (Tone::Good, "key seen"),
        UnitState::Delivered => (Tone::Good, "delivered, not seen"),
        UnitState::Refunded if unit.revealed_at.is_some() => (Tone::Quiet, "paid back, key seen before"),
        UnitState::Refunded => (Tone::Quiet, "paid back"),
    };
    Cell::State(tone, word.to_owned())
}

/// The title of a unit's game, as its order lists it.
pub(super) fn title<'o>(order: &'o Order, unit: &OrderUnit) -> &'o str {
    let item = order.items.iter().find(|item| item.game.id == unit.game);
    item.map_or("", |item| &item.game.title)
}

fn units(order: &Order) -> Block {
    let rows = order.units.iter().zip(1_i64..).map(|(unit, number)| Row {
        id: unit.id.0.to_string(),
        cells: vec![
            Cell::Number(number),
            Cell::link(game_address(unit.game), title(order, unit)),
            state(unit),
            Cell::Money(unit.paid),
            amount(unit.refunded),
            Cell::time(unit.revealed_at),
        ],
        actions: if unit.state.may_be_refunded() {
            vec![refund::NAME]
        } else {
            Vec::new()
        },
    });
    Block::Rows {
        heading: "Copies",
        lead: String::new(),
        empty: "None.",
        columns: vec![
            table::number("Copy"),
            table::text("Game"),
            table::text("State"),
            table::number("Paid"),
            table::number("Paid back"),
            table::time("Key seen"),
        ],
        rows: rows.collect(),
    }
}

fn events(file: &OrderFile) -> Block {
    let order = &file.order;
    let copy = |id: Option<UnitId>| {
        let at = id.and_then(|id| order.units.iter().position(|unit| unit.id == id));
        at.map_or(Cell::None, |at| Cell::count(at + 1))
    };
    let rows = file.events.iter().map(|event: &OrderEvent| Row {
        id: String::new(),
        cells: vec![
            Cell::Time(event.at),
            Cell::text(event.event.as_str()),
            copy(event.unit),
            Cell::text(event.actor.as_str()),
            Cell::optional(Some(event.reason.as_str()).filter(|reason| !reason.is_empty())),
        ],
        actions: Vec::new(),
    });
    Block::Rows {
        heading: "What happened",
        lead: String::new(),
        empty: "Nothing yet.",
        columns: vec![
            table::time("When"),
            table::text("What"),
            table::number("Copy"),
            table::text("Who"),
            table::text("Reason"),
        ],
        rows: rows.collect(),
    }
}

/// Where an order is looked at again after something was done to it.
pub(super) fn back(order: &Order) -> (String, String) {
    (order_address(order.id), format!("Order {}", order.number))
}
