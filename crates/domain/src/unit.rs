//! A unit: one copy that was sold, from the checkout to its key or its refund. What follows which event stands in one table.

/// What a unit is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnitState {
    /// A key of the shop is claimed for it, and will be delivered at once.
    Ready,
    /// Its key has to be bought; a copy of an offer is reserved for it.
    Planned,
    /// Its customer may see the key.
    Delivered,
    /// Its price went back to the customer.
    Refunded,
}

/// What happens to a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnitEvent {
    /// Its turn has come.
    Due,
    /// Its customer, or staff, cancel what nobody has begun to buy or deliver.
    Cancel,
    /// It was not delivered in time.
    Deadline,
    /// Staff give the money back.
    Refund,
}

/// What has to be done when a unit moves, in the same transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnitCommand {
    /// The claimed key goes back to those for sale.
    FreeKey,
    /// The reserved copy is for sale again.
    FreeReservation,
    /// The price becomes the shop's, and the key the customer's.
    Deliver,
    /// The price, which was the shop's already, is taken back; so is the key, unless it was revealed.
    TakeBack,
    /// The price goes back to the customer.
    Refund,
}

/// What follows an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitMove {
    /// Nothing.
    Stay,
    /// The unit moves, with what has to be done.
    To(UnitState, &'static [UnitCommand]),
}

/// Why a unit ended without a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnitEnd {
    /// Its customer cancelled it.
    Customer,
    /// Staff refunded it.
    Staff,
    /// It was not delivered in time.
    Deadline,
}

/// The table of units.
#[must_use]
pub const fn decide(state: UnitState, event: UnitEvent) -> UnitMove {
    use UnitCommand::{Deliver, FreeKey, FreeReservation, Refund, TakeBack};
    use UnitMove::{Stay, To};
    use UnitState::{Delivered, Planned, Ready, Refunded};
    match (state, event) {
        (Ready, UnitEvent::Due) => To(Delivered, &[Deliver]),
        (Ready, UnitEvent::Cancel | UnitEvent::Deadline | UnitEvent::Refund) => To(Refunded, &[FreeKey, Refund]),
        (Planned, UnitEvent::Due) => Stay,
        (Planned, UnitEvent::Cancel | UnitEvent::Deadline | UnitEvent::Refund) => {
            To(Refunded, &[FreeReservation, Refund])
        }
        (Delivered, UnitEvent::Refund) => To(Refunded, &[TakeBack, Refund]),
        (Delivered, UnitEvent::Due | UnitEvent::Cancel | UnitEvent::Deadline) => Stay,
        (Refunded, UnitEvent::Due | UnitEvent::Cancel | UnitEvent::Deadline | UnitEvent::Refund) => Stay,
    }
}

impl UnitState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ready, Self::Planned, Self::Delivered, Self::Refunded];

    /// The name in the database; it never changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Planned => "planned",
            Self::Delivered => "delivered",
            Self::Refunded => "refunded",
        }
    }

    /// Parses the result of [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether the customer still waits for a key or the money.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Ready | Self::Planned => true,
            Self::Delivered | Self::Refunded => false,
        }
    }
}

impl UnitEvent {
    /// Why a unit ends that this event ends without a key.
    #[must_use]
    pub const fn ends_by(self, by_staff: bool) -> UnitEnd {
        match self {
            Self::Deadline | Self::Due => UnitEnd::Deadline,
            Self::Cancel if !by_staff => UnitEnd::Customer,
            Self::Cancel | Self::Refund => UnitEnd::Staff,
        }
    }
}

impl UnitEnd {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Customer, Self::Staff, Self::Deadline];

    /// The name in the database; it never changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Staff => "staff",
            Self::Deadline => "deadline",
        }
    }

    /// Parses the result of [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENTS: [UnitEvent; 4] = [
        UnitEvent::Due,
        UnitEvent::Cancel,
        UnitEvent::Deadline,
        UnitEvent::Refund,
    ];

    #[test]
    fn every_open_unit_ends_at_its_deadline_with_the_money_back() {
        for state in UnitState::ALL.into_iter().filter(|state| state.is_open()) {
            let UnitMove::To(next, commands) = decide(state, UnitEvent::Deadline) else {
                panic!("{state:?} would wait for ever");
            };
            assert_eq!(next, UnitState::Refunded);
            assert_eq!(commands.iter().filter(|one| **one == UnitCommand::Refund).count(), 1);
        }
    }

    #[test]
    fn no_move_leads_back_and_nobody_gets_both_key_and_money() {
        let rank = |state: UnitState| UnitState::ALL.iter().position(|one| *one == state);
        for state in UnitState::ALL {
            for event in EVENTS {
                let UnitMove::To(next, commands) = decide(state, event) else {
                    continue;
                };
                assert!(rank(next) > rank(state), "{state:?} {event:?}");
                let pays_back = commands.contains(&UnitCommand::Refund);
                assert_eq!(pays_back, next == UnitState::Refunded, "{state:?} {event:?}");
                assert_eq!(
                    commands.contains(&UnitCommand::TakeBack),
                    state == UnitState::Delivered,
                    "what was sold is taken back: {state:?} {event:?}"
                );
            }
        }
    }

    #[test]
    fn what_was_delivered_ends_by_staff_alone() {
        for event in EVENTS {
            let moves = decide(UnitState::Delivered, event) != UnitMove::Stay;
            assert_eq!(moves, event == UnitEvent::Refund, "{event:?}");
        }
    }

    #[test]
    fn names_are_read_as_they_were_written() {
        for state in UnitState::ALL {
            assert_eq!(UnitState::parse(state.as_str()), Some(state));
        }
        for end in UnitEnd::ALL {
            assert_eq!(UnitEnd::parse(end.as_str()), Some(end));
        }
    }
}
