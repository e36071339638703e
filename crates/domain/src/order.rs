//! An order: what was bought together. Its status follows from its units, in one table.

use uuid::Uuid;

use crate::cart::ListedGame;
use crate::clock::Timestamp;
use crate::id::{GameId, OrderId, UnitId, UserId};
use crate::money::Cents;
use crate::order_number::OrderNumber;
use crate::refusal::{FieldError, Refusal};
use crate::unit::{UnitEnd, UnitState};

/// What an order is at, as its customer reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderStatus {
    /// Some unit is open.
    Processing,
    /// No unit is open, and one at least was delivered.
    Completed,
    /// No unit was delivered: customer or staff ended each.
    Cancelled,
    /// No unit was delivered, and one at least was not because the shop could not.
    Failed,
}

/// What became of an order's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PaymentStatus {
    /// It was paid.
    Completed,
    /// All of it went back.
    Cancelled,
}

/// What of a unit decides on its order's status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitStanding {
    /// What it is at.
    pub state: UnitState,
    /// Whether its key was delivered, also if its price went back later.
    pub was_delivered: bool,
    /// Why it ended without a key.
    pub ended_by: Option<UnitEnd>,
    /// Whether all that was paid for it went back.
    pub is_paid_back: bool,
}

/// How much of what a customer asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderLine {
    /// The game.
    pub game: GameId,
    /// How many copies.
    pub quantity: u32,
}

/// What a customer agreed to when ordering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Which version of the text was shown.
    pub text_version: String,
    /// Whether they agreed.
    pub accepted: bool,
}

/// How much may be ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderLimits {
    /// Copies in one order.
    pub units: u32,
    /// The total of one order.
    pub amount: Cents,
}

/// A unit as customers and staff see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderUnit {
    /// Its id.
    pub id: UnitId,
    /// The game of which it is a copy.
    pub game: GameId,
    /// What was paid for it.
    pub paid: Cents,
    /// What of that went back.
    pub refunded: Cents,
    /// What it is at.
    pub state: UnitState,
    /// The key that it got, or that is claimed for it.
    pub key: Option<Uuid>,
    /// When its customer saw the key first.
    pub revealed_at: Option<Timestamp>,
}

/// A line of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderItem {
    /// Its id.
    pub id: Uuid,
    /// The game as it is now.
    pub game: ListedGame,
    /// How many copies.
    pub quantity: u32,
    /// What one cost.
    pub price: Cents,
}

/// What happened to an order, as its time line tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderEvent {
    /// When.
    pub at: Timestamp,
    /// To which unit; `None`: to the order as a whole.
    pub unit: Option<UnitId>,
    /// What: `ordered`, `delivered`, `revealed`, `shown again`, `unreadable`, `cancelled`, `refunded`, `not delivered in time`.
    pub event: String,
    /// Who: `customer`, `shop`, or staff by their id.
    pub actor: String,
    /// Why, if somebody said so.
    pub reason: String,
}

/// An order with its items and units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// Its number, for people.
    pub number: OrderNumber,
    /// Whose it is.
    pub user: UserId,
    /// What it is at.
    pub status: OrderStatus,
    /// What became of the money.
    pub payment: PaymentStatus,
    /// What the items cost together.
    pub subtotal: Cents,
    /// What was paid.
    pub total: Cents,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its last unit ended.
    pub completed_at: Option<Timestamp>,
    /// What was bought.
    pub items: Vec<OrderItem>,
    /// Each copy of it.
    pub units: Vec<OrderUnit>,
}

/// The status of an order whose units stand so.
#[must_use]
pub fn status_of(units: &[UnitStanding]) -> (OrderStatus, PaymentStatus) {
    let payment = if units.iter().all(|unit| unit.is_paid_back) {
        PaymentStatus::Cancelled
    } else {
        PaymentStatus::Completed
    };
    let status = if units.iter().any(|unit| unit.state.is_open()) {
        OrderStatus::Processing
    } else if units.iter().any(|unit| unit.was_delivered) {
        OrderStatus::Completed
    } else if units
        .iter()
        .any(|unit| unit.ended_by.is_some_and(|end| !end.is_wanted()))
    {
        OrderStatus::Failed
    } else {
        OrderStatus::Cancelled
    };
    (status, payment)
}

/// Lines of the same game become one, in the order in which the games came.
///
/// # Errors
/// [`Refusal::Invalid`] for no line, a quantity that is not from 1 on, or more copies than one order may have.
pub fn merged(lines: &[(GameId, i64)], limits: OrderLimits) -> Result<Vec<OrderLine>, Refusal> {
    let wrong = |message: String| Refusal::Invalid(vec![FieldError::new("items", message)]);
    if lines.is_empty() {
        return Err(wrong("must name at least one game".to_owned()));
    }
    let mut merged: Vec<OrderLine> = Vec::new();
    let mut units: u64 = 0;
    for (game, quantity) in lines {
        let quantity = u32::try_from(*quantity).ok().filter(|quantity| *quantity > 0);
        let quantity = quantity.ok_or_else(|| wrong("quantity must be 1 or more".to_owned()))?;
        units += u64::from(quantity);
        if units > u64::from(limits.units) {
            return Err(wrong(format!("an order has at most {} copies", limits.units)));
        }
        match merged.iter_mut().find(|line| line.game == *game) {
            Some(line) => line.quantity += quantity,
            None => merged.push(OrderLine { game: *game, quantity }),
        }
    }
    Ok(merged)
}

impl OrderStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Processing, Self::Completed, Self::Cancelled, Self::Failed];

    /// The name in the database and the API; it never changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "PROCESSING",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
            Self::Failed => "FAILED",
        }
    }

    /// Parses the result of [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

impl PaymentStatus {
    /// The name in the database and the API; it never changes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Parses the result of [`as_str`](Self::as_str).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Completed, Self::Cancelled]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

#[cfg(test)]
#[path = "order_tests.rs"]
mod tests;
