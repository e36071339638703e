//! A supplier's products as it really has them, and what is wrong with some.

use super::super::mix;
use super::world::Word;

/// A product.
#[derive(Clone, Debug)]
pub(super) struct Good {
    /// The supplier's id.
    pub(super) product: String,
    /// The game that it is an offer of.
    pub(super) game: u32,
    /// The price around which it moves, in cents.
    base: i64,
    /// In cents.
    pub(super) cost: i64,
    pub(super) qty: i64,
    pub(super) is_gone: bool,
    /// The number of what makes it unreadable, if anything does.
    pub(super) spoiled: Option<usize>,
}

/// One in so many changes sells a product out.
const SOLD_OUT: u64 = 8;

impl Good {
    pub(super) fn new(product: String, game: u32, seed: u64) -> Self {
        let base = 800 + (mix(seed ^ u64::from(game)) % 5_000).cast_signed();
        Self {
            product,
            game,
            base,
            cost: base,
            qty: 50,
            is_gone: false,
            spoiled: None,
        }
    }

    /// Moves price and stock. The price stays within 80 to 125 % of its own, so that no run may take an honest price for
    /// half of an earlier one.
    pub(super) fn drift(&mut self, state: u64) {
        let percent = 80 + (state % 46).cast_signed();
        self.cost = self.base * percent / 100;
        self.qty = if mix(state ^ 5).is_multiple_of(SOLD_OUT) {
            0
        } else {
            1 + ((state >> 8) % 200).cast_signed()
        };
    }

    /// What an honest list says of it.
    pub(super) const fn word(&self) -> Word {
        if self.is_gone {
            return Word::Gone;
        }
        if self.spoiled.is_some() {
            return Word::Unreadable;
        }
        Word::Offered {
            cost: self.cost,
            qty: self.qty,
        }
    }
}

/// Cents as euros with two decimals, always of the same length below 100 euros.
pub(super) fn euros(cents: i64) -> String {
    format!("{:02}.{:02}", cents / 100, cents % 100)
}

/// A number of different indices below `len`.
pub(super) fn some(count: usize, len: usize, mut state: u64) -> Vec<usize> {
    let mut all: Vec<usize> = (0..len).collect();
    for last in (1..len).rev() {
        state = mix(state);
        all.swap(last, usize::try_from(state % (last as u64 + 1)).unwrap_or_default());
    }
    all.truncate(count);
    all
}
