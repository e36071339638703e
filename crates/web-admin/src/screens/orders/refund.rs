//! Gives the price of one copy back to its customer's wallet.

use domain::id::UnitId;
use domain::money::Cents;
use domain::order::OrderUnit;
use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use domain::unit::UnitState;
use services::Error;
use services::orders::OrderFile;

use super::one::{back, state, title};
use crate::kit::cell::Cell;
use crate::kit::sheet::Block;
use crate::kit::{Action, Question, Reason, Visit};

pub(super) const NAME: &str = "refund-unit";

pub(super) fn action() -> Action {
    Action {
        name: NAME,
        label: "Refund…",
        path: "/admin/units/{id}/refund",
        permission: Permission::edit(Noun::Refunds),
        needs_proof: true,
        reason: Reason::Required,
        ask: |visit| Box::pin(async move { question(&file(visit).await?, unit_id(visit)?) }),
        run: |visit, _| {
            Box::pin(async move {
                let (file, unit) = (file(visit).await?, unit_id(visit)?);
                let orders = visit.app.shop.orders();
                orders.refund(file.order.id, unit, &visit.actor).await?;
                Ok(back(&file.order).0)
            })
        },
        done: "Refunded: the price is back in the customer's wallet.",
    }
}

fn unit_id(visit: &Visit) -> Result<UnitId, Refusal> {
    visit.id().map(UnitId).ok_or(Refusal::OrderNotFound)
}

async fn file(visit: &Visit) -> Result<OrderFile, Error> {
    visit.app.shop.orders().file_of_unit(unit_id(visit)?).await
}

fn question(file: &OrderFile, id: UnitId) -> Result<Question, Error> {
    let order = &file.order;
    let unit = order.units.iter().find(|unit| unit.id == id);
    let unit = unit.ok_or(Refusal::OrderNotFound)?;
    let left = Cents::new(unit.paid.get() - unit.refunded.get());
    Ok(Question {
        title: format!("Refund “{}” of order {}?", title(order, unit), order.number),
        lead: lead(unit).to_owned(),
        back: back(order),
        blocks: vec![Block::Facts {
            heading: "",
            facts: vec![
                ("Customer", Cell::text(file.customer.email.as_str())),
                ("State", state(unit)),
                ("Paid", Cell::Money(unit.paid)),
                ("Goes back", Cell::Money(left)),
            ],
        }],
        fields: Vec::new(),
        button: "Refund this copy",
    })
}

/// What a refund does to the key.
const fn lead(unit: &OrderUnit) -> &'static str {
    match (unit.state, unit.revealed_at) {
        (UnitState::Refunded, _) => "Its price is in the customer's wallet already: nothing more goes back.",
        (UnitState::Delivered, Some(_)) => {
            "The customer has seen the key and keeps it: the shop loses what it cost. The price goes back to their wallet."
        }
        (UnitState::Delivered, None) => {
            "Nobody has seen the key: it is for sale again. The price goes back to the customer's wallet."
        }
        _ => "It is not delivered yet, and will not be. The price goes back to the customer's wallet.",
    }
}
