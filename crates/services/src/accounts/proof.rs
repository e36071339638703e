//! Proving again, in a sign-in, who one is: asked of staff before rights or money move.

use domain::email::EmailAddress;
use domain::refusal::{FieldError, Refusal, Wrong};
use domain::security::{Device, SecurityEvent};
use futures::future::BoxFuture;
use storage::security_events::SecurityRecord;

use super::Caller;
use super::second_factor::Proof;
use super::throttle::{Attempt, release_attempts};
use crate::{AccountService, Error};

/// What was shown, and was right.
#[derive(Clone)]
enum Shown {
    /// The password with this hash.
    Password(String),
    /// A code of the second factor.
    Code(Proof),
}

impl<'a> AccountService<'a> {
    /// Whether the owner of this sign-in proved lately enough who they are.
    #[must_use]
    pub fn proof_is_young(self, caller: &Caller) -> bool {
        self.shop.is_young(caller.proven_at)
    }

    /// Renews the proof of `caller`'s sign-in: by the password, or, where a second factor is on, by a code of it.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with the field `password` or `code`, [`Refusal::TooMany`], [`Refusal::NotSignedIn`].
    pub fn prove(
        self,
        caller: &'a Caller,
        password: &'a str,
        code: &'a str,
        device: &'a Device,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let (user, session) = (caller.user.id, caller.session);
            // Of those who are signed in: nobody else can use this up.
            let counted = vec![(Attempt::Proof, user.to_string())];
            self.count_attempt(&counted).await?;
            let shown = self.shown(caller, password, code, device).await?;
            let record = SecurityRecord {
                at: self.shop.now(),
                user: Some(user),
                event: SecurityEvent::ProvedAgain,
                device: device.clone(),
            };
            let input = (shown, counted, record, self.shop.parts.ids.fresh());
            self.shop
                .write((user, session, input), |tx, &(user, session, ref input)| {
                    Box::pin(async move {
                        let (shown, counted, record, event_id) = input;
                        tx.accounts().lock(user).await?;
                        let holds = match shown {
                            Shown::Password(hash) => tx.accounts().share_with_password(user, hash).await?,
                            Shown::Code(proof) => proof.use_up(tx, user).await?,
                        };
                        if !holds || !tx.sessions().prove(session, user, record.at).await? {
                            return Err(Refusal::NotSignedIn.into());
                        }
                        release_attempts(tx, counted).await?;
                        tx.security_events().record(*event_id, record).await?;
                        Ok(())
                    })
                })
                .await
        })
    }

    /// Whether this is the password of the account with this address. Attempts are not counted: the caller runs the shop.
    pub fn password_is(self, email: &'a str, password: &'a str) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async move {
            let Some(email) = EmailAddress::parse(email) else {
                return Ok(false);
            };
            let Some(known) = self.shop.db().accounts().credentials(&email).await? else {
                return Ok(false);
            };
            self.shop.passwords.verify(password, Some(&known.password_hash)).await
        })
    }

    /// What the caller shows, if it is right; a wrong one is recorded.
    async fn shown(&self, caller: &Caller, password: &str, code: &str, device: &Device) -> Result<Shown, Error> {
        let user = caller.user.id;
        let known = self.shop.db().accounts().credentials_of(user).await?;
        let known = known.ok_or(Refusal::NotSignedIn)?;
        let (field, typed, event) = if known.user.second_factor {
            ("code", code, SecurityEvent::SecondFactorFailed)
        } else {
            ("password", password, SecurityEvent::SignInFailed)
        };
        if typed.trim().is_empty() {
            return Err(Refusal::Invalid(vec![FieldError::of(Wrong::Missing, field, "is missing")]).into());
        }
        let shown = if known.user.second_factor {
            self.proof(user, code).await?.map(Shown::Code)
        } else {
            let is_right = self.shop.passwords.verify(password, Some(&known.password_hash)).await?;
            is_right.then_some(Shown::Password(known.password_hash))
        };
        match shown {
            Some(shown) => Ok(shown),
            None => {
                self.record(Some(user), event, device).await?;
                Err(Refusal::Invalid(vec![FieldError::new(field, "is wrong")]).into())
            }
        }
    }
}
