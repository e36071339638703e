//! What a batch changes: products that may say something new, compared with their games under the games' locks.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::catalog::{Game, GameFacts};
use domain::clock::Timestamp;
use domain::id::{GameId, ProductId};
use domain::slug;
use domain::sync::{SyncKind, SyncReport};
use domain::touch::Touch;
use storage::Tx;
use storage::catalog::{NewStock, Term, TermIds};
use uuid::Uuid;

use super::change_detection::{DetectedChanges, ParsedProduct};
use crate::Shop;
use crate::write::Failed;

/// What a batch is to change.
#[derive(Default)]
pub(super) struct Plan {
    /// New games, each with the fingerprint of the supplier's words.
    added: Vec<(Game, i64)>,
    changed: Vec<Change>,
    /// Games of which only price and stock are written; also those that are sold out because their product cannot be sold.
    restocked: Vec<Change>,
    /// Games of which the supplier says the same in other words, with the fingerprints of these.
    fingerprint_only: Vec<(GameId, i64)>,
    /// Games that a crawl missed before and that are shown now.
    shown_again: Vec<GameId>,
    /// The number of each game that was shown.
    numbers: HashMap<ProductId, i64>,
}

/// What a game was, what it becomes, and the fingerprint of the supplier's words that say so.
struct Change {
    before: Game,
    after: Game,
    fingerprint: i64,
}

/// The kinds of names that the supplier decides, and how a game shows them.
type NamesOf = fn(&GameFacts) -> &[String];
const KINDS: [(Term, NamesOf); 3] = [
    (Term::Category, |facts| &facts.categories),
    (Term::Genre, |facts| &facts.genres),
    (Term::Platform, |facts| &facts.platforms),
];

/// What `game` becomes by the supplier's word; `None` when that says nothing new.
pub(super) fn changed_game(kind: SyncKind, game: &Game, supplied: &GameFacts) -> Option<Game> {
    if game.facts.observed_at > supplied.observed_at {
        return None;
    }
    let facts = match kind {
        SyncKind::Stock => GameFacts {
            price: supplied.price,
            supplier_price: supplied.supplier_price,
            supplier_qty: supplied.supplier_qty,
            observed_at: supplied.observed_at,
            ..game.facts.clone()
        },
        _ => supplied.clone(),
    };
    let hidden = game.hidden && kind == SyncKind::Stock;
    let differs = game.hidden != hidden || !game.facts.says_the_same_as(&facts);
    differs.then(|| Game {
        facts,
        hidden,
        ..game.clone()
    })
}

/// `game` sold out and otherwise unchanged, because a page requested at `observed_at` has a product that cannot be sold.
/// `None` if it is sold out already, or a newer observation is known.
pub(super) fn sold_out(game: &Game, observed_at: Timestamp) -> Option<Game> {
    let is_for_sale = game.facts.supplier_qty > 0 && game.facts.observed_at <= observed_at;
    is_for_sale.then(|| Game {
        facts: GameFacts {
            supplier_qty: 0,
            observed_at,
            ..game.facts.clone()
        },
        ..game.clone()
    })
}

impl DetectedChanges {
    /// The products whose games may change: those with another fingerprint, and those that cannot be sold any more.
    pub(super) fn concerned(&self) -> Vec<ProductId> {
        let differing = self.differing.iter().map(|fresh| &fresh.facts.product);
        let unsold = self.known.iter().filter(|game| game.supplier_qty > 0);
        let unsold = unsold
            .map(|game| &game.product)
            .filter(|product| self.rejected.contains_key(*product));
        differing.chain(unsold).cloned().collect()
    }
}

