//! The transaction of a batch of an import: hashes, keys, offers, the ledger, and the trail with the first one.

use std::collections::{BTreeMap, HashSet};

use domain::id::GameId;
use domain::ledger::{AccountKind, LedgerAccount, TransferKind};
use domain::money::Cents;
use domain::own_key::KeyFate;
use domain::posting::Posting;
use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use domain::trail::TrailAction;
use storage::Tx;
use storage::own_keys::{KeyHash, KeyImport, NewOwnKey};
use uuid::Uuid;

use super::offers::StockMove;
use crate::Shop;
use crate::trail::{Actor, Deed};
use crate::write::Failed;

/// What a batch's transaction needs; it may run more than once.
pub(super) struct Batch {
    pub(super) shop: Shop,
    pub(super) actor: Actor,
    pub(super) import: KeyImport,
    /// What the trail is told, with the first batch.
    pub(super) begins: Option<String>,
    pub(super) price: Option<Cents>,
    /// In the order of their hashes.
    pub(super) keys: Vec<NewOwnKey>,
    /// Rows of which it is known before that they are not taken: the line, and what becomes of it.
    pub(super) untaken: Vec<(u64, String)>,
    /// Ids for the transfers.
    pub(super) transfers: Vec<Uuid>,
}

impl Batch {
    /// Returns the hashes of the keys that are the shop's now.
    pub(super) async fn carry_out(&self, tx: &mut Tx) -> Result<HashSet<KeyHash>, Failed> {
        let (shop, now) = (&self.shop, self.shop.now());
        shop.admit(tx, &self.actor, Permission::edit(Noun::Keys)).await?;
        if self.begins.is_some() {
            tx.own_keys().add_import(&self.import).await?;
        } else {
            let held = tx.own_keys().hold_import(self.import.id).await?;
            if held.is_none_or(|import| import.undone_at.is_some()) {
                return Err(Refusal::KeyImportUndone.into());
            }
        }
        let hashes: Vec<KeyHash> = self.keys.iter().map(|key| key.hash).collect();
        let taken = tx.own_keys().take_hashes(&hashes).await?;
        let keys: Vec<&NewOwnKey> = self.keys.iter().filter(|key| taken.contains(&key.hash)).collect();
        tx.own_keys().add(self.import.id, &keys, now).await?;
        let held = self.keys.iter().filter(|key| !taken.contains(&key.hash));
        let held = held.map(|key| (key.line, KeyFate::Held.to_string()));
        let untaken: Vec<(u64, String)> = self.untaken.iter().cloned().chain(held).collect();
        tx.own_keys().add_untaken(self.import.id, &untaken).await?;
        let mut moves: BTreeMap<GameId, StockMove> = BTreeMap::new();
        for key in &keys {
            moves.entry(key.game).or_default().add(key.line, key.cost);
        }
        shop.move_stock(tx, &moves, self.price).await?;
        let postings = (self.transfers.iter().zip(&keys)).filter_map(|(id, key)| Some((*id, came_in(key)?)));
        tx.ledger()
            .post_all(&postings.collect::<Vec<_>>(), &self.actor.name(), now)
            .await?;
        if let Some(what) = &self.begins {
            let deed = Deed::new(TrailAction::ImportKeys, "key-import", &self.import.id);
            shop.record(tx, &self.actor, deed.changing(None, Some(what.clone())))
                .await?;
        }
        Ok(taken)
    }
}

/// What a key with a cost adds to the stock.
fn came_in(key: &NewOwnKey) -> Option<Posting> {
    let (stock, owner) = (
        LedgerAccount::Shop(AccountKind::KeyStock),
        LedgerAccount::Shop(AccountKind::Owner),
    );
    Posting::new(TransferKind::StockIn, stock, owner, key.cost?, key.id.to_string())
}
