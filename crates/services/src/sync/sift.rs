//! What of a batch says anything new: told by the fingerprints of the supplier's words, and read only then.

use std::collections::{BTreeMap, HashMap};

use domain::catalog::GameFacts;
use domain::id::ProductId;
use domain::money::BasisPoints;
use domain::sync::SyncKind;
use futures::future::try_join_all;
use storage::catalog::Known;

use super::batch::Batch;
use super::pages::Shown;
use crate::{Error, Shop};

/// Products read in one go: a few milliseconds of work.
const READ_AT_ONCE: usize = 64;

/// What the supplier says of a product, read.
#[derive(Clone, Debug)]
pub(super) struct Fresh {
    pub(super) facts: GameFacts,
    /// The fingerprint of the words that say so.
    pub(super) words: i64,
}

/// A batch, and what of it has to be looked at closer.
pub(super) struct Sifted {
    /// Every product that was shown, those too that cannot be read or sold.
    pub(super) ids: Vec<ProductId>,
    /// The games among them.
    pub(super) known: Vec<Known>,
    /// Products that are no games yet.
    pub(super) new: Vec<Fresh>,
    /// Products that may say something else than their games.
    pub(super) differing: Vec<Fresh>,
    /// Products that cannot be read or sold, and why.
    pub(super) odd: BTreeMap<ProductId, String>,
    /// Why others, of which not even the id is known, could not be read.
    pub(super) nameless: Vec<String>,
}

impl Sifted {
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
    pub(super) async fn sift(&self, kind: SyncKind, batch: Batch) -> Result<Sifted, Error> {
        let ids: Vec<ProductId> = batch.shown.keys().cloned().collect();
        let known = self.db().catalog().known(&ids).await?;
        let games: HashMap<&ProductId, &Known> = known.iter().map(|game| (&game.product, game)).collect();
        let unread = batch
            .shown
            .into_values()
            .filter(|shown| is_to_be_read(kind, games.get(&shown.product).copied(), shown));
        let (mut new, mut differing, mut odd) = (Vec::new(), Vec::new(), BTreeMap::new());
        for (product, fresh) in self.read(unread.collect()).await? {
            match (fresh, games.get(&product)) {
                (Err(reason), _) => {
                    odd.insert(product, reason);
                }
                (Ok(fresh), None) => new.push(fresh),
                (Ok(fresh), Some(game)) if kind == SyncKind::Stock && has_stock_of(game, &fresh.facts) => {}
                (Ok(fresh), Some(_)) => differing.push(fresh),
            }
        }
        // Two titles that fold alike: the lower product keeps the bare address, whatever order they came in.
        new.sort_unstable_by(|a, b| a.facts.product.cmp(&b.facts.product));
        Ok(Sifted {
            ids,
            known,
            new,
            differing,
            odd,
            nameless: batch.nameless,
        })
    }

    /// Reads products on all processors, away from the threads that answer: their HTML is foreign.
    async fn read(&self, shown: Vec<Shown>) -> Result<Vec<(ProductId, Result<Fresh, String>)>, Error> {
        let markup = self.parts.markup;
        let mut tasks = Vec::new();
        let mut shown = shown.into_iter().peekable();
        while shown.peek().is_some() {
            let some: Vec<Shown> = shown.by_ref().take(READ_AT_ONCE).collect();
            tasks.push(self.reader.run(move || read(some, markup)));
        }
        Ok(try_join_all(tasks).await?.into_iter().flatten().collect())
    }
}

fn read(shown: Vec<Shown>, markup: BasisPoints) -> Vec<(ProductId, Result<Fresh, String>)> {
    let read = shown.into_iter().map(|shown| {
        let (product, words) = (shown.product.clone(), shown.words);
        (product, shown.facts(markup).map(|facts| Fresh { facts, words }))
    });
    read.collect()
}

/// Whether the words of a product may say something new of its game.
fn is_to_be_read(kind: SyncKind, game: Option<&Known>, shown: &Shown) -> bool {
    let Some(game) = game else {
        return kind != SyncKind::Stock;
    };
    let other_words = game.words != shown.words;
    let differs = match kind {
        // A game that is out of the shop comes back by a crawl alone.
        SyncKind::Stock => !game.hidden && other_words,
        _ => game.hidden || other_words,
    };
    differs && game.observed_at <= shown.observed_at
}

fn has_stock_of(game: &Known, facts: &GameFacts) -> bool {
    (game.price, game.supplier_price, game.supplier_qty) == (facts.price, facts.supplier_price, facts.supplier_qty)
}