impl Plan {
    /// Compares what the supplier says with what the shop holds.
    pub(super) async fn make(shop: &Shop, tx: &Tx, kind: SyncKind, changes: &DetectedChanges) -> Result<Self, Failed> {
        let known = &changes.known;
        let mut plan = Self {
            shown_again: known.iter().filter(|game| game.missed).map(|game| game.id).collect(),
            numbers: known.iter().map(|game| (game.product.clone(), game.number)).collect(),
            ..Self::default()
        };
        let supplied: HashMap<&ProductId, &ParsedProduct> = changes
            .differing
            .iter()
            .map(|fresh| (&fresh.facts.product, fresh))
            .collect();
        for before in tx.catalog().lock_by_products(&changes.concerned()).await? {
            if let Some(rejected) = changes.rejected.get(&before.facts.product) {
                // The game then equals no text of the supplier, so that the next readable text is parsed, whatever it is.
                let after = sold_out(&before, rejected.observed_at);
                plan.restocked.extend(after.map(|after| Change {
                    before,
                    after,
                    fingerprint: 0,
                }));
                continue;
            }
            let Some(ParsedProduct { facts, fingerprint }) = supplied.get(&before.facts.product).copied() else {
                continue;
            };
            let fingerprint = *fingerprint;
            match changed_game(kind, &before, facts) {
                Some(after) => {
                    let change = Change {
                        before,
                        after,
                        fingerprint,
                    };
                    match kind {
                        SyncKind::Stock => plan.restocked.push(change),
                        _ => plan.changed.push(change),
                    }
                }
                None if kind != SyncKind::Stock && before.facts.observed_at <= facts.observed_at => {
                    plan.fingerprint_only.push((before.id, fingerprint));
                }
                None => {}
            }
        }
        plan.added = shop.new_games(tx, &changes.new).await?;
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
        let changed = self.changed.iter().map(|change| (&change.after, change.fingerprint));
        let added = self.added.iter().map(|(game, fingerprint)| (game, *fingerprint));
        let games: Vec<(&Game, i64)> = added.chain(changed).collect();
        let ids = shop.name_ids(tx, &games, &mut report).await?;
        let put = tx.catalog().put(&games, shop.now()).await?;
        for (number, (game, _)) in (put.numbered_to + 1..).zip(&self.added) {
            self.numbers.insert(game.facts.product.clone(), number);
        }
        for ((term, names), ids) in KINDS.into_iter().zip(&ids) {
            self.link(tx, term, names, ids).await?;
        }
        let stocks: Vec<NewStock> = self.restocked.iter().map(|change| new_stock(&change.after)).collect();
        tx.catalog().set_stock(&stocks, shop.now()).await?;
        tx.catalog().set_fingerprints(&self.fingerprint_only).await?;
        self.touch(tx);
        Ok((report, self.numbers))
    }

    /// Links the games that are new, and those of which the names of this kind changed.
    async fn link(&self, tx: &Tx, term: Term, names: NamesOf, ids: &TermIds) -> Result<(), Failed> {
        let relinked: Vec<&Game> = self
            .changed
            .iter()
            .filter(|change| names(&change.before.facts) != names(&change.after.facts))
            .map(|change| &change.after)
            .collect();
        let added = self.added.iter().map(|(game, _)| game);
        let links: Vec<(GameId, Uuid)> = added
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

    /// Says what went stale: each game that changed, and with it every list that shows it; the order of lists, where no
    /// more than price or stock changed; otherwise all lists, since the sitemap shows the day of any change, and the home
    /// page if lists show the game otherwise and it is or was for sale, for that page shows no others.
    fn touch(&self, tx: &mut Tx) {
        for Change { before, after, .. } in self.changed.iter().chain(&self.restocked) {
            tx.touch(Touch::Game(after.id));
            if before.hidden == after.hidden && before.facts.differs_in_offer_alone(&after.facts) {
                tx.touch(Touch::Offers);
                continue;
            }
            tx.touch(Touch::Catalog);
            let is_listed_otherwise = before.hidden || before.facts.lists_may_differ(&after.facts);
            if is_listed_otherwise && (before.in_stock() || after.in_stock()) {
                tx.touch(Touch::Home);
            }
        }
        // A new game stands in no cached value of its own: only the lists that it joins go stale.
        for (game, _) in &self.added {
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
        observed_at: after.facts.observed_at,
    }
}

impl Shop {
    /// New games with addresses of their own, each with the fingerprint of the words that it comes from.
    async fn new_games(&self, tx: &Tx, new: &[ParsedProduct]) -> Result<Vec<(Game, i64)>, Failed> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: Vec<String> = new
            .iter()
            .flat_map(|fresh| slug::candidates(&fresh.facts.title, &fresh.facts.product))
            .collect();
        let mut taken: HashSet<String> = tx.catalog().taken_slugs(&wanted).await?;
        let created_at = self.now();
        let games = new.iter().map(|fresh| {
            let game = Game {
                id: GameId(self.parts.ids.fresh()),
                slug: slug::choose(&fresh.facts.title, &fresh.facts.product, &mut taken),
                facts: fresh.facts.clone(),
                tags: Vec::new(),
                reserved: 0,
                hidden: false,
                created_at,
            };
            (game, fresh.fingerprint)
        });
        Ok(games.collect())
    }

    /// The ids of all names that `games` bear, in the order of [`KINDS`]; those that are missing are made.
    async fn name_ids(&self, tx: &Tx, games: &[(&Game, i64)], report: &mut SyncReport) -> Result<Vec<TermIds>, Failed> {
        let mut ids = Vec::new();
        for (term, names) in KINDS {
            let all: BTreeSet<&String> = games.iter().flat_map(|(game, _)| names(&game.facts)).collect();
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
