//! Offers that a complete crawl did not show: asked for by id, remembered, and hidden by rule alone.

use domain::id::ProductId;
use domain::sync::SyncPhase;
use storage::offers::MissedOffer;

use super::by_id::{ASKED_AT_ONCE, LookedUp};
use super::commit::hide;
use super::run::{Mode, Run};
use crate::Error;

/// The most offers that one crawl asks for by id: twenty seconds' worth at ten a second. A supplier that drops half its
/// list must not cost a request for each.
const ASKED_MAX: usize = 200;
/// Numbers looked up in one statement.
const LOOKED_UP_AT_ONCE: usize = 1_000;

impl Run<'_> {
    /// Deals with each offer that this crawl did not show, if it showed everything that the supplier has. Hidden is what
    /// the supplier denies when it is asked, and what an earlier complete crawl did not show either.
    pub(super) async fn handle_missing(&mut self) -> Result<(), Error> {
        if !self.position.complete || self.saw_empty_list() {
            return Ok(());
        }
        self.position.phase = SyncPhase::Asking;
        let highest = self.shop.db().offers().highest_number(self.name).await?;
        // What is hidden by now was missed by this crawl before it was interrupted, or is new.
        let mut numbers: Vec<i64> = Vec::with_capacity(LOOKED_UP_AT_ONCE);
        let seen = self.position.seen.clone();
        let mut missing = seen.missing(highest).peekable();
        let mut left = if self.supplier.capabilities().by_ids {
            ASKED_MAX
        } else {
            0
        };
        while missing.peek().is_some() {
            numbers.clear();
            numbers.extend(missing.by_ref().take(LOOKED_UP_AT_ONCE));
            let offers = self.shop.db().offers().numbered(self.name, &numbers).await?;
            let (asked, rest) = offers.split_at(left.min(offers.len()));
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
    async fn ask_for_missing(&mut self, offers: &[MissedOffer]) -> Result<Vec<MissedOffer>, Error> {
        let products: Vec<ProductId> = offers.iter().map(|offer| offer.product.clone()).collect();
        let (mut batch, words) = self.ask_by_id(&products).await;
        let (mut gone, mut silent) = (Vec::new(), Vec::new());
        for (offer, (product, word)) in offers.iter().zip(words) {
            match word {
                LookedUp::Here => {}
                LookedUp::Gone => gone.push(hide(offer.id, offer.game)),
                LookedUp::Unknown(error) => {
                    self.report.record(Some(product.to_string()), error.to_string());
                    silent.push(offer.clone());
                }
            }
        }
        self.flush(&mut batch).await?;
        self.hide(gone).await?;
        Ok(silent)
    }

    /// Hides those that an earlier complete crawl missed too, and remembers the others.
    async fn handle_unanswered(&mut self, offers: Vec<MissedOffer>) -> Result<(), Error> {
        let Mode::Write(writer) = &self.mode else {
            let twice = offers.iter().filter(|offer| offer.since.is_some());
            return self.hide(twice.map(|offer| hide(offer.id, offer.game)).collect()).await;
        };
        // A mark of this very run, set before it was interrupted, is no second crawl.
        let before = |offer: &MissedOffer| offer.since.is_some_and(|since| since < writer.started_at);
        let (twice, once): (Vec<_>, Vec<_>) = offers.into_iter().partition(before);
        if !once.is_empty() {
            let ids = once.iter().map(|offer| offer.id).collect();
            self.shop.write_missed(writer, ids, self.progress()).await?;
        }
        self.hide(twice.iter().map(|offer| hide(offer.id, offer.game)).collect())
            .await
    }
}
