//! A crawl: the supplier's batches are parsed while others are being written, and written one by one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use domain::money::BasisPoints;
use domain::refusal::Refusal;
use gateways::SupplierError;
use gateways::suppliers::{CrawlBatch, CrawlStream};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::batch::Batch;
use super::entries::ListedEntry;
use super::run::Run;
use crate::{Error, Shop};

/// How often the watcher is asked while no batch arrives.
const WATCHED_EVERY: Duration = Duration::from_millis(200);

/// A batch of the supplier, and its products.
type Arrived = Result<(CrawlBatch, Batch), SupplierError>;

impl Run<'_> {
    /// Reads what is left of the list.
    pub(super) async fn crawl(&mut self) -> Result<(), Error> {
        if self.position.is_read {
            return Ok(());
        }
        let cursor = self.position.cursor.clone();
        let batches = self.supplier.crawl(cursor, &self.request());
        let mut batches = Arrivals::of(self.shop, batches, self.markup(), &self.reads_ahead);
        loop {
            let arrived = match tokio::time::timeout(WATCHED_EVERY, batches.next()).await {
                Ok(arrived) => arrived,
                Err(_) => {
                    self.go_on()?;
                    continue;
                }
            };
            let Some(arrived) = arrived else { return Ok(()) };
            let (crawled, mut batch) = arrived.map_err(|error| Refusal::SupplierFailed(error.to_string()))?;
            for problem in &crawled.problems {
                self.report.record(None, problem.clone());
            }
            for note in &crawled.notes {
                self.report.note(note.clone());
            }
            self.position.pass(&crawled);
            self.is_unchanged |= crawled.unchanged;
            self.list_version = crawled.version;
            self.flush(&mut batch).await?;
        }
    }
}

/// Batches that have arrived, in order. Dropping this ends the crawl.
struct Arrivals {
    batches: mpsc::Receiver<Arrived>,
    _reader: AbortOnDropHandle<()>,
}

impl Arrivals {
    /// Takes over the batches of a crawl. While `reads` is set, their products are parsed as they arrive: in parallel with
    /// the batch that is being written, while most of them are new.
    fn of(shop: &Shop, mut crawled: CrawlStream, markup: BasisPoints, reads: &Arc<AtomicBool>) -> Self {
        let (send, batches) = mpsc::channel(1);
        let (shop, reads) = (shop.clone(), Arc::clone(reads));
        let reader = tokio::spawn(async move {
            while let Some(crawled) = crawled.next().await {
                let arrived = match crawled {
                    Ok(crawled) => shop.entries(crawled, markup, reads.load(Ordering::Relaxed)).await,
                    Err(error) => Err(error),
                };
                if send.send(arrived).await.is_err() {
                    return;
                }
            }
        });
        Self {
            batches,
            _reader: AbortOnDropHandle::new(reader),
        }
    }

    async fn next(&mut self) -> Option<Arrived> {
        self.batches.recv().await
    }
}

impl Shop {
    /// Takes the products out of a batch of the supplier; parses them if `parses`.
    async fn entries(&self, mut crawled: CrawlBatch, markup: BasisPoints, parses: bool) -> Arrived {
        let products = std::mem::take(&mut crawled.products);
        let entries: Vec<ListedEntry> = products
            .into_iter()
            .map(|product| ListedEntry::of(product, markup))
            .collect();
        let entries = if parses {
            let parsed = self.parse_ahead(entries, markup).await;
            parsed.map_err(|gone| SupplierError::Answer(gone.to_string()))?
        } else {
            entries
        };
        let unidentified = std::mem::take(&mut crawled.unidentified);
        Ok((crawled, Batch::of(entries, unidentified)))
    }
}
