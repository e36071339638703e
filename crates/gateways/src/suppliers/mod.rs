//! Suppliers: the trait that each implements, and what a crawl of one delivers.
//!
//! A supplier's windows, query partitions, page numbers, pace and raw text stay behind the trait.

mod calls;
pub mod csv;
mod g2a;
mod purchase;

use std::fmt::Debug;
use std::sync::Arc;

use domain::clock::{Clock, Timestamp};
use domain::id::ProductId;
use futures::future::BoxFuture;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::pace::Priority;
use crate::supplier::{ListedProduct, SupplierError};

pub use self::g2a::G2aSupplier;
pub use self::purchase::{
    KeyReply, MadeOrder, OrderReply, PreparedPurchase, PurchaseAnswer, PurchaseCall, SeenPurchase,
};

/// A supplier that can be asked. All its futures are boxed, so that a shop can hold several kinds.
pub trait Supplier: Debug + Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Reads the list from `cursor` on, or all of it without one. What has arrived is delivered batch by batch while the
    /// next batch is being read.
    fn crawl(&self, cursor: Option<Cursor>, request: &CrawlRequest) -> CrawlStream;

    /// Asks for products by their ids; one answer for each id, in the same order. Products are unreadable to a supplier
    /// that cannot ([`Capabilities::by_ids`]).
    fn by_ids<'a>(&'a self, ids: &'a [ProductId], request: &'a CrawlRequest) -> BoxFuture<'a, Vec<IdAnswer>>;

    /// Asks the smallest question that proves address and credentials; returns how many products there are.
    fn check(&self) -> BoxFuture<'_, Result<u64, SupplierError>>;

    /// The cursor at which a crawl of the changes since `newest` begins: the latest time of change of an earlier crawl, in
    /// the supplier's format. `None` if the supplier cannot list changes, or `newest` is not a time of its.
    fn changes_since(&self, newest: &str) -> Option<Cursor>;

    /// Waits until a call of a purchase may be made, and returns it ready to be sent.
    ///
    /// # Errors
    /// When it cannot be made now; nothing was sent. A supplier from which people buy never can
    /// ([`Capabilities::sells_to_programs`]).
    fn prepare(&self, call: PurchaseCall) -> BoxFuture<'_, Result<PreparedPurchase, SupplierError>>;
}

/// A supplier of the shop.
pub type SharedSupplier = Arc<dyn Supplier>;

/// What a supplier can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Whether single products can be asked for.
    pub by_ids: bool,
    /// Whether a program can buy from it.
    pub sells_to_programs: bool,
}

/// How a supplier is asked.
#[derive(Clone, Debug)]
pub struct CrawlRequest {
    /// The shop's clock: products are dated by the moment before they were requested.
    pub clock: Arc<dyn Clock>,
    /// The priority of the requests.
    pub priority: Priority,
    /// Whether what seems to be missing is read again. Stock checks do not need that, because they hide nothing.
    pub thorough: bool,
    /// The most pages in a batch.
    pub batch_pages: u32,
}

/// Where a crawl can be resumed, in the supplier's own format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor(pub Vec<u8>);

/// A product that a crawl has shown.
#[derive(Clone, Debug)]
pub struct CrawledProduct {
    /// Its id.
    pub id: ProductId,
    /// The product, not parsed yet.
    pub listed: ListedProduct,
    /// The moment before it was requested.
    pub observed_at: Timestamp,
    /// Whether an earlier batch of the same crawl has shown it.
    pub again: bool,
    /// The game that it belongs to, as the supplier says: a game's slug or id, or a G2A product id.
    pub match_value: Option<String>,
}

/// A part of a crawl.
#[derive(Clone, Debug, Default)]
pub struct CrawlBatch {
    /// The products that it shows. Of a product that it shows twice, the later one counts.
    pub products: Vec<CrawledProduct>,
    /// Why other products, whose ids are not readable, could not be read.
    pub unidentified: Vec<String>,
    /// Why parts of the list could not be read.
    pub problems: Vec<String>,
    /// What is worth knowing of the list, and makes nothing incomplete.
    pub notes: Vec<String>,
    /// Where the crawl can be resumed after this batch; `None` after the last one.
    pub next: Option<Cursor>,
    /// Whether everything was shown so far; only then can something be missing.
    pub complete: bool,
    /// Distinct products shown by the crawl so far.
    pub read: u64,
    /// Products in the list.
    pub total: u64,
    /// With the last batch, what names this version of the list, if its server does: a later crawl that begins at it as its
    /// cursor reads nothing while the list is the same.
    pub version: Option<String>,
    /// Whether the list is still the version at which the crawl began; nothing of it was read.
    pub unchanged: bool,
}

/// An answer about one product.
#[derive(Debug)]
pub struct IdAnswer {
    /// The product.
    pub id: ProductId,
    /// The moment before it was requested.
    pub observed_at: Timestamp,
    /// The product, or `None` if the supplier does not have it.
    pub answer: Result<Option<ListedProduct>, SupplierError>,
}

/// The batches of a crawl. Dropping this ends the crawl.
#[derive(Debug)]
pub struct CrawlStream {
    batches: mpsc::Receiver<Result<CrawlBatch, SupplierError>>,
    _crawler: AbortOnDropHandle<()>,
}

/// Where a crawl delivers its batches.
#[derive(Debug)]
pub struct CrawlSender(mpsc::Sender<Result<CrawlBatch, SupplierError>>);

impl CrawlStream {
    /// A stream of the batches that `crawl` sends; an error that it returns is delivered last.
    pub fn of<F>(crawl: impl FnOnce(CrawlSender) -> F) -> Self
    where
        F: Future<Output = Result<(), SupplierError>> + Send + 'static,
    {
        let (send, batches) = mpsc::channel(1);
        let crawl = crawl(CrawlSender(send.clone()));
        let crawler = tokio::spawn(async move {
            if let Err(error) = crawl.await {
                // Nobody waits for it if the receiver is gone.
                let _gone = send.send(Err(error)).await;
            }
        });
        Self {
            batches,
            _crawler: AbortOnDropHandle::new(crawler),
        }
    }

    /// The next batch; `None` after the last one.
    pub async fn next(&mut self) -> Option<Result<CrawlBatch, SupplierError>> {
        self.batches.recv().await
    }
}

impl CrawlSender {
    /// Delivers a batch, and waits while an earlier one has not been taken.
    ///
    /// # Errors
    /// When the receiver is gone: the crawl is to end.
    pub async fn send(&self, batch: CrawlBatch) -> Result<(), SupplierError> {
        let sent = self.0.send(Ok(batch)).await;
        sent.map_err(|_| SupplierError::Answer("the crawl was given up".to_owned()))
    }
}
