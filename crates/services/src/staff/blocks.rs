//! What staff do to accounts: they are blocked, and their sign-ins ended.

use domain::account::User;
use domain::id::UserId;
use domain::refusal::Refusal;
use domain::security::SecurityEvent;
use domain::staff::{Noun, Permission};
use domain::touch::Touch;
use domain::trail::TrailAction;
use futures::future::BoxFuture;
use storage::Tx;

use crate::accounts::end_every_sign_in;
use crate::trail::{Actor, Deed};
use crate::write::Failed;
use crate::{Error, Shop, StaffService};

impl<'a> StaffService<'a> {
    /// Blocks an account and ends its sign-ins: from the next request on it opens nothing. Owners alone block staff.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`], [`Refusal::ProofTooOld`], [`Refusal::UserNotFound`], [`Refusal::LastOwner`].
    pub fn block(self, user: UserId, actor: &'a Actor) -> BoxFuture<'a, Result<User, Error>> {
        Box::pin(async move {
            let input = (self.shop.clone(), user, actor.clone());
            self.shop
                .write(input, |tx, &(ref shop, id, ref actor)| {
                    Box::pin(async move {
                        let mut user = shop.lock_for_block(tx, id, actor).await?;
                        if user.blocked_at.is_some() {
                            return Ok(user);
                        }
                        shop.keep_an_owner(tx, &user).await?;
                        let now = shop.now();
                        tx.staff().set_blocked(id, Some(now), now).await?;
                        end_every_sign_in(tx, id, None).await?;
                        shop.tell(tx, id, SecurityEvent::Blocked, actor).await?;
                        tx.touch(Touch::Profile(id));
                        let deed = Deed::new(TrailAction::BlockUser, "user", &id).of_person(id);
                        shop.record(tx, actor, deed).await?;
                        user.blocked_at = Some(now);
                        Ok(user)
                    })
                })
                .await
        })
    }

    /// No longer blocks an account.
    ///
    /// # Errors
    /// As [`block`](Self::block).
    pub fn unblock(self, user: UserId, actor: &'a Actor) -> BoxFuture<'a, Result<User, Error>> {
        Box::pin(async move {
            let input = (self.shop.clone(), user, actor.clone());
            self.shop
                .write(input, |tx, &(ref shop, id, ref actor)| {
                    Box::pin(async move {
                        let mut user = shop.lock_for_block(tx, id, actor).await?;
                        if user.blocked_at.is_none() {
                            return Ok(user);
                        }
                        tx.staff().set_blocked(id, None, shop.now()).await?;
                        shop.tell(tx, id, SecurityEvent::Unblocked, actor).await?;
                        tx.touch(Touch::Profile(id));
                        let deed = Deed::new(TrailAction::UnblockUser, "user", &id).of_person(id);
                        shop.record(tx, actor, deed).await?;
                        user.blocked_at = None;
                        Ok(user)
                    })
                })
                .await
        })
    }

    /// Ends all sign-ins of an account; returns how many there were. Owners alone end those of staff.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`], [`Refusal::ProofTooOld`], [`Refusal::UserNotFound`].
    pub fn end_sessions(self, user: UserId, actor: &'a Actor) -> BoxFuture<'a, Result<u64, Error>> {
        Box::pin(async move {
            let input = (self.shop.clone(), user, actor.clone());
            self.shop
                .write(input, |tx, &(ref shop, id, ref actor)| {
                    Box::pin(async move {
                        shop.lock_for_block(tx, id, actor).await?;
                        let ended = end_every_sign_in(tx, id, None).await?;
                        shop.tell(tx, id, SecurityEvent::SignedOutByStaff, actor).await?;
                        let deed = Deed::new(TrailAction::EndSessions, "user", &id).of_person(id);
                        let deed = deed.changing(Some(ended.to_string()), Some("0".to_owned()));
                        shop.record(tx, actor, deed).await?;
                        Ok(ended)
                    })
                })
                .await
        })
    }
}

impl Shop {
    /// Locks an account that is to be blocked or signed out. Nobody does so to themselves here, and owners alone to staff:
    /// otherwise whoever helps customers could lock out whoever gives them their role.
    async fn lock_for_block(&self, tx: &Tx, id: UserId, actor: &Actor) -> Result<User, Failed> {
        let user = self.lock_subject(tx, id, actor, Permission::edit(Noun::Users)).await?;
        if matches!(actor, Actor::Staff { user, .. } if *user == id) {
            return Err(Refusal::NotAllowed.into());
        }
        if user.staff.is_some() {
            self.admit_proven(tx, actor, Permission::edit(Noun::Staff)).await?;
        }
        Ok(user)
    }
}
