//! The model: what each deed does to balances, units and free keys, without a database.

use domain::unit::UnitState;
use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

pub(super) const CUSTOMERS: usize = 2;
/// What a key of the shop costs, in cents.
pub(super) const OWN: i64 = 900;
/// What a copy of the supplier costs: 10 EUR with the markup.
pub(super) const BOUGHT: i64 = 1_020;

/// What somebody does. Orders and units are chosen among those that there are, by their numbers.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    TopUp {
        customer: usize,
        cents: i64,
    },
    Adjust {
        customer: usize,
        cents: i64,
    },
    Checkout {
        customer: usize,
        own: usize,
        bought: usize,
    },
    Cancel {
        order: usize,
    },
    Refund {
        order: usize,
        unit: usize,
        says_why: bool,
    },
    Reveal {
        order: usize,
        unit: usize,
    },
    /// A day passes, and what is due is moved on.
    DayPasses,
    Import {
        keys: usize,
    },
    /// Every import is undone.
    UndoImports,
}

/// How a deed ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    TooFewCopies,
    BalanceTooLow,
    NothingToCancel,
    ReasonMissing,
    NoKey,
}

#[derive(Clone, Debug)]
pub(super) struct ModelUnit {
    pub(super) is_own: bool,
    pub(super) state: UnitState,
    pub(super) is_seen: bool,
}

#[derive(Clone, Debug)]
pub(super) struct ModelOrder {
    pub(super) customer: usize,
    pub(super) units: Vec<ModelUnit>,
}

#[derive(Clone, Debug)]
pub(super) struct Model {
    pub(super) balances: [i64; CUSTOMERS],
    pub(super) free_keys: usize,
    pub(super) orders: Vec<ModelOrder>,
    /// How the last deed ended.
    pub(super) outcome: Outcome,
}

impl ModelUnit {
    fn price(&self) -> i64 {
        if self.is_own { OWN } else { BOUGHT }
    }
}

impl Model {
    /// The order and the unit of these numbers.
    pub(super) fn chosen(&self, order: usize, unit: usize) -> (usize, usize) {
        let order = order % self.orders.len();
        (order, unit % self.orders[order].units.len())
    }

    fn after(&mut self, deed: &Deed) -> Outcome {
        match *deed {
            Deed::TopUp { customer, cents } | Deed::Adjust { customer, cents } => {
                if self.balances[customer] + cents < 0 {
                    return Outcome::BalanceTooLow;
                }
                self.balances[customer] += cents;
            }
            Deed::Checkout { customer, own, bought } => return self.bought(customer, own, bought),
            Deed::Cancel { order } => {
                let (order, _) = self.chosen(order, 0);
                if self.end_planned(order) == 0 {
                    return Outcome::NothingToCancel;
                }
            }
            Deed::Refund { order, unit, says_why } => return self.refunded(self.chosen(order, unit), says_why),
            Deed::Reveal { order, unit } => {
                let (order, unit) = self.chosen(order, unit);
                let unit = &mut self.orders[order].units[unit];
                if unit.state != UnitState::Delivered {
                    return Outcome::NoKey;
                }
                unit.is_seen = true;
            }
            Deed::DayPasses => {
                for order in 0..self.orders.len() {
                    self.end_planned(order);
                }
            }
            Deed::Import { keys } => self.free_keys += keys,
            Deed::UndoImports => self.free_keys = 0,
        }
        Outcome::Done
    }

    fn bought(&mut self, customer: usize, own: usize, bought: usize) -> Outcome {
        let unit = |is_own, state| ModelUnit {
            is_own,
            state,
            is_seen: false,
        };
        let mut units = vec![unit(true, UnitState::Delivered); own];
        units.extend(vec![unit(false, UnitState::Planned); bought]);
        let total: i64 = units.iter().map(ModelUnit::price).sum();
        if own > self.free_keys {
            return Outcome::TooFewCopies;
        }
        if total > self.balances[customer] {
            return Outcome::BalanceTooLow;
        }
        self.balances[customer] -= total;
        self.free_keys -= own;
        self.orders.push(ModelOrder { customer, units });
        Outcome::Done
    }

    /// Ends the units of an order whose keys nobody has; returns how many.
    fn end_planned(&mut self, order: usize) -> usize {
        let order = &mut self.orders[order];
        let planned = order.units.iter_mut().filter(|unit| unit.state == UnitState::Planned);
        let mut ended = 0;
        for unit in planned {
            unit.state = UnitState::Refunded;
            self.balances[order.customer] += unit.price();
            ended += 1;
        }
        ended
    }

    fn refunded(&mut self, (order, unit): (usize, usize), says_why: bool) -> Outcome {
        let order = &mut self.orders[order];
        let unit = &mut order.units[unit];
        if unit.state == UnitState::Refunded {
            return Outcome::Done;
        }
        if unit.is_seen && !says_why {
            return Outcome::ReasonMissing;
        }
        unit.state = UnitState::Refunded;
        self.balances[order.customer] += unit.price();
        if unit.is_own && !unit.is_seen {
            self.free_keys += 1;
        }
        Outcome::Done
    }
}

impl ReferenceStateMachine for Model {
    type State = Self;
    type Transition = Deed;

    fn init_state() -> BoxedStrategy<Self> {
        Just(Self {
            balances: [0; CUSTOMERS],
            free_keys: 0,
            orders: Vec::new(),
            outcome: Outcome::Done,
        })
        .boxed()
    }

    fn transitions(_: &Self) -> BoxedStrategy<Deed> {
        let customer = 0..CUSTOMERS;
        prop_oneof![
            2 => (customer.clone(), 500_i64..=5_000).prop_map(|(customer, cents)| Deed::TopUp { customer, cents }),
            2 => (customer.clone(), prop_oneof![-3_000_i64..=-1, 1_i64..=3_000])
                .prop_map(|(customer, cents)| Deed::Adjust { customer, cents }),
            6 => (customer, 0_usize..=2, 0_usize..=1)
                .prop_filter("an order has a copy", |(_, own, bought)| own + bought > 0)
                .prop_map(|(customer, own, bought)| Deed::Checkout { customer, own, bought }),
            1 => (0_usize..8).prop_map(|order| Deed::Cancel { order }),
            4 => (0_usize..8, 0_usize..3, any::<bool>())
                .prop_map(|(order, unit, says_why)| Deed::Refund { order, unit, says_why }),
            4 => (0_usize..8, 0_usize..3).prop_map(|(order, unit)| Deed::Reveal { order, unit }),
            1 => Just(Deed::DayPasses),
            3 => (1_usize..=3).prop_map(|keys| Deed::Import { keys }),
            1 => Just(Deed::UndoImports),
        ]
        .boxed()
    }

    fn preconditions(state: &Self, deed: &Deed) -> bool {
        !state.orders.is_empty() || !matches!(deed, Deed::Cancel { .. } | Deed::Refund { .. } | Deed::Reveal { .. })
    }

    fn apply(mut state: Self, deed: &Deed) -> Self {
        state.outcome = state.after(deed);
        state
    }
}
