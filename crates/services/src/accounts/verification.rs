//! Verification of an e-mail address by a code that was mailed there.

use std::time::Duration;

use domain::id::UserId;
use domain::mail::{Mail, MailContent};
use domain::refusal::{FieldError, Refusal};
use domain::security::{Device, SecurityEvent};
use domain::touch::Touch;
use domain::typed;
use futures::future::BoxFuture;
use storage::security_events::SecurityRecord;
use storage::tickets::TicketPurpose;

use super::throttle::Attempt;
use super::{Caller, tokens};
use crate::{AccountService, Error, mails};

/// How long a code is valid.
const CODE_LIFETIME: Duration = Duration::from_secs(30 * 60);
/// How many codes may be tried before a new one has to be requested.
const CODE_TRIES_MAX: u32 = 5;

impl<'a> AccountService<'a> {
    /// Mails a code to `caller`'s address; earlier codes become invalid. Does nothing when the address is verified.
    ///
    /// # Errors
    /// [`Refusal::TooMany`].
    pub fn send_verification_code(self, caller: &'a Caller) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let user = &caller.user;
            if user.email_verified_at.is_some() {
                return Ok(());
            }
            self.count_attempt(&vec![(Attempt::VerificationMail, user.id.to_string())])
                .await?;
            let code = self.six_digits();
            let (id, hash) = (user.id, hash_of(user.id, &code));
            let mail = Mail {
                to: user.email.clone(),
                content: MailContent::VerifyEmail { code },
            };
            let mail = mails::prepare(self.shop, Some(id), &mail)?;
            self.shop
                .write((self.presence(caller), hash, mail), |tx, (presence, hash, mail)| {
                    Box::pin(async move {
                        if presence.lock(tx).await?.user.email_verified_at.is_some() {
                            return Ok(());
                        }
                        let (id, expires_at) = (presence.user, presence.now.plus(CODE_LIFETIME));
                        tx.tickets().void(id, TicketPurpose::VerifyEmail).await?;
                        tx.tickets()
                            .issue(hash, id, TicketPurpose::VerifyEmail, expires_at)
                            .await?;
                        mails::post(tx, mail).await?;
                        Ok(())
                    })
                })
                .await
        })
    }

    /// Checks the code that was mailed to `caller`'s address. Each attempt counts, right or wrong.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when the code is wrong, used, too old, or one of too many.
    pub fn verify_email(
        self,
        caller: &'a Caller,
        code: &'a str,
        device: &'a Device,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let id = caller.user.id;
            let typed = hash_of(id, &typed::code(code));
            let record = SecurityRecord {
                at: self.shop.now(),
                user: Some(id),
                event: SecurityEvent::EmailVerified,
                device: device.clone(),
            };
            let input = (self.presence(caller), typed, self.shop.parts.ids.fresh(), record);
            let right = self
                .shop
                .write(input, |tx, &(presence, ref typed, event_id, ref record)| {
                    Box::pin(async move {
                        presence.lock(tx).await?;
                        let (id, now) = (presence.user, presence.now);
                        // A wrong attempt is committed, because it has to count.
                        let Some(hash) = tx.tickets().try_code(id, CODE_TRIES_MAX, now).await? else {
                            return Ok(false);
                        };
                        // Comparing hashes keeps the timing from telling how much of the code is right.
                        if hash != *typed {
                            return Ok(false);
                        }
                        tx.tickets().void(id, TicketPurpose::VerifyEmail).await?;
                        tx.accounts().verify_email(id, now).await?;
                        tx.security_events().record(event_id, record).await?;
                        tx.touch(Touch::Profile(id));
                        Ok(true)
                    })
                });
            if right.await? {
                return Ok(());
            }
            let message = "is wrong or too old; after five tries ask for a new one";
            Err(Refusal::Invalid(vec![FieldError::new("code", message)]).into())
        })
    }

    /// Six digits, uniformly distributed.
    fn six_digits(&self) -> String {
        loop {
            let mut bytes = [0; 4];
            self.shop.chance().fill(&mut bytes);
            let drawn = u32::from_le_bytes(bytes);
            // The largest multiple of a million that fits: higher values would favour small numbers.
            if drawn < u32::MAX / 1_000_000 * 1_000_000 {
                return format!("{:06}", drawn % 1_000_000);
            }
        }
    }
}

/// Salted with the account, so that equal codes of two accounts have different hashes. With access to the database a
/// million codes are tried quickly, but a code is valid for half an hour and only verifies an address.
fn hash_of(user: UserId, code: &str) -> String {
    tokens::hash(&format!("verify_email:{user}:{code}"))
}
