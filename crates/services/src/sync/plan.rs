//! What a batch changes: products compared with games by their fingerprints, then those that differ under their locks.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::catalog::{Game, GameFacts};
use domain::id::{GameId, ProductId};
use domain::slug;
use domain::sync::{SyncKind, SyncReport};
use domain::touch::Touch;
use storage::Tx;
use storage::catalog::{Known, NewStock, Term, TermIds};
use uuid::Uuid;

use super::batch::Batch;
use super::pages::Fresh;
use crate::Shop;
use crate::write::Failed;

/// What a batch is to change.
#[derive(Default)]
pub(super) struct Plan {
    added: Vec<Game>,
    /// What a game was, and what it becomes.
    changed: Vec<(Game, Game)>,
    /// The same for those of which only price and stock are written.
    restocked: Vec<(Game, Game)>,
    /// Games that say the same and whose fingerprint was never taken.
    hashed: Vec<Game>,
    /// Games that a crawl missed before and that are shown now.
    shown_again: Vec<GameId>,
    /// The number of each game that was shown.
    numbers: HashMap<ProductId, i64>,
}

/// The kinds of names that the supplier decides, and how a game shows them.
type NamesOf = fn(&GameFacts) -> &[String];
const KINDS: [(Term, NamesOf); 3] = [
    (Term::Category, |facts| &facts.categories),
    (Term::Genre, |facts| &facts.genres),
    (Term::Platform, |facts| &facts.platforms),
];

/// What is to be looked at closer: products that are new, and products that say something else than their games.
pub(super) struct Sifted<'a> {
    pub(super) new: Vec<&'a Fresh>,
    pub(super) differing: Vec<&'a Fresh>,
}

/// Sorts out what says nothing new, without reading whole games.
pub(super) fn sift<'a>(kind: SyncKind, batch: &'a Batch, known: &[Known]) -> Sifted<'a> {
    let known: HashMap<&ProductId, &Known> = known.iter().map(|game| (&game.product, game)).collect();
    let (mut new, mut differing) = (Vec::new(), Vec::new());
    for fresh in batch.fresh.values() {
        let facts = &fresh.facts;
        let Some(game) = known.get(&facts.product) else {
            new.push(fresh);
            continue;
        };
        let same_stock = (game.price, game.supplier_price, game.supplier_qty)
            == (facts.price, facts.supplier_price, facts.supplier_qty);
        let nothing_new = match kind {
            // A game that is out of the shop comes back by a crawl alone.
            SyncKind::Stock => game.hidden || same_stock,
            _ => !game.hidden && game.facts_hash == fresh.hash,
        };
        if game.observed_at <= facts.observed_at && !nothing_new {
            differing.push(fresh);
        }
    }
    if kind == SyncKind::Stock {
        new.clear();
    }
    // Two titles that fold alike: the lower product keeps the bare address, whatever order they came in.
    new.sort_unstable_by(|a, b| a.facts.product.cmp(&b.facts.product));
    Sifted { new, differing }
}

/// What `game` becomes by the supplier's word; `None` when that says nothing new.
pub(super) fn becomes(kind: SyncKind, game: &Game, said: &GameFacts) -> Option<Game> {
    if game.facts.observed_at > said.observed_at {
        return None;
    }
    let facts = match kind {
        SyncKind::Stock => GameFacts {
            price: said.price,
            supplier_price: said.supplier_price,
            supplier_qty: said.supplier_qty,
            observed_at: said.observed_at,
            ..game.facts.clone()
        },
        _ => said.clone(),
    };
    let hidden = game.hidden && kind == SyncKind::Stock;
    let differs = game.hidden != hidden || !game.facts.says_the_same_as(&facts);
    differs.then(|| Game {
        facts,
        hidden,
        ..game.clone()
    })
}

impl Plan {
    /// Compares what the supplier says with what the shop holds.
    pub(super) async fn make(shop: &Shop, tx: &Tx, kind: SyncKind, batch: &Batch) -> Result<Self, Failed> {
        let known = tx.catalog().known(&batch.ids()).await?;
        let sifted = sift(kind, batch, &known);
        let mut plan = Self {
            shown_again: known.iter().filter(|game| game.missed).map(|game| game.id).collect(),
            numbers: known.iter().map(|game| (game.product.clone(), game.number)).collect(),
            ..Self::default()
        };
        let said: HashMap<&ProductId, &GameFacts> = sifted
            .differing
            .iter()
            .map(|fresh| (&fresh.facts.product, &fresh.facts))
            .collect();
        let products: Vec<ProductId> = said.keys().map(|product| (*product).clone()).collect();
        for game in tx.catalog().lock_by_products(&products).await? {
            let Some(said) = said.get(&game.facts.product) else {
                continue;
            };
            match becomes(kind, &game, said) {
                Some(after) if kind == SyncKind::Stock => plan.restocked.push((game, after)),
                Some(after) => plan.changed.push((game, after)),
                None if game.facts.observed_at <= said.observed_at => plan.hashed.push(game),
                None => {}
            }
        }
        plan.added = shop.new_games(tx, &sifted.new).await?;
        Ok(plan)
    }

