//! The trail for people: entries with the addresses of the accounts that they name.

use std::collections::BTreeMap;

use domain::email::EmailAddress;
use domain::id::UserId;
use domain::listing::{ListPage, ListQuery};
use domain::refusal::Refusal;
use futures::future::BoxFuture;
use storage::trail::TrailFilter;
use uuid::Uuid;

use super::TrailEntry;
use crate::{Error, Shop, TrailService};

/// An entry, with the addresses of the accounts that it names and that still exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedEntry {
    /// The entry.
    pub entry: TrailEntry,
    /// The address of who did it, if that is an account.
    pub actor_email: Option<String>,
    /// The address of what it was done to, if that is an account.
    pub subject_email: Option<String>,
}

/// The kind of thing that accounts are.
const ACCOUNT: &str = "user";

impl<'a> TrailService<'a> {
    /// A page of the trail. Filters: `actor`, the address or the id of an account, or the words of a command; `action`; `kind`
    /// of thing; `subject`, its id, or an account's address.
    pub fn managed_list(self, query: &'a ListQuery) -> BoxFuture<'a, Result<ListPage<NamedEntry>, Error>> {
        Box::pin(async move {
            let wanted = |name: &str| Some(query.filter(name).to_owned()).filter(|value| !value.is_empty());
            let filter = TrailFilter {
                actor: self.shop.named_by(wanted("actor")).await?,
                action: wanted("action"),
                subject_kind: wanted("kind"),
                subject: self.shop.named_by(wanted("subject")).await?,
            };
            let found = self.shop.db().trail().managed_list(&filter, query).await?;
            let ListPage { rows, previous, next } = found;
            let rows = self
                .shop
                .with_names(rows.into_iter().map(TrailEntry::from).collect())
                .await?;
            Ok(ListPage { rows, previous, next })
        })
    }

    /// The entry with this number.
    ///
    /// # Errors
    /// [`Refusal::TrailEntryNotFound`].
    pub fn entry(self, seq: u64) -> BoxFuture<'a, Result<NamedEntry, Error>> {
        Box::pin(async move {
            let before = seq.checked_add(1).ok_or(Refusal::TrailEntryNotFound)?;
            let found = self.list(&TrailFilter::default(), Some(before), 1).await?;
            let found = found.into_iter().filter(|entry| entry.seq == seq).collect();
            let named = self.shop.with_names(found).await?.pop();
            Ok(named.ok_or(Refusal::TrailEntryNotFound)?)
        })
    }
}

impl Shop {
    /// What the trail calls somebody: the id of the account of an address; anything else is taken as it is.
    async fn named_by(&self, typed: Option<String>) -> Result<Option<String>, Error> {
        let Some(email) = typed.as_deref().and_then(EmailAddress::parse) else {
            return Ok(typed);
        };
        let known = self.db().accounts().credentials(&email).await?;
        Ok(known.map(|known| known.user.id.to_string()).or(typed))
    }

    /// Adds the addresses: one statement, however many entries there are.
    async fn with_names(&self, entries: Vec<TrailEntry>) -> Result<Vec<NamedEntry>, Error> {
        let account = |text: &str| Uuid::parse_str(text).ok().map(UserId);
        let actor = |entry: &TrailEntry| (!entry.is_command).then(|| account(&entry.actor)).flatten();
        let subject = |entry: &TrailEntry| {
            (entry.subject_kind == ACCOUNT)
                .then(|| account(&entry.subject))
                .flatten()
        };
        let mut ids: Vec<UserId> = entries
            .iter()
            .flat_map(|entry| [actor(entry), subject(entry)])
            .flatten()
            .collect();
        ids.sort_unstable();
        ids.dedup();
        let addresses = self.db().accounts().addresses(&ids).await?;
        let addresses: BTreeMap<UserId, String> = addresses.into_iter().collect();
        let address = |id: Option<UserId>| id.and_then(|id| addresses.get(&id).cloned());
        let named = entries.into_iter().map(|entry| NamedEntry {
            actor_email: address(actor(&entry)),
            subject_email: address(subject(&entry)),
            entry,
        });
        Ok(named.collect())
    }
}
