//! An account's sign-ins for their owner: listed, and ended one by one or all but the current one.

use domain::clock::Timestamp;
use domain::id::{SessionId, UserId};
use domain::refusal::Refusal;
use domain::security::{Device, SecurityEvent};
use futures::future::BoxFuture;
use storage::security_events::SecurityRecord;

use super::Caller;
use crate::{AccountService, Error};

/// How many events an account's page shows.
const EVENTS_SHOWN: u32 = 20;

/// A sign-in that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Its id: not a secret, gives no access.
    pub id: SessionId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was used last, accurate to five minutes.
    pub seen_at: Timestamp,
    /// The device that it began on.
    pub device: Device,
    /// Whether it is the caller's own.
    pub current: bool,
}

impl<'a> AccountService<'a> {
    /// The sign-ins of `caller`, last used first.
    pub fn sign_ins(self, caller: &'a Caller) -> BoxFuture<'a, Result<Vec<SignIn>, Error>> {
        Box::pin(async move {
            let sessions = self.shop.db().sessions().of(caller.user.id, self.shop.now()).await?;
            let sign_in = |session: storage::sessions::Session| SignIn {
                id: session.id,
                created_at: session.created_at,
                seen_at: session.seen_at,
                current: session.id == caller.session,
                device: session.device,
            };
            Ok(sessions.into_iter().map(sign_in).collect())
        })
    }

    /// The latest events of `caller`'s account, newest first.
    pub fn security_events(self, caller: &'a Caller) -> BoxFuture<'a, Result<Vec<SecurityRecord>, Error>> {
        Box::pin(async move {
            Ok(self
                .shop
                .db()
                .security_events()
                .of(caller.user.id, EVENTS_SHOWN)
                .await?)
        })
    }

    /// Ends `caller`'s own sign-in. All its tokens become invalid at once.
    pub fn sign_out(self, caller: &'a Caller, device: &'a Device) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            self.end_sign_in(caller.user.id, caller.session, device).await?;
            Ok(())
        })
    }

    /// Ends one of `caller`'s sign-ins.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when there is none of this id.
    pub fn sign_out_of(
        self,
        caller: &'a Caller,
        id: SessionId,
        device: &'a Device,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            if self.end_sign_in(caller.user.id, id, device).await? {
                return Ok(());
            }
            Err(Refusal::SignInNotFound.into())
        })
    }

    async fn end_sign_in(&self, user: UserId, id: SessionId, device: &Device) -> Result<bool, Error> {
        let event_id = self.shop.parts.ids.fresh();
        let record = SecurityRecord {
            at: self.shop.now(),
            user: Some(user),
            event: SecurityEvent::SignedOut,
            device: device.clone(),
        };
        self.shop
            .write((id, user, event_id, record), |tx, &(id, user, event_id, ref record)| {
                Box::pin(async move {
                    let ended = tx.sessions().end(id, user).await?;
                    if ended {
                        tx.security_events().record(event_id, record).await?;
                    }
                    Ok(ended)
                })
            })
            .await
    }

    /// Ends every sign-in of `caller` but this one; returns their number.
    pub fn sign_out_everywhere(self, caller: &'a Caller, device: &'a Device) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            let (user, kept) = (caller.user.id, caller.session);
            let event_id = self.shop.parts.ids.fresh();
            let record = SecurityRecord {
                at: self.shop.now(),
                user: Some(user),
                event: SecurityEvent::SignedOutEverywhere,
                device: device.clone(),
            };
            let input = (user, kept, event_id, record);
            self.shop
                .write(input, |tx, &(user, kept, event_id, ref record)| {
                    Box::pin(async move {
                        tx.security_events().record(event_id, record).await?;
                        Ok(tx.sessions().end_all(user, Some(kept)).await?)
                    })
                })
                .await
        })
    }
}
