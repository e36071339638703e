//! Rows of the table: an order is asked for, or was made and is not paid. No money has moved.

use super::UnitEvent::{
    AttemptDue, BuyAgain, Cancel, Deadline, Due, EnterKey, FoundUncharged, Hinted, KeyAnswered, Looked, NoOfferLeft,
    OfferTaken, Ordered, Payment, ProductRefused, Refund, Reject, Release, Restored, Reveal, WrittenOff,
};
use super::decide::Row;
use super::receiving::early_key;
use super::step::Step;
use super::waiting::{busy, is_capped, stopped, void};
use super::{
    AttemptCase, Gate, MoneyStage, OfferGivenUp, OrderAnswer, Spending, SupplierCall, UnitCommand, UnitEnd, UnitEvent,
    UnitState,
};

/// The supplier is asked for an order.
pub(super) fn asking(step: Step<'_>, at: usize, event: UnitEvent) -> Row {
    Ok(match event {
        Ordered(_, answer) => ordered(step, at, answer),
        // Nobody wrote its answer.
        Due(..) | Restored(_) => ordered(step, at, OrderAnswer::Unknown),
        KeyAnswered(_, answer) => early_key(step, at, answer),
        Deadline => step.refund(UnitEnd::Deadline),
        Payment(..) | Looked(..) | ProductRefused(_) | OfferTaken | NoOfferLeft => step,
        AttemptDue(..) | Hinted(_) => step,
        Release
        | Reject
        | Cancel
        | Refund
        | Reveal
        | EnterKey { .. }
        | BuyAgain
        | WrittenOff(_)
        | FoundUncharged(_) => {
            return Err(busy(event));
        }
    }
    .done())
}

fn ordered(step: Step<'_>, at: usize, answer: OrderAnswer) -> Step<'_> {
    match answer {
        OrderAnswer::InTerms => {
            let mut step = step.placed(at).command(UnitCommand::SupplierTook);
            if step.unit.has_reservation {
                step.unit.has_reservation = false;
                step = step.command(UnitCommand::FreeReservation);
            }
            step.becomes(UnitState::Placed)
        }
        OrderAnswer::Dearer => void(step, at).next_offer(OfferGivenUp::Dearer),
        OrderAnswer::NoProduct => void(step, at).next_offer(OfferGivenUp::SoldOut),
        OrderAnswer::OutOfTerms => void(step, at)
            .command(UnitCommand::Pause)
            .case(AttemptCase::OutOfTerms, at),
        OrderAnswer::NoShop => void(step, at).command(UnitCommand::Pause),
        OrderAnswer::Unknown => void(step, at).command(UnitCommand::AskProduct),
        OrderAnswer::NotSent => void(step, at),
    }
}

/// The supplier made an order, which is not paid.
pub(super) fn placed(step: Step<'_>, at: usize, event: UnitEvent) -> Row {
    Ok(match event {
        // The supplier keeps an order for half an hour.
        Due(..) if step.age(at) > step.times.pays_within => void(step, at),
        Due(Gate::Closed, _) | Due(_, Spending::AccountHeld | Spending::Paused) => stopped(step),
        Due(..) if is_capped(&step) => stopped(step),
        Due(Gate::Open, Spending::Allowed | Spending::ByHand | Spending::BelowCost) => {
            let mut step = step.money(at, MoneyStage::Intent);
            step.unit.attempts[at].payments += 1;
            step.unit.state = UnitState::Paying;
            step.call(SupplierCall::Pay, at)
        }
        // It may have been paid since the older database was.
        Restored(_) => in_doubt(step, at),
        KeyAnswered(_, answer) => early_key(step, at, answer),
        Deadline => step.refund(UnitEnd::Deadline),
        Ordered(..) | Payment(..) | Looked(..) | ProductRefused(_) | OfferTaken | NoOfferLeft => step,
        AttemptDue(..) | Hinted(_) => step,
        Release
        | Reject
        | Cancel
        | Refund
        | Reveal
        | EnterKey { .. }
        | BuyAgain
        | WrittenOff(_)
        | FoundUncharged(_) => {
            return Err(busy(event));
        }
    }
    .done())
}

/// Nobody knows whether the supplier charged: from now on it is looked, and never paid again.
pub(super) fn in_doubt(step: Step<'_>, at: usize) -> Step<'_> {
    let first_look = step.times.look_after(0);
    step.money(at, MoneyStage::InDoubt)
        .becomes_after(UnitState::Doubt, first_look)
}
