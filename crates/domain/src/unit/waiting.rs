//! Rows of the table: units of which nobody has begun to buy or deliver anything, or whose buying begins anew.

use super::UnitEvent::{
    AttemptDue, BuyAgain, Cancel, Deadline, Due, EnterKey, FoundUncharged, Hinted, KeyAnswered, Looked, NoOfferLeft,
    OfferTaken, Ordered, Payment, ProductRefused, Refund, Reject, Release, Restored, Reveal, WrittenOff,
};
use super::decide::Row;
use super::step::Step;
use super::{DeliveredKey, Gate, OfferGivenUp, Spending, UnitCommand, UnitEnd, UnitEvent, UnitRefusal, UnitState};

/// How many of a unit's attempts may be possibly charged. Without a limit a supplier that answers nothing is paid once a minute.
const CHARGED_MAX: usize = 2;

/// Waits for staff.
pub(super) fn held(step: Step<'_>, event: UnitEvent) -> Row {
    Ok(match event {
        Release if step.unit.has_key => step.becomes(UnitState::Ready),
        Release => step.becomes(UnitState::Planned),
        Reject | Refund => step.refund(UnitEnd::Staff),
        Cancel => step.refund(UnitEnd::Customer),
        Deadline => step.refund(UnitEnd::Deadline),
        Due(..) | Restored(_) | ProductRefused(_) | OfferTaken | NoOfferLeft => step,
        Ordered(..) | Payment(..) | Looked(..) | KeyAnswered(..) => step,
        AttemptDue(..) | Hinted(_) => step,
        Reveal | EnterKey { .. } | BuyAgain | WrittenOff(_) | FoundUncharged(_) => {
            return Err(UnitRefusal::NotNow);
        }
    }
    .done())
}

/// A key of the shop is claimed.
pub(super) fn ready(step: Step<'_>, event: UnitEvent) -> Row {
    Ok(match event {
        Due(..) => step.deliver(DeliveredKey::Own),
        Refund => step.refund(UnitEnd::Staff),
        Cancel => step.refund(UnitEnd::Customer),
        Deadline => step.refund(UnitEnd::Deadline),
        Restored(_) | ProductRefused(_) | OfferTaken | NoOfferLeft => step,
        Ordered(..) | Payment(..) | Looked(..) | KeyAnswered(..) => step,
        AttemptDue(..) | Hinted(_) => step,
        Release | Reject | Reveal | EnterKey { .. } | BuyAgain | WrittenOff(_) | FoundUncharged(_) => {
            return Err(UnitRefusal::NotNow);
        }
    }
    .done())
}

/// Its key has to be bought, for the first time or once more.
pub(super) fn planned(step: Step<'_>, event: UnitEvent) -> Row {
    Ok(match event {
        Due(gate, spending) => due(step, gate, spending),
        // One that speaks of an older attempt may speak of another offer.
        ProductRefused(at) if at + 1 == step.unit.attempts.len() => step.next_offer(OfferGivenUp::SoldOut),
        ProductRefused(_) => step,
        OfferTaken => {
            let mut step = step;
            step.unit.has_reservation = true;
            step.becomes(UnitState::Planned)
        }
        NoOfferLeft => step.refund(UnitEnd::Refused),
        // The supplier that people buy from had that copy.
        EnterKey { is_of_supplier: true } => step.command(UnitCommand::SupplierTook).deliver(DeliveredKey::Entered),
        EnterKey { is_of_supplier: false } => step.deliver(DeliveredKey::Entered),
        Refund => step.refund(UnitEnd::Staff),
        Deadline => step.refund(UnitEnd::Deadline),
        Cancel if step.unit.possibly_charged() == 0 => step.refund(UnitEnd::Customer),
        Cancel => return Err(UnitRefusal::BeingBought),
        Restored(_) => step,
        Ordered(..) | Payment(..) | Looked(..) | KeyAnswered(..) => step,
        AttemptDue(..) | Hinted(_) => step,
        Release | Reject | Reveal | BuyAgain | WrittenOff(_) | FoundUncharged(_) => return Err(UnitRefusal::NotNow),
    }
    .done())
}

fn due(step: Step<'_>, gate: Gate, spending: Spending) -> Step<'_> {
    match (spending, gate) {
        (Spending::AccountHeld, _) => step.refund(UnitEnd::AccountHeld),
        (Spending::ByHand | Spending::Paused, _) | (Spending::Allowed | Spending::BelowCost, Gate::Closed) => {
            stopped(step)
        }
        (Spending::BelowCost, Gate::Open) => step.next_offer(OfferGivenUp::BelowCost),
        (Spending::Allowed, Gate::Open) if is_capped(&step) => stopped(step),
        (Spending::Allowed, Gate::Open) => step.ask(),
    }
}

/// Whether as many attempts as may be are possibly charged: the next one waits until one of them ends.
pub(super) fn is_capped(step: &Step<'_>) -> bool {
    step.unit.possibly_charged() >= CHARGED_MAX
}

/// The unit stays where it is, and it is looked again whether the shop may spend.
pub(super) fn stopped(step: Step<'_>) -> Step<'_> {
    let pause = step.times.stopped_for;
    step.wait(pause)
}

/// What follows when nothing came of the current attempt's order, and no money moved: it is void, and the unit waits, the longer the more
/// attempts it had.
pub(super) fn void(step: Step<'_>, at: usize) -> Step<'_> {
    let (again_after, ended) = (
        step.times.again_after(step.unit.attempts.len()),
        step.void(at).set_aside(),
    );
    let waiting = ended.waiting();
    ended.becomes_after(waiting, again_after)
}

/// What a unit whose supplier may be at work answers to what customer and staff ask for.
pub(super) const fn busy(event: UnitEvent) -> UnitRefusal {
    match event {
        Cancel | Refund | EnterKey { .. } | BuyAgain => UnitRefusal::BeingBought,
        Due(..) | Release | Reject | Deadline | Reveal | Restored(_) | ProductRefused(_) | OfferTaken | NoOfferLeft
        | Ordered(..) | Payment(..) | Looked(..) | KeyAnswered(..) | AttemptDue(..) | Hinted(_) | WrittenOff(_)
        | FoundUncharged(_) => UnitRefusal::NotNow,
    }
}
