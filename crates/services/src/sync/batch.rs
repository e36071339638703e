//! Products that were read and that no transaction has written yet.

use std::collections::HashMap;

use domain::id::ProductId;

use super::entries::ListedEntry;

/// Products that were read and that no transaction has written yet.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    /// The products; of one that was shown twice, the later one.
    pub(super) shown: HashMap<ProductId, ListedEntry>,
    /// Why other products, whose ids are not readable, could not be read.
    pub(super) unidentified: Vec<String>,
}

impl Batch {
    pub(super) fn of(entries: Vec<ListedEntry>, unidentified: Vec<String>) -> Self {
        let mut batch = Self {
            unidentified,
            ..Self::default()
        };
        entries.into_iter().for_each(|entry| batch.take(entry));
        batch
    }

    /// Adds a product.
    pub(super) fn take(&mut self, entry: ListedEntry) {
        match self.shown.get(&entry.product) {
            Some(other) if other.observed_at > entry.observed_at => {}
            _ => {
                self.shown.insert(entry.product.clone(), entry);
            }
        }
    }
}
