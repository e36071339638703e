//! Guards of buying: of what may be bought, and of never paying twice.

use domain::unit::{Gate, OrderAnswer, PayAnswer, Spending, SupplierCall, UnitCommand, UnitEvent, UnitState, decide};

use super::{DAY, LIE, Mutant, NO_FAULT, RESTORE, as_if, but, uncapped};
use crate::explored::{LEFT, twice_in_doubt};
use crate::world::Left;

/// Only what may be bought is bought.
pub(super) fn of_what_is_bought() -> Vec<Mutant> {
    vec![
        as_if(
            "the gate is not looked at",
            Left {
                closings: 1,
                ..NO_FAULT
            },
            |_, event, _| {
                if let UnitEvent::Due(gate, _) = event {
                    *gate = Gate::Open;
                }
            },
        ),
        as_if(
            "the gate is not looked at for what is set aside",
            Left {
                closings: 1,
                ..NO_FAULT
            },
            |_, event, _| {
                if let UnitEvent::AttemptDue(_, gate) = event {
                    *gate = Gate::Open;
                }
            },
        ),
        as_if(
            "the account is not looked at",
            Left { blocks: 1, ..NO_FAULT },
            |_, event, _| {
                if let UnitEvent::Due(_, spending) = event {
                    *spending = Spending::Allowed;
                }
            },
        ),
        as_if("a dearer order is paid", LIE, |_, event, _| {
            if let UnitEvent::Ordered(_, answer @ OrderAnswer::Dearer) = event {
                *answer = OrderAnswer::InTerms;
            }
        }),
        as_if("an order in another currency is paid", LIE, |_, event, _| {
            if let UnitEvent::Ordered(_, answer @ OrderAnswer::OutOfTerms) = event {
                *answer = OrderAnswer::InTerms;
            }
        }),
        but(
            "the late order of a unit that has ended is paid",
            NO_FAULT,
            |unit, event, decision| {
                if let UnitEvent::Ordered(at, OrderAnswer::InTerms) = event
                    && !unit.state.is_open()
                {
                    decision.commands.push(UnitCommand::Call(SupplierCall::Pay, at));
                }
            },
        ),
    ]
}

/// No order is paid twice, and no third one while two may be charged.
pub(super) fn of_what_is_paid() -> Vec<Mutant> {
    vec![
        as_if(
            "an order is paid again when nothing was answered",
            DAY,
            |unit, event, _| {
                let at = unit.current.unwrap_or_default();
                if unit.state == UnitState::Paying
                    && matches!(event, UnitEvent::Payment(_, _, PayAnswer::Unknown) | UnitEvent::Due(..))
                {
                    *event = UnitEvent::Payment(at, unit.attempts[at].payments, PayAnswer::NoShop);
                }
            },
        ),
        Mutant::new(
            "a third attempt begins while two may be charged",
            |unit, event, times, now| match event {
                UnitEvent::Due(..) if unit.state == UnitState::Again => uncapped(unit, event, times, now),
                _ => decide(unit, event, times, now),
            },
            LEFT,
        )
        .from(twice_in_doubt(Left {
            attempts: 3,
            ..NO_FAULT
        })),
        Mutant::new(
            "a third attempt is paid while two may be charged",
            |unit, event, times, now| match event {
                UnitEvent::Due(..) if unit.state == UnitState::Placed => uncapped(unit, event, times, now),
                _ => decide(unit, event, times, now),
            },
            LEFT,
        )
        .from(twice_in_doubt(Left {
            attempts: 3,
            hints: 1,
            ..NO_FAULT
        })),
        as_if(
            "an answer to a payment counts for the next one",
            Left {
                repeats: 1,
                noes: 1,
                ..NO_FAULT
            },
            |unit, event, _| {
                if let UnitEvent::Payment(at, number, _) = event
                    && let Some(attempt) = unit.attempts.get(*at)
                {
                    *number = attempt.payments;
                }
            },
        ),
    ]
}

/// What only staff, or a look, may decide.
pub(super) fn of_what_is_not_known() -> Vec<Mutant> {
    vec![
        as_if("what is lost is bought again by itself", LEFT, |unit, event, _| {
            if unit.state == UnitState::Burnt && matches!(event, UnitEvent::Due(..)) {
                *event = UnitEvent::BuyAgain;
            }
        }),
        but(
            "an older database takes for unpaid what it knew as placed",
            RESTORE,
            |unit, event, decision| {
                if matches!(event, UnitEvent::Restored(_)) && unit.state == UnitState::Placed {
                    (decision.unit, decision.commands) = (unit.clone(), Vec::new());
                }
            },
        ),
        but(
            "an older database takes for unpaid what was set aside",
            RESTORE,
            |unit, event, decision| {
                if matches!(event, UnitEvent::Restored(_)) && !unit.state.is_open() {
                    (decision.unit, decision.commands) = (unit.clone(), Vec::new());
                }
            },
        ),
    ]
}
