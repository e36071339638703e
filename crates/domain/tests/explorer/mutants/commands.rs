//! Commands that are forgotten, one kind after another.

use std::mem::discriminant;

use domain::unit::{AttemptCase, AttemptPosting, DeliveredKey, Unit, UnitCommand, UnitEnd, UnitState};

use super::{DAY, Mutant, NO_FAULT, STAFF, without};
use crate::explored::{LEFT, twice_in_doubt};
use crate::world::{Left, World};

/// Every command that moves money, keys or copies.
pub(super) fn forgotten_commands() -> Vec<Mutant> {
    use AttemptPosting::{ChargeAgain, ChargeVoid, Charged, FoundStocked, FoundUsed, Lost, Stocked, Used};
    let likewise = |one: UnitCommand| move |other: &UnitCommand| discriminant(other) == discriminant(&one);
    let ready = |left| vec![World::starting(Unit::unasked(UnitState::Ready, true, false), left)];
    let posting = |posting, what, left| {
        without(
            what,
            left,
            move |command| matches!(command, UnitCommand::Post(one, _) if *one == posting),
        )
    };
    vec![
        without("a claimed key is not freed", NO_FAULT, likewise(UnitCommand::FreeKey)).from(ready(NO_FAULT)),
        without(
            "a reserved copy is not freed",
            NO_FAULT,
            likewise(UnitCommand::FreeReservation),
        ),
        without(
            "nothing is delivered",
            NO_FAULT,
            likewise(UnitCommand::Deliver(DeliveredKey::Own)),
        ),
        without(
            "nothing is paid back",
            NO_FAULT,
            likewise(UnitCommand::Refund(UnitEnd::Staff)),
        ),
        without("a sale is not taken back", STAFF, likewise(UnitCommand::TakeBack)),
        without("a late key is nowhere", DAY, likewise(UnitCommand::Stock(0))),
        without(
            "nobody is told of a burnt key",
            LEFT,
            likewise(UnitCommand::Case(AttemptCase::NoEnd, 0)),
        ),
        posting(Charged, "a charge is not booked", NO_FAULT),
        posting(Used, "a key's cost is not booked", NO_FAULT),
        posting(Stocked, "a late key's cost is not booked", DAY),
        posting(Lost, "a loss is not booked", LEFT),
        posting(ChargeVoid, "a charge that was none stays booked", DAY),
        posting(ChargeAgain, "a charge after all is not booked", NO_FAULT)
            .from(twice_in_doubt(Left { hints: 1, ..NO_FAULT })),
        posting(FoundUsed, "a found key's cost is not booked", Left { staff: 1, ..LEFT }),
        posting(
            FoundStocked,
            "a found key in stock is not booked",
            Left { staff: 1, ..LEFT },
        ),
    ]
}
