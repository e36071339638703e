//! The catalogue follows its supplier: a full crawl under a lease, in fenced batches; nothing invented, nothing lost.

mod batch;

use std::collections::HashSet;
use std::time::Duration;

use domain::id::{GameId, ProductId};
use domain::refusal::Refusal;
use domain::sync::SyncReport;
use domain::touch::Touch;
use futures::StreamExt;
use gateways::supplier::{PRODUCTS_PER_PAGE, PRODUCTS_PER_QUERY_MAX, SupplierPage};
use gateways::{Supplier, SupplierError};
use uuid::Uuid;

use self::batch::Observed;
use crate::{Error, Shop};

/// The lease that admits one sync at a time.
pub(crate) const JOB: &str = "catalogue sync";
/// How long the lease holds without a batch: longer than a batch of pages takes at its slowest, all repeats included.
const LEASE_SPAN: Duration = Duration::from_secs(180);
/// Pages in one batch, so in one transaction: 200 products.
const BATCH_PAGES: u32 = 10;
/// Requests on their way at once.
const REQUESTS_AT_ONCE: usize = 4;

/// How far a sync is, for a progress bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncProgress {
    /// Products read so far.
    pub read: u64,
    /// Products that the supplier has.
    pub total: u64,
}

/// Is told after each batch how far the sync is, and says whether it is to go on.
pub type Watcher<'a> = dyn Fn(SyncProgress) -> bool + Send + Sync + 'a;

/// One run of a sync.
struct Run<'a> {
    shop: &'a Shop,
    supplier: &'a Supplier,
    token: Uuid,
    report: SyncReport,
    /// Products that this crawl has shown.
    seen: HashSet<ProductId>,
    /// Whether the crawl has shown everything that the supplier has: only then may something be missing.
    complete: bool,
    watcher: &'a Watcher<'a>,
}

impl Shop {
    /// Reads the supplier's whole catalogue and makes this shop's equal to it. `holder` says who syncs, to others who
    /// want to.
    ///
    /// # Errors
    /// [`Refusal::NoSupplier`]; [`Refusal::SyncRunning`] with who holds it; [`Refusal::SyncStopped`] by the watcher; [`Refusal::SupplierFailed`] when not even
    /// the first page could be read; the database's. What could not be read or sold singly stands in the report.
    pub async fn sync_catalogue(&self, holder: &str, watcher: &Watcher<'_>) -> Result<SyncReport, Error> {
        let supplier = self.parts.supplier.as_ref().ok_or(Refusal::NoSupplier)?;
        let token = self.take_lease(holder).await?;
        let run_id = self.parts.ids.fresh();
        let mut run = Run {
            shop: self,
            supplier,
            token,
            report: SyncReport::default(),
            seen: HashSet::new(),
            complete: true,
            watcher,
        };
        tracing::info!("[G2A Sync] a full sync begins");
        let outcome = async {
            self.begin_run(run_id).await?;
            run.crawl().await?;
            run.settle_missing().await
        }
        .await;
        let word = match &outcome {
            Ok(()) if run.complete => "complete",
            Ok(()) => "incomplete",
            Err(Error::Refused(Refusal::SyncStopped)) => "stopped",
            Err(_) => "failed",
        };
        let report = run.report;
        // Whatever happened above, the lease goes back and the record is closed; the first error is the one to tell.
        let closed = self.finish_run(run_id, token, word, report.clone()).await;
        outcome.and(closed)?;
        tracing::info!(
            added = report.added,
            updated = report.updated,
            removed = report.removed,
            errors = report.error_count,
            "[G2A Sync] the sync is {word}"
        );
        Ok(report)
    }

    /// Whether a sync has anything to start from: no game is shown yet.
    ///
    /// # Errors
    /// The database's.
    pub async fn catalogue_is_empty(&self) -> Result<bool, Error> {
        Ok(self.db().catalog().is_empty().await?)
    }

    async fn take_lease(&self, holder: &str) -> Result<Uuid, Error> {
        let (token, holder) = (self.parts.ids.fresh(), holder.to_owned());
        let taken = self.write(move |tx| {
            let holder = holder.clone();
            Box::pin(async move { Ok(tx.leases().take(JOB, token, &holder, LEASE_SPAN).await?) })
        });
        if taken.await? {
            return Ok(token);
        }
        let who = match self.db().leases().holder(JOB).await? {
            Some(other) => format!("{} since {}, {}", other.name, other.since, other.progress),
            None => "it ended just now".to_owned(),
        };
        Err(Refusal::SyncRunning(who).into())
    }

    async fn begin_run(&self, id: Uuid) -> Result<(), Error> {
        let now = self.now();
        self.write(move |tx| Box::pin(async move { Ok(tx.sync_runs().begin(id, "full", now).await?) }))
            .await
    }

    async fn finish_run(&self, id: Uuid, token: Uuid, outcome: &'static str, report: SyncReport) -> Result<(), Error> {
        let now = self.now();
        self.write(move |tx| {
            let report = report.clone();
            Box::pin(async move {
                tx.leases().give_back(JOB, token).await?;
                Ok(tx.sync_runs().finish(id, outcome, &report, now).await?)
            })
        })
        .await
    }
}

