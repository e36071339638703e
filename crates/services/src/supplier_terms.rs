//! A change of a supplier's rank or fulfilment in the settings: the games follow it at the next start.

use domain::catalog::Game;
use domain::id::GameId;
use futures::future::BoxFuture;
use storage::Tx;

use crate::sync::touch_changed;
use crate::write::Failed;
use crate::{Error, OfferService, Shop};

/// The mark that holds the terms by which the games were settled last.
const MARK: &str = "suppliers' terms";
/// Games in one transaction.
const GAMES_AT_ONCE: usize = 1_000;

impl<'a> OfferService<'a> {
    /// Settles the games anew whose shown offer is another by the terms in force, if these differ from those of the last start;
    /// returns how many changed. Which supplier leads a game's texts may be another, too: the next crawl of each supplier
    /// parses the offers of games that have several.
    pub fn follow_terms(self) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            let terms = self.shop.suppliers().described();
            let known = self.shop.db().metadata().get(MARK).await?;
            if known.as_deref() == Some(terms.as_str()) {
                return Ok(0);
            }
            let mut changed = 0;
            let games = self.shop.db().offers().unsettled(self.shop.suppliers()).await?;
            for some in games.chunks(GAMES_AT_ONCE) {
                let input = (self.shop.clone(), some.to_vec());
                let settled = self.shop.write(input, |tx, (shop, games)| {
                    Box::pin(async move { shop.settle_games(tx, games).await })
                });
                changed += settled.await?;
            }
            // A process that dies before this begins anew, and finds less to do.
            let input = (terms.clone(), known.is_some());
            let noted = self.shop.write(input, |tx, (terms, differ)| {
                Box::pin(async move {
                    if *differ {
                        tx.offers().forget_shared_fingerprints().await?;
                    }
                    Ok(tx.metadata().set(MARK, terms).await?)
                })
            });
            noted.await?;
            if known.is_some() || changed > 0 {
                tracing::info!(
                    terms,
                    changed,
                    "[Sync] the suppliers' terms are new: the games follow them"
                );
            }
            Ok(changed)
        })
    }
}

impl Shop {
    async fn settle_games(&self, tx: &mut Tx, games: &[GameId]) -> Result<u64, Failed> {
        let mut changed = Vec::new();
        for mut held in tx.offers().lock_offered(games).await? {
            let before = held.game.clone();
            held.settle(self.suppliers());
            if held.game != before {
                touch_changed(tx, &before, &held.game);
                changed.push(held.game);
            }
        }
        let changed: Vec<&Game> = changed.iter().collect();
        tx.catalog().put_offered(&changed, self.now()).await?;
        Ok(changed.len() as u64)
    }
}
