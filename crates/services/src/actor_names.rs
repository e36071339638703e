//! Who acted, for people: records name an account by its id.

use std::collections::BTreeMap;

use domain::id::UserId;
use uuid::Uuid;

use crate::{Error, Shop};

/// The addresses of accounts that records name.
pub(crate) struct ActorNames(BTreeMap<UserId, String>);

fn account(actor: &str) -> Option<UserId> {
    Uuid::parse_str(actor).ok().map(UserId)
}

impl ActorNames {
    /// The address of an account that still exists; of everybody else what the record says.
    pub(crate) fn of(&self, actor: &str) -> String {
        let address = account(actor).and_then(|id| self.0.get(&id).cloned());
        address.unwrap_or_else(|| actor.to_owned())
    }
}

impl Shop {
    /// Reads the addresses of those of `actors` that are accounts: one statement.
    pub(crate) async fn actor_names<'n>(&self, actors: impl Iterator<Item = &'n str>) -> Result<ActorNames, Error> {
        let mut ids: Vec<UserId> = actors.filter_map(account).collect();
        ids.sort_unstable();
        ids.dedup();
        let addresses = self.db().accounts().addresses(&ids).await?;
        Ok(ActorNames(addresses.into_iter().collect()))
    }
}
