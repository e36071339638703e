//! Pages of the supplier's list, several on their way at once, and read while others are being written.

use std::ops::RangeInclusive;

use domain::catalog::GameFacts;
use domain::clock::Timestamp;
use domain::id::ProductId;
use domain::slice::Slice;
use futures::StreamExt;
use gateways::pace::Lane;
use gateways::supplier::SupplierPage;
use gateways::{Supplier, SupplierError};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::Shop;

/// Requests on their way at once: enough to keep ten a second at almost a second each.
pub(super) const REQUESTS_AT_ONCE: usize = 8;

/// What a page said.
pub(super) struct Page {
    /// How many products the slice has.
    pub(super) total: u64,
    /// What can be sold, each with the fingerprint of its facts.
    pub(super) fresh: Vec<Fresh>,
    /// What cannot be read or sold, and why.
    pub(super) odd: Vec<Odd>,
}

/// What the supplier says of a product now.
#[derive(Clone, Debug)]
pub(super) struct Fresh {
    pub(super) facts: GameFacts,
    pub(super) hash: i64,
}

/// A product that cannot be read or sold.
#[derive(Clone, Debug)]
pub(super) struct Odd {
    /// Its id, where that could be read.
    pub(super) product: Option<ProductId>,
    /// The id as it stood there, for an operator.
    pub(super) shown_id: Option<String>,
    pub(super) reason: String,
}

/// An answer to the question for one page.
pub(super) type Answer = (u32, Result<Page, SupplierError>);

impl Page {
    /// The products that it shows, those that cannot be sold too.
    pub(super) fn ids(&self) -> impl Iterator<Item = &ProductId> {
        let fresh = self.fresh.iter().map(|fresh| &fresh.facts.product);
        fresh.chain(self.odd.iter().filter_map(|odd| odd.product.as_ref()))
    }

    fn of(answer: SupplierPage, shop: &Shop, observed_at: Timestamp) -> Self {
        let (mut fresh, mut odd) = (Vec::with_capacity(answer.products.len()), Vec::new());
        for product in answer.products {
            match product {
                Ok(product) => match product.to_game(shop.parts.markup, observed_at) {
                    Ok(facts) => fresh.push(Fresh::of(facts)),
                    Err(reason) => odd.push(Odd {
                        shown_id: Some(product.id.to_string()),
                        product: Some(product.id),
                        reason: reason.to_string(),
                    }),
                },
                Err(bad) => odd.push(Odd {
                    product: bad.id.as_deref().and_then(ProductId::parse),
                    shown_id: bad.id,
                    reason: bad.reason,
                }),
            }
        }
        Self {
            total: answer.total,
            fresh,
            odd,
        }
    }
}

impl Fresh {
    pub(super) fn of(facts: GameFacts) -> Self {
        Self {
            hash: facts.fingerprint(),
            facts,
        }
    }
}

/// Asks for one page; what it says is dated by the moment before it is asked for.
pub(super) async fn ask(
    shop: &Shop,
    supplier: &Supplier,
    slice: &Slice,
    page: u32,
    lane: Lane,
) -> Result<Page, SupplierError> {
    let observed_at = shop.now();
    let answer = supplier.page(slice, page, lane).await?;
    Ok(Page::of(answer, shop, observed_at))
}

/// Pages on their way, handed out in order. Dropping this gives up what is still on its way.
pub(super) struct Coming {
    answers: mpsc::Receiver<Answer>,
    _fetcher: AbortOnDropHandle<()>,
}

impl Coming {
    /// Asks for `pages`, at most `ahead` of them before they are taken.
    pub(super) fn fetch(
        shop: &Shop,
        supplier: &Supplier,
        slice: Slice,
        pages: RangeInclusive<u32>,
        lane: Lane,
        ahead: u32,
    ) -> Self {
        let (send, answers) = mpsc::channel(usize::try_from(ahead).unwrap_or(1).max(1));
        let (shop, supplier) = (shop.clone(), supplier.clone());
        // Each in a task of its own: reading and cleaning a page is work, and there may be more than one processor.
        let one = move |page| {
            let (shop, supplier) = (shop.clone(), supplier.clone());
            let asked = tokio::spawn(async move { ask(&shop, &supplier, &slice, page, lane).await });
            let asked = AbortOnDropHandle::new(asked);
            async move {
                let answer = asked
                    .await
                    .unwrap_or_else(|gone| Err(SupplierError::Answer(gone.to_string())));
                (page, answer)
            }
        };
        let fetcher = tokio::spawn(async move {
            let mut coming = futures::stream::iter(pages).map(one).buffered(REQUESTS_AT_ONCE);
            while let Some(answer) = coming.next().await {
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
