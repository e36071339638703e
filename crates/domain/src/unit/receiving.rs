//! Rows of the table: the supplier charged, and has to give the key.

use super::UnitEvent::{
    AttemptDue, BuyAgain, Cancel, Deadline, Due, EnterKey, FoundUncharged, Hinted, KeyAnswered, Looked, NoOfferLeft,
    OfferTaken, Ordered, Payment, ProductRefused, Refund, Reject, Release, Restored, Reveal, WrittenOff,
};
use super::decide::Row;
use super::step::Step;
use super::waiting::{busy, stopped};
use super::{
    AttemptCase, AttemptPosting, DeliveredKey, Gate, KeyAnswer, KeyStage, SupplierCall, UnitEnd, UnitEvent,
    UnitRefusal, UnitState,
};

/// The supplier charged.
pub(super) fn paid(step: Step<'_>, at: usize, event: UnitEvent) -> Row {
    Ok(match event {
        Due(gate, _) => fetch(step, at, gate),
        KeyAnswered(_, KeyAnswer::NotReady | KeyAnswer::Unknown | KeyAnswer::NotSent) => step,
        KeyAnswered(_, answer) => received(step, at, answer),
        Deadline => step.refund(UnitEnd::Deadline),
        Ordered(..) | Payment(..) | Looked(..) | Restored(_) | ProductRefused(_) | OfferTaken | NoOfferLeft => step,
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

/// The supplier is asked for the key.
pub(super) fn fetching(step: Step<'_>, at: usize, event: UnitEvent) -> Row {
    Ok(match event {
        // Nobody wrote its answer, or it was none: a key that was given away meanwhile is lost already.
        Due(gate, _) => fetch(step, at, gate),
        KeyAnswered(_, answer) => received(step, at, answer),
        Deadline => step.refund(UnitEnd::Deadline),
        Ordered(..) | Payment(..) | Looked(..) | Restored(_) | ProductRefused(_) | OfferTaken | NoOfferLeft => step,
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

/// The key was given away, and did not arrive, or is another unit's. Another one is bought only by the word of staff.
pub(super) fn burnt(step: Step<'_>, at: usize, event: UnitEvent) -> Row {
    Ok(match event {
        KeyAnswered(_, KeyAnswer::Key) => keep(step, at),
        KeyAnswered(
            _,
            KeyAnswer::OfAnother
            | KeyAnswer::NotReady
            | KeyAnswer::Gone
            | KeyAnswer::NoOrder
            | KeyAnswer::Unknown
            | KeyAnswer::NotSent,
        ) => step,
        EnterKey { .. } => step.deliver(DeliveredKey::Entered).set_aside(),
        BuyAgain => buy_again(step),
        Refund => step.refund(UnitEnd::Staff),
        Deadline => step.refund(UnitEnd::Deadline),
        Due(..) | Restored(_) | Ordered(..) | Payment(..) | Looked(..) => step,
        ProductRefused(_) | OfferTaken | NoOfferLeft => step,
        AttemptDue(..) | Hinted(_) => step,
        Cancel => return Err(UnitRefusal::BeingBought),
        Release | Reject | Reveal | WrittenOff(_) | FoundUncharged(_) => return Err(UnitRefusal::NotNow),
    }
    .done())
}

/// The supplier does not know the order that it charged for.
pub(super) fn operator(step: Step<'_>, at: usize, event: UnitEvent) -> Row {
    Ok(match event {
        KeyAnswered(_, KeyAnswer::Key) => keep(step, at),
        KeyAnswered(_, KeyAnswer::Gone | KeyAnswer::OfAnother) => burn(step, at),
        KeyAnswered(_, KeyAnswer::NotReady | KeyAnswer::NoOrder | KeyAnswer::Unknown | KeyAnswer::NotSent) => step,
        EnterKey { .. } => step.deliver(DeliveredKey::Entered).set_aside(),
        BuyAgain => buy_again(step),
        Refund => step.refund(UnitEnd::Staff),
        Deadline => step.refund(UnitEnd::Deadline),
        Due(..) | Restored(_) | Ordered(..) | Payment(..) | Looked(..) => step,
        ProductRefused(_) | OfferTaken | NoOfferLeft => step,
        AttemptDue(..) | Hinted(_) => step,
        Cancel => return Err(UnitRefusal::BeingBought),
        Release | Reject | Reveal | WrittenOff(_) | FoundUncharged(_) => return Err(UnitRefusal::NotNow),
    }
    .done())
}

/// The key is asked for. What was paid for is fetched also while nothing is bought.
fn fetch(step: Step<'_>, at: usize, gate: Gate) -> Step<'_> {
    match gate {
        Gate::Closed => stopped(step),
        Gate::Open => {
            let mut step = step.asks_key(at);
            step.unit.state = UnitState::Fetching;
            step.call(SupplierCall::Key, at)
        }
    }
}

fn received(step: Step<'_>, at: usize, answer: KeyAnswer) -> Step<'_> {
    let pause = step.times.key_again_after;
    match answer {
        KeyAnswer::Key => keep(step, at),
        KeyAnswer::OfAnother | KeyAnswer::Gone => burn(step, at),
        KeyAnswer::NotReady | KeyAnswer::NotSent => {
            let mut step = step;
            step.unit.attempts[at].key = KeyStage::None;
            step.becomes_after(UnitState::Paid, pause)
        }
        KeyAnswer::Unknown => step.wait(pause),
        KeyAnswer::NoOrder => step.rests_at(UnitState::Operator).case(AttemptCase::OrderUnknown, at),
    }
}

/// The answer to a question for a key that, so far as is known, was not asked: another process asked before the database was restored,
/// or the process that did was held up. Only a key counts.
pub(super) fn early_key(step: Step<'_>, at: usize, answer: KeyAnswer) -> Step<'_> {
    match answer {
        KeyAnswer::Key => keep(step, at),
        KeyAnswer::OfAnother => burn(step.free(), at),
        KeyAnswer::NotReady | KeyAnswer::Gone | KeyAnswer::NoOrder | KeyAnswer::Unknown | KeyAnswer::NotSent => step,
    }
}

/// The current attempt's key is the unit's.
fn keep(step: Step<'_>, at: usize) -> Step<'_> {
    step.deliver(DeliveredKey::Bought(at))
        .key(at, KeyStage::Have, AttemptPosting::Used)
}

fn burn(step: Step<'_>, at: usize) -> Step<'_> {
    step.rests_at(UnitState::Burnt).burn(at)
}

fn buy_again(step: Step<'_>) -> Step<'_> {
    step.set_aside().becomes(UnitState::Again)
}
