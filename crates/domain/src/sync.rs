//! A sync's outcome: what it changed, and what it could not read.

use serde::{Deserialize, Serialize};

/// The most errors kept word for word; the rest are counted.
pub const ERRORS_KEPT_MAX: usize = 100;

/// What one run of a sync did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncReport {
    /// Games that came into the shop, or came back.
    pub added: u64,
    /// Games of which something changed.
    pub updated: u64,
    /// Games that left the shop.
    pub removed: u64,
    /// Categories seen for the first time.
    pub categories_created: u64,
    /// Genres seen for the first time.
    pub genres_created: u64,
    /// Platforms seen for the first time.
    pub platforms_created: u64,
    /// What could not be read or sold, and why; at most [`ERRORS_KEPT_MAX`].
    pub errors: Vec<SyncError>,
    /// How many errors there were in all.
    pub error_count: u64,
}

/// One thing that a sync could not do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncError {
    /// The product, where it is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub product_id: Option<String>,
    /// Why, for an operator.
    pub reason: String,
}

impl SyncReport {
    /// Records what could not be done.
    pub fn record(&mut self, product_id: Option<String>, reason: String) {
        self.error_count += 1;
        if self.errors.len() < ERRORS_KEPT_MAX {
            self.errors.push(SyncError { product_id, reason });
        }
    }
}
