//! Syncs: their kinds, progress, results and errors.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{ProductId, SupplierName};

/// The most errors stored with their text; the rest are only counted.
pub const ERRORS_KEPT_MAX: usize = 100;

/// What a sync reads, and so what it may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SyncKind {
    /// The supplier's whole list: adds, changes, hides.
    Full,
    /// What the supplier changed since the last complete run: adds and changes.
    Delta,
    /// Prices and stock of known games, by pages.
    Stock,
    /// Single products by their ids: adds, changes, hides.
    Products,
}

impl SyncKind {
    /// The name in the record of runs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Delta => "delta",
            Self::Stock => "stock",
            Self::Products => "products",
        }
    }

    /// Parses the result of [`as_str`](Self::as_str).
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

/// A request for a sync.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncOrder {
    /// The kind. With [`SyncKind::Stock`], `products` may be empty: then all pages are read.
    pub kind: SyncKind,
    /// The products, if only some are requested.
    pub products: Vec<ProductId>,
    /// The supplier whose catalogue is synced.
    pub supplier: SupplierName,
}

impl From<SyncKind> for SyncOrder {
    fn from(kind: SyncKind) -> Self {
        Self {
            kind,
            products: Vec::new(),
            supplier: SupplierName::g2a(),
        }
    }
}

/// The sync that is running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunningSync {
    /// Its kind; `None` if its record cannot be found.
    pub kind: Option<SyncKind>,
    /// The holder's name, the start and the progress, as text.
    pub description: String,
}

impl fmt::Display for RunningSync {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.description)
    }
}

/// The phase of a sync.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SyncPhase {
    /// Reads the supplier's list.
    #[default]
    Reading,
    /// Requests single products by id: those that the list did not show, or those of the order.
    Asking,
}

/// The progress of a sync.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncProgress {
    /// The current phase.
    pub phase: SyncPhase,
    /// Products read so far, each counted once.
    pub read: u64,
    /// Products to be read in all.
    pub total: u64,
}

/// As shown to a second sync: `2000 of 12000 products read`.
impl fmt::Display for SyncProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.phase {
            SyncPhase::Reading => "read",
            SyncPhase::Asking => "asked for by id",
        };
        write!(f, "{} of {} products {word}", self.read, self.total)
    }
}

/// The result of one run of a sync.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SyncReport {
    /// Games that were added, or shown again.
    pub added: u64,
    /// Games with a changed field.
    pub updated: u64,
    /// Games that were hidden.
    pub removed: u64,
    /// Categories seen for the first time.
    pub categories_created: u64,
    /// Genres seen for the first time.
    pub genres_created: u64,
    /// Platforms seen for the first time.
    pub platforms_created: u64,
    /// Products that could not be read or sold, and why; at most [`ERRORS_KEPT_MAX`].
    pub errors: Vec<SyncError>,
    /// How many errors there were in all.
    pub error_count: u64,
    /// What is worth knowing of the supplier's list and is no error; at most [`ERRORS_KEPT_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One error of a sync.
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
    /// Records an error.
    pub fn record(&mut self, product_id: Option<String>, reason: String) {
        self.error_count += 1;
        if self.errors.len() < ERRORS_KEPT_MAX {
            self.errors.push(SyncError { product_id, reason });
        }
    }

    /// Records something that is no error.
    pub fn note(&mut self, note: String) {
        if self.notes.len() < ERRORS_KEPT_MAX {
            self.notes.push(note);
        }
    }

    /// Adds the result of a batch.
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
        for note in &batch.notes {
            self.note(note.clone());
        }
        // Errors that the batch counted without their text are counted here too.
        self.error_count += batch.error_count - batch.errors.len() as u64;
    }
}
