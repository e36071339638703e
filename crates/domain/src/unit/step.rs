//! One step of a unit in the making: what its rows in the table say it with.

use super::{
    Attempt, AttemptCase, AttemptPosting, Decision, DeliveredKey, FulfilmentTimes, KeyStage, MoneyStage, OfferGivenUp,
    OrderStage, SupplierCall, Unit, UnitCommand, UnitEnd, UnitState,
};
use crate::clock::Timestamp;
use std::time::Duration;

/// One step of a unit.
#[derive(Debug)]
pub(super) struct Step<'t> {
    pub(super) unit: Unit,
    commands: Vec<UnitCommand>,
    pub(super) times: &'t FulfilmentTimes,
    now: Timestamp,
}

impl<'t> Step<'t> {
    pub(super) fn of(unit: &Unit, times: &'t FulfilmentTimes, now: Timestamp) -> Self {
        Self {
            unit: unit.clone(),
            commands: Vec::new(),
            times,
            now,
        }
    }

    /// What was decided so far.
    pub(super) fn done(self) -> Decision {
        Decision {
            unit: self.unit,
            commands: self.commands,
        }
    }

    /// The unit is at `state`, and its turn comes at once.
    pub(super) fn becomes(self, state: UnitState) -> Self {
        self.becomes_after(state, Duration::ZERO)
    }

    /// The unit is at `state`, and its turn comes after `pause`.
    pub(super) fn becomes_after(mut self, state: UnitState, pause: Duration) -> Self {
        self.unit.state = state;
        self.wait(pause)
    }

    /// The unit is at `state`, and only something that happens moves it.
    pub(super) fn rests_at(mut self, state: UnitState) -> Self {
        self.unit.state = state;
        self.unit.next_at = None;
        self
    }

    /// The unit's turn comes after `pause`.
    pub(super) fn wait(mut self, pause: Duration) -> Self {
        self.unit.next_at = Some(self.now.plus(pause));
        self
    }

    pub(super) fn command(mut self, command: UnitCommand) -> Self {
        self.commands.push(command);
        self
    }

    /// The attempt in that place calls the supplier, and nobody else takes the unit before the answer must be there.
    pub(super) fn call(self, call: SupplierCall, at: usize) -> Self {
        let lease = self.times.lease;
        self.wait(lease).command(UnitCommand::Call(call, at))
    }

    pub(super) fn case(self, case: AttemptCase, at: usize) -> Self {
        self.command(UnitCommand::Case(case, at))
    }

    /// What is reserved, or claimed, for the unit is for sale again.
    pub(super) fn free(mut self) -> Self {
        if self.unit.has_key && !self.unit.is_revealed {
            self.unit.has_key = false;
            self = self.command(UnitCommand::FreeKey);
        }
        if self.unit.has_reservation {
            self.unit.has_reservation = false;
            self = self.command(UnitCommand::FreeReservation);
        }
        self
    }

    /// The unit ends without a key: its price goes back, its attempt goes on alone.
    pub(super) fn refund(self, end: UnitEnd) -> Self {
        let ended = self.free().command(UnitCommand::Refund(end)).set_aside();
        ended.rests_at(UnitState::Refunded)
    }

    /// The unit gets this key.
    pub(super) fn deliver(self, key: DeliveredKey) -> Self {
        let mut freed = if key == DeliveredKey::Own { self } else { self.free() };
        freed.unit.has_key = true;
        let delivered = freed.command(UnitCommand::Deliver(key));
        delivered.rests_at(UnitState::Delivered)
    }

    /// Where a unit waits whose key has to be bought.
    pub(super) const fn waiting(&self) -> UnitState {
        if self.unit.has_reservation {
            UnitState::Planned
        } else {
            UnitState::Again
        }
    }

    /// The offer was refused: the unit waits for the next one, which is sought at once.
    pub(super) fn next_offer(self, reason: OfferGivenUp) -> Self {
        let waiting = self.waiting();
        self.command(UnitCommand::NextOffer(reason)).becomes(waiting)
    }

    /// A new attempt begins.
    pub(super) fn ask(mut self) -> Self {
        let at = self.unit.attempts.len();
        self.unit.attempts.push(Attempt::begun());
        self.unit.current = Some(at);
        self.unit.state = UnitState::Asking;
        self.call(SupplierCall::Order, at)
    }

    pub(super) fn attempt(&self, at: usize) -> &Attempt {
        &self.unit.attempts[at]
    }

    /// The attempt in that place becomes what `change` makes of it; what that means for its price is posted. A key of it counts as
    /// `key`.
    fn change(mut self, at: usize, key: AttemptPosting, change: impl FnOnce(&mut Attempt)) -> Self {
        let attempt = &mut self.unit.attempts[at];
        let before = attempt.booked();
        change(attempt);
        attempt.charged_since = attempt.charged_since.filter(|_| attempt.is_possibly_charged());
        if attempt.is_possibly_charged() {
            attempt.charged_since.get_or_insert(self.now);
        }
        let posted = before.until(attempt.booked(), key);
        let posted = posted.into_iter().map(|posting| UnitCommand::Post(posting, at));
        self.commands.extend(posted);
        self
    }

