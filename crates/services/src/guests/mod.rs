//! Guests, and whose cart and wishlist a request is about.

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

/// A guest's session ends when it was not used for so long. The note of its last use may be a minute old.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60 + NOTED_EVERY.as_secs());
/// How old the note of a session's last use may get.
const NOTED_EVERY: Duration = Duration::from_secs(60);
/// How long is kept what could not be moved at sign-in.
const KEPT: Duration = Duration::from_secs(30 * 86_400);

/// Who asks about a cart or a wishlist: an account, if somebody is signed in, and what the browser holds as a guest.
#[derive(Clone, Default)]
pub struct Visitor {
    /// Who is signed in.
    pub user: Option<UserId>,
    /// The guest's secret, as the caller sent it: it may be none of this shop's.
    pub guest_secret: Option<String>,
}

/// What a change of a guest's cart or wishlist brought: `T`, and the secret of a session that was begun for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed<T> {
    /// The cart or wishlist after the change.
    pub now: T,
    /// The secret of a new session, which the client has to send from now on.
    pub new_secret: Option<String>,
}

/// A guest's session as a change finds it: open, or still to be begun.
#[derive(Clone)]
pub(crate) struct Place {
    open: Option<Guest>,
    fresh: GuestId,
    secret: String,
    now: Timestamp,
}

/// On whose behalf a change is made.
#[derive(Clone)]
pub(crate) enum Writer {
    User(UserId),
    Guest(Place),
}

impl Writer {
    /// Holds the owner against a migration until the transaction ends; begins a session where a guest has none, or has
    /// just lost it to a sign-in in another tab. The second value is whether that was so.
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

    /// The secret that the client has to be told when a session was begun.
    pub(crate) fn new_secret(&self, begun: bool) -> Option<String> {
        match self {
            Self::Guest(place) if begun => Some(place.secret.clone()),
            _ => None,
        }
    }
}

impl<'a> GuestService<'a> {
    /// Whether `secret` is that of a guest's open session.
    pub fn knows(self, secret: &'a str) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async move { Ok(self.guest(Some(secret)).await?.is_some()) })
    }

    /// Whose cart and wishlist `visitor` sees; `None` for a guest without a session. What a signed-in visitor still
    /// holds as a guest is migrated first: a migration that failed is retried here.
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

    /// On whose behalf `visitor` changes a cart or a wishlist.
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

    /// The open session of a guest's secret. A text that the shop did not give out is nobody's.
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

    /// Since when what was kept at a sign-in is still shown.
    pub(crate) fn kept_since(&self) -> Timestamp {
        self.shop.now().minus(KEPT)
    }
}

/// Forgets guests who stayed away, and what was kept too long.
pub(crate) async fn forget(tx: &Tx, now: Timestamp) -> Result<(), storage::Error> {
    tx.guests().trim(now.minus(LIFETIME), now.minus(KEPT)).await?;
    Ok(())
}
