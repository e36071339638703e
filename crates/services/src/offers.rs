//! Offers and their games: read by staff, linked and unlinked by them.

use std::collections::HashSet;

use domain::catalog::Game;
use domain::id::{GameId, OfferId};
use domain::offer::{Offer, OfferedGame, leading};
use domain::overrides::Overrides;
use domain::refusal::Refusal;
use domain::slug;
use domain::staff::{Noun, Permission};
use domain::suppliers::Suppliers;
use domain::term::Term;
use domain::touch::Touch;
use domain::trail::TrailAction;
use futures::future::BoxFuture;
use storage::Tx;

use crate::sync::touch_changed;
use crate::trail::{Actor, Deed};
use crate::write::Failed;
use crate::{Error, OfferService, Shop};

impl<'a> OfferService<'a> {
    /// On which terms the suppliers' offers are sold: what is shown and what leads follows from them.
    #[must_use]
    pub fn terms(self) -> &'a Suppliers {
        self.shop.suppliers()
    }

    /// A game, visible or not, with all its offers.
    ///
    /// # Errors
    /// [`Refusal::GameNotFound`].
    pub fn of(self, game: GameId) -> BoxFuture<'a, Result<OfferedGame, Error>> {
        Box::pin(async move {
            let mut found = self.shop.db().offers().offered(&[game]).await?;
            Ok(found.pop().ok_or(Refusal::GameNotFound)?)
        })
    }

    /// The game of an offer, visible or not, with all its offers.
    ///
    /// # Errors
    /// [`Refusal::OfferNotFound`].
    pub fn with_offer(self, offer: OfferId) -> BoxFuture<'a, Result<OfferedGame, Error>> {
        Box::pin(async move {
            let game = self.shop.db().offers().game_of(offer).await?;
            self.of(game.ok_or(Refusal::OfferNotFound)?).await
        })
    }

    /// Makes an offer one of `game`'s, by the decision of `actor`. Syncs do not change that; the texts of both games follow at the
    /// next sync of their leading suppliers. A game whose last offer this was is hidden.
    ///
    /// # Errors
    /// [`Refusal::OfferNotFound`], [`Refusal::GameNotFound`], [`Refusal::OwnOfferStays`].
    pub fn link(self, offer: OfferId, game: GameId, actor: &'a Actor) -> BoxFuture<'a, Result<OfferedGame, Error>> {
        Box::pin(async move {
            let input = (self.shop.clone(), offer, game, actor.clone());
            self.shop
                .write(input, |tx, &(ref shop, offer, game, ref actor)| {
                    Box::pin(async move {
                        shop.admit(tx, actor, Permission::edit(Noun::Offers)).await?;
                        let from = tx.offers().game_of(offer).await?.ok_or(Refusal::OfferNotFound)?;
                        let mut held = tx.offers().lock_offered(&[from, game]).await?;
                        stays(&held, offer)?;
                        let to = held.iter().position(|held| held.game.id == game);
                        let to = held.remove(to.ok_or(Refusal::GameNotFound)?);
                        let moved = shop.move_offer(tx, offer, (held.pop(), to), &actor.name()).await?;
                        let deed = moved_deed(TrailAction::LinkOffer, offer, from, game);
                        shop.record(tx, actor, deed).await?;
                        Ok(moved)
                    })
                })
                .await
        })
    }

    /// Makes an offer the only one of a new game, by the decision of `actor`; an offer that is alone stays where it is. The new
    /// game has the fields of the old one until the next sync of its supplier.
    ///
    /// # Errors
    /// [`Refusal::OfferNotFound`], [`Refusal::OwnOfferStays`].
    pub fn unlink(self, offer: OfferId, actor: &'a Actor) -> BoxFuture<'a, Result<OfferedGame, Error>> {
        Box::pin(async move {
            let fresh = GameId(self.shop.parts.ids.fresh());
            let input = (self.shop.clone(), offer, fresh, actor.clone());
            self.shop
                .write(input, |tx, &(ref shop, offer, fresh, ref actor)| {
                    Box::pin(async move {
                        shop.admit(tx, actor, Permission::edit(Noun::Offers)).await?;
                        let from = tx.offers().game_of(offer).await?.ok_or(Refusal::OfferNotFound)?;
                        let held = tx.offers().lock_offered(&[from]).await?.pop();
                        let held = held.ok_or(Refusal::OfferNotFound)?;
                        stays(std::slice::from_ref(&held), offer)?;
                        if held.offers.len() == 1 {
                            return Ok(held);
                        }
                        let game = shop.copy_of(tx, &held, offer, fresh).await?;
                        let to = OfferedGame {
                            game,
                            offers: Vec::new(),
                            overrides: Overrides::default(),
                        };
                        tx.touch(Touch::Catalog);
                        tx.touch(Touch::Home);
                        let moved = shop.move_offer(tx, offer, (Some(held), to), &actor.name()).await?;
                        let deed = moved_deed(TrailAction::UnlinkOffer, offer, from, fresh);
                        shop.record(tx, actor, deed).await?;
                        Ok(moved)
                    })
                })
                .await
        })
    }
}

/// Refuses to move an offer of own keys: the keys are the game's.
fn stays(held: &[OfferedGame], offer: OfferId) -> Result<(), Refusal> {
    let mut offers = held.iter().flat_map(|game| &game.offers);
    if offers.any(|one| one.id == offer && one.supplier.is_own()) {
        return Err(Refusal::OwnOfferStays);
    }
    Ok(())
}

fn moved_deed(action: TrailAction, offer: OfferId, from: GameId, to: GameId) -> Deed {
    Deed::new(action, "offer", &offer.0).changing(Some(from.0.to_string()), Some(to.0.to_string()))
}

impl Shop {
    /// Moves an offer from one game to another; both are locked. Returns the other with all its offers.
    async fn move_offer(
        &self,
        tx: &mut Tx,
        offer: OfferId,
        (from, mut to): (Option<OfferedGame>, OfferedGame),
        by: &str,
    ) -> Result<OfferedGame, Failed> {
        let (suppliers, now) = (self.suppliers(), self.now());
        // It was one of that game's when nothing was locked yet.
        let is_there = |held: &OfferedGame| held.offers.iter().any(|one| one.id == offer);
        if !is_there(from.as_ref().unwrap_or(&to)) {
            return Err(Refusal::OfferNotFound.into());
        }
        tx.offers().link(offer, to.game.id, by, now).await?;
        let mut stale = vec![(offer, 0)];
        let mut changed: Vec<(Game, Game)> = Vec::new();
        if let Some(mut from) = from {
            let before = from.game.clone();
            let (moved, left): (Vec<Offer>, Vec<Offer>) = from.offers.into_iter().partition(|one| one.id == offer);
            from.offers = left;
            from.settle(suppliers);
            // Its texts may have been those of the moved offer: the leading one is parsed again.
            stale.extend(leading(&from.offers, suppliers).map(|one| (one.id, 0)));
            let was = to.game.clone();
            to.offers
                .extend(moved.into_iter().map(|one| Offer { game: was.id, ..one }));
            to.offers.sort_unstable_by_key(|one| one.id);
            to.settle(suppliers);
            changed.push((before, from.game));
            changed.push((was, to.game.clone()));
        }
        tx.offers().set_fingerprints(&stale).await?;
        changed.retain(|(before, after)| before != after);
        changed
            .iter()
            .for_each(|(before, after)| touch_changed(tx, before, after));
        let after: Vec<&Game> = changed.iter().map(|(_, after)| after).collect();
        tx.catalog().put_offered(&after, now).await?;
        Ok(to)
    }

    /// A new game with the fields of `held` as its suppliers describe them, and a slug of its own.
    async fn copy_of(&self, tx: &Tx, held: &OfferedGame, offer: OfferId, id: GameId) -> Result<Game, Failed> {
        let mut described = held.game.clone();
        held.overrides.lift(&mut described);
        let (facts, now) = (described.facts, self.now());
        let of_it = held.offers.iter().find(|one| one.id == offer);
        let product = &of_it.ok_or(Refusal::OfferNotFound)?.product;
        let wanted = slug::candidates(&facts.title, product);
        tx.catalog().lock_additions().await?;
        let mut taken: HashSet<String> = tx.catalog().taken_slugs(&wanted).await?;
        let game = Game {
            id,
            slug: slug::choose(&facts.title, product, &mut taken),
            facts,
            tags: Vec::new(),
            hidden: false,
            created_at: now,
        };
        tx.catalog().put(&[&game], now).await?;
        for (term, names) in [
            (Term::Category, &game.facts.categories),
            (Term::Genre, &game.facts.genres),
            (Term::Platform, &game.facts.platforms),
        ] {
            let named = names.iter().map(|name| (name.clone(), self.parts.ids.fresh()));
            let (ids, _) = tx.catalog().ensure_terms(term, &named.collect(), now).await?;
            let links: Vec<_> = ids.values().map(|name| (id, *name)).collect();
            tx.catalog().link(term, &[id], &links).await?;
        }
        Ok(game)
    }
}
