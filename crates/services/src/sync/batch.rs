//! One batch of a sync: products become games in one fenced transaction, rows that say the same are not written.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use domain::catalog::{Game, GameFacts};
use domain::clock::Timestamp;
use domain::id::{GameId, ProductId};
use domain::refusal::Refusal;
use domain::slug;
use domain::supplier::{BadProduct, SupplierProduct};
use domain::touch::Touch;
use storage::Tx;
use storage::catalog::{Term, TermIds};
use uuid::Uuid;

use super::JOB;
use crate::write::Failed;
use crate::{Error, Shop};

/// A product, and when the page that showed it was asked for.
pub(super) struct Observed {
    pub(super) product: SupplierProduct,
    pub(super) observed_at: Timestamp,
}

/// What a batch did.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) added: u64,
    pub(super) updated: u64,
    pub(super) categories_created: u64,
    pub(super) genres_created: u64,
    pub(super) platforms_created: u64,
    pub(super) refused: Vec<(ProductId, BadProduct)>,
}

/// What a batch is to change.
#[derive(Default)]
struct Plan {
    added: Vec<Game>,
    changed: Vec<Game>,
    /// Of these, the links to names of each kind are to be set anew.
    relinked: HashMap<Term, Vec<GameId>>,
}

/// The kinds of names that the supplier decides, and how a game shows them.
type NamesOf = fn(&GameFacts) -> &[String];
const KINDS: [(Term, NamesOf); 3] = [
    (Term::Category, |facts| &facts.categories),
    (Term::Genre, |facts| &facts.genres),
    (Term::Platform, |facts| &facts.platforms),
];

impl Shop {
    /// Writes a batch of products, if the lease is still `token`'s.
    pub(super) async fn apply_batch(&self, token: Uuid, batch: Vec<Observed>) -> Result<Done, Error> {
        let mut refused = Vec::new();
        let mut facts: HashMap<ProductId, GameFacts> = HashMap::new();
        for Observed { product, observed_at } in batch {
            match product.to_game(self.parts.markup, observed_at) {
                // Pages may shift while they are read: a product that shows twice counts as it was seen last.
                Ok(fact)
                    if facts
                        .get(&fact.product)
                        .is_none_or(|other| other.observed_at <= fact.observed_at) =>
                {
                    facts.insert(fact.product.clone(), fact);
                }
                Ok(_) => {}
                Err(reason) => refused.push((product.id, reason)),
            }
        }
        if facts.is_empty() {
            return Ok(Done {
                refused,
                ..Done::default()
            });
        }
        let mut facts: Vec<GameFacts> = facts.into_values().collect();
        // Two titles that fold alike: the lower product keeps the bare address, whatever order they came in.
        facts.sort_unstable_by(|a, b| a.product.cmp(&b.product));
        let (shop, facts) = (self.clone(), Arc::new(facts));
        let done = self.write(move |tx| {
            let (shop, facts) = (shop.clone(), Arc::clone(&facts));
            Box::pin(async move {
                fenced(tx, token).await?;
                let plan = shop.plan(tx, &facts).await?;
                shop.carry_out(tx, plan).await
            })
        });
        Ok(Done { refused, ..done.await? })
    }

    /// Compares what the supplier says with what the shop holds, under the rows' locks.
    async fn plan(&self, tx: &Tx, facts: &[GameFacts]) -> Result<Plan, Failed> {
        let products: Vec<ProductId> = facts.iter().map(|facts| facts.product.clone()).collect();
        let known = tx.catalog().lock_by_products(&products).await?;
        let known: HashMap<&ProductId, &Game> = known.iter().map(|game| (&game.facts.product, game)).collect();
        let mut plan = Plan::default();
        let mut new = Vec::new();
        for facts in facts {
            match known.get(&facts.product) {
                None => new.push(facts),
                Some(game) if game.facts.observed_at > facts.observed_at => {}
                Some(game) if !game.hidden && game.facts.says_the_same_as(facts) => {}
                Some(game) => {
                    for (term, names) in KINDS {
                        if names(&game.facts) != names(facts) {
                            plan.relinked.entry(term).or_default().push(game.id);
                        }
                    }
                    plan.changed.push(Game {
                        facts: facts.clone(),
                        hidden: false,
                        ..(*game).clone()
                    });
                }
            }
        }
        plan.added = self.new_games(tx, &new).await?;
        Ok(plan)
    }

    async fn new_games(&self, tx: &Tx, new: &[&GameFacts]) -> Result<Vec<Game>, Failed> {
        if new.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: Vec<String> = new
            .iter()
            .flat_map(|facts| slug::candidates(&facts.title, &facts.product))
            .collect();
        let mut taken: HashSet<String> = tx.catalog().taken_slugs(&wanted).await?;
        let created_at = self.now();
        let games = new.iter().map(|facts| Game {
            id: GameId(self.parts.ids.fresh()),
            slug: slug::choose(&facts.title, &facts.product, &mut taken),
            facts: (*facts).clone(),
            tags: Vec::new(),
            reserved: 0,
            hidden: false,
            created_at,
        });
        Ok(games.collect())
    }

    async fn carry_out(&self, tx: &mut Tx, plan: Plan) -> Result<Done, Failed> {
        let games: Vec<&Game> = plan.added.iter().chain(&plan.changed).collect();
        if games.is_empty() {
            return Ok(Done::default());
        }
        let mut created = [0; KINDS.len()];
        let mut ids = Vec::new();
        for (at, (term, names)) in KINDS.into_iter().enumerate() {
            let all: BTreeSet<&String> = games.iter().flat_map(|game| names(&game.facts)).collect();
            let fresh = all
                .into_iter()
                .map(|name| (name.clone(), self.parts.ids.fresh()))
                .collect();
            let (known, made) = tx.catalog().ensure_terms(term, &fresh).await?;
            created[at] = made;
            ids.push(known);
        }
        tx.catalog().put(&games, self.now()).await?;
        for ((term, names), ids) in KINDS.into_iter().zip(&ids) {
            let relinked = plan.relinked.get(&term).map_or(&[][..], Vec::as_slice);
            let to_link = plan
                .added
                .iter()
                .chain(plan.changed.iter().filter(|game| relinked.contains(&game.id)));
            tx.catalog().link(term, relinked, &links(to_link, names, ids)).await?;
        }
        // A new game stands in no cached value of its own: only the lists that it joins go stale.
        plan.changed.iter().for_each(|game| tx.touch(Touch::Game(game.id)));
        tx.touch(Touch::Catalog);
        tx.touch(Touch::Home);
        let [categories_created, genres_created, platforms_created] = created;
        let (added, updated) = (plan.added.len() as u64, plan.changed.len() as u64);
        Ok(Done {
            added,
            updated,
            categories_created,
            genres_created,
            platforms_created,
            refused: Vec::new(),
        })
    }
}

fn links<'a>(games: impl Iterator<Item = &'a Game>, names: NamesOf, ids: &TermIds) -> Vec<(GameId, Uuid)> {
    games
        .flat_map(|game| {
            names(&game.facts)
                .iter()
                .filter_map(|name| Some((game.id, *ids.get(name)?)))
        })
        .collect()
}

/// Holds the lease against others until this transaction ends, or refuses to go on.
pub(super) async fn fenced(tx: &Tx, token: Uuid) -> Result<(), Failed> {
    if tx.leases().fence(JOB, token).await? {
        Ok(())
    } else {
        Err(Failed::UseCase(lease_lost()))
    }
}

pub(super) fn lease_lost() -> Error {
    Refusal::SyncRunning("this one was too slow and lost its lease to another".to_owned()).into()
}
