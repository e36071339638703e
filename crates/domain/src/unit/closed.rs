//! Rows of the table: units that are delivered or paid back.

use super::UnitEvent::{
    AttemptDue, BuyAgain, Cancel, Deadline, Due, EnterKey, FoundUncharged, Hinted, KeyAnswered, Looked, NoOfferLeft,
    OfferTaken, Ordered, Payment, ProductRefused, Refund, Reject, Release, Restored, Reveal, WrittenOff,
};
use super::decide::Row;
use super::step::Step;
use super::{UnitCommand, UnitEnd, UnitEvent, UnitRefusal};

/// Its customer may see the key.
pub(super) fn delivered(step: Step<'_>, event: UnitEvent) -> Row {
    Ok(match event {
        Reveal => {
            let mut step = step;
            step.unit.is_revealed = true;
            step
        }
        Refund => step.command(UnitCommand::TakeBack).refund(UnitEnd::Staff),
        Due(..) | Cancel | Deadline | Restored(_) | ProductRefused(_) | OfferTaken | NoOfferLeft => step,
        Ordered(..) | Payment(..) | Looked(..) | KeyAnswered(..) => step,
        AttemptDue(..) | Hinted(_) => step,
        Release | Reject | EnterKey { .. } | BuyAgain | WrittenOff(_) | FoundUncharged(_) => {
            return Err(UnitRefusal::NotNow);
        }
    }
    .done())
}

/// Its price went back.
pub(super) fn refunded(step: Step<'_>, event: UnitEvent) -> Row {
    Ok(match event {
        Due(..) | Cancel | Deadline | Refund | Restored(_) | ProductRefused(_) | OfferTaken | NoOfferLeft => step,
        Ordered(..) | Payment(..) | Looked(..) | KeyAnswered(..) => step,
        AttemptDue(..) | Hinted(_) => step,
        Release | Reject | Reveal | EnterKey { .. } | BuyAgain | WrittenOff(_) | FoundUncharged(_) => {
            return Err(UnitRefusal::NotNow);
        }
    }
    .done())
}
