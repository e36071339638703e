//! What a run held back: made at its end if it is little enough, and otherwise parked until staff accept it.

use domain::parking::HeldChanges;
use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use domain::sync::{SyncKind, SyncProgress, SyncReport};
use domain::trail::TrailAction;
use futures::future::BoxFuture;
use storage::parked::Which;
use storage::sync_runs::SyncRun;
use uuid::Uuid;

use super::commit::hide;
use super::lease::Writer;
use super::run::{Mode, Run};
use crate::trail::{Actor, Deed};
use crate::{Error, Shop, SyncService};

/// Changes in one transaction.
const AT_ONCE: u32 = 500;

/// What becomes of what a run held back.
#[derive(Clone, Copy, Debug, Default)]
struct Verdict {
    held: HeldChanges,
    /// Whether hidden offers are parked.
    parks_hides: bool,
    /// Whether lower prices are.
    parks_prices: bool,
    /// Whether anything of the run waits for a decision.
    is_parked: bool,
}

impl Run<'_> {
    /// Makes what was held back, or parks it, each kind of change by itself.
    pub(super) async fn settle_held(&mut self) -> Result<(), Error> {
        let Mode::Write(writer) = &self.mode else {
            return Ok(());
        };
        let writer = writer.clone();
        let verdict = self.shop.judge(&writer, self.progress(), self.saw_empty_list()).await?;
        if !verdict.parks_hides {
            self.make_held(&writer, Which::Hides).await?;
        }
        if !verdict.parks_prices {
            self.make_held(&writer, Which::LowerOfSold).await?;
        }
        self.shop.park_prices(&writer, writer.run_id, self.progress()).await?;
        self.is_parked = verdict.is_parked;
        for reason in verdict.reasons(&writer) {
            tracing::warn!(supplier = %writer.supplier, run = %writer.run_id, "[{}] {reason}", writer.tag());
            self.report.record(None, reason);
        }
        Ok(())
    }

    /// Makes all changes of a kind that were held back.
    async fn make_held(&mut self, writer: &Writer, which: Which) -> Result<(), Error> {
        loop {
            let changes = self.shop.db().parked().of_run(writer.run_id, which, AT_ONCE).await?;
            if changes.is_empty() {
                return Ok(());
            }
            self.make(changes).await?;
            self.go_on()?;
        }
    }
}

impl Verdict {
    /// Why the run is parked, for an operator.
    fn reasons(&self, writer: &Writer) -> Vec<String> {
        let HeldChanges {
            hides,
            hides_for_sale,
            lower,
            parked_before,
            shown,
            for_sale,
        } = self.held;
        let accepted = format!("until somebody accepts run {}", writer.run_id);
        let mut reasons = Vec::new();
        if self.is_parked && self.held.is_empty() {
            reasons.push(format!("the supplier's list is empty: nothing is hidden {accepted}"));
        }
        if self.parks_hides && hides > 0 {
            reasons.push(format!(
                "{hides} of {shown} offers would be hidden, {hides_for_sale} of the {for_sale} for sale: none is {accepted}"
            ));
        }
        if self.parks_prices && lower > 0 {
            reasons.push(format!(
                "{lower} prices of {for_sale} offers for sale fall below half: these offers are not for sale {accepted}"
            ));
        }
        if parked_before > 0 {
            reasons.push(format!(
                "{parked_before} offers whose prices fell below half in an earlier run are still as low: they are not for sale \
                 {accepted}"
            ));
        }
        reasons
    }
}

impl Shop {
    /// Decides about what a run held back, once: after an interruption, what was parked stays so.
    async fn judge(&self, writer: &Writer, progress: SyncProgress, saw_empty_list: bool) -> Result<Verdict, Error> {
        let (rule, now) = (self.parts.sync.parking, self.now());
        let input = (writer.clone(), progress, saw_empty_list, rule, now);
        self.write(input, |tx, &(ref writer, progress, saw_empty_list, rule, now)| {
            Box::pin(async move {
                writer.hold(tx, progress).await?;
                let (run, supplier, begun) = (writer.run_id, &writer.supplier, writer.started_at);
                let held = tx.parked().held(run, supplier, begun).await?;
                let was_parked = tx
                    .sync_runs()
                    .get(run)
                    .await?
                    .is_some_and(|run| run.parked_at.is_some());
                let hides_everything = saw_empty_list && tx.parked().offers_before(supplier, begun).await?.0 > 0;
                let (parks_hides, parks_prices) = (
                    was_parked || held.hides_too_much(rule),
                    was_parked || held.lowers_too_much(rule),
                );
                let is_parked = hides_everything
                    || (parks_hides && held.hides > 0)
                    || (parks_prices && held.lower > 0)
                    || held.parked_before > 0;
                if is_parked && !was_parked {
                    tx.sync_runs().park(run, now).await?;
                }
                Ok(Verdict {
                    held,
                    parks_hides,
                    parks_prices,
                    is_parked,
                })
            })
        })
        .await
    }

