//! Callers: a token names a sign-in, and the database says whether it has ended.

use std::time::Duration;

use domain::account::Role;
use domain::refusal::Refusal;
use futures::future::BoxFuture;

use super::{Caller, SESSION_LIFETIME};
use crate::{AccountService, Error};

/// How outdated the stored time of a sign-in's last use may be.
const SEEN_EVERY: Duration = Duration::from_secs(5 * 60);

impl<'a> AccountService<'a> {
    /// The caller whose sign-in `token` names. It is looked up each time, so that signing out takes effect at once,
    /// everywhere.
    ///
    /// # Errors
    /// [`Refusal::NotSignedIn`], [`Refusal::SignInExpired`].
    pub fn caller(self, token: &'a str) -> BoxFuture<'a, Result<Caller, Error>> {
        Box::pin(async move {
            let now = self.shop.now();
            let (user_id, session_id) = self.shop.token_key().read(token, now)?;
            let found = self.shop.db().sessions().find(session_id, now).await?;
            let Some((session, user)) = found.filter(|(_, user)| user.id == user_id) else {
                return Err(Refusal::NotSignedIn.into());
            };
            if now.since(session.seen_at) > SEEN_EVERY {
                let until = now.plus(SESSION_LIFETIME);
                self.shop
                    .write((session_id, now, until), |tx, &(session, now, until)| {
                        Box::pin(async move { Ok(tx.sessions().seen(session, now, until).await?) })
                    })
                    .await?;
            }
            Ok(Caller {
                user,
                session: session.id,
            })
        })
    }

    /// Checks that `caller` has the permissions of staff.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`], [`Refusal::SecondFactorMissing`].
    pub fn staff(self, caller: Caller) -> Result<Caller, Refusal> {
        if caller.user.role != Role::Admin {
            return Err(Refusal::NotAllowed);
        }
        if self.shop.parts.accounts.staff_second_factor && !caller.user.second_factor {
            return Err(Refusal::SecondFactorMissing);
        }
        Ok(caller)
    }
}
