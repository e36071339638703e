//! Registration: one transaction, followed by the guest's migration.

use domain::account::{Registered, Registration};
use domain::id::UserId;
use domain::mail::{Mail, MailContent};
use domain::refusal::Refusal;
use domain::security::{Device, SecurityEvent};
use domain::touch::Touch;
use futures::future::BoxFuture;

use super::throttle::Attempt;
use super::{SignedIn, Tokens, begin_session};
use crate::{AccountService, Error, mails, operator_metrics};

impl<'a> AccountService<'a> {
    /// Creates an account, signs its owner in, and migrates the cart and wishlist of the guest with `guest_secret`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::EmailTaken`], [`Refusal::TooMany`], or the database's: then nothing was made.
    pub fn register(
        self,
        registration: &'a Registration,
        device: &'a Device,
        guest_secret: Option<&'a str>,
    ) -> BoxFuture<'a, Result<SignedIn, Error>> {
        Box::pin(operator_metrics::registration(async move {
            let registered = registration.checked().map_err(Refusal::Invalid)?;
            self.count_attempt(&vec![(Attempt::Registration, device.address.clone())])
                .await?;
            let password_hash = self
                .shop
                .passwords
                .hash(&registration.password, self.shop.chance())
                .await?;
            let user = UserId(self.shop.parts.ids.fresh());
            let (tokens, device_secret) = self.add_account(user, registered, password_hash, device).await?;
            let user = self.shop.db().accounts().by_id(user).await?;
            let user = user.ok_or_else(|| Error::Internal("an account that was just made is gone".into()))?;
            tracing::info!(user = %user.id, "[Auth] registered");
            let migration = self.shop.guests().migrate_after_sign_in(user.id, guest_secret).await;
            Ok(SignedIn {
                user,
                tokens,
                device_secret,
                migration,
            })
        }))
    }

    /// Account, sign-in, record and welcome mail in one transaction. The unique index decides whether the address is
    /// free: of a hundred registrations at once, one succeeds.
    async fn add_account(
        &self,
        user: UserId,
        registered: Registered,
        password_hash: String,
        device: &Device,
    ) -> Result<(Tokens, String), Error> {
        let known_device = self.new_device();
        let device_secret = known_device.secret.clone();
        let (tokens, begun) = self.new_session(user, false, known_device, device);
        let welcome = Mail {
            to: registered.email.clone(),
            content: MailContent::Welcome,
        };
        let welcome = mails::prepare(self.shop, Some(user), &welcome)?;
        let input = (registered, password_hash, begun, welcome);
        self.shop
            .write((user, input), |tx, &(user, ref input)| {
                Box::pin(async move {
                    let (registered, password_hash, begun, welcome) = input;
                    let accounts = tx.accounts();
                    if !accounts.add(user, registered, password_hash, begun.now).await? {
                        return Err(Refusal::EmailTaken.into());
                    }
                    begin_session(tx, user, begun, SecurityEvent::Registered).await?;
                    mails::post(tx, welcome).await?;
                    tx.touch(Touch::Profile(user));
                    Ok(())
                })
            })
            .await?;
        Ok((tokens, device_secret))
    }
}
