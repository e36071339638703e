//! Offers: the products of suppliers that are sold as a game, and which of them the shop shows.

use crate::catalog::{Game, GameFacts, Requirements};
use crate::clock::Timestamp;
use crate::id::{GameId, OfferId, ProductId, SupplierName};
use crate::money::Cents;
use crate::overrides::{OverrideChange, Overrides};
use crate::supplier::ProductFacts;
use crate::suppliers::Suppliers;
use crate::term::Aliases;

/// A product of a supplier, sold as a game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its id.
    pub id: OfferId,
    /// Its game.
    pub game: GameId,
    /// Its supplier.
    pub supplier: SupplierName,
    /// The supplier's product.
    pub product: ProductId,
    /// The supplier's price.
    pub cost: Cents,
    /// The customer's price.
    pub price: Cents,
    /// Copies that the supplier has; written only by syncs.
    pub supplier_qty: i64,
    /// Copies promised to customers and not yet bought; written only by this shop.
    pub reserved: i64,
    /// Whether the supplier no longer has the product.
    pub hidden: bool,
    /// Whether a lower price waits for a decision of the staff; until then it is not for sale.
    pub parked: bool,
    /// Its number among its supplier's offers, from 1, without large gaps.
    pub number: i64,
    /// The fingerprint of the supplier's text that it was read from; 0 where it is not known.
    pub fingerprint: i64,
    /// The start of the first complete crawl that did not show it; `None` while crawls show it.
    pub missed_at: Option<Timestamp>,
    /// The supplier's time of change, in the supplier's format; may be empty.
    pub supplier_updated_at: String,
    /// When the page with these values was requested.
    pub observed_at: Timestamp,
}

impl Offer {
    /// The offer of the shop's own keys of a game, none yet; its number is assigned when it is stored.
    #[must_use]
    pub fn own(id: OfferId, game: GameId, price: Cents, now: Timestamp) -> Self {
        Self {
            id,
            game,
            supplier: SupplierName::own(),
            product: game.into(),
            cost: Cents::ZERO,
            price,
            supplier_qty: 0,
            reserved: 0,
            hidden: false,
            parked: false,
            number: 0,
            fingerprint: 0,
            missed_at: None,
            supplier_updated_at: String::new(),
            observed_at: now,
        }
    }

    /// The offer of a new product; its number is assigned when it is stored.
    #[must_use]
    pub fn new(id: OfferId, game: GameId, supplier: SupplierName, product: &ProductFacts, fingerprint: i64) -> Self {
        let mut offer = Self {
            id,
            game,
            supplier,
            product: product.product.clone(),
            cost: Cents::ZERO,
            price: Cents::ZERO,
            supplier_qty: 0,
            reserved: 0,
            hidden: false,
            parked: false,
            number: 0,
            fingerprint,
            missed_at: None,
            supplier_updated_at: String::new(),
            observed_at: product.observed_at,
        };
        offer.take(product, fingerprint);
        offer
    }

    /// Takes over all values of the product but its price: this falls so far that it waits until the run knows how many do.
    /// The fingerprint is unknown, because not all of the text was taken.
    pub fn take_all_but_price(&mut self, product: &ProductFacts) {
        let (cost, price) = (self.cost, self.price);
        self.take(product, 0);
        (self.cost, self.price) = (cost, price);
    }

    /// Takes over the stock alone.
    pub fn take_copies(&mut self, product: &ProductFacts) {
        let (cost, price) = (self.cost, self.price);
        self.take_stock(product);
        (self.cost, self.price) = (cost, price);
    }

    /// Takes over all values of the product.
    pub fn take(&mut self, product: &ProductFacts, fingerprint: i64) {
        self.take_stock(product);
        self.fingerprint = fingerprint;
        self.supplier_updated_at.clone_from(&product.supplier_updated_at);
        self.hidden = false;
    }

    /// Takes over price and stock only. The fingerprint is then unknown, because the rest of the text may differ.
    pub fn take_stock(&mut self, product: &ProductFacts) {
        self.cost = product.cost;
        self.price = product.facts.price;
        self.supplier_qty = product.facts.copies;
        self.observed_at = product.observed_at;
        self.fingerprint = 0;
    }

    /// Sets the stock to zero, because a page requested at `observed_at` has a product that cannot be sold. The fingerprint
    /// is then unknown, so that the next readable text is parsed, whatever it is.
    pub fn sell_out(&mut self, observed_at: Timestamp) {
        (self.supplier_qty, self.fingerprint, self.observed_at) = (0, 0, observed_at);
    }

    /// Whether `other` has the same values, whatever the times of the requests and the fingerprints.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        Self {
            observed_at: other.observed_at,
            fingerprint: other.fingerprint,
            missed_at: other.missed_at,
            ..self.clone()
        } == *other
    }

    /// Copies of it for sale now.
    #[must_use]
    pub fn for_sale(&self, suppliers: &Suppliers) -> i64 {
        if self.hidden || self.parked || !suppliers.sells(&self.supplier) {
            return 0;
        }
        (self.supplier_qty - self.reserved).max(0)
    }

    /// The product with the values of this offer and the other fields of its game's `facts`.
    #[must_use]
    pub fn described_by(&self, facts: &GameFacts) -> ProductFacts {
        ProductFacts {
            product: self.product.clone(),
            facts: GameFacts {
                price: self.price,
                copies: self.supplier_qty,
                ..facts.clone()
            },
            cost: self.cost,
            supplier_updated_at: self.supplier_updated_at.clone(),
            observed_at: self.observed_at,
        }
    }
}

