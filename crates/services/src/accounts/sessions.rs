//! An account's sign-ins for their owner: listed, and ended one by one or all but the current one.

use domain::account::User;
use domain::clock::Timestamp;
use domain::id::{SessionId, UserId};
use domain::refusal::Refusal;
use domain::security::{Device, SecurityEvent};
use futures::future::BoxFuture;
use storage::Tx;
use storage::security_events::SecurityRecord;

use super::Caller;
use crate::{AccountService, Error, Shop};

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

impl Shop {
    /// The sign-ins of an account that go on, last used first, as `caller` sees them.
    pub(crate) async fn sign_ins_of(&self, user: &User, caller: &Caller) -> Result<Vec<SignIn>, Error> {
        let (rules, now) = (self.parts.accounts, self.now());
        let mut sessions = self.db().sessions().of(user.id, now).await?;
        sessions.retain(|session| !rules.is_over(user, session.created_at, now));
        let sign_in = |session: storage::sessions::Session| SignIn {
            id: session.id,
            created_at: session.created_at,
            seen_at: session.seen_at,
            current: session.id == caller.session,
            device: session.device,
        };
        Ok(sessions.into_iter().map(sign_in).collect())
    }
}

impl<'a> AccountService<'a> {
    /// The sign-ins of `caller` that go on, last used first.
    pub fn sign_ins(self, caller: &'a Caller) -> BoxFuture<'a, Result<Vec<SignIn>, Error>> {
        Box::pin(async move { self.shop.sign_ins_of(&caller.user, caller).await })
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
            self.end_sign_in(caller, caller.session, device).await?;
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
            if self.end_sign_in(caller, id, device).await? {
                return Ok(());
            }
            Err(Refusal::SignInNotFound.into())
        })
    }

    /// Ended by a sign-in that goes on, or by itself: one that ended meanwhile ends no other.
    async fn end_sign_in(&self, caller: &Caller, id: SessionId, device: &Device) -> Result<bool, Error> {
        let event_id = self.shop.parts.ids.fresh();
        let record = SecurityRecord {
            at: self.shop.now(),
            user: Some(caller.user.id),
            event: SecurityEvent::SignedOut,
            device: device.clone(),
        };
        let input = (id, self.presence(caller), event_id, record);
        self.shop
            .write(input, |tx, &(id, presence, event_id, ref record)| {
                Box::pin(async move {
                    if id != presence.session {
                        presence.lock(tx).await?;
                    }
                    let ended = tx.sessions().end(id, presence.user).await?;
                    if ended {
                        tx.security_events().record(event_id, record).await?;
                    }
                    Ok(ended)
                })
            })
            .await
    }

    /// Ends every sign-in of `caller` but this one, and forgets the account's known devices; returns the number of
    /// sign-ins.
    pub fn sign_out_everywhere(self, caller: &'a Caller, device: &'a Device) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            let event_id = self.shop.parts.ids.fresh();
            let record = SecurityRecord {
                at: self.shop.now(),
                user: Some(caller.user.id),
                event: SecurityEvent::SignedOutEverywhere,
                device: device.clone(),
            };
            let input = (self.presence(caller), event_id, record);
            self.shop
                .write(input, |tx, &(presence, event_id, ref record)| {
                    Box::pin(async move {
                        presence.lock(tx).await?;
                        tx.security_events().record(event_id, record).await?;
                        Ok(end_every_sign_in(tx, presence.user, Some(presence.session)).await?)
                    })
                })
                .await
        })
    }
}

/// Ends every sign-in of `user` but `kept`, and forgets the known devices, in a transaction that has locked the account;
/// returns the number of sign-ins.
pub(crate) async fn end_every_sign_in(tx: &Tx, user: UserId, kept: Option<SessionId>) -> Result<u64, storage::Error> {
    tx.known_devices().forget_all(user).await?;
    tx.sessions().end_all(user, kept).await
}
