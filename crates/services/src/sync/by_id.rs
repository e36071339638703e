//! Products asked for by their ids: those that somebody named, and those that a crawl did not show.

use domain::id::ProductId;
use domain::sync::{SyncPhase, SyncProgress};
use gateways::SupplierError;
use gateways::suppliers::{CrawledProduct, IdAnswer};

use super::batch::Batch;
use super::commit::hide;
use super::entries::ListedEntry;
use super::run::Run;
use crate::Error;

/// Products asked for between two transactions.
pub(super) const ASKED_AT_ONCE: usize = 40;

/// What the supplier said of a product that it was asked for.
pub(super) enum LookedUp {
    /// It has it; the batch knows what it says.
    Here,
    /// It has no such product.
    Gone,
    /// It did not say.
    Unknown(SupplierError),
}

impl Run<'_> {
    /// Asks for the products that the order names.
    pub(super) async fn ask_named(&mut self) -> Result<(), Error> {
        let mut products = self.order.products.clone();
        products.sort_unstable();
        products.dedup();
        let mut progress = SyncProgress {
            phase: SyncPhase::Asking,
            read: 0,
            total: products.len() as u64,
        };
        self.asked = Some(progress);
        for some in products.chunks(ASKED_AT_ONCE) {
            let (mut batch, words) = self.ask_by_id(some).await;
            let mut gone = Vec::new();
            for (product, word) in words {
                match word {
                    LookedUp::Here => {}
                    LookedUp::Gone => gone.push(product),
                    LookedUp::Unknown(error) => self.report.record(Some(product.to_string()), error.to_string()),
                }
            }
            progress.read += some.len() as u64;
            self.asked = Some(progress);
            self.flush(&mut batch).await?;
            self.remove_unknown(gone).await?;
        }
        Ok(())
    }

    /// Asks for `products`, several at a time.
    pub(super) async fn ask_by_id(&self, products: &[ProductId]) -> (Batch, Vec<(ProductId, LookedUp)>) {
        let answers = self.supplier.by_ids(products, &self.request()).await;
        let (mut batch, mut words) = (Batch::default(), Vec::new());
        for IdAnswer {
            id,
            observed_at,
            answer,
        } in answers
        {
            let word = match answer {
                Ok(None) => LookedUp::Gone,
                Ok(Some(listed)) => {
                    let product = CrawledProduct {
                        id: id.clone(),
                        listed,
                        observed_at,
                        again: false,
                        match_value: None,
                    };
                    batch.take(ListedEntry::of(product, self.markup()));
                    LookedUp::Here
                }
                Err(error) => LookedUp::Unknown(error),
            };
            words.push((id, word));
        }
        (batch, words)
    }

    /// Takes offers of products that the supplier does not have out of the shop, and says which it never had.
    async fn remove_unknown(&mut self, gone: Vec<ProductId>) -> Result<(), Error> {
        let known = self.shop.db().offers().known(self.name, &gone).await?;
        for product in gone
            .iter()
            .filter(|product| !known.iter().any(|offer| offer.product == **product))
        {
            self.report
                .record(Some(product.to_string()), "the supplier has no such product".to_owned());
        }
        let shown = known.into_iter().filter(|offer| !offer.hidden);
        let gone = shown.map(|offer| hide(offer.id, offer.game));
        self.hide(gone.collect()).await
    }
}
