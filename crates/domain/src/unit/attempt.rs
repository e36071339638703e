//! An attempt: one try to buy a unit's key from a supplier, with what is known of its order, its money and its key.

use super::AttemptPosting::{self, ChargeAgain, ChargeVoid, Charged, Lost};
use super::FulfilmentTimes;
use crate::clock::Timestamp;

/// What is known of an attempt's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderStage {
    /// The supplier was asked for it.
    Asked,
    /// The supplier made it.
    Placed,
    /// Nothing will be bought by it.
    Void,
}

/// What is known of an attempt's money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MoneyStage {
    /// The supplier was not told to charge.
    None,
    /// The supplier is being told to.
    Intent,
    /// Nobody knows whether it charged.
    InDoubt,
    /// After a time in doubt it is held not to have charged.
    Ended,
    /// It charged.
    Certain,
}

/// What is known of an attempt's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyStage {
    /// The supplier was not asked for it.
    None,
    /// The supplier was asked.
    Asked,
    /// The supplier gave it away, and the shop has none.
    Burnt,
    /// The shop has it.
    Have,
}

/// One try to buy a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// Its order.
    pub order: OrderStage,
    /// Its money.
    pub money: MoneyStage,
    /// Its key.
    pub key: KeyStage,
    /// When the supplier's answer with the order came.
    pub placed_at: Option<Timestamp>,
    /// How often the supplier was told to charge for it: an answer counts for the last time alone.
    pub payments: u32,
    /// Since when it may have been charged and nothing has come of it.
    pub charged_since: Option<Timestamp>,
    /// When the look was sent that first saw the order unpaid, since its payment is in doubt.
    pub seen_unpaid_at: Option<Timestamp>,
    /// How often somebody looked, or asked for the key, since nobody knew better.
    pub looks: u32,
    /// Whether a case was opened because it does not end.
    pub has_case: bool,
    /// When its turn comes once it is set aside; `None`: nothing is to be done about it.
    pub next_at: Option<Timestamp>,
}

/// Where in the ledger the price of an attempt is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Booked {
    /// Nowhere: it was not charged.
    Nothing,
    /// In doubt: it was charged, or may have been, and there is no key yet.
    InDoubt,
    /// Taken back: it was held to be not charged after all.
    Void,
    /// Lost: it was charged, and the key is gone.
    Lost,
    /// It became a key.
    Spent,
}

impl Attempt {
    /// One that begins.
    pub(super) const fn begun() -> Self {
        Self {
            order: OrderStage::Asked,
            money: MoneyStage::None,
            key: KeyStage::None,
            placed_at: None,
            payments: 0,
            charged_since: None,
            seen_unpaid_at: None,
            looks: 0,
            has_case: false,
            next_at: None,
        }
    }

    /// Where its price is: what is posted follows from what is known.
    pub(super) const fn booked(&self) -> Booked {
        match (self.money, self.key) {
            (_, KeyStage::Have) => Booked::Spent,
            (_, KeyStage::Burnt) => Booked::Lost,
            (MoneyStage::None | MoneyStage::Intent, KeyStage::None | KeyStage::Asked) => Booked::Nothing,
            (MoneyStage::InDoubt | MoneyStage::Certain, KeyStage::None | KeyStage::Asked) => Booked::InDoubt,
            (MoneyStage::Ended, KeyStage::None | KeyStage::Asked) => Booked::Void,
        }
    }

    /// Whether the supplier may have charged for it and nothing came of it yet: set aside, it is looked at, or its key is asked for, until
    /// it ends.
    #[must_use]
    pub fn is_possibly_charged(&self) -> bool {
        self.money == MoneyStage::Intent || self.booked() == Booked::InDoubt
    }

    /// Whether a look that was sent at `sent_at`, and saw its order unpaid, ends the doubt about its money. It is the time of sending
    /// that counts: an answer may have been on its way for hours.
    pub(super) fn ends_unpaid(&self, sent_at: Timestamp, times: &FulfilmentTimes) -> bool {
        let placed_at = self.placed_at.filter(|_| self.money == MoneyStage::InDoubt);
        placed_at.is_some_and(|placed_at| sent_at >= placed_at.plus(times.doubt_ends_after))
    }
}

impl Booked {
    /// What is posted so that the price gets from here to there; `key` is what a key counts as: sold, or in stock.
    pub(super) fn until(self, end: Self, key: AttemptPosting) -> Vec<AttemptPosting> {
        let mut posted = match (self, end) {
            (Self::Nothing, Self::InDoubt | Self::Lost | Self::Spent) => vec![Charged],
            (Self::Void, Self::InDoubt | Self::Lost | Self::Spent) => vec![ChargeAgain],
            (Self::InDoubt, Self::Void) => vec![ChargeVoid],
            (_, Self::Nothing | Self::InDoubt | Self::Void | Self::Lost | Self::Spent) => Vec::new(),
        };
        match end {
            Self::Lost if self != Self::Lost => posted.push(Lost),
            Self::Spent if self == Self::Lost => posted.push(key.found()),
            Self::Spent if self != Self::Spent => posted.push(key),
            Self::Nothing | Self::InDoubt | Self::Void | Self::Lost | Self::Spent => {}
        }
        posted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::AttemptPosting::{FoundStocked, FoundUsed, Stocked, Used};

    #[test]
    fn what_is_posted_leads_from_one_place_to_the_other() {
        let way = |from: Booked, to| from.until(to, Used);
        assert_eq!(way(Booked::Nothing, Booked::InDoubt), [Charged]);
        assert_eq!(way(Booked::Nothing, Booked::Spent), [Charged, Used]);
        assert_eq!(way(Booked::Nothing, Booked::Lost), [Charged, Lost]);
        assert_eq!(way(Booked::InDoubt, Booked::Void), [ChargeVoid]);
        assert_eq!(way(Booked::InDoubt, Booked::Lost), [Lost]);
        assert_eq!(way(Booked::InDoubt, Booked::Spent), [Used]);
        assert_eq!(way(Booked::Void, Booked::InDoubt), [ChargeAgain]);
        assert_eq!(way(Booked::Void, Booked::Lost), [ChargeAgain, Lost]);
        assert_eq!(way(Booked::Void, Booked::Spent), [ChargeAgain, Used]);
        assert_eq!(way(Booked::Lost, Booked::Spent), [FoundUsed]);
        assert_eq!(Booked::Lost.until(Booked::Spent, Stocked), [FoundStocked]);
        for same in [
            Booked::Nothing,
            Booked::InDoubt,
            Booked::Void,
            Booked::Lost,
            Booked::Spent,
        ] {
            assert!(way(same, same).is_empty(), "{same:?}");
        }
    }
}