    /// Writes it; returns what that did, and the numbers of all games that were shown.
    pub(super) async fn carry_out(
        mut self,
        shop: &Shop,
        tx: &mut Tx,
    ) -> Result<(SyncReport, HashMap<ProductId, i64>), Failed> {
        let mut report = SyncReport {
            added: self.added.len() as u64,
            updated: (self.changed.len() + self.restocked.len()) as u64,
            ..SyncReport::default()
        };
        tx.catalog().clear_missed(&self.shown_again).await?;
        let games: Vec<&Game> = self
            .added
            .iter()
            .chain(self.changed.iter().map(|(_, after)| after))
            .chain(&self.hashed)
            .collect();
        let ids = shop.name_ids(tx, &games, &mut report).await?;
        let put = tx.catalog().put(&games, shop.now()).await?;
        for (number, game) in (put.numbered_to + 1..).zip(&self.added) {
            self.numbers.insert(game.facts.product.clone(), number);
        }
        for ((term, names), ids) in KINDS.into_iter().zip(&ids) {
            self.link(tx, term, names, ids).await?;
        }
        let stocks: Vec<NewStock> = self.restocked.iter().map(|(_, after)| new_stock(after)).collect();
        tx.catalog().set_stock(&stocks, shop.now()).await?;
        self.touch(tx);
        Ok((report, self.numbers))
    }

    /// Links the games that are new, and those of which the names of this kind changed.
    async fn link(&self, tx: &Tx, term: Term, names: NamesOf, ids: &TermIds) -> Result<(), Failed> {
        let relinked: Vec<&Game> = self
            .changed
            .iter()
            .filter(|(before, after)| names(&before.facts) != names(&after.facts))
            .map(|(_, after)| after)
            .collect();
        let links: Vec<(GameId, Uuid)> = self
            .added
            .iter()
            .chain(relinked.iter().copied())
            .flat_map(|game| {
                names(&game.facts)
                    .iter()
                    .filter_map(|name| Some((game.id, *ids.get(name)?)))
            })
            .collect();
        let relinked: Vec<GameId> = relinked.iter().map(|game| game.id).collect();
        Ok(tx.catalog().link(term, &relinked, &links).await?)
    }

    /// Says what went stale: each game that changed, the lists that may show another game or another price, and the
    /// home page if such a game is or was for sale, for it shows no others.
    fn touch(&self, tx: &mut Tx) {
        for (before, after) in self.changed.iter().chain(&self.restocked) {
            tx.touch(Touch::Game(after.id));
            if before.hidden || before.facts.lists_may_differ(&after.facts) {
                tx.touch(Touch::Catalog);
                if before.in_stock() || after.in_stock() {
                    tx.touch(Touch::Home);
                }
            }
        }
        // A new game stands in no cached value of its own: only the lists that it joins go stale.
        for game in &self.added {
            tx.touch(Touch::Catalog);
            if game.in_stock() {
                tx.touch(Touch::Home);
            }
        }
    }
}

fn new_stock(after: &Game) -> NewStock {
    NewStock {
        id: after.id,
        price: after.facts.price,
        supplier_price: after.facts.supplier_price,
        supplier_qty: after.facts.supplier_qty,
        facts_hash: after.facts.fingerprint(),
        observed_at: after.facts.observed_at,
    }
}

impl Shop {
    async fn new_games(&self, tx: &Tx, new: &[&Fresh]) -> Result<Vec<Game>, Failed> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: Vec<String> = new
            .iter()
            .flat_map(|fresh| slug::candidates(&fresh.facts.title, &fresh.facts.product))
            .collect();
        let mut taken: HashSet<String> = tx.catalog().taken_slugs(&wanted).await?;
        let created_at = self.now();
        let games = new.iter().map(|fresh| Game {
            id: GameId(self.parts.ids.fresh()),
            slug: slug::choose(&fresh.facts.title, &fresh.facts.product, &mut taken),
            facts: fresh.facts.clone(),
            tags: Vec::new(),
            reserved: 0,
            hidden: false,
            created_at,
        });
        Ok(games.collect())
    }

    /// The ids of all names that `games` bear, in the order of [`KINDS`]; those that are missing are made.
    async fn name_ids(&self, tx: &Tx, games: &[&Game], report: &mut SyncReport) -> Result<Vec<TermIds>, Failed> {
        let mut ids = Vec::new();
        for (term, names) in KINDS {
            let all: BTreeSet<&String> = games.iter().flat_map(|game| names(&game.facts)).collect();
            let fresh = all
                .into_iter()
                .map(|name| (name.clone(), self.parts.ids.fresh()))
                .collect();
            let (known, made) = tx.catalog().ensure_terms(term, &fresh).await?;
            match term {
                Term::Category => report.categories_created += made,
                Term::Genre => report.genres_created += made,
                Term::Platform | Term::Tag => report.platforms_created += made,
            }
            ids.push(known);
        }
        Ok(ids)
    }
}
