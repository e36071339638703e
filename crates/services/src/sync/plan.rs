//! What a batch changes: products that may say something new, compared with their offers under the locks of these and of
//! their games.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::catalog::{Game, GameFacts};
use domain::id::{GameId, OfferId, ProductId, SupplierName};
use domain::offer::{Offer, OfferedGame};
use domain::overrides::Overrides;
use domain::parking::ParkedChange;
use domain::slug;
use domain::sync::SyncReport;
use domain::term::{Aliases, Term};
use domain::touch::Touch;
use storage::Tx;
use storage::catalog::TermIds;
use uuid::Uuid;

use super::change_detection::ParsedProduct;
use super::commit::Input;
use super::comparison::{self, Comparison, Hearing, HeldBack};
use super::lease::Writer;
use crate::Shop;
use crate::write::Failed;

/// What a batch is to change.
#[derive(Default)]
pub(super) struct Plan {
    /// New games.
    added: Vec<Game>,
    /// Offers of these, and new offers of existing games.
    new_offers: Vec<Offer>,
    changed: Vec<Change>,
    /// Offers of which the supplier says the same in other words, with the fingerprints of these.
    fingerprint_only: Vec<(OfferId, i64)>,
    /// Offers that a crawl missed before and that are shown now.
    shown_again: Vec<OfferId>,
    /// Changes that are not made before the run knows how many they are.
    held_back: Vec<ParkedChange>,
    /// Offers of which nothing is held back any more.
    no_longer_held: Vec<OfferId>,
    /// The number of each offer that was shown.
    numbers: HashMap<ProductId, i64>,
}

/// What a game was, and what it and some of its offers become.
struct Change {
    before: Game,
    after: OfferedGame,
    offers: Vec<OfferId>,
}

/// The kinds of names that the supplier decides, and how a game shows them.
type NamesOf = fn(&GameFacts) -> &[String];
const KINDS: [(Term, NamesOf); 3] = [
    (Term::Category, |facts| &facts.categories),
    (Term::Genre, |facts| &facts.genres),
    (Term::Platform, |facts| &facts.platforms),
];

/// The new products that are offers of existing games, by these.
fn joining(input: &Input) -> HashMap<GameId, Vec<&ParsedProduct>> {
    let mut joining: HashMap<GameId, Vec<&ParsedProduct>> = HashMap::new();
    for product in &input.changes.new {
        if let Some(game) = input.matches.get(&product.facts.product) {
            joining.entry(*game).or_default().push(product);
        }
    }
    joining
}

impl Plan {
    /// Compares what the supplier says with what the shop holds.
    pub(super) async fn make(shop: &Shop, tx: &Tx, input: &Input) -> Result<Self, Failed> {
        let (changes, known) = (&input.changes, &input.changes.known);
        let mut plan = Self {
            shown_again: known
                .iter()
                .filter(|offer| offer.missed)
                .map(|offer| offer.id)
                .collect(),
            numbers: known
                .iter()
                .map(|offer| (offer.product.clone(), offer.number))
                .collect(),
            ..Self::default()
        };
        let hearing = Hearing {
            supplier: &input.supplier,
            suppliers: shop.suppliers(),
            kind: input.kind,
            holds_back: input.holds_back,
        };
        let was_held: HashSet<OfferId> = known.iter().filter(|offer| offer.held).map(|offer| offer.id).collect();
        let observations = changes.concerned();
        let mut joining = joining(input);
        let games: BTreeSet<GameId> = observations.keys().chain(joining.keys()).copied().collect();
        let games: Vec<GameId> = games.into_iter().collect();
        let locked = tx.offers().lock_offered(&games).await?;
        let aliases = tx.terms().hold().await?;
        for mut held in locked {
            let (before, mut offers) = (held.game.clone(), Vec::new());
            for observation in observations.get(&before.id).into_iter().flatten() {
                let (comparison, held_back) = hearing.take(&mut held, *observation, &aliases);
                match comparison {
                    Comparison::Unchanged => {}
                    Comparison::OtherText(offer, fingerprint) => plan.fingerprint_only.push((offer, fingerprint)),
                    Comparison::Changed(offer) => offers.push(offer),
                }
                match held_back {
                    HeldBack::Now(change) => plan.held_back.push(change),
                    HeldBack::Over(offer) if was_held.contains(&offer) => plan.no_longer_held.push(offer),
                    HeldBack::AsBefore | HeldBack::Over(_) => {}
                }
            }
            let joined = joining.remove(&before.id).unwrap_or_default();
            let is_joined = !joined.is_empty();
            for product in joined {
                let (id, supplier) = (OfferId(shop.parts.ids.fresh()), input.supplier.clone());
                let offer = Offer::new(id, before.id, supplier, &product.facts, product.fingerprint);
                held.offers.push(offer.clone());
                held.describe(id, &product.facts, shop.suppliers(), &aliases);
                held.settle(shop.suppliers());
                plan.new_offers.push(offer);
            }
            if is_joined || !offers.is_empty() {
                let after = held;
                plan.changed.push(Change { before, after, offers });
            }
        }
        let joined: HashSet<ProductId> = plan.new_offers.iter().map(|offer| offer.product.clone()).collect();
        let alone = changes
            .new
            .iter()
            .filter(|product| !joined.contains(&product.facts.product));
        let alone: Vec<_> = alone.collect();
        let (added, offers) = shop.new_games(tx, &input.supplier, &alone, &aliases).await?;
        plan.added = added;
        plan.new_offers.extend(offers);
        Ok(plan)
    }

