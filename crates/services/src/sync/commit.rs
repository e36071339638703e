//! The fenced transactions of a sync: a batch is written, offers are hidden, offers are marked as missed.

use std::collections::HashMap;

use domain::catalog::Game;
use domain::id::{GameId, OfferId, ProductId, SupplierName};
use domain::sync::{SyncKind, SyncProgress, SyncReport};
use storage::Tx;
use storage::offers::MissedOffer;

use super::change_detection::{DetectedChanges, Rejected};
use super::comparison;
use super::lease::Writer;
use super::plan::Plan;
use super::position::Position;
use crate::write::Failed;
use crate::{Error, Shop};

/// The most that the supplier's clock may be ahead of ours, its time zone included, in seconds.
const CLOCKS_APART: i64 = 26 * 60 * 60;

/// What a batch's transaction needs; it may run more than once.
pub(super) struct Input {
    pub(super) supplier: SupplierName,
    pub(super) kind: SyncKind,
    pub(super) changes: DetectedChanges,
    /// Of the new products, those that are offers of existing games.
    pub(super) matches: HashMap<ProductId, GameId>,
    /// The report before this batch.
    pub(super) report: SyncReport,
    /// The position after this batch, but for what only the transaction finds out; `None` where pages are not what is
    /// read.
    pub(super) position: Option<Position>,
    /// How far the sync is, where the position does not tell.
    pub(super) progress: SyncProgress,
}

/// An offer whose product the supplier no longer has.
#[derive(Clone, Copy, Debug)]
pub(super) struct GoneOffer {
    pub(super) id: OfferId,
    pub(super) game: GameId,
}

impl From<&MissedOffer> for GoneOffer {
    fn from(missed: &MissedOffer) -> Self {
        Self {
            id: missed.id,
            game: missed.game,
        }
    }
}

/// What a batch did.
pub(super) struct Done {
    pub(super) report: SyncReport,
    pub(super) position: Option<Position>,
    pub(super) progress: SyncProgress,
}

impl Input {
    /// What the report and the position become when `numbered` of the products shown are offers of the shop, by their
    /// numbers.
    pub(super) fn account(&self, numbered: &HashMap<ProductId, i64>, report: &mut SyncReport) -> Done {
        let mut position = self.position.clone();
        for (product, Rejected { reason, .. }) in &self.changes.rejected {
            // A page that is read again shows it again: it is reported once.
            if !self.changes.again.contains(product) {
                report.record(Some(product.to_string()), reason.clone());
            }
        }
        for reason in &self.changes.unidentified {
            report.record(None, reason.clone());
        }
        if let Some(position) = &mut position {
            numbered.values().for_each(|number| position.seen.insert(*number));
        }
        let mut sum = self.report.clone();
        sum.add(report);
        Done {
            report: sum,
            progress: position.as_ref().map_or(self.progress, Position::progress),
            position,
        }
    }
}

impl Shop {
    /// Writes a batch in one transaction, if the lease is still the writer's: the games, what they touch, how far the
    /// sync is, and where it can be gone on with.
    pub(super) async fn write_batch(&self, writer: &Writer, input: Input) -> Result<Done, Error> {
        self.write((self.clone(), writer.clone(), input), |tx, (shop, writer, input)| {
            Box::pin(async move {
                writer.hold(tx, input.progress).await?;
                let plan = Plan::make(shop, tx, input).await?;
                let (mut report, numbered) = plan.carry_out(shop, tx, &input.supplier).await?;
                let mut done = input.account(&numbered, &mut report);
                shop.note_newest(tx, &input.supplier, &mut done).await?;
                record(tx, writer, &done).await?;
                Ok(done)
            })
        })
        .await
    }

    /// Hides offers, and games without another visible offer; returns how many offers were not hidden.
    pub(super) async fn write_hidden(
        &self,
        writer: &Writer,
        offers: Vec<GoneOffer>,
        progress: SyncProgress,
        report: &SyncReport,
    ) -> Result<u64, Error> {
        let input = (self.clone(), writer.clone(), offers, progress, report.clone());
        self.write(
            input,
            |tx, &(ref shop, ref writer, ref offers, progress, ref report)| {
                Box::pin(async move {
                    writer.hold(tx, progress).await?;
                    let hidden = shop.hide_offers(tx, offers).await?;
                    let mut report = report.clone();
                    report.removed += hidden;
                    tx.sync_runs().progress(writer.run_id, progress, &report).await?;
                    Ok(hidden)
                })
            },
        )
        .await
    }

    async fn hide_offers(&self, tx: &mut Tx, gone: &[GoneOffer]) -> Result<u64, Failed> {
        let ids: Vec<OfferId> = gone.iter().map(|offer| offer.id).collect();
        let games: Vec<GameId> = gone.iter().map(|offer| offer.game).collect();
        let mut changed = Vec::new();
        for mut held in tx.offers().lock_offered(&games).await? {
            let before = held.game.clone();
            for offer in held.offers.iter_mut().filter(|offer| ids.contains(&offer.id)) {
                offer.hidden = true;
            }
            held.settle(self.suppliers());
            if held.game != before {
                comparison::touch(tx, &before, &held.game);
                changed.push(held.game);
            }
        }
        let hidden = tx.offers().hide(&ids).await?;
        let changed: Vec<&Game> = changed.iter().collect();
        tx.catalog().put_offered(&changed, self.now()).await?;
        Ok(hidden)
    }

    /// Marks offers that a complete crawl did not show.
    pub(super) async fn write_missed(
        &self,
        writer: &Writer,
        offers: Vec<OfferId>,
        progress: SyncProgress,
    ) -> Result<(), Error> {
        let input = (writer.clone(), offers, progress);
        self.write(input, |tx, &(ref writer, ref offers, progress)| {
            Box::pin(async move {
                writer.hold(tx, progress).await?;
                tx.offers().mark_missed(offers, writer.started_at).await?;
                Ok(())
            })
        })
        .await
    }

    /// At the end of its first batch a crawl writes down the latest change that the supplier speaks of: all that was
    /// changed up to then, it reads.
    async fn note_newest(&self, tx: &Tx, supplier: &SupplierName, done: &mut Done) -> Result<(), Failed> {
        if let Some(position) = done.position.as_mut().filter(|position| position.newest.is_none()) {
            // An error of the supplier, such as the year 2099, must not hide all changes before it.
            let plausible = self.now().as_micros() / 1_000_000 + CLOCKS_APART;
            position.newest = tx
                .offers()
                .latest_change(supplier, &domain::query_partition::written(plausible))
                .await?;
        }
        Ok(())
    }
}

/// Writes down how far the run is, and where a crawl can be gone on with.
async fn record(tx: &Tx, writer: &Writer, done: &Done) -> Result<(), Failed> {
    tx.sync_runs()
        .progress(writer.run_id, done.progress, &done.report)
        .await?;
    if let (SyncKind::Full, Some(position)) = (writer.kind, &done.position) {
        let position = position.written()?;
        tx.sync_runs().keep(writer.run_id, position).await?;
    }
    Ok(())
}
