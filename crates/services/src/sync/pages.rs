//! Pages of the supplier's list, several on their way at once, and read while others are being written.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use domain::clock::Timestamp;
use domain::id::ProductId;
use domain::money::BasisPoints;
use domain::query_partition::QueryPartition;
use domain::supplier::ProductFacts;
use futures::StreamExt;
use gateways::pace::Priority;
use gateways::supplier::{ListedProduct, SupplierPage};
use gateways::{Supplier, SupplierError};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::Shop;

/// Requests on their way at once: enough to keep ten a second at almost a second each.
pub(super) const REQUESTS_AT_ONCE: usize = 8;

/// What a page said.
pub(super) struct Page {
    /// How many products the partition has.
    pub(super) total: u64,
    /// The products that it shows.
    pub(super) shown: Vec<ListedEntry>,
    /// Why the others cannot be read, of which not even the id is known.
    pub(super) unidentified: Vec<String>,
}

/// A product that was shown.
#[derive(Clone, Debug)]
pub(super) struct ListedEntry {
    pub(super) product: ProductId,
    /// When it was asked for.
    pub(super) observed_at: Timestamp,
    /// The fingerprint of the supplier's words.
    pub(super) fingerprint: i64,
    content: Content,
}

/// What the supplier says of a product.
#[derive(Clone, Debug)]
enum Content {
    /// In its own words.
    Unread(ListedProduct),
    /// As facts, or why they cannot be read or sold.
    Read(Box<Facts>),
}

/// What a product is, or why it cannot be read or sold.
type Facts = Result<ProductFacts, String>;

/// An answer to the question for one page.
pub(super) type Answer = (u32, Result<Page, SupplierError>);

impl Page {
    /// The products that it shows.
    pub(super) fn ids(&self) -> impl Iterator<Item = &ProductId> {
        self.shown.iter().map(|shown| &shown.product)
    }

    fn read(mut self, markup: BasisPoints) -> Self {
        self.shown = self.shown.into_iter().map(|shown| shown.read(markup)).collect();
        self
    }

    fn of(answer: SupplierPage, markup: BasisPoints, observed_at: Timestamp) -> Self {
        let (mut shown, mut unidentified) = (Vec::with_capacity(answer.products.len()), Vec::new());
        for listed in answer.products {
            match listed.id() {
                Some(product) => shown.push(ListedEntry::of(product, listed, markup, observed_at)),
                None => unidentified.push(
                    listed
                        .read()
                        .err()
                        .unwrap_or_else(|| "the id cannot be read".to_owned()),
                ),
            }
        }
        Self {
            total: answer.total,
            shown,
            unidentified,
        }
    }
}

impl ListedEntry {
    pub(super) fn of(product: ProductId, listed: ListedProduct, markup: BasisPoints, observed_at: Timestamp) -> Self {
        Self {
            product,
            observed_at,
            fingerprint: listed.fingerprint(markup),
            content: Content::Unread(listed),
        }
    }

    /// Reads the supplier's words, unless that was done.
    pub(super) fn read(self, markup: BasisPoints) -> Self {
        let content = Content::Read(Box::new(self.content.facts(markup, self.observed_at)));
        Self { content, ..self }
    }

    /// What the supplier says, or why it cannot be read or sold.
    pub(super) fn facts(self, markup: BasisPoints) -> Facts {
        self.content.facts(markup, self.observed_at)
    }
}

impl Content {
    fn facts(self, markup: BasisPoints, observed_at: Timestamp) -> Facts {
        match self {
            Self::Read(facts) => *facts,
            Self::Unread(listed) => {
                let product = listed.read()?;
                product
                    .into_game(markup, observed_at)
                    .map_err(|reason| reason.to_string())
            }
        }
    }
}

/// Asks for one page; what it says is dated by the moment before it is asked for.
pub(super) async fn ask(
    shop: &Shop,
    supplier: &Supplier,
    partition: &QueryPartition,
    page: u32,
    priority: Priority,
) -> Result<Page, SupplierError> {
    let observed_at = shop.now();
    let answer = supplier.page(partition, page, priority).await?;
    Ok(Page::of(answer, shop.parts.markup, observed_at))
}

/// Pages on their way, handed out in order. Dropping this gives up what is still on its way.
pub(super) struct PageStream {
    answers: mpsc::Receiver<Answer>,
    _fetcher: AbortOnDropHandle<()>,
}

impl PageStream {
    /// Asks for `pages`, at most `ahead` of them before they are taken. While `reads` says so, their products are read
    /// as they come: beside the batch that is being written, where most of what they say is new.
    pub(super) fn fetch(
        shop: &Shop,
        supplier: &Supplier,
        partition: QueryPartition,
        pages: RangeInclusive<u32>,
        priority: Priority,
        ahead: u32,
        reads: &Arc<AtomicBool>,
    ) -> Self {
        let (send, answers) = mpsc::channel(usize::try_from(ahead).unwrap_or(1).max(1));
        let (shop, supplier, reads) = (shop.clone(), supplier.clone(), Arc::clone(reads));
        // Each in a task of its own: taking a page apart is work, and there may be more than one processor.
        let one = move |page| {
            let (shop, supplier, reads) = (shop.clone(), supplier.clone(), Arc::clone(&reads));
            let asked = tokio::spawn(async move {
                let answer = ask(&shop, &supplier, &partition, page, priority).await?;
                if !reads.load(Ordering::Relaxed) {
                    return Ok(answer);
                }
                let markup = shop.parts.markup;
                let read = shop.reader.run(move || answer.read(markup)).await;
                read.map_err(|gone| SupplierError::Answer(gone.to_string()))
            });
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

    /// The next page, or nothing after the last.
    pub(super) async fn next(&mut self) -> Option<Answer> {
        self.answers.recv().await
    }
}
