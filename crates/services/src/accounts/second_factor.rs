//! The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for its loss.

use domain::clock::Timestamp;
use domain::id::UserId;
use domain::mail::{Mail, MailContent};
use domain::refusal::{FieldError, Refusal};
use domain::security::{Device, SecurityEvent};
use domain::touch::Touch;
use futures::future::BoxFuture;
use storage::Tx;
use storage::security_events::SecurityRecord;
use storage::tickets::TicketPurpose;
use totp_rs::{Builder, Secret, Totp};

use super::throttle::{Attempt, release_attempts};
use super::{Caller, tokens};
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

/// A code that is correct and not used yet.
#[derive(Clone)]
pub(super) enum Proof {
    /// The time step of an app's code.
    Step(i64),
    /// The hash of a recovery code.
    Recovery(String),
}

impl Proof {
    /// Marks it as used; `false` when another request did so before.
    pub(super) async fn use_up(&self, tx: &Tx, user: UserId) -> Result<bool, storage::Error> {
        match self {
            Self::Step(step) => tx.second_factors().use_step(user, *step).await,
            Self::Recovery(hash) => tx.second_factors().use_code(user, hash).await,
        }
    }
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
    /// discards it.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] when a second factor is already on.
    pub fn enrol_second_factor(self, caller: &'a Caller) -> BoxFuture<'a, Result<Enrolment, Error>> {
        Box::pin(async move {
            let mut secret = [0; 20];
            self.shop.chance().fill(&mut secret);
            let id = caller.user.id;
            let sealed = hex::encode(self.shop.seal().seal(vault::SealPurpose::SecondFactor, id.0, &secret));
            let proposed = self.shop.write((id, sealed), |tx, (id, sealed)| {
                Box::pin(async move { Ok(tx.second_factors().propose(*id, sealed).await?) })
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
            self.count_attempt(&vec![(Attempt::SecondFactor, id.to_string())])
                .await?;
            let factor = self
                .shop
                .db()
                .second_factors()
                .of(id)
                .await?
                .filter(|factor| factor.since.is_none());
            let Some(factor) = factor else { return Err(wrong_code()) };
            let Some(step) = self.step(id, &factor.sealed_secret, code)? else {
                return Err(wrong_code());
            };
            let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| self.recovery_code()).collect();
            let hashes: Vec<String> = codes.iter().map(|code| recovery_hash(id, code)).collect();
            let mail = Mail {
                to: caller.user.email.clone(),
                content: MailContent::SecondFactorOn,
            };
            let mail = mails::prepare(self.shop, Some(id), &mail)?;
            let (now, event_id) = (self.shop.now(), self.shop.parts.ids.fresh());
            let record = SecurityRecord {
                at: now,
                user: Some(id),
                event: SecurityEvent::SecondFactorOn,
                device: device.clone(),
            };
            let input = (step, factor.sealed_secret, hashes, event_id, record, mail);
            self.shop
                .write((id, now, input), |tx, &(id, now, ref input)| {
                    Box::pin(async move {
                        let (step, sealed, hashes, event_id, record, mail) = input;
                        let factors = tx.second_factors();
                        if !factors.use_step(id, *step).await? || !factors.confirm(id, sealed, now).await? {
                            return Err(wrong_code().into());
                        }
                        factors.replace_codes(id, hashes).await?;
                        tx.security_events().record(*event_id, record).await?;
                        mails::post(tx, mail).await?;
                        tx.touch(Touch::Profile(id));
                        Ok(())
                    })
                })
                .await?;
            Ok(codes)
        })
    }

    /// Turns `caller`'s second factor off; requires the password and a code.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when one of them is wrong, [`Refusal::TooMany`].
    pub fn remove_second_factor(
        self,
        caller: &'a Caller,
        password: &'a str,
        code: &'a str,
        device: &'a Device,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let id = caller.user.id;
            let counted = vec![
                (Attempt::Account, caller.user.email.to_string()),
                (Attempt::SecondFactor, id.to_string()),
            ];
            self.count_attempt(&counted).await?;
            let known = self
                .shop
                .db()
                .accounts()
                .credentials_of(id)
                .await?
                .ok_or(Refusal::NotSignedIn)?;
            if !self.shop.passwords.verify(password, Some(&known.password_hash)).await? {
                return Err(Refusal::Invalid(vec![FieldError::new("currentPassword", "is not your password")]).into());
            }
            let Some(proof) = self.proof(id, code).await? else {
                return Err(wrong_code());
            };
            let mail = mails::prepare(
                self.shop,
                Some(id),
                &Mail {
                    to: known.user.email,
                    content: MailContent::SecondFactorOff,
                },
            )?;
            let (now, event_id) = (self.shop.now(), self.shop.parts.ids.fresh());
            let record = SecurityRecord {
                at: now,
                user: Some(id),
                event: SecurityEvent::SecondFactorOff,
                device: device.clone(),
            };
            let input = (proof, event_id, record, counted, mail);
            self.shop
                .write((id, now, input), |tx, &(id, now, ref input)| {
                    Box::pin(async move {
                        let (proof, event_id, record, counted, mail) = input;
                        if !proof.use_up(tx, id).await? {
                            return Err(wrong_code().into());
                        }
                        tx.second_factors().remove(id, now).await?;
                        tx.tickets().void(id, TicketPurpose::SecondFactor).await?;
                        tx.security_events().record(*event_id, record).await?;
                        release_attempts(tx, counted).await?;
                        mails::post(tx, mail).await?;
                        tx.touch(Touch::Profile(id));
                        Ok(())
                    })
                })
                .await
        })
    }