    /// Writes it; returns what that did, and the numbers of all offers that were shown.
    pub(super) async fn carry_out(
        mut self,
        shop: &Shop,
        tx: &mut Tx,
        writer: &Writer,
    ) -> Result<(SyncReport, HashMap<ProductId, i64>), Failed> {
        let (changed, now) = (self.changed.iter(), shop.now());
        let held: HashSet<OfferId> = self.held_back.iter().map(|change| change.offer).collect();
        let updated = changed.clone().flat_map(|change| &change.offers);
        let mut report = SyncReport {
            added: self.new_offers.len() as u64,
            // What is held back counts once it is done.
            updated: updated.filter(|offer| !held.contains(offer)).count() as u64,
            ..SyncReport::default()
        };
        let altered = changed.clone().filter(|change| change.before != change.after.game);
        let (offered, described): (Vec<&Change>, Vec<&Change>) =
            altered.partition(|change| comparison::differs_in_offer_alone(&change.before, &change.after.game));
        // New ones first: they are numbered in this order.
        let described_games = described.iter().map(|change| &change.after.game);
        let whole: Vec<&Game> = self.added.iter().chain(described_games).collect();
        let ids = shop.name_ids(tx, &whole, &mut report).await?;
        tx.catalog().put(&whole, now).await?;
        let offered: Vec<&Game> = offered.iter().map(|change| &change.after.game).collect();
        tx.catalog().put_offered(&offered, now).await?;
        for ((term, names), ids) in KINDS.into_iter().zip(&ids) {
            self.link(tx, term, names, ids).await?;
        }
        for OfferedGame { game, overrides, .. } in changed.clone().map(|change| &change.after) {
            tx.overrides().note_suppliers_values(game.id, overrides).await?;
        }
        let heard = changed.flat_map(|change| {
            let is_heard = |offer: &&Offer| change.offers.contains(&offer.id);
            change.after.offers.iter().filter(is_heard)
        });
        tx.offers().put(&heard.collect::<Vec<_>>(), now).await?;
        tx.offers().set_fingerprints(&self.fingerprint_only).await?;
        tx.offers().clear_missed(&self.shown_again).await?;
        tx.offers().add(&writer.supplier, &mut self.new_offers, now).await?;
        tx.parked().hold(writer.run_id, &self.held_back).await?;
        tx.parked().forget(&self.no_longer_held).await?;
        for offer in &self.new_offers {
            self.numbers.insert(offer.product.clone(), offer.number);
        }
        self.touch(tx);
        Ok((report, self.numbers))
    }

    /// Links the games that are new, and those of which the names of this kind changed.
    async fn link(&self, tx: &Tx, term: Term, names: NamesOf, ids: &TermIds) -> Result<(), Failed> {
        let differs = |change: &&Change| names(&change.before.facts) != names(&change.after.game.facts);
        let relinked = self.changed.iter().filter(differs).map(|change| &change.after.game);
        let relinked: Vec<&Game> = relinked.collect();
        let added = self.added.iter();
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

    /// Says what went stale.
    fn touch(&self, tx: &mut Tx) {
        for Change { before, after, .. } in &self.changed {
            comparison::touch(tx, before, &after.game);
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

impl Shop {
    /// New games with addresses of their own, each with an offer of the product that it comes from.
    async fn new_games(
        &self,
        tx: &Tx,
        supplier: &SupplierName,
        new: &[&ParsedProduct],
        aliases: &Aliases,
    ) -> Result<(Vec<Game>, Vec<Offer>), Failed> {
        if new.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let wanted: Vec<String> = new
            .iter()
            .flat_map(|fresh| slug::candidates(&fresh.facts.facts.title, &fresh.facts.product))
            .collect();
        // Another supplier's sync adds games, too.
        tx.catalog().lock_additions().await?;
        let mut taken: HashSet<String> = tx.catalog().taken_slugs(&wanted).await?;
        let (created_at, ids) = (self.now(), &self.parts.ids);
        let games = new.iter().map(|fresh| {
            let product = &fresh.facts;
            let game = Game {
                id: GameId(ids.fresh()),
                slug: slug::choose(&product.facts.title, &product.product, &mut taken),
                facts: aliases.applied(product.facts.clone()),
                tags: Vec::new(),
                hidden: false,
                created_at,
            };
            let (id, fingerprint) = (OfferId(ids.fresh()), fresh.fingerprint);
            let offer = Offer::new(id, game.id, supplier.clone(), product, fingerprint);
            let offers = vec![offer];
            let overrides = Overrides::default();
            let mut offered = OfferedGame {
                game,
                offers,
                overrides,
            };
            offered.settle(self.suppliers());
            offered
        });
        let (games, offers) = games
            .map(|held| (held.game, held.offers))
            .unzip::<_, _, Vec<_>, Vec<_>>();
        Ok((games, offers.into_iter().flatten().collect()))
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
            let (known, made) = tx.catalog().ensure_terms(term, &fresh, self.now()).await?;
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
