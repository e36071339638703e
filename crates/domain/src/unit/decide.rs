//! The table of units: which row answers to an event.

use super::step::Step;
use super::{
    FulfilmentTimes, Unit, UnitCommand, UnitEvent, UnitState, closed, doubt, ordering, receiving, set_aside, waiting,
};
use crate::clock::Timestamp;

/// What follows an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// What the unit is then.
    pub unit: Unit,
    /// What has to be done, in this order.
    pub commands: Vec<UnitCommand>,
}

/// Why nothing follows what somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnitRefusal {
    /// Its key is being bought: the money may be gone already.
    BeingBought,
    /// It is at nothing of the kind.
    NotNow,
    /// The database does not know the attempt: a key that came of it is kept, and is a case.
    UnknownAttempt,
}

/// What a row of the table says.
pub(super) type Row = Result<Decision, UnitRefusal>;

/// The table of units: its rows are the functions called here. What follows what is listed beside the explorer of the crate's tests, which
/// makes that list. An event of which a row says nothing moves nothing.
///
/// An answer always writes its attempt: if that is the current one of an open unit, as the unit's row says, else as the row of
/// attempts that were set aside.
///
/// # Errors
/// What customer or staff ask for and cannot have.
pub fn decide(unit: &Unit, event: UnitEvent, times: &FulfilmentTimes, now: Timestamp) -> Result<Decision, UnitRefusal> {
    let step = Step::of(unit, times, now);
    if let Some(at) = event.attempt() {
        let attempt = unit.attempts.get(at).ok_or(UnitRefusal::UnknownAttempt)?;
        // What is written again, because nobody knew that it was, speaks of an older payment.
        if matches!(event, UnitEvent::Payment(_, number, _) if number != attempt.payments) {
            return Ok(step.done());
        }
        if unit.current != Some(at) || !unit.state.is_open() {
            return set_aside::row(step, at, event);
        }
    }
    let step = match event {
        UnitEvent::Restored(until) => step.doubt_what_was_placed(until),
        _ => step,
    };
    match (unit.state, unit.current) {
        (UnitState::Held, _) => waiting::held(step, event),
        (UnitState::Ready, _) => waiting::ready(step, event),
        (UnitState::Planned | UnitState::Again, _) => waiting::planned(step, event),
        (UnitState::Asking, Some(at)) => ordering::asking(step, at, event),
        (UnitState::Placed, Some(at)) => ordering::placed(step, at, event),
        (UnitState::Paying, Some(at)) => doubt::paying(step, at, event),
        (UnitState::Doubt, Some(at)) => doubt::doubt(step, at, event),
        (UnitState::Paid, Some(at)) => receiving::paid(step, at, event),
        (UnitState::Fetching, Some(at)) => receiving::fetching(step, at, event),
        (UnitState::Burnt, Some(at)) => receiving::burnt(step, at, event),
        (UnitState::Operator, Some(at)) => receiving::operator(step, at, event),
        (UnitState::Delivered, _) => closed::delivered(step, event),
        (UnitState::Refunded, _) => closed::refunded(step, event),
        // A database constraint forbids these; nothing is decided about them.
        (
            UnitState::Asking
            | UnitState::Placed
            | UnitState::Paying
            | UnitState::Doubt
            | UnitState::Paid
            | UnitState::Fetching
            | UnitState::Burnt
            | UnitState::Operator,
            None,
        ) => Err(UnitRefusal::NotNow),
    }
}

impl Decision {
    /// Whether anything is to be done.
    #[must_use]
    pub fn moves(&self, unit: &Unit) -> bool {
        self.unit != *unit || !self.commands.is_empty()
    }
}
