//! The fenced transactions of a sync: a batch is written, offers are hidden, offers are marked as missed.

use std::collections::HashMap;

use domain::id::{GameId, OfferId, ProductId, SupplierName};
use domain::offer::Offer;
use domain::parking::{Parked, ParkedChange};
use domain::sync::{SyncKind, SyncProgress, SyncReport};
use storage::Tx;

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
    /// Whether prices that fall below half are held back.
    pub(super) holds_back: bool,
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

/// That an offer would be hidden, because the supplier no longer has its product.
pub(super) const fn hide(offer: OfferId, game: GameId) -> ParkedChange {
    let what = Parked::Hide;
    ParkedChange { offer, game, what }
}

/// How many changes were made.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Made {
    pub(super) hidden: u64,
    pub(super) lowered: u64,
}

impl Made {
    pub(super) const fn add_to(self, report: &mut SyncReport) {
        report.removed += self.hidden;
        report.updated += self.lowered;
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
        self.write_alone((self.clone(), writer.clone(), input), |tx, (shop, writer, input)| {
            Box::pin(async move {
                writer.hold(tx, input.progress).await?;
                let plan = Plan::make(shop, tx, input).await?;
                let (mut report, numbered) = plan.carry_out(shop, tx, writer).await?;
                let mut done = input.account(&numbered, &mut report);
                shop.note_newest(tx, &input.supplier, &mut done).await?;
                record(tx, writer, &done).await?;
                Ok(done)
            })
        })
        .await
    }

    /// Hides offers and lowers prices; nothing of these offers is held back any more.
    pub(super) async fn write_changes(
        &self,
        writer: &Writer,
        changes: Vec<ParkedChange>,
        progress: SyncProgress,
        report: &SyncReport,
    ) -> Result<Made, Error> {
        let input = (self.clone(), writer.clone(), changes, progress, report.clone());
        self.write_alone(
            input,
            |tx, &(ref shop, ref writer, ref changes, progress, ref report)| {
                Box::pin(async move {
                    writer.hold(tx, progress).await?;
                    let made = shop.make(tx, changes).await?;
                    let mut report = report.clone();
                    made.add_to(&mut report);
                    tx.sync_runs().progress(writer.run_id, progress, &report).await?;
                    Ok(made)
                })
            },
        )
        .await
    }

    async fn make(&self, tx: &mut Tx, changes: &[ParkedChange]) -> Result<Made, Failed> {
        let mut made = Made::default();
        let offers = self.alter_offers(tx, changes, |offer, what| match what {
            Parked::Hide if offer.hidden => false,
            Parked::Hide => {
                (offer.hidden, offer.parked) = (true, false);
                made.hidden += 1;
                true
            }
            Parked::Lower {
                cost,
                price,
                fingerprint,
            } => {
                (offer.cost, offer.price, offer.parked) = (cost, price, false);
                offer.fingerprint = fingerprint;
                made.lowered += 1;
                true
            }
        });
        let offers = offers.await?;
        tx.parked().forget(&offers).await?;
        Ok(made)
    }

    /// Takes offers whose lower prices wait for a decision off sale.
    pub(super) async fn write_parked(
        &self,
        writer: &Writer,
        changes: Vec<ParkedChange>,
        progress: SyncProgress,
    ) -> Result<(), Error> {
        let input = (self.clone(), writer.clone(), changes, progress);
        self.write_alone(input, |tx, &(ref shop, ref writer, ref changes, progress)| {
            Box::pin(async move {
                writer.hold(tx, progress).await?;
                let park = |offer: &mut Offer, _| !std::mem::replace(&mut offer.parked, true);
                shop.alter_offers(tx, changes, park).await?;
                Ok(())
            })
        })
        .await
    }

    /// Alters each offer of `changes` under the locks of it and its game, and settles the game; `alter` says whether it changed
    /// anything. Returns the offers that were found: one that staff linked to another game meanwhile is not.
    async fn alter_offers(
        &self,
        tx: &mut Tx,
        changes: &[ParkedChange],
        mut alter: impl FnMut(&mut Offer, Parked) -> bool + Send,
    ) -> Result<Vec<OfferId>, Failed> {
        let whats: HashMap<OfferId, Parked> = changes.iter().map(|change| (change.offer, change.what)).collect();
        let games: Vec<GameId> = changes.iter().map(|change| change.game).collect();
        let (mut found, mut altered, mut changed) = (Vec::new(), Vec::new(), Vec::new());
        for mut held in tx.offers().lock_offered(&games).await? {
            let before = held.game.clone();
            for offer in &mut held.offers {
                let Some(what) = whats.get(&offer.id) else { continue };
                found.push(offer.id);
                if alter(offer, *what) {
                    altered.push(offer.clone());
                }
            }
            held.settle(self.suppliers());
            if held.game != before {
                comparison::touch(tx, &before, &held.game);
                changed.push(held.game);
            }
        }
        let now = self.now();
        tx.offers().put(&altered.iter().collect::<Vec<_>>(), now).await?;
        tx.catalog()
            .put_offered(&changed.iter().collect::<Vec<_>>(), now)
            .await?;
        Ok(found)
    }

    /// Records offers that are to be hidden, if these are not too many in the end.
    pub(super) async fn write_held(
        &self,
        writer: &Writer,
        changes: Vec<ParkedChange>,
        progress: SyncProgress,
    ) -> Result<(), Error> {
        let input = (writer.clone(), changes, progress);
        self.write(input, |tx, &(ref writer, ref changes, progress)| {
            Box::pin(async move {
                writer.hold(tx, progress).await?;
                tx.parked().hold(writer.run_id, changes).await?;
                Ok(())
            })
        })
        .await
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
