//! What pages showed and no transaction has written yet.

use std::collections::HashMap;

use domain::id::ProductId;

use super::pages::{ListedEntry, Page};

/// What pages showed and no transaction has written yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    /// The products: of one that showed twice, what was asked for last.
    pub(super) shown: HashMap<ProductId, ListedEntry>,
    /// Why others, of which not even the id is known, could not be read.
    pub(super) unidentified: Vec<String>,
    /// How many pages that were.
    pub(super) pages: u32,
}

impl Batch {
    /// Takes in what a page showed.
    pub(super) fn take(&mut self, page: Page) {
        self.unidentified.extend(page.unidentified);
        page.shown.into_iter().for_each(|shown| self.take_one(shown));
    }

    /// Takes in what the supplier says of one product.
    pub(super) fn take_one(&mut self, shown: ListedEntry) {
        match self.shown.get(&shown.product) {
            Some(other) if other.observed_at > shown.observed_at => {}
            _ => {
                self.shown.insert(shown.product.clone(), shown);
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shown.is_empty() && self.unidentified.is_empty()
    }
}
