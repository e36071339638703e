//! The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for its loss.

use domain::account::User;
use domain::clock::Timestamp;
use domain::mail::{Mail, MailContent};
use domain::refusal::{FieldError, Refusal};
use domain::security::{Device, SecurityEvent};
use domain::touch::Touch;
use domain::typed;
use futures::future::BoxFuture;
use storage::security_events::SecurityRecord;
use storage::tickets::TicketPurpose;
use totp_rs::Secret;

use super::Caller;
use super::factor_codes::{recovery_hash, totp};
use super::password_check::CURRENT_PASSWORD;
use super::throttle::{Attempt, AttemptKeys, release_attempts};
use crate::{AccountService, Error, mails};

/// How many recovery codes an account gets.
const RECOVERY_CODES: usize = 10;

/// The data for an authenticator app, shown once. Without `Debug`: it is a secret.
pub struct Enrolment {
    /// For typing: base32.
    pub secret: String,
    /// For the app: `otpauth://…`.
    pub address: String,
}

/// The state of an account's second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondFactorState {
    /// When it was turned on; `None` when it is off.
    pub since: Option<Timestamp>,
    /// Recovery codes that are left.
    pub recovery_codes_left: u64,
}

impl<'a> AccountService<'a> {
    /// The state of `caller`'s second factor.
    pub fn second_factor(self, caller: &'a Caller) -> BoxFuture<'a, Result<SecondFactorState, Error>> {
        Box::pin(async move {
            let id = caller.user.id;
            let factor = self.shop.db().second_factors().of(id).await?;
            Ok(SecondFactorState {
                since: factor.and_then(|factor| factor.since),
                recovery_codes_left: self.shop.db().second_factors().codes_left(id).await?,
            })
        })
    }

    /// Generates a secret for `caller`'s app. It takes effect once
    /// [`confirm_second_factor`](Self::confirm_second_factor) has proved that the app has it; generating another one
    /// discards it. It requires the password, and a verified address: otherwise whoever registered another's address
    /// could keep its owner out for good.
    ///
    /// # Errors
    ///
    /// [`Refusal::EmailNotVerified`], [`Refusal::Invalid`] when the password is wrong or a second factor is already on,
    /// [`Refusal::TooMany`].
    pub fn enrol_second_factor(
        self,
        caller: &'a Caller,
        password: &'a str,
        device: &'a Device,
    ) -> BoxFuture<'a, Result<Enrolment, Error>> {
        Box::pin(async move {
            needs_proven_address(&caller.user)?;
            let checked = self.check_password(caller, password, CURRENT_PASSWORD, device).await?;
            let mut secret = [0; 20];
            self.shop.chance().fill(&mut secret);
            let id = caller.user.id;
            let sealed = hex::encode(self.shop.seal().seal(vault::SealPurpose::SecondFactor, id.0, &secret));
            let input = (self.presence(caller), checked, sealed);
            let proposed = self.shop.write(input, |tx, (presence, checked, sealed)| {
                Box::pin(async move {
                    needs_proven_address(&checked.lock(tx, presence).await?.user)?;
                    release_attempts(tx, &checked.counted).await?;
                    Ok(tx.second_factors().propose(presence.user, sealed).await?)
                })
            });
            if !proposed.await? {
                return Err(Refusal::Invalid(vec![FieldError::new("code", "a second factor is on already")]).into());
            }
            let totp = totp(&secret, caller.user.email.as_str())?;
            Ok(Enrolment {
                secret: Secret::from(secret.to_vec()).to_base32(),
                address: totp.to_url().map_err(|error| Error::Internal(Box::new(error)))?,
            })
        })
    }

