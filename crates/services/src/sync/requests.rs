//! What staff see of suppliers and runs, and the syncs that they ask for.

use std::time::Duration;

use domain::id::SupplierName;
use domain::money::BasisPoints;
use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use domain::suppliers::SupplierTerms;
use domain::sync::RunningSync;
use domain::trail::TrailAction;
use futures::future::BoxFuture;
use uuid::Uuid;

use super::lease::job;
use super::{RecordedSync, RequestedSync, SyncStatus};
use crate::jobs::message;
use crate::trail::{Actor, Deed};
use crate::{Error, SyncService};

/// A supplier of the settings.
#[derive(Clone, Debug)]
pub struct ListedSupplier {
    /// How its offers are ranked and sold.
    pub terms: SupplierTerms,
    /// What the shop adds to its prices.
    pub markup: BasisPoints,
    /// Whether its products can be read: it has a source.
    pub has_source: bool,
    /// Its sync that began last, if there ever was one.
    pub last: Option<RecordedSync>,
}

impl ListedSupplier {
    /// Whether one of its syncs runs.
    #[must_use]
    pub fn is_synced_now(&self) -> bool {
        let last = self.last.as_ref();
        last.is_some_and(|run| run.state.status == SyncStatus::Running)
    }
}

/// A page of the runs, newest first.
#[derive(Clone, Debug)]
pub struct SyncRunPage {
    /// How many runs there are on all pages.
    pub total: u64,
    /// Those on this page.
    pub runs: Vec<RecordedSync>,
}

impl<'a> SyncService<'a> {
    /// The suppliers of the settings, in the order of their ranks.
    pub fn suppliers(self) -> BoxFuture<'a, Result<Vec<ListedSupplier>, Error>> {
        Box::pin(async move {
            let latest = self.shop.db().sync_runs().latest_of_each().await?;
            let latest = self.all_recorded(latest).await?;
            let listed = self.shop.suppliers().iter().map(|terms| ListedSupplier {
                terms: terms.clone(),
                markup: self.shop.markup(&terms.name),
                has_source: self.shop.source(&terms.name).is_ok(),
                last: latest.iter().find(|run| run.supplier == terms.name).cloned(),
            });
            let listed = listed.collect();
            Ok(listed)
        })
    }

    /// The runs of one supplier or of all: the page `page`, from 1, of `size` each.
    pub fn runs(
        self,
        supplier: Option<SupplierName>,
        page: u32,
        size: u32,
    ) -> BoxFuture<'a, Result<SyncRunPage, Error>> {
        Box::pin(async move {
            let (record, skipped) = (
                self.shop.db().sync_runs(),
                u64::from(page.saturating_sub(1)) * u64::from(size),
            );
            let total = record.count(supplier.as_ref()).await?;
            let mut runs = Vec::new();
            for run in record.list(supplier.as_ref(), size, skipped).await? {
                runs.push(self.recorded(run).await?);
            }
            Ok(SyncRunPage { total, runs })
        })
    }

    /// Asks the jobs for a sync of the supplier's whole list.
    ///
    /// # Errors
    /// [`Refusal::SupplierNotFound`]; [`Refusal::NoSupplier`] if it has no source; [`Refusal::SyncRunning`] while one of its
    /// syncs runs.
    pub fn request(self, supplier: SupplierName, actor: &'a Actor) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            if self.shop.suppliers().terms(&supplier).is_none() {
                return Err(Refusal::SupplierNotFound.into());
            }
            self.shop.source(&supplier)?;
            if let Some(holder) = self.shop.db().leases().holder(&job(&supplier)).await? {
                let running = RunningSync {
                    kind: None,
                    description: format!("{} since {}, {}", holder.name, holder.since, holder.progress),
                };
                return Err(Refusal::SyncRunning(running).into());
            }
            let name = supplier.to_string();
            let message = message(&RequestedSync { supplier })?;
            let input = (
                self.shop.clone(),
                self.shop.parts.ids.fresh(),
                message,
                name,
                actor.clone(),
            );
            let pushed = self
                .shop
                .write(input, |tx, &(ref shop, id, ref message, ref name, ref actor)| {
                    Box::pin(async move {
                        shop.admit(tx, actor, Permission::edit(Noun::Sync)).await?;
                        let now = shop.now();
                        tx.outbox().push(id, message, Duration::ZERO, None, now).await?;
                        let deed = Deed::new(TrailAction::RequestSync, "supplier", name);
                        shop.record(tx, actor, deed).await
                    })
                });
            pushed.await?;
            Ok(())
        })
    }

    /// Makes what a parked run found and did not do, as [`Self::accept`], in a task of its own: a caller that hangs up does not
    /// leave it half-way.
    ///
    /// # Errors
    /// As [`Self::accept`].
    pub fn accept_for(self, run: Uuid, actor: Actor) -> BoxFuture<'a, Result<RecordedSync, Error>> {
        Box::pin(async move {
            let shop = self.shop.clone();
            let accepted = tokio::spawn(async move { shop.sync().accept(run, &actor).await });
            accepted.await.map_err(|error| Error::Internal(error.into()))??;
            let run = self.shop.db().sync_runs().get(run).await?;
            self.recorded(run.ok_or(Refusal::SyncRunNotFound)?).await
        })
    }
}
