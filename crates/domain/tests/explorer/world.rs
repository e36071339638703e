//! One unit, what the database, the supplier and two processes know of it, and what may still go wrong.

use std::time::Duration;

use domain::clock::Timestamp;
use domain::unit::{
    Attempt, AttemptPosting, FulfilmentTimes, Gate, KeyStage, MoneyStage, OrderStage, Spending, SupplierCall, Unit,
    UnitState,
};

use crate::books::Books;
use crate::reply::Reply;
use crate::supplier::SupplierOrder;

/// A step of the explorer's clock: longer than a doubt.
const DAY: Duration = Duration::from_secs(24 * 3_600 + 60);

/// Everything that is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) unit: Unit,
    /// What was posted, and what else the commands did.
    pub(crate) books: Books,
    /// Which of the supplier's orders each attempt of the database is.
    pub(crate) orders_of: Vec<usize>,
    /// What is true at the supplier.
    pub(crate) supplier: Vec<SupplierOrder>,
    /// What is on its way, in a fixed order.
    pub(crate) calls: Vec<Call>,
    /// The orders whose keys lie in the spool of a process that was killed.
    pub(crate) spool: Vec<usize>,
    /// The older state of the database that can be restored.
    pub(crate) backup: Option<Box<(Unit, Books, Vec<usize>)>>,
    /// When it was made.
    pub(crate) backup_on: u32,
    pub(crate) day: u32,
    pub(crate) gate: Gate,
    pub(crate) is_paused: bool,
    pub(crate) is_account_held: bool,
    /// The supplier is being asked whether it still sells the product of this attempt.
    pub(crate) asks_product: Option<usize>,
    /// Nobody at the shop may buy: its supplier is bought from by people.
    pub(crate) is_by_hand: bool,
    /// A unit that staff refunded although it had been delivered.
    pub(crate) was_taken_back: bool,
    pub(crate) was_restored: bool,
    /// The database is an older one, and its units do not know it yet.
    pub(crate) is_unreleased: bool,
    pub(crate) left: Left,
}

/// How much may still happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Left {
    /// Replies that are lost, or say nothing.
    pub(crate) faults: u8,
    /// Answers that are no: certain ones.
    pub(crate) noes: u8,
    pub(crate) lies: u8,
    /// Processes that are killed.
    pub(crate) kills: u8,
    /// Answers that are written a second time.
    pub(crate) repeats: u8,
    /// Calls that are not sent in time.
    pub(crate) held_up: u8,
    pub(crate) offers: u8,
    pub(crate) attempts: u8,
    /// What staff do.
    pub(crate) staff: u8,
    pub(crate) blocks: u8,
    pub(crate) hints: u8,
    pub(crate) days: u8,
    pub(crate) restores: u8,
    /// Closings of the gate.
    pub(crate) closings: u8,
}

/// A call to the supplier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Call {
    pub(crate) order: usize,
    pub(crate) kind: CallKind,
    pub(crate) sent_on: u32,
    /// Which of the order's payments it is.
    pub(crate) number: u32,
    pub(crate) phase: Phase,
}

/// [`SupplierCall`], in an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum CallKind {
    Order,
    Pay,
    Look,
    Key,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Phase {
    /// On its way to the supplier; its process waits for the answer.
    Sent,
    /// On its way to the supplier; its process was killed.
    Orphaned,
    /// The answer is on its way, or in the process's hands.
    Answered(Reply),
}

impl World {
    /// A unit that was paid for and whose key has to be bought.
    pub(crate) fn planned(left: Left) -> Self {
        Self::starting(Unit::unasked(UnitState::Planned, false, true), left)
    }

    /// A unit as it is after the checkout.
    pub(crate) fn starting(mut unit: Unit, left: Left) -> Self {
        unit.next_at = Some(Timestamp::EPOCH).filter(|_| unit.state != UnitState::Held);
        Self {
            books: Books::paid(&unit),
            unit,
            orders_of: Vec::new(),
            supplier: Vec::new(),
            calls: Vec::new(),
            spool: Vec::new(),
            backup: None,
            backup_on: 0,
            day: 0,
            gate: Gate::Open,
            is_paused: false,
            is_account_held: false,
            asks_product: None,
            is_by_hand: false,
            was_taken_back: false,
            was_restored: false,
            is_unreleased: false,
            left,
        }
    }

