//! Rows of the table: the supplier is told to charge, or may have.

use super::UnitEvent::{
    AttemptDue, BuyAgain, Cancel, Deadline, Due, EnterKey, FoundUncharged, Hinted, KeyAnswered, Looked, NoOfferLeft,
    OfferTaken, Ordered, Payment, ProductRefused, Refund, Reject, Release, Restored, Reveal, WrittenOff,
};
use super::decide::Row;
use super::ordering::in_doubt;
use super::receiving::early_key;
use super::step::Step;
use super::waiting::{busy, void};
use super::{MoneyStage, PayAnswer, SeenOrder, SupplierCall, UnitCommand, UnitEnd, UnitEvent, UnitState};
use crate::clock::Timestamp;

/// The supplier is told to charge.
pub(super) fn paying(step: Step<'_>, at: usize, event: UnitEvent) -> Row {
    Ok(match event {
        Payment(_, _, PayAnswer::Yes) => paid(step, at),
        Payment(_, _, PayAnswer::NoShop) => unpaid(step, at).command(UnitCommand::Pause),
        Payment(_, _, PayAnswer::NotSent) => unpaid(step, at),
        Payment(_, _, PayAnswer::NoLapsed) => void(step, at),
        // Without an answer nobody knows.
        Payment(_, _, PayAnswer::Unknown) | Due(..) | Restored(_) => in_doubt(step, at),
        KeyAnswered(_, answer) => early_key(step, at, answer),
        Deadline => step.refund(UnitEnd::Deadline),
        Ordered(..) | Looked(..) | ProductRefused(_) | OfferTaken | NoOfferLeft => step,
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

/// Whether the supplier charged is not known. The order is never paid again.
pub(super) fn doubt(step: Step<'_>, at: usize, event: UnitEvent) -> Row {
    Ok(match event {
        Due(..) => look(step, at),
        Looked(_, SeenOrder::Charged) | Payment(_, _, PayAnswer::Yes) => paid(step, at),
        Looked(_, SeenOrder::Unpaid { sent_at, .. }) if step.attempt(at).ends_unpaid(sent_at, step.times) => {
            void(step, at)
        }
        Looked(_, SeenOrder::Unpaid { sent_at, is_capped }) => seen_unpaid(step, at, sent_at, is_capped),
        Looked(_, SeenOrder::Unknown) | Payment(_, _, PayAnswer::Unknown) | Restored(_) => step,
        Payment(_, _, PayAnswer::NoShop | PayAnswer::NoLapsed | PayAnswer::NotSent) => void(step, at),
        KeyAnswered(_, answer) => early_key(step, at, answer),
        Deadline => step.refund(UnitEnd::Deadline),
        Ordered(..) | ProductRefused(_) | OfferTaken | NoOfferLeft => step,
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

fn look(step: Step<'_>, at: usize) -> Step<'_> {
    let mut step = step;
    let attempt = &mut step.unit.attempts[at];
    attempt.looks = attempt.looks.saturating_add(1);
    let pause = step.times.look_after(attempt.looks);
    step.wait(pause).command(UnitCommand::Call(SupplierCall::Look, at))
}

/// The second look that sees the order unpaid, a while after the first, has another one made. This one is looked at further.
fn seen_unpaid(step: Step<'_>, at: usize, sent_at: Timestamp, is_capped: bool) -> Step<'_> {
    let mut step = step;
    let pause = step.times.second_look_after;
    let attempt = &mut step.unit.attempts[at];
    let Some(first) = attempt.seen_unpaid_at else {
        attempt.seen_unpaid_at = Some(sent_at);
        return step.wait(pause);
    };
    let is_second = sent_at >= first.plus(pause);
    // Only this attempt may be charged: else the next one would wait anyway, and this one is as good.
    if !is_second || is_capped || step.unit.possibly_charged() > 1 {
        return step;
    }
    let aside = step.set_aside();
    let waiting = aside.waiting();
    aside.becomes(waiting)
}

/// The supplier charged: its key is asked for.
fn paid(step: Step<'_>, at: usize) -> Step<'_> {
    step.money(at, MoneyStage::Certain).becomes(UnitState::Paid)
}

/// The supplier certainly did not charge: the same order may be paid once more.
fn unpaid(step: Step<'_>, at: usize) -> Step<'_> {
    let pause = step.times.again_after;
    step.money(at, MoneyStage::None).becomes_after(UnitState::Placed, pause)
}
