//! Guards of keys and money: each goes to one place, once.

use domain::unit::{KeyAnswer, KeyStage, UnitEvent, UnitState};

use super::{DAY, LIE, Mutant, NO_FAULT, STAFF, as_if, but};
use crate::explored::LEFT;
use crate::world::Left;

/// A key goes to one place.
pub(super) fn of_keys() -> Vec<Mutant> {
    vec![
        as_if("a key of another unit is delivered", LIE, |_, event, _| {
            if let UnitEvent::KeyAnswered(_, answer @ KeyAnswer::OfAnother) = event {
                *answer = KeyAnswer::Key;
            }
        }),
        as_if(
            "a late key is delivered to a unit that has ended",
            NO_FAULT,
            |unit, event, _| {
                if matches!(event, UnitEvent::KeyAnswered(_, KeyAnswer::Key)) && !unit.state.is_open() {
                    unit.state = UnitState::Again;
                }
            },
        ),
        as_if(
            "an answer counts after the key",
            Left { faults: 0, ..DAY },
            |unit, event, _| {
                if let UnitEvent::KeyAnswered(at, _) = *event
                    && unit.attempts[at].key == KeyStage::Have
                {
                    unit.attempts[at].key = KeyStage::Asked;
                }
            },
        ),
        as_if("an answer counts after the key was burnt", LEFT, |unit, event, _| {
            if let UnitEvent::KeyAnswered(at, _) = *event
                && unit.attempts[at].key == KeyStage::Burnt
            {
                unit.attempts[at].key = KeyStage::Asked;
            }
        }),
        as_if("a key that is gone is asked for again", LEFT, |_, event, _| {
            if let UnitEvent::KeyAnswered(_, answer @ KeyAnswer::Gone) = event {
                *answer = KeyAnswer::NotReady;
            }
        }),
        as_if(
            "a key that was seen returns to stock",
            Left { staff: 2, ..STAFF },
            |unit, event, _| {
                if *event == UnitEvent::Refund {
                    unit.is_revealed = false;
                }
            },
        ),
    ]
}

/// The price goes to one place.
pub(super) fn of_money() -> Vec<Mutant> {
    vec![
        as_if("what was paid back is paid back again", NO_FAULT, |unit, event, _| {
            if unit.state == UnitState::Refunded && *event == UnitEvent::Deadline {
                unit.state = UnitState::Again;
            }
        }),
        as_if(
            "what was delivered is paid back at the deadline",
            NO_FAULT,
            |unit, event, _| {
                if unit.state == UnitState::Delivered && *event == UnitEvent::Deadline {
                    *event = UnitEvent::Refund;
                }
            },
        ),
        as_if("what was delivered is delivered again", STAFF, |unit, event, _| {
            if unit.state == UnitState::Delivered && matches!(event, UnitEvent::EnterKey { .. }) {
                unit.state = UnitState::Again;
            }
        }),
        as_if(
            "the key of a unit that was paid back is shown",
            STAFF,
            |unit, event, _| {
                if unit.state == UnitState::Refunded && *event == UnitEvent::Reveal {
                    unit.state = UnitState::Delivered;
                }
            },
        ),
        but("nothing ends at the deadline", LEFT, |unit, event, decision| {
            if event == UnitEvent::Deadline {
                (decision.unit, decision.commands) = (unit.clone(), Vec::new());
            }
        }),
    ]
}