    /// Its order was made.
    pub(super) fn placed(self, at: usize) -> Self {
        let now = self.now;
        self.change(at, AttemptPosting::Used, |attempt| {
            attempt.order = OrderStage::Placed;
            attempt.placed_at = Some(now);
        })
    }

    /// Nothing will be bought by it, and it was not charged.
    pub(super) fn void(self, at: usize) -> Self {
        self.change(at, AttemptPosting::Used, |attempt| {
            attempt.order = OrderStage::Void;
            attempt.money = match attempt.money {
                MoneyStage::None | MoneyStage::Intent => MoneyStage::None,
                MoneyStage::InDoubt | MoneyStage::Ended => MoneyStage::Ended,
                MoneyStage::Certain => MoneyStage::Certain,
            };
        })
    }

    /// This is known of its money now.
    pub(super) fn money(self, at: usize, money: MoneyStage) -> Self {
        self.change(at, AttemptPosting::Used, |attempt| {
            attempt.money = money;
            attempt.looks = 0;
        })
    }

    /// It was charged, and this is known of its key now.
    pub(super) fn key(self, at: usize, key: KeyStage, counts_as: AttemptPosting) -> Self {
        self.change(at, counts_as, |attempt| {
            attempt.money = MoneyStage::Certain;
            attempt.key = key;
        })
    }

    /// It was charged, and its key is gone: a person asks the supplier for the money.
    pub(super) fn burn(self, at: usize) -> Self {
        self.key(at, KeyStage::Burnt, AttemptPosting::Used)
            .case(AttemptCase::KeyBurnt, at)
    }

    /// The supplier is asked for its key.
    pub(super) fn asks_key(mut self, at: usize) -> Self {
        self.unit.attempts[at].key = KeyStage::Asked;
        self
    }

    /// A look at its order is made, or its key is asked for, after `pause`.
    pub(super) fn look_later(mut self, at: usize, pause: Duration) -> Self {
        let now = self.now;
        let attempt = &mut self.unit.attempts[at];
        attempt.looks = attempt.looks.saturating_add(1);
        attempt.next_at = Some(now.plus(pause));
        self
    }

    /// A person is asked about it, once, if it has no end for too long.
    pub(super) fn case_when_overdue(mut self, at: usize) -> Self {
        let attempt = &mut self.unit.attempts[at];
        let is_overdue = attempt
            .charged_since
            .is_some_and(|since| self.now.since(since) >= self.times.case_after);
        if attempt.has_case || !is_overdue {
            return self;
        }
        attempt.has_case = true;
        self.case(AttemptCase::NoEnd, at)
    }

    /// How long ago its order was made.
    pub(super) fn age(&self, at: usize) -> Duration {
        let placed_at = self.attempt(at).placed_at;
        placed_at.map_or(Duration::ZERO, |placed_at| self.now.since(placed_at))
    }

    /// The unit's attempt goes on alone: what the supplier may have charged for is looked at until it ends.
    pub(super) fn set_aside(mut self) -> Self {
        let Some(at) = self.unit.current.take() else {
            return self;
        };
        self.schedule(at)
    }

    /// The database is an older one: what it holds to be unpaid may have been paid since, also if a deadline or a pause that was
    /// too long has set it aside before anybody knew. What had lapsed by `until`, when the older database was the newest, was not.
    pub(super) fn doubt_what_was_placed(mut self, until: Timestamp) -> Self {
        for at in 0..self.unit.attempts.len() {
            let attempt = self.attempt(at);
            let may_be_paid = attempt
                .placed_at
                .is_some_and(|placed_at| placed_at.plus(self.times.lapses_after) >= until);
            let is_unpaid = may_be_paid && attempt.money == MoneyStage::None;
            if is_unpaid && self.unit.current != Some(at) {
                self = self.money(at, MoneyStage::InDoubt).schedule(at);
            }
        }
        self
    }

    /// When the turn of an attempt comes that is set aside.
    pub(super) fn schedule(mut self, at: usize) -> Self {
        let attempt = &mut self.unit.attempts[at];
        let pause = match (attempt.money, attempt.key) {
            _ if !attempt.is_possibly_charged() => None,
            // Somebody may still wait for the answer.
            (MoneyStage::Intent, _) => Some(self.times.lease),
            (MoneyStage::InDoubt, _) => Some(self.times.look_after(attempt.looks)),
            (MoneyStage::Certain, KeyStage::None) => Some(Duration::ZERO),
            (MoneyStage::Certain | MoneyStage::None | MoneyStage::Ended, _) => Some(self.times.key_again_after),
        };
        attempt.next_at = pause.map(|pause| self.now.plus(pause));
        self
    }
}
