//! Syncs: which kinds there are, how far one is, what it changed, and what it could not read.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::ProductId;

/// The most errors stored word for word; the rest are counted.
pub const ERRORS_KEPT_MAX: usize = 100;

/// What a sync reads, and so what it may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SyncKind {
    /// The supplier's whole list: adds, changes, hides.
    Full,
    /// What the supplier changed since the last complete run: adds and changes.
    Delta,
    /// Prices and stock of the games that are known, by pages.
    Stock,
    /// Some products, each by its id: adds, changes, hides.
    Products,
}

impl SyncKind {
    /// As it stands in the record of runs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Delta => "delta",
            Self::Stock => "stock",
            Self::Products => "products",
        }
    }

    /// The kind of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Full, Self::Delta, Self::Stock, Self::Products]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for SyncKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What somebody wants synced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncOrder {
    /// What is read. With [`SyncKind::Stock`], `products` may be empty: then all pages are read.
    pub kind: SyncKind,
    /// The products, where only some are meant.
    pub products: Vec<ProductId>,
}

impl From<SyncKind> for SyncOrder {
    fn from(kind: SyncKind) -> Self {
        Self {
            kind,
            products: Vec::new(),
        }
    }
}

/// Who syncs at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningSync {
    /// What it reads; `None` where its record is not to be found.
    pub kind: Option<SyncKind>,
    /// Its name, since when, and how far it is.
    pub description: String,
}

impl fmt::Display for RunningSync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description)
    }
}

/// What a sync is busy with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SyncPhase {
    /// Reads the supplier's list.
    #[default]
    Reading,
    /// Asks for products that the list did not show, or that somebody named, each by its id.
    Asking,
}

/// How far a sync is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncProgress {
    /// What it is busy with.
    pub phase: SyncPhase,
    /// Products read so far, each counted once.
    pub read: u64,
    /// Products that there are to read.
    pub total: u64,
}

/// As a second sync is told: `2000 of 12000 products read`.
impl fmt::Display for SyncProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.phase {
            SyncPhase::Reading => "read",
            SyncPhase::Asking => "asked for by id",
        };
        write!(f, "{} of {} products {word}", self.read, self.total)
    }
}

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

    /// Adds what a batch did.
    pub fn add(&mut self, batch: &Self) {
        self.added += batch.added;
        self.updated += batch.updated;
        self.removed += batch.removed;
        self.categories_created += batch.categories_created;
        self.genres_created += batch.genres_created;
        self.platforms_created += batch.platforms_created;
        for error in &batch.errors {
            self.record(error.product_id.clone(), error.reason.clone());
        }
        // What the batch itself did not keep word for word still counts.
        self.error_count += batch.error_count - batch.errors.len() as u64;
    }
}
