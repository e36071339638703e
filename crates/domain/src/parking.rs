//! What a sync does not do by itself: hide offers or lower prices in such numbers that the supplier is more likely wrong.

use crate::id::{GameId, OfferId};
use crate::money::Cents;

/// Up to so many changes of a kind are never absurd: in a small shop, a share says nothing.
pub const FEW: u64 = 10;

/// When changes of a run are parked: they wait for a decision of the staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParkingRule {
    /// The largest share of a supplier's offers, in percent, that a run may hide, or lower below half.
    pub at_most_percent: u32,
}

impl Default for ParkingRule {
    fn default() -> Self {
        Self { at_most_percent: 20 }
    }
}

impl ParkingRule {
    /// Whether `changes` of one kind are too many for `offers`.
    #[must_use]
    pub fn parks(self, changes: u64, offers: u64) -> bool {
        changes > FEW && u128::from(changes) * 100 > u128::from(offers) * u128::from(self.at_most_percent)
    }
}

/// Whether a cost falls below half: a sale perhaps, perhaps a slip of the decimal sign.
#[must_use]
pub const fn falls_below_half(before: Cents, after: Cents) -> bool {
    after.get().saturating_mul(2) < before.get()
}

/// A change that a run has found and not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParkedChange {
    /// The offer.
    pub offer: OfferId,
    /// The offer's game.
    pub game: GameId,
    /// What would change.
    pub what: Parked,
}

/// What a parked change would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parked {
    /// Hide the offer.
    Hide,
    /// Lower its price.
    Lower {
        /// The supplier's price.
        cost: Cents,
        /// The customer's price.
        price: Cents,
        /// The fingerprint of the supplier's text that says so; 0 where it is not known.
        fingerprint: i64,
    },
}

/// How much of a kind a run would change, and of how many offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeldChanges {
    /// Offers that would be hidden.
    pub hides: u64,
    /// Of these, those for sale.
    pub hides_for_sale: u64,
    /// Prices that would fall below half, of offers whose lower price does not wait for a decision already.
    pub lower: u64,
    /// Prices that wait for a decision already, and are still as low.
    pub parked_before: u64,
    /// The supplier's offers that are not hidden and that the shop had before the run.
    pub shown: u64,
    /// Of these, those for sale.
    pub for_sale: u64,
}

impl HeldChanges {
    /// Whether it would hide too much: of what is for sale, or of what is shown.
    #[must_use]
    pub fn hides_too_much(&self, rule: ParkingRule) -> bool {
        rule.parks(self.hides_for_sale, self.for_sale) || rule.parks(self.hides, self.shown)
    }

    /// Whether it would lower too many prices.
    #[must_use]
    pub fn lowers_too_much(&self, rule: ParkingRule) -> bool {
        rule.parks(self.lower, self.for_sale)
    }

    /// Whether nothing was held back.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.hides == 0 && self.lower == 0 && self.parked_before == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_ten_and_more_than_the_share_are_parked() {
        let rule = ParkingRule::default();
        for (changes, offers, parked) in [
            (10, 10, false),
            (11, 55, false),
            (11, 54, true),
            (200, 1_000, false),
            (201, 1_000, true),
            (11, 0, true),
            (u64::MAX, u64::MAX, true),
        ] {
            assert_eq!(rule.parks(changes, offers), parked, "{changes} of {offers}");
        }
        let never = ParkingRule { at_most_percent: 100 };
        assert!(!never.parks(1_000, 1_000));
    }

    #[test]
    fn half_a_price_is_no_fall_below_half() {
        let falls = |before, after| falls_below_half(Cents::new(before), Cents::new(after));
        assert!(!falls(2_000, 1_000));
        assert!(falls(2_000, 999));
        assert!(!falls(0, 0));
        assert!(falls(1_999, 999), "9.99 is less than half of 19.99");
    }

    #[test]
    fn what_is_sold_out_counts_among_what_is_shown() {
        let rule = ParkingRule::default();
        let sold_out = HeldChanges {
            hides: 300,
            shown: 1_000,
            for_sale: 500,
            ..HeldChanges::default()
        };
        assert!(sold_out.hides_too_much(rule));
        assert!(!sold_out.lowers_too_much(rule));
    }
}
