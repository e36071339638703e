//! The audit of own keys: every sealed key opens in its place, and has the hash that it holds.

use domain::own_key::OwnKeyId;
use futures::future::BoxFuture;
use storage::audit::Invariant;
use storage::own_keys::SealedKey;
use uuid::Uuid;
use vault::KeyHasher;

use crate::{Error, OperationService};

/// Keys that are opened at most.
const OPENED_MAX: usize = 100_000;
/// Keys that are read at once.
const READ_AT_ONCE: u32 = 1_000;

impl<'a> OperationService<'a> {
    /// Opens the sealed keys of the shop, a hundred thousand at most.
    pub fn audit_keys(self) -> BoxFuture<'a, Result<Invariant, Error>> {
        Box::pin(async move {
            let mut invariant = Invariant {
                promise: "a sealed key opens in its place, and has the hash that it holds",
                breaches: 0,
                example: None,
            };
            let (mut after, mut opened) = (OwnKeyId(Uuid::nil()), 0);
            let mut hasher = None;
            while opened < OPENED_MAX {
                let keys = self.shop.db().own_keys().sealed(after, READ_AT_ONCE).await?;
                let Some(last) = keys.last() else { break };
                after = last.id;
                opened += keys.len();
                if hasher.is_none() {
                    hasher = Some(self.hasher_as_it_is().await?);
                }
                let hasher = hasher.as_ref().and_then(Option::as_ref);
                for key in keys.iter().filter(|key| !self.opens(key, hasher)) {
                    invariant.breaches += 1;
                    invariant.example.get_or_insert_with(|| key.id.to_string());
                }
            }
            Ok(invariant)
        })
    }

    /// What makes the hashes; `None` if its key is gone or does not open. Nothing is written.
    async fn hasher_as_it_is(self) -> Result<Option<KeyHasher>, Error> {
        let known = self.shop.db().own_keys().hashing().await?;
        Ok(known.and_then(|(row, sealed)| self.shop.seal().key_hasher(row, &sealed).ok()))
    }

    fn opens(self, key: &SealedKey, hasher: Option<&KeyHasher>) -> bool {
        let opened = self.shop.seal().open_key(key.id, key.game, &key.sealed);
        let (Ok(opened), Some(hasher)) = (opened, hasher) else {
            return false;
        };
        key.hash.as_deref() == Some(&hasher.hash(&opened)[..])
    }
}
