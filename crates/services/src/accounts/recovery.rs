//! Forgotten passwords: a link by mail, valid once and for an hour.

use std::time::Duration;

use domain::account::{check_password, checked_email};
use domain::email::EmailAddress;
use domain::id::UserId;
use domain::mail::{Mail, MailContent};
use domain::refusal::{FieldError, Refusal};
use domain::security::{Device, SecurityEvent};
use domain::touch::Touch;
use futures::future::BoxFuture;
use storage::security_events::SecurityRecord;
use storage::tickets::TicketPurpose;

use super::throttle::Attempt;
use super::tokens;
use crate::{AccountService, Error, mails};

/// How long a link is valid.
const LINK_LIFETIME: Duration = Duration::from_secs(60 * 60);

impl<'a> AccountService<'a> {
    /// Mails a link to the owner of the account with this address. The caller cannot learn whether there is one,
    /// neither from the answer nor from its time, since the look-up and the mail happen after it.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] when it is not an address, [`Refusal::TooMany`].
    pub fn forgot_password(self, email: &'a str, device: &'a Device) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let mut wrong = Vec::new();
            let Some(email) = checked_email(email, "email", &mut wrong) else {
                return Err(Refusal::Invalid(wrong).into());
            };
            let counted = vec![
                (Attempt::MailToAccount, email.to_string()),
                (Attempt::MailFromAddress, device.address.clone()),
            ];
            self.count_attempt(&counted).await?;
            let shop = self.shop.clone();
            tokio::spawn(async move {
                if let Err(error) = shop.accounts().mail_reset_link(email).await {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "[Auth] a reset link could not be mailed"
                    );
                }
            });
            Ok(())
        })
    }

    async fn mail_reset_link(&self, email: EmailAddress) -> Result<(), Error> {
        let Some(known) = self.shop.db().accounts().credentials(&email).await? else {
            return Ok(());
        };
        let (id, token) = (known.user.id, tokens::random(self.shop.chance()));
        let (hash, expires_at) = (tokens::hash(&token), self.shop.now().plus(LINK_LIFETIME));
        let mail = mails::prepare(
            self.shop,
            Some(id),
            &Mail {
                to: email,
                content: MailContent::ResetPassword { token },
            },
        )?;
        self.shop
            .write(
                (id, hash, expires_at, mail),
                |tx, &(id, ref hash, expires_at, ref mail)| {
                    Box::pin(async move {
                        tx.tickets().void(id, TicketPurpose::ResetPassword).await?;
                        tx.tickets()
                            .issue(hash, id, TicketPurpose::ResetPassword, expires_at)
                            .await?;
                        mails::post(tx, mail).await?;
                        Ok(())
                    })
                },
            )
            .await
    }

    /// Whether a link's token is still valid. The check does not use it up.
    pub fn reset_token_is_good(self, token: &'a str) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async move {
            let hash = tokens::hash(token);
            Ok(self
                .shop
                .db()
                .tickets()
                .holds(&hash, TicketPurpose::ResetPassword, self.shop.now())
                .await?)
        })
    }

    /// Sets a new password with the token of a link, and ends every sign-in. That the link arrived also verifies the
    /// address.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] when the password is weak or the token is unknown, used or too old.
    pub fn reset_password(self, token: &'a str, new: &'a str, device: &'a Device) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let mut wrong = Vec::new();
            check_password(new, "newPassword", &mut wrong);
            if !wrong.is_empty() {
                return Err(Refusal::Invalid(wrong).into());
            }
            // Checked before the costly hash, so that guessing tokens costs the shop little.
            if !self.reset_token_is_good(token).await? {
                return Err(no_such_token());
            }
            let password_hash = self.shop.passwords.hash(new, self.shop.chance()).await?;
            let token_hash = tokens::hash(token);
            let user = self.redeem_reset(token_hash, password_hash, device.clone()).await?;
            tracing::info!(%user, "[Auth] a password was reset");
            Ok(())
        })
    }

    async fn redeem_reset(&self, token_hash: String, password_hash: String, device: Device) -> Result<UserId, Error> {
        let input = (token_hash, password_hash, self.shop.parts.ids.fresh(), device);
        self.shop
            .write(
                (self.shop.clone(), self.shop.now(), input),
                |tx, &(ref shop, now, ref input)| {
                    Box::pin(async move {
                        let (token_hash, password_hash, event_id, device) = input;
                        let Some(id) = tx
                            .tickets()
                            .redeem(token_hash, TicketPurpose::ResetPassword, now)
                            .await?
                        else {
                            return Err(no_such_token().into());
                        };
                        tx.accounts().set_password(id, password_hash, now).await?;
                        tx.accounts().verify_email(id, now).await?;
                        tx.tickets().void(id, TicketPurpose::SecondFactor).await?;
                        tx.sessions().end_all(id, None).await?;
                        let record = SecurityRecord {
                            at: now,
                            user: Some(id),
                            event: SecurityEvent::PasswordReset,
                            device: device.clone(),
                        };
                        tx.security_events().record(*event_id, &record).await?;
                        if let Some(user) = tx.accounts().by_id(id).await? {
                            let mail = Mail {
                                to: user.email,
                                content: MailContent::PasswordChanged,
                            };
                            let mail = mails::prepare(shop, Some(id), &mail)?;
                            mails::post(tx, &mail).await?;
                        }
                        tx.touch(Touch::Profile(id));
                        Ok(id)
                    })
                },
            )
            .await
    }
}

fn no_such_token() -> Error {
    Refusal::Invalid(vec![FieldError::new(
        "token",
        "is wrong, used or too old: please ask for a new link",
    )])
    .into()
}
