//! Undoing an import: what of it is unsold is taken back.

use std::collections::BTreeMap;

use domain::id::GameId;
use domain::ledger::{AccountKind, LedgerAccount, TransferKind};
use domain::own_key::{KeyCounts, KeyImportId};
use domain::posting::Posting;
use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use domain::trail::TrailAction;
use futures::future::BoxFuture;
use storage::Tx;
use storage::own_keys::PlacedKey;
use uuid::Uuid;

use super::AT_ONCE;
use super::offers::StockMove;
use crate::trail::{Actor, Deed};
use crate::write::Failed;
use crate::{Error, OwnKeyService, Shop};

/// What became of an import that was undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UndoneImport {
    /// Keys that were taken back now.
    pub withdrawn: u64,
    /// What of the import is in which state.
    pub counts: KeyCounts,
}

impl<'a> OwnKeyService<'a> {
    /// Takes back what of an import is unsold, by the decision of `actor`, who proved lately who they are: the keys are gone,
    /// and may be imported again. What was sold stays sold. Once more, it takes what came back since.
    ///
    /// # Errors
    /// [`Refusal::KeyImportNotFound`], [`Refusal::NotAllowed`], [`Refusal::ProofTooOld`].
    pub fn undo(self, import: KeyImportId, actor: &'a Actor) -> BoxFuture<'a, Result<UndoneImport, Error>> {
        Box::pin(async move {
            let mut withdrawn = 0;
            loop {
                let transfers: Vec<Uuid> = (0..AT_ONCE).map(|_| self.shop.parts.ids.fresh()).collect();
                let input = (self.shop.clone(), import, actor.clone(), withdrawn == 0, transfers);
                let batch =
                    self.shop
                        .write_alone(input, |tx, &(ref shop, import, ref actor, is_first, ref transfers)| {
                            Box::pin(async move { shop.take_back(tx, import, actor, (is_first, transfers)).await })
                        });
                let batch = batch.await?;
                withdrawn += batch as u64;
                if batch < AT_ONCE {
                    break;
                }
            }
            let counts = self.shop.db().own_keys().counts(import).await?;
            tracing::info!(%import, withdrawn, sold = counts.sold(), "[Stock] an import of keys was undone");
            Ok(UndoneImport { withdrawn, counts })
        })
    }
}

impl Shop {
    /// Takes some keys back; returns how many.
    async fn take_back(
        &self,
        tx: &mut Tx,
        id: KeyImportId,
        actor: &Actor,
        (is_first, transfers): (bool, &[Uuid]),
    ) -> Result<usize, Failed> {
        self.admit_proven(tx, actor, Permission::edit(Noun::Keys)).await?;
        let now = self.now();
        let import = tx.own_keys().lock_import(id).await?.ok_or(Refusal::KeyImportNotFound)?;
        tx.own_keys().mark_undone(id, now).await?;
        let before = if is_first {
            tx.own_keys().counts(id).await?
        } else {
            KeyCounts::default()
        };
        let keys = tx
            .own_keys()
            .withdraw(id, u32::try_from(AT_ONCE).unwrap_or(u32::MAX))
            .await?;
        let mut moves: BTreeMap<GameId, StockMove> = BTreeMap::new();
        keys.iter().for_each(|key| moves.entry(key.game).or_default().take());
        self.move_stock(tx, &moves, None).await?;
        let postings = (transfers.iter().zip(&keys)).filter_map(|(id, key)| Some((*id, went_back(key)?)));
        tx.ledger()
            .post_all(&postings.collect::<Vec<_>>(), &actor.name(), now)
            .await?;
        // Before the last batch, which may not come: what is taken back now, and what stays.
        if is_first && (import.undone_at.is_none() || !keys.is_empty()) {
            let said = |counts: KeyCounts| format!("{}: {} unsold, {} sold", import.name, counts.free, counts.sold());
            let after = KeyCounts { free: 0, ..before };
            let deed = Deed::new(TrailAction::UndoKeyImport, "key-import", &id);
            self.record(tx, actor, deed.changing(Some(said(before)), Some(said(after))))
                .await?;
        }
        Ok(keys.len())
    }
}

/// What a key with a cost takes from the stock.
fn went_back(key: &PlacedKey) -> Option<Posting> {
    let (stock, owner) = (
        LedgerAccount::Shop(AccountKind::KeyStock),
        LedgerAccount::Shop(AccountKind::Owner),
    );
    Posting::new(TransferKind::StockUndone, owner, stock, key.cost?, key.id.to_string())
}
