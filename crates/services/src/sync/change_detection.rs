//! Change detection: which products of a batch say anything new, found by comparing fingerprints, so that only those are parsed.

use std::collections::{BTreeMap, HashMap};

use domain::catalog::GameFacts;
use domain::clock::Timestamp;
use domain::id::ProductId;
use domain::money::BasisPoints;
use domain::sync::SyncKind;
use futures::future::try_join_all;
use storage::catalog::KnownGame;

use super::batch::Batch;
use super::pages::ListedEntry;
use crate::{Error, Shop};

/// Products read in one go: a few milliseconds of work.
const READ_AT_ONCE: usize = 64;

/// A product of the supplier, parsed.
#[derive(Clone, Debug)]
pub(super) struct ParsedProduct {
    pub(super) facts: GameFacts,
    /// The fingerprint of the words that say so.
    pub(super) fingerprint: i64,
}

/// Why a product cannot be sold.
#[derive(Clone, Debug)]
pub(super) struct Rejected {
    /// All reasons, for an operator.
    pub(super) reason: String,
    /// When its page was requested.
    pub(super) observed_at: Timestamp,
}

/// A product and the result of parsing it.
type ReadProduct = (ProductId, Result<ParsedProduct, Rejected>);

/// A batch, and which of its products have changed.
pub(super) struct DetectedChanges {
    /// Every product that was shown, those too that cannot be read or sold.
    pub(super) ids: Vec<ProductId>,
    /// The games among them.
    pub(super) known: Vec<KnownGame>,
    /// Products that are no games yet.
    pub(super) new: Vec<ParsedProduct>,
    /// Products that may say something else than their games.
    pub(super) differing: Vec<ParsedProduct>,
    /// Products that cannot be read or sold; known games of these are sold out.
    pub(super) rejected: BTreeMap<ProductId, Rejected>,
    /// Why others, of which not even the id is known, could not be read.
    pub(super) unidentified: Vec<String>,
}

impl DetectedChanges {
    /// Whether so much of the batch had to be read that it is better read ahead.
    pub(super) fn is_mostly_new(&self) -> bool {
        4 * (self.new.len() + self.differing.len()) > self.ids.len()
    }
}

impl Shop {
    /// Looks at the games of a batch and reads what their fingerprints do not know.
    ///
    /// What it sees holds until the batch is written: only syncs write it, and the batch's transaction begins with the
    /// proof that no other sync came in between.
    pub(super) async fn detect_changes(&self, kind: SyncKind, batch: Batch) -> Result<DetectedChanges, Error> {
        let ids: Vec<ProductId> = batch.shown.keys().cloned().collect();
        let known = self.db().catalog().known(&ids).await?;
        let games: HashMap<&ProductId, &KnownGame> = known.iter().map(|game| (&game.product, game)).collect();
        let unread = batch
            .shown
            .into_values()
            .filter(|shown| is_to_be_read(kind, games.get(&shown.product).copied(), shown));
        let (mut new, mut differing, mut rejected) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (product, fresh) in self.read(unread.collect()).await? {
            match (fresh, games.get(&product)) {
                (Err(why), _) => {
                    rejected.insert(product, why);
                }
                (Ok(fresh), None) => new.push(fresh),
                (Ok(fresh), Some(game)) if kind == SyncKind::Stock && has_stock_of(game, &fresh.facts) => {}
                (Ok(fresh), Some(_)) => differing.push(fresh),
            }
        }
        // Two titles that fold alike: the lower product keeps the bare address, whatever order they came in.
        new.sort_unstable_by(|a, b| a.facts.product.cmp(&b.facts.product));
        Ok(DetectedChanges {
            ids,
            known,
            new,
            differing,
            rejected,
            unidentified: batch.unidentified,
        })
    }

    /// Reads products on all processors, away from the threads that answer: their HTML is foreign.
    async fn read(&self, shown: Vec<ListedEntry>) -> Result<Vec<ReadProduct>, Error> {
        let markup = self.parts.markup;
        let mut tasks = Vec::new();
        let mut shown = shown.into_iter().peekable();
        while shown.peek().is_some() {
            let some: Vec<ListedEntry> = shown.by_ref().take(READ_AT_ONCE).collect();
            tasks.push(self.reader.run(move || read(some, markup)));
        }
        Ok(try_join_all(tasks).await?.into_iter().flatten().collect())
    }
}

fn read(shown: Vec<ListedEntry>, markup: BasisPoints) -> Vec<ReadProduct> {
    let read = shown.into_iter().map(|shown| {
        let (product, fingerprint) = (shown.product.clone(), shown.fingerprint);
        let observed_at = shown.observed_at;
        let parsed = match shown.facts(markup) {
            Ok(facts) => Ok(ParsedProduct { facts, fingerprint }),
            Err(reason) => Err(Rejected { reason, observed_at }),
        };
        (product, parsed)
    });
    read.collect()
}

/// Whether the words of a product may say something new of its game.
fn is_to_be_read(kind: SyncKind, game: Option<&KnownGame>, shown: &ListedEntry) -> bool {
    let Some(game) = game else {
        return kind != SyncKind::Stock;
    };
    let has_other_fingerprint = game.fingerprint != shown.fingerprint;
    let differs = match kind {
        // A game that is out of the shop comes back by a crawl alone.
        SyncKind::Stock => !game.hidden && has_other_fingerprint,
        _ => game.hidden || has_other_fingerprint,
    };
    differs && game.observed_at <= shown.observed_at
}

fn has_stock_of(game: &KnownGame, facts: &GameFacts) -> bool {
    (game.price, game.supplier_price, game.supplier_qty) == (facts.price, facts.supplier_price, facts.supplier_qty)
}