    /// What `code` proves for `user`: its format tells an app's code from a recovery code.
    pub(super) async fn proof(&self, user: UserId, code: &str) -> Result<Option<Proof>, Error> {
        let code: String = code.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        if code.len() != 6 {
            return Ok(Some(Proof::Recovery(recovery_hash(user, &code))));
        }
        let factor = self.shop.db().second_factors().of(user).await?;
        let Some(factor) = factor.filter(|factor| factor.since.is_some()) else {
            return Ok(None);
        };
        Ok(self.step(user, &factor.sealed_secret, &code)?.map(Proof::Step))
    }

    /// The time step that this code is of: the current one, the one before or the one after, since clocks differ.
    fn step(&self, user: UserId, sealed_secret: &str, code: &str) -> Result<Option<i64>, Error> {
        let sealed = hex::decode(sealed_secret).map_err(|error| Error::Internal(Box::new(error)))?;
        let secret = self
            .shop
            .seal()
            .open(vault::SealPurpose::SecondFactor, user.0, &sealed)?;
        let seconds = u64::try_from(self.shop.now().as_millis() / 1_000).unwrap_or(0);
        let step = totp(&secret, "")?.check(code, seconds);
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }

    /// Sixteen letters and digits that are not easily confused, in groups of four: 80 bits.
    fn recovery_code(&self) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
        let mut bytes = [0; 16];
        self.shop.chance().fill(&mut bytes);
        let mut code = String::new();
        for (at, byte) in bytes.iter().enumerate() {
            if at > 0 && at % 4 == 0 {
                code.push('-');
            }
            code.push(char::from(LETTERS[usize::from(byte % 32)]));
        }
        code
    }
}

fn totp(secret: &[u8], account: &str) -> Result<Totp, Error> {
    Builder::new()
        .with_secret(secret.to_vec())
        .with_issuer(Some("Latchkey"))
        .with_account_name(account.replace(':', ""))
        .build()
        .map_err(|error| Error::Internal(Box::new(error)))
}

/// Independent of case and separators.
fn recovery_hash(user: UserId, code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    tokens::hash(&format!("recovery:{user}:{}", plain.to_ascii_lowercase()))
}

fn wrong_code() -> Error {
    Refusal::Invalid(vec![FieldError::new("code", "is wrong or was used before")]).into()
}