    /// Turns `caller`'s second factor on if `code` is the app's; returns the recovery codes, only this once.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when the code is wrong, [`Refusal::TooMany`].
    pub fn confirm_second_factor(
        self,
        caller: &'a Caller,
        code: &'a str,
        device: &'a Device,
    ) -> BoxFuture<'a, Result<Vec<String>, Error>> {
        Box::pin(async move {
            let id = caller.user.id;
            let counted = own_code_attempt(caller);
            self.count_attempt(&counted).await?;
            let factor = self
                .shop
                .db()
                .second_factors()
                .of(id)
                .await?
                .filter(|factor| factor.since.is_none());
            let Some(factor) = factor else { return Err(wrong_code()) };
            let Some(step) = self.step(id, &factor.sealed_secret, &typed::code(code))? else {
                self.record(Some(id), SecurityEvent::SecondFactorFailed, device).await?;
                return Err(wrong_code());
            };
            let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| self.recovery_code()).collect();
            let hashes: Vec<String> = codes.iter().map(|code| recovery_hash(id, code)).collect();
            let mail = Mail {
                to: caller.user.email.clone(),
                content: MailContent::SecondFactorOn,
            };
            let mail = mails::prepare(self.shop, Some(id), &mail)?;
            let record = |event| SecurityRecord {
                at: self.shop.now(),
                user: Some(id),
                event,
                device: device.clone(),
            };
            let records = (
                record(SecurityEvent::SecondFactorOn),
                record(SecurityEvent::SecondFactorReplayed),
            );
            let records = (self.shop.parts.ids.fresh(), records);
            let input = (step, factor.sealed_secret, hashes, records, counted, mail);
            let confirmed = self
                .shop
                .write((self.presence(caller), input), |tx, (presence, input)| {
                    Box::pin(async move {
                        let (step, sealed, hashes, (event_id, (on, replayed)), counted, mail) = input;
                        let (id, now) = (presence.user, presence.now);
                        needs_proven_address(&presence.lock(tx).await?.user)?;
                        let factors = tx.second_factors();
                        if !factors.use_step(id, *step).await? {
                            tx.security_events().record(*event_id, replayed).await?;
                            return Ok(false);
                        }
                        if !factors.confirm(id, sealed, now).await? {
                            return Err(wrong_code().into());
                        }
                        factors.replace_codes(id, hashes).await?;
                        release_attempts(tx, counted).await?;
                        tx.security_events().record(*event_id, on).await?;
                        mails::post(tx, mail).await?;
                        tx.touch(Touch::Profile(id));
                        Ok(true)
                    })
                });
            if confirmed.await? { Ok(codes) } else { Err(wrong_code()) }
        })
    }

    /// Turns `caller`'s second factor off; requires the password, a code and a verified address.
    ///
    /// # Errors
    /// [`Refusal::EmailNotVerified`], [`Refusal::Invalid`] when password or code is wrong, [`Refusal::TooMany`].
    pub fn remove_second_factor(
        self,
        caller: &'a Caller,
        password: &'a str,
        code: &'a str,
        device: &'a Device,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let id = caller.user.id;
            needs_proven_address(&caller.user)?;
            let checked = self.check_password(caller, password, CURRENT_PASSWORD, device).await?;
            let mut counted = own_code_attempt(caller);
            self.count_attempt(&counted).await?;
            let Some(proof) = self.proof(id, code).await? else {
                self.record(Some(id), SecurityEvent::SecondFactorFailed, device).await?;
                return Err(wrong_code());
            };
            counted.extend(checked.counted.clone());
            let content = MailContent::SecondFactorOff;
            let mail = Mail {
                to: caller.user.email.clone(),
                content,
            };
            let mail = mails::prepare(self.shop, Some(id), &mail)?;
            let record = |event| SecurityRecord {
                at: self.shop.now(),
                user: Some(id),
                event,
                device: device.clone(),
            };
            let records = (record(SecurityEvent::SecondFactorOff), record(proof.failure()));
            let input = (proof, self.shop.parts.ids.fresh(), records, counted, mail);
            let removed = self.shop.write((self.presence(caller), checked, input), |tx, input| {
                Box::pin(async move {
                    let (presence, checked, (proof, event_id, (off, failed), counted, mail)) = input;
                    let id = presence.user;
                    needs_proven_address(&checked.lock(tx, presence).await?.user)?;
                    if !proof.use_up(tx, id).await? {
                        tx.security_events().record(*event_id, failed).await?;
                        return Ok(false);
                    }
                    tx.second_factors().remove(id, presence.now).await?;
                    tx.tickets().void(id, TicketPurpose::SecondFactor).await?;
                    tx.security_events().record(*event_id, off).await?;
                    release_attempts(tx, counted).await?;
                    mails::post(tx, mail).await?;
                    tx.touch(Touch::Profile(id));
                    Ok(true)
                })
            });
            if removed.await? { Ok(()) } else { Err(wrong_code()) }
        })
    }
}

/// Codes that are typed in one sign-in are counted by themselves: strangers who know the password cannot use them up.
pub(super) fn own_code_attempt(caller: &Caller) -> AttemptKeys {
    vec![(Attempt::OwnSecondFactor, caller.session.0.to_string())]
}

fn needs_proven_address(user: &User) -> Result<(), Refusal> {
    match user.email_verified_at {
        Some(_) => Ok(()),
        None => Err(Refusal::EmailNotVerified),
    }
}

pub(super) fn wrong_code() -> Error {
    Refusal::Invalid(vec![FieldError::new("code", "is wrong or was used before")]).into()
}
