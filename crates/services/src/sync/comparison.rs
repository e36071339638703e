//! Comparison of a parsed product with its offer and the offer's game.

use domain::catalog::Game;
use domain::id::{OfferId, SupplierName};
use domain::offer::{Offer, OfferedGame};
use domain::suppliers::Suppliers;
use domain::sync::SyncKind;
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

/// The context of comparisons.
#[derive(Clone, Copy)]
pub(super) struct Hearing<'a> {
    pub(super) supplier: &'a SupplierName,
    pub(super) suppliers: &'a Suppliers,
    pub(super) kind: SyncKind,
}

impl Hearing<'_> {
    /// Applies what was read of a product to its offer in `held` and to the game.
    pub(super) fn take(&self, held: &mut OfferedGame, observation: Observation<'_>) -> Comparison {
        let (product, observed_at) = match observation {
            Observation::Parsed(parsed) => (&parsed.facts.product, parsed.facts.observed_at),
            Observation::Rejected(product, observed_at) => (product, observed_at),
        };
        let is_its = |offer: &Offer| offer.supplier == *self.supplier && offer.product == *product;
        let Some(at) = held.offers.iter().position(is_its) else {
            return Comparison::Unchanged;
        };
        let (before, game) = (held.offers[at].clone(), held.game.clone());
        if before.observed_at > observed_at {
            return Comparison::Unchanged;
        }
        let (offer, id) = (&mut held.offers[at], before.id);
        match observation {
            Observation::Rejected(..) => offer.sell_out(observed_at),
            Observation::Parsed(parsed) if self.kind == SyncKind::Stock => offer.take_stock(&parsed.facts),
            Observation::Parsed(parsed) => {
                offer.take(&parsed.facts, parsed.fingerprint);
                held.describe(id, &parsed.facts, self.suppliers);
            }
        }
        held.settle(self.suppliers);
        if held.game != game || !held.offers[at].says_the_same_as(&before) {
            return Comparison::Changed(id);
        }
        held.offers[at] = before;
        match observation {
            Observation::Parsed(parsed) if self.kind != SyncKind::Stock => {
                Comparison::OtherText(id, parsed.fingerprint)
            }
            _ => Comparison::Unchanged,
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