impl Run<'_> {
    /// Reads all pages, a batch at a time.
    async fn crawl(&mut self) -> Result<(), Error> {
        let (mut next, mut total, mut last) = (1, 0, 1);
        while next <= last {
            let asked = next..=last.min(next + BATCH_PAGES - 1);
            next = asked.end() + 1;
            let mut batch = Vec::new();
            for (page, observed_at, answer) in self.pages(asked).await {
                match answer {
                    Ok(answer) => {
                        total = answer.total;
                        self.sort_out(answer, observed_at, &mut batch);
                    }
                    Err(error) if page == 1 => return Err(Refusal::SupplierFailed(error.to_string()).into()),
                    Err(error) => {
                        self.complete = false;
                        self.report.record(None, format!("page {page}: {error}"));
                    }
                }
            }
            last = u32::try_from(total.min(PRODUCTS_PER_QUERY_MAX).div_ceil(PRODUCTS_PER_PAGE)).unwrap_or(1);
            self.apply(batch).await?;
            let read = (u64::from(next - 1) * PRODUCTS_PER_PAGE).min(total);
            self.hold_on(format!("{read} of {total} products read")).await?;
            if !(self.watcher)(SyncProgress { read, total }) {
                return Err(Refusal::SyncStopped.into());
            }
        }
        if total > PRODUCTS_PER_QUERY_MAX {
            self.complete = false;
            self.report.record(
                None,
                format!("the supplier shows {PRODUCTS_PER_QUERY_MAX} of its {total} products in one list"),
            );
        }
        Ok(())
    }

    /// Asks for several pages at once; each answer with the time when it was asked for.
    async fn pages(
        &self,
        pages: std::ops::RangeInclusive<u32>,
    ) -> Vec<(u32, domain::clock::Timestamp, Result<SupplierPage, SupplierError>)> {
        let (shop, supplier) = (self.shop, self.supplier);
        let ask = |page| async move { (page, shop.now(), supplier.page(page).await) };
        futures::stream::iter(pages.map(ask))
            .buffered(REQUESTS_AT_ONCE)
            .collect()
            .await
    }

    /// Takes what can be read into `batch`, and notes the rest.
    fn sort_out(&mut self, answer: SupplierPage, observed_at: domain::clock::Timestamp, batch: &mut Vec<Observed>) {
        for product in answer.products {
            match product {
                Ok(product) => {
                    self.seen.insert(product.id.clone());
                    batch.push(Observed { product, observed_at });
                }
                Err(bad) => {
                    // It is there, though nobody can read it: that hides nothing.
                    match bad.id.as_deref().and_then(ProductId::parse) {
                        Some(id) => drop(self.seen.insert(id)),
                        None => self.complete = false,
                    }
                    self.report.record(bad.id, bad.reason);
                }
            }
        }
    }

    /// Asks for each game that the crawl did not show, and takes those out of the shop that the supplier denies.
    async fn settle_missing(&mut self) -> Result<(), Error> {
        if !self.complete {
            return Ok(());
        }
        let mut missing = self.shop.db().catalog().shown_products().await?;
        missing.retain(|(_, product)| !self.seen.contains(product));
        for some in missing.chunks(REQUESTS_AT_ONCE * 10) {
            let (shop, supplier) = (self.shop, self.supplier);
            let ask = |(game, product): (GameId, ProductId)| async move {
                (game, shop.now(), supplier.product(&product).await, product)
            };
            let answers: Vec<_> = futures::stream::iter(some.iter().cloned().map(ask))
                .buffered(REQUESTS_AT_ONCE)
                .collect()
                .await;
            let (mut gone, mut found) = (Vec::new(), Vec::new());
            for (game, observed_at, answer, id) in answers {
                match answer {
                    Ok(None) => gone.push(game),
                    Ok(Some(product)) => found.push(Observed { product, observed_at }),
                    Err(error) => self.report.record(Some(id.to_string()), error.to_string()),
                }
            }
            self.apply(found).await?;
            self.hide(gone).await?;
        }
        Ok(())
    }

    async fn apply(&mut self, batch: Vec<Observed>) -> Result<(), Error> {
        let done = self.shop.apply_batch(self.token, batch).await?;
        self.report.added += done.added;
        self.report.updated += done.updated;
        self.report.categories_created += done.categories_created;
        self.report.genres_created += done.genres_created;
        self.report.platforms_created += done.platforms_created;
        for (product, reason) in done.refused {
            self.report.record(Some(product.to_string()), reason.to_string());
        }
        Ok(())
    }

    async fn hide(&mut self, games: Vec<GameId>) -> Result<(), Error> {
        if games.is_empty() {
            return Ok(());
        }
        let token = self.token;
        let hidden = self.shop.write(move |tx| {
            let games = games.clone();
            Box::pin(async move {
                batch::fenced(tx, token).await?;
                let hidden = tx.catalog().hide(&games).await?;
                games.iter().for_each(|game| tx.touch(Touch::Game(*game)));
                tx.touch(Touch::Catalog);
                tx.touch(Touch::Home);
                Ok(hidden)
            })
        });
        self.report.removed += hidden.await?;
        Ok(())
    }

    async fn hold_on(&self, progress: String) -> Result<(), Error> {
        let token = self.token;
        let held = self.shop.write(move |tx| {
            let progress = progress.clone();
            Box::pin(async move { Ok(tx.leases().renew(JOB, token, LEASE_SPAN, &progress).await?) })
        });
        if held.await? { Ok(()) } else { Err(batch::lease_lost()) }
    }
}
