//! Comparison of a parsed product with its offer and the offer's game.

use domain::catalog::Game;
use domain::id::{OfferId, SupplierName};
use domain::offer::{Offer, OfferedGame};
use domain::parking::{Parked, ParkedChange, falls_below_half};
use domain::suppliers::Suppliers;
use domain::sync::SyncKind;
use domain::term::Aliases;
use domain::touch::Touch;
use storage::Tx;

use super::change_detection::Observation;

/// The result of a comparison.
pub(super) enum Comparison {
    /// The offer is newer or equal.
    Unchanged,
    /// All values are equal; only the supplier's text differs, whose fingerprint this is.
    OtherText(OfferId, i64),
    /// The offer or its game changes.
    Changed(OfferId),
}

/// What becomes of a change of an offer that was held back.
pub(super) enum HeldBack {
    /// Nothing new: what was held back still is.
    AsBefore,
    /// This one is held back, instead of an earlier one.
    Now(ParkedChange),
    /// Of this offer, nothing is held back any more.
    Over(OfferId),
}

/// The context of comparisons.
#[derive(Clone, Copy)]
pub(super) struct Hearing<'a> {
    pub(super) supplier: &'a SupplierName,
    pub(super) suppliers: &'a Suppliers,
    pub(super) kind: SyncKind,
    /// Whether prices that fall below half are held back until the run knows how many do. Otherwise only those are that
    /// wait for a decision already.
    pub(super) holds_back: bool,
}

impl Hearing<'_> {
    /// Applies what was read of a product to its offer in `held` and to the game.
    pub(super) fn take(
        &self,
        held: &mut OfferedGame,
        observation: Observation<'_>,
        aliases: &Aliases,
    ) -> (Comparison, HeldBack) {
        let (product, observed_at) = match observation {
            Observation::Parsed(parsed) => (&parsed.facts.product, parsed.facts.observed_at),
            Observation::Rejected(product, observed_at) => (product, observed_at),
        };
        let is_its = |offer: &Offer| offer.supplier == *self.supplier && offer.product == *product;
        let Some(at) = held.offers.iter().position(is_its) else {
            return (Comparison::Unchanged, HeldBack::AsBefore);
        };
        let (before, game, overrides) = (held.offers[at].clone(), held.game.clone(), held.overrides.clone());
        if before.observed_at > observed_at {
            return (Comparison::Unchanged, HeldBack::AsBefore);
        }
        let held_back = self.hold_back(&before, observation);
        let (offer, id) = (&mut held.offers[at], before.id);
        let is_stock = self.kind == SyncKind::Stock;
        match (observation, &held_back) {
            (Observation::Rejected(..), _) => offer.sell_out(observed_at),
            (Observation::Parsed(parsed), HeldBack::Now(_)) if is_stock => offer.take_copies(&parsed.facts),
            (Observation::Parsed(parsed), HeldBack::Now(_)) => offer.take_all_but_price(&parsed.facts),
            (Observation::Parsed(parsed), _) if is_stock => offer.take_stock(&parsed.facts),
            (Observation::Parsed(parsed), _) => offer.take(&parsed.facts, parsed.fingerprint),
        }
        if let HeldBack::Over(_) = held_back {
            offer.parked = false;
        }
        if let (Observation::Parsed(parsed), false) = (observation, is_stock) {
            held.describe(id, &parsed.facts, self.suppliers, aliases);
        }
        held.settle(self.suppliers);
        if held.game != game || held.overrides != overrides || !held.offers[at].says_the_same_as(&before) {
            return (Comparison::Changed(id), held_back);
        }
        held.offers[at] = before;
        let comparison = match (observation, &held_back) {
            (Observation::Parsed(parsed), HeldBack::AsBefore | HeldBack::Over(_)) if !is_stock => {
                Comparison::OtherText(id, parsed.fingerprint)
            }
            _ => Comparison::Unchanged,
        };
        (comparison, held_back)
    }

    /// What becomes of what is held back of the offer `before`. Of an offer whose lower price waits for a decision, a price
    /// that cannot be read decides nothing.
    fn hold_back(&self, before: &Offer, observation: Observation<'_>) -> HeldBack {
        match observation {
            Observation::Rejected(..) if before.parked => HeldBack::AsBefore,
            Observation::Parsed(parsed)
                if (self.holds_back || before.parked) && falls_below_half(before.cost, parsed.facts.cost) =>
            {
                HeldBack::Now(ParkedChange {
                    offer: before.id,
                    game: before.game,
                    what: Parked::Lower {
                        cost: parsed.facts.cost,
                        price: parsed.facts.facts.price,
                        // A stock check takes over nothing else of the text.
                        fingerprint: if self.kind == SyncKind::Stock {
                            0
                        } else {
                            parsed.fingerprint
                        },
                    },
                })
            }
            _ => HeldBack::Over(before.id),
        }
    }
}

/// Whether a game changed only in price, copies and visibility.
pub(super) fn differs_in_offer_alone(before: &Game, after: &Game) -> bool {
    before.facts.differs_in_offer_alone(&after.facts)
}

/// Touches what a changed game makes stale: its own views; only the order of lists if only price or copies changed; otherwise
/// all lists, because the sitemap shows the day of any change, and the home page if lists show the game differently and it
/// is or was for sale, because that page shows no others.
pub(crate) fn touch(tx: &mut Tx, before: &Game, after: &Game) {
    if before == after {
        return;
    }
    tx.touch(Touch::Game(after.id));
    let comes_or_goes = before.hidden != after.hidden;
    if !comes_or_goes && differs_in_offer_alone(before, after) {
        tx.touch(Touch::Offers);
        return;
    }
    tx.touch(Touch::Catalog);
    let is_listed_otherwise = comes_or_goes || before.facts.lists_may_differ(&after.facts);
    if is_listed_otherwise && (before.in_stock() || after.in_stock()) {
        tx.touch(Touch::Home);
    }
}
