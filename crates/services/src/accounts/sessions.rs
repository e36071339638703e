//! Sign-ins as their owner sees them: listed, and ended one by one or all but this.

use domain::clock::Timestamp;
use domain::id::{SessionId, UserId};
use domain::refusal::Refusal;
use domain::security::{Device, SecurityEvent};
use storage::security_events::Happened;

use super::Caller;
use crate::{Error, Shop};

/// How many events an account's page shows.
const EVENTS_SHOWN: u32 = 20;

/// A sign-in that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Its id: names it, and opens nothing.
    pub id: SessionId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was used last, to five minutes.
    pub seen_at: Timestamp,
    /// From where it began.
    pub device: Device,
    /// Whether it is the one that asks.
    pub current: bool,
}

impl Shop {
    /// The sign-ins of `caller`, the last used first.
    ///
    /// # Errors
    /// The database's.
    pub async fn sign_ins(&self, caller: &Caller) -> Result<Vec<SignIn>, Error> {
        let sessions = self.db().sessions().of(caller.user.id, self.now()).await?;
        let sign_in = |session: storage::sessions::Session| SignIn {
            id: session.id,
            created_at: session.created_at,
            seen_at: session.seen_at,
            current: session.id == caller.session,
            device: session.device,
        };
        Ok(sessions.into_iter().map(sign_in).collect())
    }

    /// What happened to `caller`'s account lately, the latest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn security_events(&self, caller: &Caller) -> Result<Vec<Happened>, Error> {
        Ok(self.db().security_events().of(caller.user.id, EVENTS_SHOWN).await?)
    }

    /// Ends `caller`'s own sign-in. All its tokens open nothing from now on.
    ///
    /// # Errors
    /// The database's.
    pub async fn sign_out(&self, caller: &Caller, device: &Device) -> Result<(), Error> {
        self.end_sign_in(caller.user.id, caller.session, device).await?;
        Ok(())
    }

    /// Ends one of `caller`'s sign-ins.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when there is none of this id, or the database's.
    pub async fn sign_out_of(&self, caller: &Caller, id: SessionId, device: &Device) -> Result<(), Error> {
        if self.end_sign_in(caller.user.id, id, device).await? {
            return Ok(());
        }
        Err(Refusal::SignInNotFound.into())
    }

    async fn end_sign_in(&self, user: UserId, id: SessionId, device: &Device) -> Result<bool, Error> {
        let event_id = self.parts.ids.fresh();
        let happened = Happened {
            at: self.now(),
            user: Some(user),
            event: SecurityEvent::SignedOut,
            device: device.clone(),
        };
        self.write(
            (id, user, event_id, happened),
            |tx, &(id, user, event_id, ref happened)| {
                Box::pin(async move {
                    let ended = tx.sessions().end(id, user).await?;
                    if ended {
                        tx.security_events().record(event_id, happened).await?;
                    }
                    Ok(ended)
                })
            },
        )
        .await
    }

    /// Ends every sign-in of `caller` but this one; returns how many that were.
    ///
    /// # Errors
    /// The database's.
    pub async fn sign_out_everywhere(&self, caller: &Caller, device: &Device) -> Result<u64, Error> {
        let (user, kept) = (caller.user.id, caller.session);
        let event_id = self.parts.ids.fresh();
        let happened = Happened {
            at: self.now(),
            user: Some(user),
            event: SecurityEvent::SignedOutEverywhere,
            device: device.clone(),
        };
        let input = (user, kept, event_id, happened);
        self.write(input, |tx, &(user, kept, event_id, ref happened)| {
            Box::pin(async move {
                tx.security_events().record(event_id, happened).await?;
                Ok(tx.sessions().end_all(user, Some(kept)).await?)
            })
        })
        .await
    }
}
