//! What a unit is at.

use super::{Attempt, FulfilmentTimes, UnitEvent, decide};
use crate::clock::Timestamp;

/// What a unit is at. For one that has to be bought, it says what is known of its current attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnitState {
    /// Staff look at its order first.
    Held,
    /// A key of the shop is claimed for it, and will be delivered at once.
    Ready,
    /// Its key has to be bought; a copy of an offer is reserved for it.
    Planned,
    /// Its key has to be bought once more; the supplier has taken the reserved copy already.
    Again,
    /// The supplier is asked for an order.
    Asking,
    /// The supplier made an order, which is not paid.
    Placed,
    /// The supplier is told to charge for the order.
    Paying,
    /// Whether the supplier charged is not known.
    Doubt,
    /// The supplier charged.
    Paid,
    /// The supplier is asked for the key, which it gives once.
    Fetching,
    /// The supplier gave the key away, and it did not arrive, or it is another unit's.
    Burnt,
    /// The supplier does not know an order that it charged for: a person has to ask.
    Operator,
    /// Its customer may see the key.
    Delivered,
    /// Its price went back to the customer.
    Refunded,
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
    /// No supplier sells it for what it may cost.
    Refused,
    /// Its customer's account was blocked, or the payment disputed.
    AccountHeld,
}

/// A unit as its table moves it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unit {
    /// What it is at.
    pub state: UnitState,
    /// Whether a key is claimed for it, or was delivered to it.
    pub has_key: bool,
    /// Whether a copy of an offer is reserved for it.
    pub has_reservation: bool,
    /// Whether its customer saw its key.
    pub is_revealed: bool,
    /// Each try to buy its key, in their order.
    pub attempts: Vec<Attempt>,
    /// The place among them of the one that its state speaks of; the others are set aside.
    pub current: Option<usize>,
    /// When its turn comes; `None`: only something that happens moves it.
    pub next_at: Option<Timestamp>,
}

impl UnitState {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Held,
        Self::Ready,
        Self::Planned,
        Self::Again,
        Self::Asking,
        Self::Placed,
        Self::Paying,
        Self::Doubt,
        Self::Paid,
        Self::Fetching,
        Self::Burnt,
        Self::Operator,
        Self::Delivered,
        Self::Refunded,
    ];

    /// The name in the database; it never changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Ready => "ready",
            Self::Planned => "planned",
            Self::Again => "again",
            Self::Asking => "asking",
            Self::Placed => "placed",
            Self::Paying => "paying",
            Self::Doubt => "doubt",
            Self::Paid => "paid",
            Self::Fetching => "fetching",
            Self::Burnt => "burnt",
            Self::Operator => "operator",
            Self::Delivered => "delivered",
            Self::Refunded => "refunded",
        }
    }

    /// Parses the result of [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether staff may give its price back: not while its key is being bought, nor twice.
    #[must_use]
    pub fn may_be_refunded(self) -> bool {
        let unit = Unit {
            current: Some(0),
            attempts: vec![Attempt::begun()],
            ..Unit::unasked(self, true, false)
        };
        let decision = decide(&unit, UnitEvent::Refund, &FulfilmentTimes::default(), Timestamp::EPOCH);
        decision.is_ok_and(|decision| decision.moves(&unit))
    }

    /// Whether the customer still waits for a key or the money.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Delivered | Self::Refunded)
    }
}

impl UnitEnd {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Customer,
        Self::Staff,
        Self::Deadline,
        Self::Refused,
        Self::AccountHeld,
    ];

    /// The name in the database; it never changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Staff => "staff",
            Self::Deadline => "deadline",
            Self::Refused => "refused",
            Self::AccountHeld => "account_held",
        }
    }

    /// Parses the result of [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.as_str() == text)
    }

    /// Whether customer or staff wanted it to end: otherwise the shop failed.
    #[must_use]
    pub const fn is_wanted(self) -> bool {
        match self {
            Self::Customer | Self::Staff => true,
            Self::Deadline | Self::Refused | Self::AccountHeld => false,
        }
    }
}

impl Unit {
    /// A unit that no supplier was asked for yet.
    #[must_use]
    pub const fn unasked(state: UnitState, has_key: bool, has_reservation: bool) -> Self {
        Self {
            state,
            has_key,
            has_reservation,
            is_revealed: false,
            attempts: Vec::new(),
            current: None,
            next_at: None,
        }
    }

    /// How many of its attempts the supplier may have charged for, and nothing came of it.
    #[must_use]
    pub fn possibly_charged(&self) -> usize {
        let charged = self.attempts.iter().filter(|attempt| attempt.is_possibly_charged());
        charged.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staff_refund_what_nobody_is_buying() {
        use UnitState::{Again, Burnt, Delivered, Held, Operator, Planned, Ready};
        let refundable = UnitState::ALL.into_iter().filter(|state| state.may_be_refunded());
        let expected = [Held, Ready, Planned, Again, Burnt, Operator, Delivered];
        assert_eq!(refundable.collect::<Vec<_>>(), expected);
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
