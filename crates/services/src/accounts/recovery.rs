//! Forgotten passwords: a link by mail, valid once and for an hour.

use std::time::Duration;

use domain::account::{PersonNames, User, checked_email};
use domain::clock::Timestamp;
use domain::email::EmailAddress;
use domain::id::UserId;
use domain::mail::{Mail, MailContent};
use domain::password;
use domain::refusal::{FieldError, Refusal};
use domain::security::{Device, SecurityEvent};
use domain::touch::Touch;
use futures::future::BoxFuture;
use storage::Tx;
use storage::security_events::SecurityRecord;
use storage::tickets::TicketPurpose;
use uuid::Uuid;

use super::known_devices::KnownDevice;
use super::presence::locked;
use super::sessions::end_every_sign_in;
use super::throttle::{Attempt, AttemptKeys, take_attempt};
use super::{Carried, tokens};
use crate::write::Failed;
use crate::{AccountService, Error, Shop, mails};

/// How long a link is valid.
const LINK_LIFETIME: Duration = Duration::from_secs(60 * 60);

impl<'a> AccountService<'a> {
    /// Mails a link to the owner of the account with this address. The caller cannot learn whether there is one,
    /// neither from the answer nor from its time, since the mail happens after it.
    ///
    /// Who asks too often is refused, by network address or known device: nobody uses up another's attempts. An
    /// account's mailbox gets a limited number of links in all; when strangers at many addresses have used it up, no
    /// further link is mailed, and those of the last hour are still valid.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] when it is not an address, [`Refusal::TooMany`].
    pub fn forgot_password(
        self,
        email: &'a str,
        device: &'a Device,
        carried: Carried<'a>,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let mut wrong = Vec::new();
            let spellings = EmailAddress::spellings(email);
            if checked_email(email, "email", &mut wrong).is_none() && spellings.is_empty() {
                return Err(Refusal::Invalid(wrong).into());
            }
            let known = self.shop.db().accounts().credentials_of_any(&spellings).await?;
            let user = known.map(|known| known.user);
            let id = user.as_ref().map(|user| user.id);
            let known_device = self.known_device(id, carried.device_secrets).await?;
            let counted = match &known_device {
                Some(known) => vec![(Attempt::ResetFromDevice, known.hash.clone())],
                None => vec![
                    (
                        Attempt::ResetFromAddress,
                        format!("{} {}", EmailAddress::key(email), device.address),
                    ),
                    (Attempt::MailFromAddress, device.address.clone()),
                ],
            };
            self.count_attempt(&counted).await?;
            let (shop, by_stranger) = (self.shop.clone(), known_device.is_none());
            let Some(user) = user else { return Ok(()) };
            tokio::spawn(async move {
                if let Err(error) = shop.accounts().mail_reset_link(user, by_stranger).await {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "[Auth] a reset link could not be mailed"
                    );
                }
            });
            Ok(())
        })
    }

    /// Links that were mailed before stay valid for their hour: otherwise a stranger who asks again and again could void
    /// each one before its owner opens it.
    async fn mail_reset_link(&self, user: User, by_stranger: bool) -> Result<(), Error> {
        let (id, token) = (user.id, tokens::random(self.shop.chance()));
        let hash = tokens::hash(&token);
        let mail = Mail {
            to: user.email,
            content: MailContent::ResetPassword { token },
        };
        let mail = mails::prepare(self.shop, Some(id), &mail)?;
        let limited = by_stranger && self.shop.parts.accounts.throttled;
        let counted: AttemptKeys = if limited {
            vec![(Attempt::ResetMail, id.to_string())]
        } else {
            Vec::new()
        };
        self.shop
            .write((id, self.shop.now(), (hash, counted, mail)), |tx, input| {
                Box::pin(async move {
                    let &(id, now, (ref hash, ref counted, ref mail)) = input;
                    tx.accounts().lock(id).await?;
                    if !take_attempt(tx, counted, now).await? {
                        tracing::info!(user = %id, "[Auth] no further reset link: enough were mailed within the last hour");
                        return Ok(());
                    }
                    tx.tickets()
                        .issue(hash, id, TicketPurpose::ResetPassword, now.plus(LINK_LIFETIME))
                        .await?;
                    mails::post(tx, mail).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Whether a link's token is still valid. The check does not use it up.
    pub fn reset_token_is_good(self, token: &'a str) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async move { Ok(self.owner_of_reset(token).await?.is_some()) })
    }

    async fn owner_of_reset(&self, token: &str) -> Result<Option<UserId>, Error> {
        let (hash, purpose) = (tokens::hash(token), TicketPurpose::ResetPassword);
        Ok(self
            .shop
            .db()
            .tickets()
            .valid_owner(&hash, purpose, self.shop.now())
            .await?)
    }

    /// Sets a new password with the token of a link, and ends every sign-in. That the link arrived also verifies the
    /// address. Returns the secret by which the caller's browser is the account's only known device from now on.
    ///
    /// If the address was not verified before, anybody may have registered it: the names and the second factor that
    /// were set until then are removed.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] when the password is weak or the token is unknown, used or too old.
    pub fn reset_password(
        self,
        token: &'a str,
        new: &'a str,
        device: &'a Device,
    ) -> BoxFuture<'a, Result<String, Error>> {
        Box::pin(async move {
            let mut wrong = Vec::new();
            // Read before the costly hash, so that guessing tokens costs the shop little.
            let owner = match self.owner_of_reset(token).await? {
                Some(id) => self.shop.db().accounts().by_id(id).await?,
                None => None,
            };
            let email = owner.as_ref().map(|owner| &owner.email);
            password::check_new(new, email, "newPassword", &mut wrong);
            if !wrong.is_empty() {
                return Err(Refusal::Invalid(wrong).into());
            }
            if owner.is_none() {
                return Err(no_such_token());
            }
            let password_hash = self.shop.passwords.hash(new, self.shop.chance()).await?;
            let reset = Reset {
                token_hash: tokens::hash(token),
                password_hash,
                known_device: self.new_device(),
                device: device.clone(),
                event_ids: [0; 3].map(|_| self.shop.parts.ids.fresh()),
                now: self.shop.now(),
            };
            let device_secret = reset.known_device.secret.clone();
            let user = self.redeem_reset(reset).await?;
            tracing::info!(%user, "[Auth] a password was reset");
            Ok(device_secret)
        })
    }

    async fn redeem_reset(&self, reset: Reset) -> Result<UserId, Error> {
        let purpose = TicketPurpose::ResetPassword;
        let owner = self.shop.db().tickets().owner(&reset.token_hash, purpose).await?;
        let id = owner.ok_or_else(no_such_token)?;
        self.shop
            .write((self.shop.clone(), id, reset), |tx, &(ref shop, id, ref reset)| {
                Box::pin(async move {
                    let known = locked(tx, id).await?.ok_or_else(no_such_token)?;
                    let purpose = TicketPurpose::ResetPassword;
                    let redeemed = tx.tickets().redeem(&reset.token_hash, purpose, reset.now).await?;
                    if redeemed != Some(id) {
                        return Err(no_such_token().into());
                    }
                    let now = reset.now;
                    tx.accounts().set_password(id, &reset.password_hash, now).await?;
                    tx.tickets().void_all(id).await?;
                    tx.second_factors().withdraw(id).await?;
                    end_every_sign_in(tx, id, None).await?;
                    reset.known_device.remember(tx, id, now).await?;
                    reset.record(tx, 0, id, SecurityEvent::PasswordReset).await?;
                    post(tx, shop, &known.user, MailContent::PasswordChanged).await?;
                    if tx.accounts().verify_email(id, now).await? {
                        reset.record(tx, 1, id, SecurityEvent::EmailVerified).await?;
                        reset.remove_what_a_squatter_set(tx, shop, &known.user).await?;
                    }
                    tx.touch(Touch::Profile(id));
                    Ok(id)
                })
            })
            .await
    }
}

/// A reset, created before its transaction, which may run more than once.
struct Reset {
    token_hash: String,
    password_hash: String,
    known_device: KnownDevice,
    device: Device,
    event_ids: [Uuid; 3],
    now: Timestamp,
}

impl Reset {
    async fn record(&self, tx: &Tx, nth: usize, user: UserId, event: SecurityEvent) -> Result<(), storage::Error> {
        let record = SecurityRecord {
            at: self.now,
            user: Some(user),
            event,
            device: self.device.clone(),
        };
        tx.security_events().record(self.event_ids[nth], &record).await
    }

    /// Cart and wishlist stay: they hold nothing of the owner's, and the owner can empty them.
    async fn remove_what_a_squatter_set(&self, tx: &Tx, shop: &Shop, user: &User) -> Result<(), Failed> {
        let unset = PersonNames::checked(None, None, None, &mut Vec::new());
        tx.accounts().rename(user.id, &unset, None, self.now).await?;
        if tx.second_factors().remove(user.id, self.now).await? {
            self.record(tx, 2, user.id, SecurityEvent::SecondFactorOff).await?;
            post(tx, shop, user, MailContent::SecondFactorOff).await?;
        }
        Ok(())
    }
}

async fn post(tx: &Tx, shop: &Shop, user: &User, content: MailContent) -> Result<(), Failed> {
    let mail = Mail {
        to: user.email.clone(),
        content,
    };
    mails::post(tx, &mails::prepare(shop, Some(user.id), &mail)?).await?;
    Ok(())
}

fn no_such_token() -> Error {
    Refusal::Invalid(vec![FieldError::new(
        "token",
        "is wrong, used or too old: please ask for a new link",
    )])
    .into()
}
