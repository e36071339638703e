//! Games that a complete crawl did not show: asked for by id, remembered, and hidden by rule alone.

use domain::id::ProductId;
use domain::sync::SyncPhase;
use storage::catalog::MissedGame;

use super::by_id::{ASKED_AT_ONCE, LookedUp};
use super::run::{Mode, Run};
use crate::Error;

/// The most games that one crawl asks for by id: twenty seconds' worth at ten a second. A supplier that drops half its
/// list must not cost a request for each.
const ASKED_MAX: usize = 200;
/// Numbers looked up in one statement.
const LOOKED_UP_AT_ONCE: usize = 1_000;

impl Run<'_> {
    /// Deals with each game that this crawl did not show, if it showed everything that the supplier has. Hidden is what
    /// the supplier denies when it is asked, and what an earlier complete crawl did not show either.
    pub(super) async fn handle_missing(&mut self) -> Result<(), Error> {
        if !self.position.complete {
            return Ok(());
        }
        self.position.phase = SyncPhase::Asking;
        let highest = self.shop.db().catalog().highest_number().await?;
        // What is hidden by now was missed by this crawl before it was interrupted, or is new.
        let mut numbers: Vec<i64> = Vec::with_capacity(LOOKED_UP_AT_ONCE);
        let seen = self.position.seen.clone();
        let mut missing = seen.missing(highest).peekable();
        let mut left = ASKED_MAX;
        while missing.peek().is_some() {
            numbers.clear();
            numbers.extend(missing.by_ref().take(LOOKED_UP_AT_ONCE));
            let games = self.shop.db().catalog().shown_of(&numbers).await?;
            let (asked, rest) = games.split_at(left.min(games.len()));
            left -= asked.len();
            let mut silent = rest.to_vec();
            for some in asked.chunks(ASKED_AT_ONCE) {
                silent.extend(self.ask_for_missing(some).await?);
                self.go_on()?;
            }
            self.handle_unanswered(silent).await?;
        }
        Ok(())
    }

    /// Asks for some that are missing; returns those of which the supplier did not say whether it has them.
    async fn ask_for_missing(&mut self, games: &[MissedGame]) -> Result<Vec<MissedGame>, Error> {
        let products: Vec<ProductId> = games.iter().map(|game| game.product.clone()).collect();
        let (mut batch, words) = self.ask_by_id(&products).await;
        let (mut gone, mut silent) = (Vec::new(), Vec::new());
        for (game, (product, word)) in games.iter().zip(words) {
            match word {
                LookedUp::Here => {}
                LookedUp::Gone => gone.push((game.id, product)),
                LookedUp::Unknown(error) => {
                    self.report.record(Some(product.to_string()), error.to_string());
                    silent.push(game.clone());
                }
            }
        }
        self.flush(&mut batch).await?;
        self.hide(gone).await?;
        Ok(silent)
    }

    /// Hides those that an earlier complete crawl missed too, and remembers the others.
    async fn handle_unanswered(&mut self, games: Vec<MissedGame>) -> Result<(), Error> {
        let Mode::Write(writer) = &self.mode else {
            let twice = games.into_iter().filter(|game| game.since.is_some());
            return self.hide(twice.map(|game| (game.id, game.product)).collect()).await;
        };
        // A mark of this very run, set before it was interrupted, is no second crawl.
        let before = |game: &MissedGame| game.since.is_some_and(|since| since < writer.started_at);
        let (twice, once): (Vec<_>, Vec<_>) = games.into_iter().partition(before);
        if !once.is_empty() {
            let ids = once.iter().map(|game| game.id).collect();
            self.shop.write_missed(writer, ids, self.progress()).await?;
        }
        self.hide(twice.into_iter().map(|game| (game.id, game.product)).collect())
            .await
    }
}
