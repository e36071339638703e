//! Guests, and the owner of a request's cart and wishlist.

mod migration;

use std::time::Duration;

use domain::cart::Owner;
use domain::clock::Timestamp;
use domain::id::{GuestId, UserId};
use domain::refusal::Refusal;
use futures::future::BoxFuture;
use storage::Tx;
use storage::guests::Guest;

use crate::accounts::tokens;
use crate::write::Failed;
use crate::{Error, GuestService};

pub use migration::GuestMigration;

/// A guest's session ends when it was not used for this long. The stored time of its last use may be a minute old.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60 + NOTED_EVERY.as_secs());
/// How outdated the stored time of a session's last use may be.
const NOTED_EVERY: Duration = Duration::from_secs(60);
/// How long lines that could not be moved at sign-in are kept aside.
const KEPT: Duration = Duration::from_secs(30 * 86_400);

/// The visitor of a cart or a wishlist: the account, if signed in, and the guest's secret from the browser.
#[derive(Clone, Default)]
pub struct Visitor {
    /// The account, if signed in.
    pub user: Option<UserId>,
    /// The guest's secret as the caller sent it; it may be invalid.
    pub guest_secret: Option<String>,
}

/// The result of changing a guest's cart or wishlist, and the secret of a session that was created for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed<T> {
    /// The cart or wishlist after the change.
    pub now: T,
    /// The secret of a new session, which the client has to send from now on.
    pub new_secret: Option<String>,
}

/// The guest's session before a change: open, or to be created.
#[derive(Clone)]
pub(crate) struct Place {
    open: Option<Guest>,
    fresh: GuestId,
    secret: String,
    now: Timestamp,
}

/// The owner on whose behalf a change is made.
#[derive(Clone)]
pub(crate) enum Writer {
    User(UserId),
    Guest(Place),
}

impl Writer {
    /// Locks the owner against a migration until the transaction ends; creates a session if the guest has none, or has
    /// just lost it to a sign-in in another tab. The second value is whether a session was created.
    pub(crate) async fn owner(&self, tx: &Tx) -> Result<(Owner, bool), Failed> {
        let place = match self {
            Self::User(id) => {
                if !tx.accounts().share(*id).await? {
                    return Err(Refusal::NotSignedIn.into());
                }
                return Ok((Owner::User(*id), false));
            }
            Self::Guest(place) => place,
        };
        if let Some(guest) = place.open
            && tx.guests().share(guest.id).await?
        {
            return Ok((Owner::Guest(guest.id), false));
        }
        tx.guests()
            .begin(place.fresh, &tokens::hash(&place.secret), place.now)
            .await?;
        Ok((Owner::Guest(place.fresh), true))
    }

    /// The secret for the client, if a session was created.
    pub(crate) fn new_secret(&self, begun: bool) -> Option<String> {
        match self {
            Self::Guest(place) if begun => Some(place.secret.clone()),
            _ => None,
        }
    }
}

impl<'a> GuestService<'a> {
    /// Whether `secret` belongs to a guest's open session.
    pub fn knows(self, secret: &'a str) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async move { Ok(self.guest(Some(secret)).await?.is_some()) })
    }

    /// The owner of the cart and wishlist that `visitor` sees; `None` for a guest without a session. The guest's lines
    /// of a signed-in visitor are migrated first: here a failed migration is retried.
    pub(crate) async fn owner(&self, visitor: &Visitor) -> Result<Option<Owner>, Error> {
        let guest = self.guest(visitor.guest_secret.as_deref()).await?;
        match (visitor.user, guest) {
            (Some(user), Some(guest)) => {
                self.retry_migration(user, guest.id).await;
                Ok(Some(Owner::User(user)))
            }
            (Some(user), None) => Ok(Some(Owner::User(user))),
            (None, guest) => Ok(guest.map(|guest| Owner::Guest(guest.id))),
        }
    }

    /// The owner on whose behalf `visitor` changes a cart or a wishlist.
    pub(crate) async fn writer(&self, visitor: &Visitor) -> Result<Writer, Error> {
        let guest = self.guest(visitor.guest_secret.as_deref()).await?;
        if let Some(user) = visitor.user {
            if let Some(guest) = guest {
                self.retry_migration(user, guest.id).await;
            }
            return Ok(Writer::User(user));
        }
        Ok(Writer::Guest(Place {
            open: guest,
            fresh: GuestId(self.shop.parts.ids.fresh()),
            secret: tokens::random(self.shop.chance()),
            now: self.shop.now(),
        }))
    }

    /// The open session of a guest's secret; `None` for a text that the shop did not issue.
    pub(crate) async fn guest(&self, secret: Option<&str>) -> Result<Option<Guest>, Error> {
        let Some(secret) = secret else { return Ok(None) };
        let now = self.shop.now();
        let found = self
            .shop
            .db()
            .guests()
            .open_session(&tokens::hash(secret), now.minus(LIFETIME))
            .await?;
        if let Some(guest) = found
            && now.since(guest.used_at) > NOTED_EVERY
        {
            self.shop
                .write((guest.id, now), |tx, &(guest, now)| {
                    Box::pin(async move { Ok(tx.guests().used(guest, now).await?) })
                })
                .await?;
        }
        Ok(found)
    }

    /// Lines that were kept aside before this time are not shown.
    pub(crate) fn kept_since(&self) -> Timestamp {
        self.shop.now().minus(KEPT)
    }
}

/// Deletes guests that were away too long, and lines that were kept aside too long.
pub(crate) async fn forget(tx: &Tx, now: Timestamp) -> Result<(), storage::Error> {
    tx.guests().trim(now.minus(LIFETIME), now.minus(KEPT)).await?;
    Ok(())
}