/// The shown offer of a game: the cheapest for sale; at an equal price the shop's own, then the lowest rank, then the lowest
/// id. If none is for sale, the cheapest that is not hidden, in the same order; `None` if all are hidden.
#[must_use]
pub fn shown<'o>(offers: &'o [Offer], suppliers: &Suppliers) -> Option<&'o Offer> {
    offers.iter().filter(|offer| !offer.hidden).min_by_key(|offer| {
        let sold_out = offer.for_sale(suppliers) == 0;
        (sold_out, offer.price, suppliers.rank(&offer.supplier), offer.id)
    })
}

/// The leading offer of a game, whose texts the game shows: the lowest rank of those that are not hidden. The shop's own keys
/// have no texts, and never lead.
#[must_use]
pub fn leading<'o>(offers: &'o [Offer], suppliers: &Suppliers) -> Option<&'o Offer> {
    offers
        .iter()
        .filter(|offer| !offer.hidden && !offer.supplier.is_own())
        .min_by_key(|offer| (suppliers.rank(&offer.supplier), offer.id))
}

/// A game with all its offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferedGame {
    /// The game.
    pub game: Game,
    /// Its offers, including hidden ones.
    pub offers: Vec<Offer>,
    /// What staff set of it by hand.
    pub overrides: Overrides,
}

impl OfferedGame {
    /// The offer of a supplier's product.
    #[must_use]
    pub fn offer(&self, supplier: &SupplierName, product: &ProductId) -> Option<&Offer> {
        self.offers
            .iter()
            .find(|offer| offer.supplier == *supplier && offer.product == *product)
    }

    /// Sets the game's price and copies to those of its shown offer; hides the game if there is none. A price and a
    /// withdrawal of the staff stand above that.
    pub fn settle(&mut self, suppliers: &Suppliers) {
        match shown(&self.offers, suppliers) {
            Some(offer) => {
                self.game.facts.price = offer.price;
                self.game.facts.copies = offer.for_sale(suppliers);
                self.game.hidden = false;
            }
            None => self.game.hidden = true,
        }
        self.overrides.settle(&mut self.game);
    }

    /// Overrides fields by hand, or gives them back to the suppliers.
    pub fn override_fields(&mut self, changes: &[OverrideChange], suppliers: &Suppliers) {
        self.overrides.lift(&mut self.game);
        self.overrides.change(changes);
        self.overrides.lay(&mut self.game);
        self.settle(suppliers);
    }

    /// Takes over the fields of `product`, the product of the offer `id`: all fields if that offer leads, otherwise those
    /// that are empty in the game. If other suppliers offer it, fields that are empty in a leading product stay as they are.
    /// Of fields that staff set, only what the supplier says of them changes. Names that staff renamed, merged or deleted become
    /// what `aliases` say.
    pub fn describe(&mut self, id: OfferId, product: &ProductFacts, suppliers: &Suppliers, aliases: &Aliases) {
        self.overrides.lift(&mut self.game);
        let (price, copies) = (self.game.facts.price, self.game.facts.copies);
        let leads = leading(&self.offers, suppliers).is_none_or(|offer| offer.id == id);
        let mut facts = aliases.applied(product.facts.clone());
        if !leads {
            facts = std::mem::replace(&mut self.game.facts, facts);
        }
        // `facts` now has precedence, and the game's fields fill its empty ones.
        let with_texts = self.offers.iter().filter(|offer| !offer.supplier.is_own());
        if !leads || with_texts.count() > 1 {
            facts.fill_from(&self.game.facts);
        }
        self.game.facts = GameFacts { price, copies, ..facts };
        self.overrides.lay(&mut self.game);
    }
}

impl GameFacts {
    /// Copies from `other` the fields that are empty here.
    pub fn fill_from(&mut self, other: &Self) {
        fn fill<T: Clone>(own: &mut T, other: &T, is_empty: impl Fn(&T) -> bool) {
            if is_empty(own) {
                own.clone_from(other);
            }
        }
        for (own, other) in [
            (&mut self.description_html, &other.description_html),
            (&mut self.image, &other.image),
        ] {
            fill(own, other, String::is_empty);
        }
        for (own, other) in [
            (&mut self.release_date, &other.release_date),
            (&mut self.region, &other.region),
            (&mut self.activation_service, &other.activation_service),
            (&mut self.developer, &other.developer),
            (&mut self.publisher, &other.publisher),
        ] {
            fill(own, other, Option::is_none);
        }
        for (own, other) in [
            (&mut self.images, &other.images),
            (&mut self.platforms, &other.platforms),
            (&mut self.genres, &other.genres),
            (&mut self.categories, &other.categories),
        ] {
            fill(own, other, Vec::is_empty);
        }
        fill(&mut self.requirements, &other.requirements, |own| {
            *own == Requirements::default()
        });
    }
}

#[cfg(test)]
#[path = "offer_tests.rs"]
mod tests;
