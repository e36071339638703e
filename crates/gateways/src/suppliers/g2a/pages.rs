//! Pages of G2A's list, several requested at once and delivered in order.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::query_partition::QueryPartition;
use futures::StreamExt;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::REQUESTS_AT_ONCE;
use super::position::hash_of;
use crate::supplier::{ListClient, PRODUCTS_PER_PAGE, SupplierError};
use crate::suppliers::{CrawlRequest, CrawledProduct};

/// The most documents that a page may have. The supplier's pages have 20; should they grow, their products are still read.
const DOCUMENTS_MAX: usize = 100;

/// A page of the list.
#[derive(Debug)]
pub(super) struct Page {
    /// How many products the partition has.
    pub(super) total: u64,
    /// The products that it shows.
    pub(super) shown: Vec<CrawledProduct>,
    /// The hashes of their ids, in the same order.
    pub(super) hashes: Vec<u64>,
    /// Why the others, whose ids are not readable, could not be read.
    pub(super) unidentified: Vec<String>,
}

impl Page {
    /// How many documents it has.
    pub(super) fn documents(&self) -> u64 {
        (self.shown.len() + self.unidentified.len()) as u64
    }
}

/// The number of a page, and the answer to the request for it.
pub(super) type Answer = (u32, Result<Page, SupplierError>);

/// Requests pages, and counts them.
#[derive(Clone)]
pub(super) struct Asker {
    client: ListClient,
    pub(super) request: CrawlRequest,
    sent: Arc<AtomicU64>,
}

impl Asker {
    /// One that has sent `sent` requests so far.
    pub(super) fn new(client: ListClient, request: CrawlRequest, sent: u64) -> Self {
        let sent = Arc::new(AtomicU64::new(sent));
        Self { client, request, sent }
    }

    /// How many requests were sent so far.
    pub(super) fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Requests one page; its products are dated by the moment before the request.
    pub(super) async fn ask(&self, partition: &QueryPartition, page: u32) -> Result<Page, SupplierError> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let observed_at = self.request.clock.now();
        let answer = self.client.page(partition, page, self.request.priority).await?;
        if answer.products.len() > DOCUMENTS_MAX {
            let products = answer.products.len();
            return Err(SupplierError::Answer(format!(
                "a page of {products} products, where {PRODUCTS_PER_PAGE} are usual and {DOCUMENTS_MAX} the most"
            )));
        }
        let (mut shown, mut unidentified) = (Vec::with_capacity(answer.products.len()), Vec::new());
        for listed in answer.products {
            match listed.id() {
                Some(id) => shown.push(CrawledProduct {
                    id,
                    listed,
                    observed_at,
                    again: false,
                    match_value: None,
                }),
                None => {
                    let why = listed.read().err();
                    unidentified.push(why.unwrap_or_else(|| "the id cannot be read".to_owned()));
                }
            }
        }
        Ok(Page {
            total: answer.total,
            hashes: shown.iter().map(|product| hash_of(&product.id)).collect(),
            shown,
            unidentified,
        })
    }
}

/// Pages on their way, in order. Dropping this cancels the requests.
pub(super) struct PageStream {
    answers: mpsc::Receiver<Answer>,
    _fetcher: AbortOnDropHandle<()>,
}

impl PageStream {
    /// Requests `pages`, at most as many ahead as a batch has.
    pub(super) fn fetch(asker: &Asker, partition: QueryPartition, pages: RangeInclusive<u32>) -> Self {
        let ahead = usize::try_from(asker.request.batch_pages).unwrap_or(1).max(1);
        let (send, answers) = mpsc::channel(ahead);
        let asker = asker.clone();
        // Each in a task of its own: decoding a page is work, and there may be more than one processor.
        let one = move |page| {
            let asker = asker.clone();
            let asked = tokio::spawn(async move { asker.ask(&partition, page).await });
            let asked = AbortOnDropHandle::new(asked);
            async move {
                let answer = asked
                    .await
                    .unwrap_or_else(|gone| Err(SupplierError::Answer(gone.to_string())));
                (page, answer)
            }
        };
        let fetcher = tokio::spawn(async move {
            let mut pages_ahead = futures::stream::iter(pages).map(one).buffered(REQUESTS_AT_ONCE);
            while let Some(answer) = pages_ahead.next().await {
                if send.send(answer).await.is_err() {
                    return;
                }
            }
        });
        Self {
            answers,
            _fetcher: AbortOnDropHandle::new(fetcher),
        }
    }

    /// The next page, or `None` after the last.
    pub(super) async fn next(&mut self) -> Option<Answer> {
        self.answers.recv().await
    }
}
