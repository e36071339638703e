//! Guards of doubt: of when it ends, and that it does.

use std::time::Duration;

use domain::unit::{KeyStage, MoneyStage, SeenOrder, UnitCommand, UnitEvent};

use super::{DAY, Mutant, NO_FAULT, STAFF, as_if, but, with_times};
use crate::explored::{LEFT, twice_in_doubt};
use crate::world::Left;

/// When a doubt ends, and that it does.
pub(super) fn of_doubt() -> Vec<Mutant> {
    vec![
        with_times("a doubt ends with the first look", LEFT, |times| {
            times.doubt_ends_after = Duration::ZERO;
        }),
        as_if("a doubt ends by when an answer came", DAY, |_, event, now| {
            if let UnitEvent::Looked(_, SeenOrder::Unpaid { sent_at, .. }) = event {
                *sent_at = now;
            }
        }),
        as_if("a look ends also what is certain", DAY, |unit, event, _| {
            if let UnitEvent::Looked(at, SeenOrder::Unpaid { .. }) = *event
                && unit.attempts[at].key != KeyStage::Have
            {
                unit.attempts[at].money = MoneyStage::InDoubt;
            }
        }),
        as_if("staff take back a charge that is certain", STAFF, |unit, event, _| {
            if let UnitEvent::FoundUncharged(at) = *event {
                unit.attempts[at].money = MoneyStage::InDoubt;
            }
        }),
        but("what is set aside is forgotten", NO_FAULT, |_, _, decision| {
            for attempt in &mut decision.unit.attempts {
                attempt.next_at = None;
            }
        }),
        but(
            "what is in doubt is not looked at once its unit has ended",
            LEFT,
            |unit, event, decision| {
                if !unit.state.is_open() && matches!(event, UnitEvent::AttemptDue(..)) {
                    decision
                        .commands
                        .retain(|command| !matches!(command, UnitCommand::Call(..)));
                }
            },
        ),
        but(
            "a charge that ended and was is not booked again",
            NO_FAULT,
            |unit, event, decision| {
                let at = match event {
                    UnitEvent::Looked(at, _) | UnitEvent::Payment(at, _, _) => at,
                    _ => return,
                };
                if unit.attempts[at].money == MoneyStage::Ended {
                    (decision.unit, decision.commands) = (unit.clone(), Vec::new());
                    decision.unit.attempts[at].money = MoneyStage::Certain;
                }
            },
        )
        .from(twice_in_doubt(Left { hints: 1, ..NO_FAULT })),
    ]
}
