//! The trail: what staff and the command line did, in a chain of entries that nobody changes unseen.

mod chain;
mod named;
mod verification;

use domain::clock::Timestamp;
use domain::id::{SessionId, UserId};
use domain::security::Device;
use futures::future::BoxFuture;
use storage::Tx;
use storage::trail::{StoredEntry, TrailFilter, TrailRow};

use crate::accounts::Caller;
use crate::write::Failed;
use crate::{Error, Shop, TrailService};

pub(crate) use chain::Deed;
pub use named::NamedEntry;
pub use verification::{KnownHead, TrailAudit};

/// Who acts for the shop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A member of staff, in one of their sign-ins.
    Staff {
        /// The account.
        user: UserId,
        /// The sign-in.
        session: SessionId,
        /// From where.
        device: Device,
        /// Why they act, if they said so.
        reason: Option<String>,
    },
    /// Whoever runs the program.
    Command {
        /// The words of the command.
        words: String,
        /// Why they act, if they said so.
        reason: Option<String>,
    },
}

impl Actor {
    /// A member of staff.
    #[must_use]
    pub const fn of(caller: &Caller, device: Device) -> Self {
        Self::Staff {
            user: caller.user.id,
            session: caller.session,
            device,
            reason: None,
        }
    }

    /// Whoever runs the program, by the words of the command.
    #[must_use]
    pub fn command(words: &str) -> Self {
        Self::Command {
            words: words.to_owned(),
            reason: None,
        }
    }

    /// The same, who said why; every entry of the trail that this one makes has the reason.
    #[must_use]
    pub fn because(&self, why: Option<&str>) -> Self {
        let mut actor = self.clone();
        let (Self::Staff { reason, .. } | Self::Command { reason, .. }) = &mut actor;
        *reason = why.map(str::to_owned);
        actor
    }

    pub(crate) fn reason(&self) -> Option<&str> {
        let (Self::Staff { reason, .. } | Self::Command { reason, .. }) = self;
        reason.as_deref()
    }

    /// The account's id, or the words of the command.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Staff { user, .. } => user.to_string(),
            Self::Command { words, .. } => words.clone(),
        }
    }

    /// From where.
    #[must_use]
    pub fn device(&self) -> Device {
        match self {
            Self::Staff { device, .. } => device.clone(),
            Self::Command { words, .. } => Device {
                address: String::new(),
                name: words.clone(),
            },
        }
    }
}

/// An entry of the trail, for staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailEntry {
    /// Its number, from 1 without gaps.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who: the id of an account, or the words of a command.
    pub actor: String,
    /// Whether a command did it.
    pub is_command: bool,
    /// From where.
    pub device: Device,
    /// What, by the name of the action.
    pub action: String,
    /// On what kind of thing.
    pub subject_kind: String,
    /// On which one.
    pub subject: String,
    /// What was before.
    pub before: Option<String>,
    /// What is since.
    pub after: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Whether it had values that were deleted, because the person was erased whose they were.
    pub is_erased: bool,
}

impl From<StoredEntry> for TrailEntry {
    fn from((row, values): StoredEntry) -> Self {
        let is_erased = values.is_none() && !row.values_mac.is_empty();
        let values = values.unwrap_or_default();
        Self {
            seq: row.seq,
            at: row.at,
            actor: row.actor,
            is_command: row.session.is_none(),
            device: row.device,
            action: row.action,
            subject_kind: row.subject_kind,
            subject: row.subject,
            before: values.before,
            after: values.after,
            reason: values.reason,
            is_erased,
        }
    }
}

/// A page of the trail, newest first.
#[derive(Clone, Debug)]
pub struct TrailPage {
    /// How many entries there are on all pages.
    pub total: u64,
    /// Those on this page.
    pub entries: Vec<TrailEntry>,
}

impl<'a> TrailService<'a> {
    /// Up to `limit` entries before the number `before`, newest first.
    pub fn list(
        self,
        filter: &'a TrailFilter,
        before: Option<u64>,
        limit: u32,
    ) -> BoxFuture<'a, Result<Vec<TrailEntry>, Error>> {
        Box::pin(async move {
            let found = self.shop.db().trail().list(filter, before, limit, 0).await?;
            Ok(found.into_iter().map(TrailEntry::from).collect())
        })
    }

    /// The page `page`, from 1, of `size` entries each, newest first.
    pub fn page(self, filter: &'a TrailFilter, page: u32, size: u32) -> BoxFuture<'a, Result<TrailPage, Error>> {
        Box::pin(async move {
            let trail = self.shop.db().trail();
            let skipped = u64::from(page.saturating_sub(1)) * u64::from(size);
            let (total, found) = (
                trail.count(filter).await?,
                trail.list(filter, None, size, skipped).await?,
            );
            Ok(TrailPage {
                total,
                entries: found.into_iter().map(TrailEntry::from).collect(),
            })
        })
    }

    /// Deletes the values that are of a person, who is erased: the entries stay, and the chain holds. Returns how many there
    /// were.
    pub fn forget_person(self, person: UserId) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            self.shop
                .write(person, |tx, &person| {
                    Box::pin(async move { Ok(tx.trail().forget_person(person).await?) })
                })
                .await
        })
    }
}

impl Shop {
    /// Adds an entry, as the last statement of the transaction of what it is about: from here on the head is locked.
    pub(crate) async fn record(&self, tx: &Tx, actor: &Actor, mut deed: Deed) -> Result<(), Failed> {
        deed.values.reason = actor.reason().map(str::to_owned);
        let head = match tx.trail().lock_head().await? {
            Some(head) => head,
            None => {
                let trail = self.parts.ids.fresh();
                tx.trail().begin(trail, &self.sealed_chain_key(trail)).await?;
                let begun = tx.trail().lock_head().await?;
                begun.ok_or_else(|| Error::Internal("a trail that was just begun is gone".into()))?
            }
        };
        let key = self.chain_key(&head)?;
        let has_values = deed.has_values();
        let mut values = deed.values;
        if has_values {
            let mut salt = [0; 16];
            self.chance().fill(&mut salt);
            values.salt = hex::encode(salt);
        }
        let mut row = TrailRow {
            seq: head.seq + 1,
            at: self.now(),
            actor: actor.name(),
            session: match actor {
                Actor::Staff { session, .. } => Some(session.0),
                Actor::Command { .. } => None,
            },
            device: actor.device(),
            action: deed.action.as_str().to_owned(),
            subject_kind: deed.kind.to_owned(),
            subject: deed.subject,
            values_mac: String::new(),
            content_mac: String::new(),
            mac: String::new(),
        };
        if has_values {
            row.values_mac = key.of_values(&values);
        }
        row.content_mac = key.of_content(&row);
        row.mac = key.of_link(row.seq, &head.mac, &row.content_mac);
        tx.trail().append(&row, has_values.then_some(&values)).await?;
        Ok(())
    }
}
