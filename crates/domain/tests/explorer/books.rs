//! The books: what the commands posted, reserved, claimed and delivered, counted apart from the unit that they came with.

use domain::unit::{AttemptCase, AttemptPosting, Unit, UnitState};

/// What the commands did. A copy was paid with 1; an attempt costs 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Books {
    pub(crate) orders_open: i8,
    pub(crate) wallet: i8,
    pub(crate) sales: i8,
    pub(crate) purse: i8,
    pub(crate) in_doubt: i8,
    pub(crate) key_cost: i8,
    pub(crate) key_stock: i8,
    pub(crate) supplier_loss: i8,
    pub(crate) reserved: i8,
    pub(crate) claimed: i8,
    pub(crate) open_units: i8,
    pub(crate) delivered: i8,
    pub(crate) refunded: i8,
    /// What was posted last for each attempt.
    pub(crate) posted: Vec<Option<AttemptPosting>>,
    /// The attempts of which a case says that the key is gone.
    pub(crate) burnt_cases: Vec<usize>,
    /// The attempts of which a case says that the supplier does not know them.
    pub(crate) denied_cases: Vec<usize>,
    /// Keys of attempts that the database does not know.
    pub(crate) foreign_keys: i8,
}

impl Books {
    /// Those after a checkout.
    pub(crate) fn paid(unit: &Unit) -> Self {
        Self {
            orders_open: 1,
            wallet: -1,
            reserved: i8::from(unit.has_reservation),
            claimed: i8::from(unit.has_key),
            open_units: 1,
            ..Self::default()
        }
    }

    /// Posts the price of an attempt.
    pub(crate) fn post(&mut self, posting: AttemptPosting, at: usize) -> Result<(), String> {
        use AttemptPosting::{ChargeAgain, ChargeVoid, Charged, FoundStocked, FoundUsed, Lost, Stocked, Used};
        self.posted.resize(self.posted.len().max(at + 1), None);
        let last = self.posted[at].replace(posting);
        let is_in_doubt = matches!(last, Some(Charged | ChargeAgain));
        let (debit, credit, follows) = match posting {
            Charged => (&mut self.in_doubt, &mut self.purse, last.is_none()),
            ChargeAgain => (&mut self.in_doubt, &mut self.purse, last == Some(ChargeVoid)),
            ChargeVoid => (&mut self.purse, &mut self.in_doubt, is_in_doubt),
            Used => (&mut self.key_cost, &mut self.in_doubt, is_in_doubt),
            Stocked => (&mut self.key_stock, &mut self.in_doubt, is_in_doubt),
            Lost => (&mut self.supplier_loss, &mut self.in_doubt, is_in_doubt),
            FoundUsed => (&mut self.key_cost, &mut self.supplier_loss, last == Some(Lost)),
            FoundStocked => (&mut self.key_stock, &mut self.supplier_loss, last == Some(Lost)),
        };
        *debit += 1;
        *credit -= 1;
        if follows {
            Ok(())
        } else {
            Err(format!("{posting:?} is posted after {last:?}"))
        }
    }

    pub(crate) fn case(&mut self, case: AttemptCase, at: usize) {
        match case {
            AttemptCase::KeyBurnt => self.burnt_cases.push(at),
            AttemptCase::OrderUnknown => self.denied_cases.push(at),
            AttemptCase::OutOfTerms | AttemptCase::NoEnd => {}
        }
    }

    /// The price goes back.
    pub(crate) fn refund(&mut self, before: UnitState) {
        self.orders_open -= 1;
        self.wallet += 1;
        self.refunded += 1;
        self.open_units -= i8::from(before.is_open());
    }

    pub(crate) fn deliver(&mut self) {
        self.orders_open -= 1;
        self.sales += 1;
        self.open_units -= 1;
        self.delivered += 1;
        self.claimed = 1;
    }

    pub(crate) fn take_back(&mut self) {
        self.sales -= 1;
        self.orders_open += 1;
    }
}
