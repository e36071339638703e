//! The row of attempts that were set aside: their unit has ended, or another attempt took their place. What the supplier may have
//! charged for is looked at until it ends, and its key, if it comes, is the unit's while that is open, else the shop's.

use super::UnitEvent::{
    AttemptDue, BuyAgain, Cancel, Deadline, Due, EnterKey, FoundUncharged, Hinted, KeyAnswered, Looked, NoOfferLeft,
    OfferTaken, Ordered, Payment, ProductRefused, Refund, Reject, Release, Restored, Reveal, WrittenOff,
};
use super::decide::Row;
use super::step::Step;
use super::{
    AttemptPosting, DeliveredKey, Gate, KeyAnswer, KeyStage, MoneyStage, OrderAnswer, OrderStage, PayAnswer, SeenOrder,
    SupplierCall, UnitCommand, UnitEvent, UnitRefusal,
};

pub(super) fn row(step: Step<'_>, at: usize, event: UnitEvent) -> Row {
    let attempt = step.attempt(at);
    if matches!(event, WrittenOff(_) | FoundUncharged(_)) && !attempt.is_possibly_charged() {
        return Err(UnitRefusal::NotNow);
    }
    match attempt.key {
        // It is known how it ended: an answer that was on its way changes nothing.
        KeyStage::Have => return Ok(step.done()),
        KeyStage::Burnt if event != KeyAnswered(at, KeyAnswer::Key) => return Ok(step.done()),
        KeyStage::None | KeyStage::Asked | KeyStage::Burnt => {}
    }
    Ok(match event {
        Ordered(_, answer) => ordered(step, at, answer),
        Payment(_, _, answer) => payment(step, at, answer),
        Looked(_, seen) => looked(step, at, seen),
        KeyAnswered(_, answer) => received(step, at, answer),
        AttemptDue(_, gate) => due(step, at, gate),
        // A look at one that ended, so that a supplier that charged after all is believed.
        Hinted(_) if attempt.money == MoneyStage::Ended => step.command(UnitCommand::Call(SupplierCall::Look, at)),
        Hinted(_) => step,
        WrittenOff(_) if attempt.money == MoneyStage::Certain => step.burn(at).schedule(at),
        FoundUncharged(_) if attempt.money == MoneyStage::InDoubt => step.void(at).schedule(at),
        WrittenOff(_) | FoundUncharged(_) => return Err(UnitRefusal::NotNow),
        Due(..)
        | Release
        | Reject
        | Cancel
        | Deadline
        | Refund
        | Reveal
        | EnterKey { .. }
        | BuyAgain
        | Restored(_)
        | ProductRefused(_)
        | OfferTaken
        | NoOfferLeft => step,
    }
    .done())
}

fn due(step: Step<'_>, at: usize, gate: Gate) -> Step<'_> {
    let step = step.case_when_overdue(at);
    let (looks, stopped_for) = (step.attempt(at).looks, step.times.stopped_for);
    let pause = step.times.look_after(looks.saturating_add(1));
    match step.attempt(at).money {
        MoneyStage::None | MoneyStage::Ended => step.schedule(at),
        // Nobody wrote the answer to its payment.
        MoneyStage::Intent => payment(step, at, PayAnswer::Unknown),
        MoneyStage::InDoubt => step
            .look_later(at, pause)
            .command(UnitCommand::Call(SupplierCall::Look, at)),
        MoneyStage::Certain if gate == Gate::Closed => step.look_later(at, stopped_for),
        MoneyStage::Certain => step
            .look_later(at, pause)
            .asks_key(at)
            .command(UnitCommand::Call(SupplierCall::Key, at)),
    }
}

/// A late order is never paid.
fn ordered(step: Step<'_>, at: usize, answer: OrderAnswer) -> Step<'_> {
    if step.attempt(at).order != OrderStage::Asked {
        return step;
    }
    match answer {
        OrderAnswer::InTerms => step.placed(at),
        OrderAnswer::Dearer
        | OrderAnswer::OutOfTerms
        | OrderAnswer::NoProduct
        | OrderAnswer::NoShop
        | OrderAnswer::Unknown
        | OrderAnswer::NotSent => step.void(at),
    }
}

fn payment(step: Step<'_>, at: usize, answer: PayAnswer) -> Step<'_> {
    match answer {
        PayAnswer::Yes => certain(step, at),
        PayAnswer::NoShop | PayAnswer::NoLapsed | PayAnswer::NotSent => match step.attempt(at).money {
            MoneyStage::Intent | MoneyStage::InDoubt => step.void(at).schedule(at),
            MoneyStage::None | MoneyStage::Ended | MoneyStage::Certain => step,
        },
        PayAnswer::Unknown if step.attempt(at).money == MoneyStage::Intent => {
            step.money(at, MoneyStage::InDoubt).schedule(at)
        }
        PayAnswer::Unknown => step,
    }
}

fn looked(step: Step<'_>, at: usize, seen: SeenOrder) -> Step<'_> {
    match seen {
        SeenOrder::Charged => certain(step, at),
        SeenOrder::Unpaid { sent_at, .. } if step.attempt(at).ends_unpaid(sent_at, step.times) => {
            step.void(at).schedule(at)
        }
        SeenOrder::Unpaid { .. } | SeenOrder::Unknown => step,
    }
}

fn received(step: Step<'_>, at: usize, answer: KeyAnswer) -> Step<'_> {
    let is_certain = step.attempt(at).money == MoneyStage::Certain;
    match answer {
        KeyAnswer::Key if step.unit.state.is_open() => step
            .deliver(DeliveredKey::Bought(at))
            .set_aside()
            .key(at, KeyStage::Have, AttemptPosting::Used)
            .schedule(at),
        KeyAnswer::Key => step
            .command(UnitCommand::Stock(at))
            .key(at, KeyStage::Have, AttemptPosting::Stocked)
            .schedule(at),
        KeyAnswer::Gone | KeyAnswer::OfAnother => step.burn(at).schedule(at),
        // Only of an order that was charged for does that say that nothing will come of it.
        KeyAnswer::NoOrder if is_certain => step.burn(at).schedule(at),
        KeyAnswer::NoOrder | KeyAnswer::NotReady | KeyAnswer::Unknown | KeyAnswer::NotSent => step,
    }
}

/// The supplier charged: its key is asked for.
fn certain(step: Step<'_>, at: usize) -> Step<'_> {
    if step.attempt(at).money == MoneyStage::Certain {
        return step;
    }
    step.money(at, MoneyStage::Certain).schedule(at)
}