    /// A unit two of whose attempts were told to be paid, and nothing was heard of it: the one was charged and is in doubt, or ended as
    /// not charged; the other is in doubt, and was not. Its supplier took what was reserved.
    pub(crate) fn twice_in_doubt(first: MoneyStage, left: Left) -> Self {
        let mut world = Self::starting(Unit::unasked(UnitState::Again, false, false), left);
        for (money, charges) in [(first, 1), (MoneyStage::InDoubt, 0)] {
            let is_in_doubt = money == MoneyStage::InDoubt;
            world.unit.attempts.push(Attempt {
                order: OrderStage::Placed,
                money,
                key: KeyStage::None,
                placed_at: Some(time_on(0)),
                payments: 1,
                charged_since: Some(time_on(0)).filter(|_| is_in_doubt),
                seen_unpaid_at: None,
                looks: 0,
                has_case: false,
                next_at: Some(time_on(0)).filter(|_| is_in_doubt),
            });
            world.orders_of.push(world.supplier.len());
            world.supplier.push(SupplierOrder {
                is_made: true,
                is_in_terms: true,
                charges,
                payments: 1,
                ..SupplierOrder::default()
            });
            let last = if is_in_doubt {
                AttemptPosting::Charged
            } else {
                AttemptPosting::ChargeVoid
            };
            world.books.posted.push(Some(last));
            world.books.in_doubt += i8::from(is_in_doubt);
            world.books.purse -= i8::from(is_in_doubt);
        }
        world
    }

    pub(crate) fn now(&self) -> Timestamp {
        time_on(self.day)
    }

    /// What a process finds that looks whether it may spend.
    pub(crate) fn spending(&self) -> Spending {
        if self.is_account_held {
            Spending::AccountHeld
        } else if self.is_by_hand {
            Spending::ByHand
        } else if self.is_paused || self.has_no_attempt_left() {
            Spending::Paused
        } else {
            Spending::Allowed
        }
    }

    /// The search ends somewhere: a unit that had so many attempts waits for its deadline.
    fn has_no_attempt_left(&self) -> bool {
        let begins = matches!(self.unit.state, UnitState::Planned | UnitState::Again);
        begins && usize::from(self.left.attempts) <= self.unit.attempts.len()
    }

    /// The place of the attempt that this order of the supplier is; `None`: the database does not know it any more.
    pub(crate) fn attempt_of(&self, order: usize) -> Option<usize> {
        self.orders_of.iter().position(|one| *one == order)
    }

    /// Nothing is under way, and nothing has to be done any more.
    pub(crate) fn is_at_rest(&self) -> bool {
        let is_idle = self.calls.is_empty() && self.spool.is_empty() && !self.is_unreleased;
        let is_finished = !self.unit.attempts.iter().any(Attempt::is_possibly_charged);
        is_idle && is_finished && !self.unit.state.is_open()
    }

    /// Times that only say how long to wait do not tell states apart: here anything may take any time.
    pub(crate) fn forget_pauses(&mut self) {
        let due = |at: &mut Option<Timestamp>| *at = at.map(|_| Timestamp::EPOCH);
        due(&mut self.unit.next_at);
        for attempt in &mut self.unit.attempts {
            due(&mut attempt.next_at);
            due(&mut attempt.seen_unpaid_at);
            attempt.looks = 0;
        }
        self.calls.sort_unstable();
    }
}

/// The first moment of a day.
pub(crate) fn time_on(day: u32) -> Timestamp {
    Timestamp::EPOCH.plus(DAY * day)
}

/// The shop's times, with pauses that do not matter here.
pub(crate) fn times() -> FulfilmentTimes {
    FulfilmentTimes {
        second_look_after: Duration::ZERO,
        case_after: Duration::from_secs(24 * 3_600),
        ..FulfilmentTimes::default()
    }
}

impl From<SupplierCall> for CallKind {
    fn from(call: SupplierCall) -> Self {
        match call {
            SupplierCall::Order => Self::Order,
            SupplierCall::Pay => Self::Pay,
            SupplierCall::Look => Self::Look,
            SupplierCall::Key => Self::Key,
        }
    }
}
