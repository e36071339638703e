//! Change detection: which products of a batch say anything new, found by comparing fingerprints, so that only those are parsed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::clock::Timestamp;
use domain::id::{GameId, ProductId, SupplierName};
use domain::money::BasisPoints;
use domain::supplier::ProductFacts;
use domain::sync::SyncKind;
use futures::future::try_join_all;
use storage::offers::KnownOffer;

use super::batch::Batch;
use super::entries::{ListedEntry, PARSED_AT_ONCE};
use crate::{Error, Shop};

/// A product of the supplier, parsed.
#[derive(Clone, Debug)]
pub(super) struct ParsedProduct {
    pub(super) facts: ProductFacts,
    /// The fingerprint of the words that say so.
    pub(super) fingerprint: i64,
    /// The game that it belongs to, as the supplier says.
    pub(super) match_value: Option<String>,
}

/// Why a product cannot be sold.
#[derive(Clone, Debug)]
pub(super) struct Rejected {
    /// All reasons, for an operator.
    pub(super) reason: String,
    /// When its page was requested.
    pub(super) observed_at: Timestamp,
}

/// What was read of a known product.
#[derive(Clone, Copy)]
pub(super) enum Observation<'a> {
    /// Its values.
    Parsed(&'a ParsedProduct),
    /// It cannot be sold, by a page requested at this time.
    Rejected(&'a ProductId, Timestamp),
}

/// A product and the result of parsing it.
type ReadProduct = (ProductId, Result<ParsedProduct, Rejected>);

/// A batch, and which of its products have changed.
pub(super) struct DetectedChanges {
    /// Every product that was shown, those too that cannot be read or sold.
    pub(super) ids: Vec<ProductId>,
    /// Those that an earlier batch of the same crawl has shown.
    pub(super) again: BTreeSet<ProductId>,
    /// The offers among them.
    pub(super) known: Vec<KnownOffer>,
    /// Products that are no offers yet.
    pub(super) new: Vec<ParsedProduct>,
    /// Products that may say something else than their offers.
    pub(super) differing: Vec<ParsedProduct>,
    /// Products that cannot be read or sold; known offers of these are sold out.
    pub(super) rejected: BTreeMap<ProductId, Rejected>,
    /// Why others, of which not even the id is known, could not be read.
    pub(super) unidentified: Vec<String>,
}

impl DetectedChanges {
    /// What was read of known products whose offers may change, by the games of these offers: products with another
    /// fingerprint, and products that cannot be sold any more.
    pub(super) fn concerned(&self) -> HashMap<GameId, Vec<Observation<'_>>> {
        let offers: HashMap<&ProductId, &KnownOffer> = self.known.iter().map(|offer| (&offer.product, offer)).collect();
        let mut by_game: HashMap<GameId, Vec<Observation<'_>>> = HashMap::with_capacity(self.differing.len());
        for product in &self.differing {
            if let Some(offer) = offers.get(&product.facts.product) {
                by_game
                    .entry(offer.game)
                    .or_default()
                    .push(Observation::Parsed(product));
            }
        }
        for (product, rejected) in &self.rejected {
            if let Some(offer) = offers.get(product).filter(|offer| offer.supplier_qty > 0 || offer.held) {
                let observed = Observation::Rejected(product, rejected.observed_at);
                by_game.entry(offer.game).or_default().push(observed);
            }
        }
        by_game
    }

    /// Whether so much of the batch had to be read that it is better read ahead.
    pub(super) fn is_mostly_new(&self) -> bool {
        4 * (self.new.len() + self.differing.len()) > self.ids.len()
    }
}

impl Shop {
    /// Looks at the offers of a batch and reads what their fingerprints do not know.
    ///
    /// What it sees holds until the batch is written: only syncs write it, and the batch's transaction begins with the
    /// proof that no other sync came in between.
    pub(super) async fn detect_changes(
        &self,
        supplier: &SupplierName,
        kind: SyncKind,
        batch: Batch,
    ) -> Result<DetectedChanges, Error> {
        let again = batch.shown.values().filter(|entry| entry.again);
        let again = again.map(|entry| entry.product.clone()).collect();
        let ids: Vec<ProductId> = batch.shown.keys().cloned().collect();
        let known = self.db().offers().known(supplier, &ids).await?;
        let offers: HashMap<&ProductId, &KnownOffer> = known.iter().map(|offer| (&offer.product, offer)).collect();
        let unread = batch
            .shown
            .into_values()
            .filter(|shown| is_to_be_read(kind, offers.get(&shown.product).copied(), shown));
        let (mut new, mut differing, mut rejected) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (product, fresh) in self.read(unread.collect(), self.markup(supplier)).await? {
            match (fresh, offers.get(&product)) {
                (Err(why), _) => {
                    rejected.insert(product, why);
                }
                (Ok(fresh), None) => new.push(fresh),
                (Ok(fresh), Some(offer)) if kind == SyncKind::Stock && says_nothing_new(offer, &fresh.facts) => {}
                (Ok(fresh), Some(_)) => differing.push(fresh),
            }
        }
        // Two titles that fold alike: the lower product keeps the bare address, whatever order they came in.
        new.sort_unstable_by(|a, b| a.facts.product.cmp(&b.facts.product));
        Ok(DetectedChanges {
            ids,
            again,
            known,
            new,
            differing,
            rejected,
            unidentified: batch.unidentified,
        })
    }

    /// Reads products on all processors, away from the threads that answer: their HTML is foreign.
    async fn read(&self, shown: Vec<ListedEntry>, markup: BasisPoints) -> Result<Vec<ReadProduct>, Error> {
        let mut tasks = Vec::new();
        let mut shown = shown.into_iter().peekable();
        while shown.peek().is_some() {
            let some: Vec<ListedEntry> = shown.by_ref().take(PARSED_AT_ONCE).collect();
            tasks.push(self.reader.run(move || read(some, markup)));
        }
        Ok(try_join_all(tasks).await?.into_iter().flatten().collect())
    }
}

fn read(shown: Vec<ListedEntry>, markup: BasisPoints) -> Vec<ReadProduct> {
    let read = shown.into_iter().map(|mut shown| {
        let (product, fingerprint) = (shown.product.clone(), shown.fingerprint);
        let match_value = shown.match_value.take();
        let observed_at = shown.observed_at;
        let parsed = match shown.facts(markup) {
            Ok(facts) => Ok(ParsedProduct {
                facts,
                fingerprint,
                match_value,
            }),
            Err(reason) => Err(Rejected { reason, observed_at }),
        };
        (product, parsed)
    });
    read.collect()
}

/// Whether the words of a product may say something new of its offer.
fn is_to_be_read(kind: SyncKind, offer: Option<&KnownOffer>, shown: &ListedEntry) -> bool {
    let Some(offer) = offer else {
        return kind != SyncKind::Stock;
    };
    let has_other_fingerprint = offer.held || offer.fingerprint != shown.fingerprint;
    let differs = match kind {
        // An offer that is hidden comes back by a crawl alone.
        SyncKind::Stock => !offer.hidden && has_other_fingerprint,
        _ => offer.hidden || has_other_fingerprint,
    };
    differs && offer.observed_at <= shown.observed_at
}

/// Whether a stock check has nothing to do with a product. What was held back of its offer may be over.
fn says_nothing_new(offer: &KnownOffer, product: &ProductFacts) -> bool {
    !offer.held
        && (offer.price, offer.cost, offer.supplier_qty) == (product.facts.price, product.cost, product.facts.copies)
}
