//! The version of a supplier's list that a complete run read: while the server still has it, the next run reads nothing.

use domain::id::SupplierName;
use domain::sync::SyncKind;
use gateways::suppliers::Cursor;
use storage::Tx;

use crate::Shop;
use crate::write::Failed;

/// The mark that holds the version of a supplier's list, and the markup with which it was read.
#[derive(Clone, Debug)]
pub(super) struct KnownList {
    mark: String,
    markup: String,
}

impl KnownList {
    pub(super) fn of(shop: &Shop, supplier: &SupplierName) -> Self {
        Self {
            mark: format!("supplier's list read: {supplier}"),
            markup: format!("{} ", shop.markup(supplier).get()),
        }
    }

    /// Where a run that begins now begins, if nothing has to be read while the list is the same. Any run forgets the version:
    /// one that does not read the list to its end leaves something to do for the next.
    pub(super) async fn take(
        &self,
        tx: &Tx,
        supplier: &SupplierName,
        kind: SyncKind,
    ) -> Result<Option<Cursor>, Failed> {
        let Some(kept) = tx.metadata().take(&self.mark).await? else {
            return Ok(None);
        };
        if kind != SyncKind::Full || tx.offers().has_unsettled_offers(supplier).await? {
            return Ok(None);
        }
        let version = kept.strip_prefix(&self.markup);
        Ok(version.map(|version| Cursor(version.as_bytes().to_vec())))
    }

    /// Keeps the version that a complete run has read.
    pub(super) async fn keep(&self, tx: &Tx, version: &str) -> Result<(), Failed> {
        let kept = format!("{}{version}", self.markup);
        Ok(tx.metadata().set(&self.mark, &kept).await?)
    }
}
