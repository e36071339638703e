//! What is no guard: it saves money, time or a customer's key.

use std::time::Duration;

use domain::unit::{SeenOrder, UnitEvent, UnitState, decide};

use super::{DAY, Mutant, NO_FAULT, as_if, uncapped, with_times};
use crate::explored::LEFT;
use crate::world::Left;

/// What saves money, time or a customer's key: without it money and keys still agree.
pub(super) fn savings() -> Vec<Mutant> {
    let mut no_spool = as_if(
        "the spool",
        Left {
            kills: 1,
            faults: 0,
            ..DAY
        },
        |_, _, _| {},
    );
    no_spool.has_spool = false;
    vec![
        no_spool,
        with_times("the 25 minutes in which an order may be paid", DAY, |times| {
            times.pays_within = Duration::MAX;
        }),
        as_if("the second look", DAY, |unit, event, _| {
            if let UnitEvent::Looked(at, SeenOrder::Unpaid { sent_at, .. }) = *event {
                unit.attempts[at].seen_unpaid_at.get_or_insert(sent_at);
            }
        }),
        as_if(
            "that what is being bought cannot be cancelled",
            Left { staff: 1, ..NO_FAULT },
            |unit, event, _| {
                let waits = matches!(
                    unit.state,
                    UnitState::Ready | UnitState::Held | UnitState::Delivered | UnitState::Refunded
                );
                if *event == UnitEvent::Cancel && !waits {
                    *event = UnitEvent::Deadline;
                }
            },
        ),
        Mutant::new(
            "that an attempt in doubt stays the unit's while an older one is in doubt, too",
            |unit, event, times, now| match event {
                UnitEvent::Looked(at, _) if unit.state == UnitState::Doubt && unit.current == Some(at) => {
                    uncapped(unit, event, times, now)
                }
                _ => decide(unit, event, times, now),
            },
            Left {
                attempts: 3,
                faults: 2,
                offers: 0,
                ..LEFT
            },
        ),
    ]
}
