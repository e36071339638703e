//! The own offers: what they cost and how many keys they have, moved together with the keys.

use std::collections::BTreeMap;

use domain::catalog::Game;
use domain::id::{GameId, OfferId, SupplierName};
use domain::money::Cents;
use domain::offer::Offer;
use storage::Tx;

use crate::Shop;
use crate::sync::touch_changed;
use crate::write::Failed;

/// How the free keys of a game change.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StockMove {
    /// Keys that come, or go if it is negative.
    copies: i64,
    /// The line and the cost of the last key that came with one.
    cost: Option<(u64, Cents)>,
}

impl StockMove {
    /// A key comes.
    pub(super) fn add(&mut self, line: u64, cost: Option<Cents>) {
        self.copies += 1;
        if let Some(cost) = cost.filter(|_| self.cost.is_none_or(|(last, _)| last < line)) {
            self.cost = Some((line, cost));
        }
    }

    /// A key goes.
    pub(super) const fn take(&mut self) {
        self.copies -= 1;
    }
}

impl Shop {
    /// Moves the counts of the own offers of games, which get one with their first key. Without a `price` an offer's stays as
    /// it is, and a new one is sold at what its game costs now: no game is without a price. An offer of which every key was
    /// taken back is hidden.
    pub(super) async fn move_stock(
        &self,
        tx: &mut Tx,
        moves: &BTreeMap<GameId, StockMove>,
        price: Option<Cents>,
    ) -> Result<(), Failed> {
        let now = self.now();
        let games: Vec<GameId> = moves.keys().copied().collect();
        let leaving: Vec<GameId> = moves
            .iter()
            .filter(|(_, one)| one.copies < 0)
            .map(|(game, _)| *game)
            .collect();
        let with_keys = tx.own_keys().games_with_keys(&leaving).await?;
        let (mut moved, mut new, mut changed) = (Vec::new(), Vec::new(), Vec::new());
        for mut held in tx.offers().lock_offered(&games).await? {
            let before = held.game.clone();
            let Some(one) = moves.get(&before.id) else { continue };
            let at = held.offers.iter().position(|offer| offer.supplier.is_own());
            let at = at.unwrap_or_else(|| {
                let id = OfferId(self.parts.ids.fresh());
                held.offers.push(Offer::own(id, before.id, before.facts.price, now));
                held.offers.len() - 1
            });
            let offer = &mut held.offers[at];
            offer.supplier_qty += one.copies;
            offer.price = price.unwrap_or(offer.price);
            offer.cost = one.cost.map_or(offer.cost, |(_, cost)| cost);
            offer.observed_at = now;
            offer.hidden = one.copies < 0 && !with_keys.contains(&before.id);
            if offer.number == 0 {
                new.push(offer.clone());
            } else {
                moved.push(offer.clone());
            }
            held.settle(self.suppliers());
            if held.game != before {
                touch_changed(tx, &before, &held.game);
                changed.push(held.game);
            }
        }
        tx.offers().put(&moved.iter().collect::<Vec<_>>(), now).await?;
        tx.offers().add(&SupplierName::own(), &mut new, now).await?;
        let changed: Vec<&Game> = changed.iter().collect();
        tx.catalog().put_offered(&changed, now).await?;
        Ok(())
    }
}
