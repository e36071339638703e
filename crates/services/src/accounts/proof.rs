//! Proving again, in a sign-in, who one is: asked of staff before rights or money move.

use domain::email::EmailAddress;
use domain::refusal::{FieldError, Refusal, Wrong};
use domain::security::{Device, SecurityEvent};
use futures::future::BoxFuture;
use storage::security_events::SecurityRecord;
use uuid::Uuid;

use super::Caller;
use super::second_factor::{own_code_attempt, wrong_code};
use super::throttle::release_attempts;
use crate::{AccountService, Error};

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
            if caller.user.second_factor {
                self.prove_by_code(caller, code, device).await
            } else {
                self.prove_by_password(caller, password, device).await
            }
        })
    }

    async fn prove_by_password(&self, caller: &Caller, password: &str, device: &Device) -> Result<(), Error> {
        let checked = self.check_password(caller, password, "password", device).await?;
        let (event_id, proved) = self.proved(caller, SecurityEvent::ProvedAgain, device);
        self.shop
            .write((self.presence(caller), checked, event_id, proved), |tx, input| {
                Box::pin(async move {
                    let (presence, checked, event_id, proved) = input;
                    // Of an account that has a second factor by now the password alone proves nothing.
                    if checked.lock(tx, presence).await?.user.second_factor {
                        return Err(wrong_code().into());
                    }
                    tx.sessions()
                        .prove(presence.session, presence.user, presence.now)
                        .await?;
                    release_attempts(tx, &checked.counted).await?;
                    tx.security_events().record(*event_id, proved).await?;
                    Ok(())
                })
            })
            .await
    }

    /// A code that was used before is recorded.
    async fn prove_by_code(&self, caller: &Caller, code: &str, device: &Device) -> Result<(), Error> {
        if code.trim().is_empty() {
            return Err(Refusal::Invalid(vec![FieldError::of(Wrong::Missing, "code", "is missing")]).into());
        }
        let counted = own_code_attempt(caller);
        self.count_attempt(&counted).await?;
        let Some(proof) = self.proof(caller.user.id, code).await? else {
            let failed = SecurityEvent::SecondFactorFailed;
            self.record(Some(caller.user.id), failed, device).await?;
            return Err(wrong_code());
        };
        let (event_id, proved) = self.proved(caller, SecurityEvent::ProvedAgain, device);
        let (_, failed) = self.proved(caller, proof.failure(), device);
        let input = (proof, counted, event_id, proved, failed);
        let accepted = self
            .shop
            .write((self.presence(caller), input), |tx, (presence, input)| {
                Box::pin(async move {
                    let (proof, counted, event_id, proved, failed) = input;
                    presence.lock(tx).await?;
                    if !proof.use_up(tx, presence.user).await? {
                        tx.security_events().record(*event_id, failed).await?;
                        return Ok(false);
                    }
                    tx.sessions()
                        .prove(presence.session, presence.user, presence.now)
                        .await?;
                    release_attempts(tx, counted).await?;
                    tx.security_events().record(*event_id, proved).await?;
                    Ok(true)
                })
            });
        if accepted.await? { Ok(()) } else { Err(wrong_code()) }
    }

    fn proved(&self, caller: &Caller, event: SecurityEvent, device: &Device) -> (Uuid, SecurityRecord) {
        let record = SecurityRecord {
            at: self.shop.now(),
            user: Some(caller.user.id),
            event,
            device: device.clone(),
        };
        (self.shop.parts.ids.fresh(), record)
    }

    /// Whether this is the password of the account with this address. Attempts are not counted: the caller runs the shop.
    pub fn password_is(self, email: &'a str, password: &'a str) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async move {
            let spellings = EmailAddress::spellings(email);
            let Some(known) = self.shop.db().accounts().credentials_of_any(&spellings).await? else {
                return Ok(false);
            };
            self.shop.passwords.verify(password, Some(&known.password_hash)).await
        })
    }
}
