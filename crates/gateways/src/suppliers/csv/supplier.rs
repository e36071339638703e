//! A CSV feed behind the trait: each crawl opens the file anew and reads all of it.

use std::sync::Arc;

use domain::id::{ProductId, SupplierName};
use futures::future::BoxFuture;
use tokio::time::Instant;

use super::{CsvFeed, CsvOpened, CsvRow, CsvVersion, unusable};
use crate::supplier::{ListedProduct, SupplierError};
use crate::suppliers::calls;
use crate::suppliers::{
    Capabilities, CrawlBatch, CrawlRequest, CrawlSender, CrawlStream, CrawledProduct, Cursor, IdAnswer,
    PreparedPurchase, PurchaseCall, Supplier,
};

/// Rows in a batch.
const BATCH_ROWS: usize = 2_000;

/// A wholesaler's list as a supplier. A file cannot be asked for single products, and has no clock of the supplier: every
/// sync reads it whole.
#[derive(Clone, Debug)]
pub struct CsvSupplier {
    feed: Arc<CsvFeed>,
    /// What the shop calls it, for metrics.
    name: Arc<str>,
}

impl CsvSupplier {
    /// A supplier whose list is read from `feed`.
    #[must_use]
    pub fn new(feed: CsvFeed) -> Self {
        calls::describe();
        Self {
            feed: Arc::new(feed),
            name: "csv".into(),
        }
    }

    /// The same supplier, with the name that metrics call it.
    #[must_use]
    pub fn named(self, name: &SupplierName) -> Self {
        Self {
            name: name.as_str().into(),
            ..self
        }
    }

    /// Copies the list, unless it is still the `known` version, and counts that.
    async fn open(&self, known: Option<&CsvVersion>) -> Result<CsvOpened, SupplierError> {
        let begun = Instant::now();
        let opened = self.feed.open(known).await;
        let outcome = match &opened {
            Ok(_) => "answered",
            Err(SupplierError::Unreachable(_)) => "unreachable",
            Err(_) => "failed",
        };
        calls::count(&self.name, "list", outcome, begun.elapsed());
        opened
    }
}

impl Supplier for CsvSupplier {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            by_ids: false,
            sells_to_programs: false,
        }
    }

    /// Reads the file from its beginning, as it may be another one by now, unless the cursor is a version of it that its
    /// server still has.
    fn crawl(&self, cursor: Option<Cursor>, request: &CrawlRequest) -> CrawlStream {
        let (list, request) = (self.clone(), request.clone());
        let known = cursor.and_then(|cursor| CsvVersion::read(&cursor.0));
        CrawlStream::of(|sender| crawl(list, known, request, sender))
    }

    fn by_ids<'a>(&'a self, ids: &'a [ProductId], request: &'a CrawlRequest) -> BoxFuture<'a, Vec<IdAnswer>> {
        let answer = |id: &ProductId| IdAnswer {
            id: id.clone(),
            observed_at: request.clock.now(),
            answer: Err(unusable("a list cannot be asked for single products: sync all of it")),
        };
        Box::pin(async move { ids.iter().map(answer).collect() })
    }

    fn check(&self) -> BoxFuture<'_, Result<u64, SupplierError>> {
        Box::pin(async move {
            match self.open(None).await? {
                CsvOpened::Snapshot(snapshot) => Ok(snapshot.rows()),
                CsvOpened::Unchanged => Ok(0),
            }
        })
    }

    fn changes_since(&self, _newest: &str) -> Option<Cursor> {
        None
    }

    fn prepare(&self, _call: PurchaseCall) -> BoxFuture<'_, Result<PreparedPurchase, SupplierError>> {
        Box::pin(async {
            Err(unusable(
                "nothing can be bought from a list: people buy from this supplier",
            ))
        })
    }
}

async fn crawl(
    list: CsvSupplier,
    known: Option<CsvVersion>,
    request: CrawlRequest,
    sender: CrawlSender,
) -> Result<(), SupplierError> {
    let observed_at = request.clock.now();
    let snapshot = match (list.open(known.as_ref()).await?, known) {
        (CsvOpened::Snapshot(snapshot), _) => snapshot,
        (CsvOpened::Unchanged, Some(known)) => {
            let unchanged = CrawlBatch {
                complete: true,
                version: known.written(),
                unchanged: true,
                ..CrawlBatch::default()
            };
            return sender.send(unchanged).await;
        }
        (CsvOpened::Unchanged, None) => {
            return Err(unusable("the server sent no file, though no version of it was named"));
        }
    };
    let (mut read, mut complete) = (0, true);
    loop {
        let rows = snapshot.next(BATCH_ROWS).await?;
        read += rows.len() as u64;
        let is_last = rows.len() < BATCH_ROWS;
        let mut batch = CrawlBatch {
            next: (!is_last).then(Cursor::default),
            read,
            total: snapshot.rows(),
            version: snapshot.version().written().filter(|_| is_last),
            ..CrawlBatch::default()
        };
        for row in rows {
            let CsvRow {
                id,
                product,
                text,
                match_value,
                ..
            } = row;
            let product = product.map_err(|why| why.to_string());
            match (id, product) {
                (Some(id), product) => batch.products.push(CrawledProduct {
                    id,
                    listed: ListedProduct::parsed(text, product),
                    observed_at,
                    again: false,
                    match_value,
                }),
                // A row without an id may be any product's, so no product is missing for certain.
                (None, Err(why)) => batch.unidentified.push(why),
                (None, Ok(_)) => {}
            }
        }
        complete &= batch.unidentified.is_empty();
        batch.complete = complete;
        sender.send(batch).await?;
        if is_last {
            return Ok(());
        }
    }
}