    /// Takes the offers off sale whose lower prices a run has parked.
    async fn park_prices(&self, writer: &Writer, run: Uuid, progress: SyncProgress) -> Result<(), Error> {
        loop {
            let changes = self.db().parked().of_run(run, Which::LowerOfSold, AT_ONCE).await?;
            if changes.is_empty() {
                return Ok(());
            }
            self.write_parked(writer, changes, progress).await?;
        }
    }

    /// Does the rest of what parked runs of a supplier were killed at.
    pub(super) async fn finish_parking(&self, writer: &Writer) -> Result<(), Error> {
        for run in self.db().sync_runs().parked(Some(&writer.supplier)).await? {
            self.park_prices(writer, run.id, run.progress).await?;
        }
        Ok(())
    }
}

impl<'a> SyncService<'a> {
    /// Makes what a parked run found and did not do, by the decision of `actor`, who proved lately who they are; returns the
    /// run's report.
    ///
    /// # Errors
    /// [`Refusal::SyncRunNotFound`]; [`Refusal::SyncRunNotParked`] if nothing of it waits for a decision;
    /// [`Refusal::SyncRunning`] while the supplier is synced.
    pub fn accept(self, run: Uuid, actor: &'a Actor) -> BoxFuture<'a, Result<SyncReport, Error>> {
        Box::pin(async move {
            let shop = self.shop;
            let found = shop.db().sync_runs().get(run).await?.ok_or(Refusal::SyncRunNotFound)?;
            let by = actor.name();
            let token = shop.take_lease(&found.supplier, &by).await?;
            let writer = Writer {
                supplier: found.supplier,
                kind: found.kind,
                run_id: run,
                started_at: found.started_at,
                token,
                lease: shop.parts.sync.lease,
            };
            let accepted = shop.accept_all(&writer, actor).await;
            let given_back = shop.give_lease_back(&writer.supplier, token).await;
            let report = accepted?;
            given_back?;
            Ok(report)
        })
    }

    /// The runs of which changes wait for a decision, the latest first.
    pub fn parked(self) -> BoxFuture<'a, Result<Vec<SyncRun>, Error>> {
        Box::pin(async move { Ok(self.shop.db().sync_runs().parked(None).await?) })
    }
}

impl Shop {
    /// Checks that `actor` may accept a run, and records that they do: before the first change, because the changes are made
    /// in many transactions, and an interruption must not leave some that nobody decided.
    async fn record_acceptance(&self, writer: &Writer, actor: &Actor, progress: SyncProgress) -> Result<(), Error> {
        let input = (self.clone(), writer.clone(), actor.clone(), progress);
        self.write(input, |tx, &(ref shop, ref writer, ref actor, progress)| {
            Box::pin(async move {
                writer.hold(tx, progress).await?;
                shop.admit_proven(tx, actor, Permission::edit(Noun::Sync)).await?;
                let deed = Deed::new(TrailAction::AcceptRun, "sync-run", &writer.run_id);
                shop.record(tx, actor, deed).await
            })
        })
        .await
    }

    async fn accept_all(&self, writer: &Writer, actor: &Actor) -> Result<SyncReport, Error> {
        let run = self
            .db()
            .sync_runs()
            .get(writer.run_id)
            .await?
            .ok_or(Refusal::SyncRunNotFound)?;
        if run.outcome.as_deref() != Some("parked") {
            return Err(Refusal::SyncRunNotParked(run.outcome.unwrap_or_else(|| "running".to_owned())).into());
        }
        let (mut report, progress) = (run.report, run.progress);
        self.record_acceptance(writer, actor, progress).await?;
        let by = actor.name();
        let sees_nothing = run.kind == SyncKind::Full && progress.total == 0;
        loop {
            let mut changes = self.db().parked().of_run(run.id, Which::All, AT_ONCE).await?;
            if changes.is_empty() && sees_nothing {
                let shown = self.db().offers().some_shown(&writer.supplier, AT_ONCE).await?;
                changes = shown.into_iter().map(|(offer, game)| hide(offer, game)).collect();
            }
            if changes.is_empty() {
                break;
            }
            let made = self.write_changes(writer, changes, progress, &report).await?;
            made.add_to(&mut report);
        }
        let input = (writer.clone(), by.clone(), report, progress, self.now());
        let report = self.write(input, |tx, &(ref writer, ref by, ref report, progress, now)| {
            Box::pin(async move {
                writer.hold(tx, progress).await?;
                tx.sync_runs().accept(writer.run_id, by, report, now).await?;
                Ok(report.clone())
            })
        });
        let report = report.await?;
        tracing::info!(
            supplier = %writer.supplier, run = %writer.run_id, by,
            "[{}] what the run had parked is accepted: {} hidden, {} changed in all", writer.tag(), report.removed, report.updated
        );
        Ok(report)
    }
}
