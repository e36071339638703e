//! Callers: a token names a sign-in, and the database says whether it has ended.

use std::time::Duration;

use domain::refusal::Refusal;
use domain::staff::Permission;
use futures::future::BoxFuture;

use super::Caller;
use super::presence::is_staff;
use crate::{AccountService, Error};

/// How outdated the stored time of a sign-in's last use may be.
const SEEN_EVERY: Duration = Duration::from_secs(5 * 60);

impl<'a> AccountService<'a> {
    /// The caller whose sign-in `token` names. It is looked up each time, so that signing out, a block and a change of role
    /// take effect at once, everywhere.
    ///
    /// # Errors
    /// [`Refusal::NotSignedIn`], [`Refusal::SignInExpired`]; [`Refusal::AccountBlocked`] if staff block the account of the
    /// token.
    pub fn caller(self, token: &'a str) -> BoxFuture<'a, Result<Caller, Error>> {
        Box::pin(async move {
            let now = self.shop.now();
            let (user_id, session_id) = self.shop.token_key().read(token, now)?;
            let found = self.shop.db().sessions().find(session_id, now).await?;
            let Some((session, user)) = found.filter(|(_, user)| user.id == user_id) else {
                if let Some(owner) = self.shop.db().accounts().by_id(user_id).await? {
                    owner.refuse_blocked()?;
                }
                return Err(Refusal::NotSignedIn.into());
            };
            user.refuse_blocked()?;
            let rules = self.shop.parts.accounts;
            if rules.is_over(&user, session.created_at, now) {
                return Err(Refusal::NotSignedIn.into());
            }
            if now.since(session.seen_at) > SEEN_EVERY {
                let until = rules.expiry(is_staff(&user), session.created_at, now);
                self.shop
                    .write((session_id, now, until), |tx, &(session, now, until)| {
                        Box::pin(async move { Ok(tx.sessions().seen(session, now, until).await?) })
                    })
                    .await?;
            }
            Ok(Caller {
                user,
                session: session.id,
                proven_at: session.proven_at,
            })
        })
    }

    /// Checks that `caller` is staff with this permission.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`], [`Refusal::SecondFactorMissing`].
    pub fn staff(self, caller: Caller, permission: Permission) -> Result<Caller, Refusal> {
        self.shop.check_permission(&caller.user, permission)?;
        Ok(caller)
    }
}
