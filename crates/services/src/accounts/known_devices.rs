//! Known devices: browsers on which an account's owner signed in before have attempts of their own, so that strangers
//! who guess at the account cannot keep its owner out.

use std::time::Duration;

use domain::clock::Timestamp;
use domain::id::UserId;
use domain::mail::{Mail, MailContent};
use domain::refusal::{FieldError, Refusal};
use domain::security::{Device, SecurityEvent};
use futures::future::BoxFuture;
use storage::Tx;
use storage::security_events::SecurityRecord;
use storage::tickets::TicketPurpose;
use uuid::Uuid;

use super::throttle::{Attempt, AttemptKeys, take_attempt};
use super::tokens;
use crate::{AccountService, Error, mails};

/// How long a device is known after its last sign-in.
pub(crate) const KNOWN_FOR: Duration = Duration::from_secs(365 * 86_400);
/// The most known devices of an account; the one that was used longest ago is forgotten first.
const DEVICES_MAX: u32 = 10;
/// How long a link that makes a browser known is valid.
const LINK_LIFETIME: Duration = Duration::from_secs(86_400);

/// What a client sends along with a sign-in, besides what its user typed. Without `Debug`: these are secrets.
#[derive(Clone, Copy, Default)]
pub struct Carried<'a> {
    /// The secret of the guest's session whose cart and wishlist are to migrate.
    pub guest_secret: Option<&'a str>,
    /// Secrets that make it a known device, each of one account; the shop may know none of them.
    pub device_secrets: &'a [String],
}

/// A known device that asks. Without `Debug`: it is a secret.
#[derive(Clone)]
pub(crate) struct KnownDevice {
    pub(super) secret: String,
    pub(super) hash: String,
}

impl KnownDevice {
    fn of(secret: String) -> Self {
        let hash = tokens::hash(&format!("known_device:{secret}"));
        Self { secret, hash }
    }

    /// Remembers it for `user`, whose account the transaction has locked.
    pub(super) async fn remember(&self, tx: &Tx, user: UserId, now: Timestamp) -> Result<(), storage::Error> {
        tx.known_devices().remember(user, &self.hash, now, DEVICES_MAX).await
    }
}

impl<'a> AccountService<'a> {
    /// The known device of `user` among those whose secrets were sent. An account that does not exist costs the same
    /// statement.
    pub(super) async fn known_device(
        &self,
        user: Option<UserId>,
        secrets: &[String],
    ) -> Result<Option<KnownDevice>, Error> {
        let sent = secrets.iter().take(storage::known_devices::HASHES_MAX);
        let sent: Vec<KnownDevice> = sent.cloned().map(KnownDevice::of).collect();
        if sent.is_empty() {
            return Ok(None);
        }
        let hashes: Vec<String> = sent.iter().map(|device| device.hash.clone()).collect();
        let (user, after) = (user.unwrap_or(UserId(Uuid::nil())), self.shop.now().minus(KNOWN_FOR));
        let known = self.shop.db().known_devices().first_of(user, &hashes, after).await?;
        Ok(sent.into_iter().find(|device| Some(&device.hash) == known.as_ref()))
    }

    /// A device that is to become known.
    pub(super) fn new_device(&self) -> KnownDevice {
        KnownDevice::of(tokens::random(self.shop.chance()))
    }

    /// Mails the owner of an account a link that makes a browser known, because strangers used up their attempts at it.
    /// This happens after the answer, whose time must not tell whether there is an account.
    pub(super) fn mail_known_device_link_later(&self, user: Option<UserId>) {
        let Some(user) = user else { return };
        let shop = self.shop.clone();
        tokio::spawn(async move {
            if let Err(error) = shop.accounts().mail_known_device_link(user).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "[Auth] a link for a known device could not be mailed"
                );
            }
        });
    }

    /// At most one link is outstanding, and few are mailed in a day: the mails must not become a nuisance themselves.
    async fn mail_known_device_link(&self, user: UserId) -> Result<(), Error> {
        let (now, purpose) = (self.shop.now(), TicketPurpose::KnownDevice);
        if self.shop.db().tickets().outstanding(user, purpose, now).await? {
            return Ok(());
        }
        let Some(known) = self.shop.db().accounts().by_id(user).await? else {
            return Ok(());
        };
        let token = tokens::random(self.shop.chance());
        let hash = tokens::hash(&token);
        let mail = Mail {
            to: known.email,
            content: MailContent::KnownDevice { token },
        };
        let mail = mails::prepare(self.shop, Some(user), &mail)?;
        let counted: AttemptKeys = vec![(Attempt::KnownDeviceMail, user.to_string())];
        let mailed = self
            .shop
            .write((user, now, hash, counted, mail), |tx, input| {
                Box::pin(async move {
                    let &(user, now, ref hash, ref counted, ref mail) = input;
                    tx.accounts().lock(user).await?;
                    let purpose = TicketPurpose::KnownDevice;
                    if tx.tickets().outstanding(user, purpose, now).await? || !take_attempt(tx, counted, now).await? {
                        return Ok(false);
                    }
                    tx.tickets().issue(hash, user, purpose, now.plus(LINK_LIFETIME)).await?;
                    mails::post(tx, mail).await?;
                    Ok(true)
                })
            })
            .await?;
        if mailed {
            tracing::info!(%user, "[Auth] many wrong tries: the owner was mailed a link for a known device");
        }
        Ok(())
    }

    /// Whether a link's token still makes a browser known. The check does not use it up.
    pub fn known_device_token_is_good(self, token: &'a str) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async move {
            let (hash, now) = (tokens::hash(token), self.shop.now());
            let tickets = self.shop.db().tickets();
            Ok(tickets
                .valid_owner(&hash, TicketPurpose::KnownDevice, now)
                .await?
                .is_some())
        })
    }

    /// Makes the caller's browser a known device of the account that a link was mailed to, and returns its secret. It
    /// opens nothing by itself: the password is needed as before.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when the token is unknown, used or too old.
    pub fn make_device_known(self, token: &'a str, device: &'a Device) -> BoxFuture<'a, Result<String, Error>> {
        Box::pin(async move {
            let (hash, made) = (tokens::hash(token), self.new_device());
            let purpose = TicketPurpose::KnownDevice;
            let user = self.shop.db().tickets().owner(&hash, purpose).await?;
            let user = user.ok_or_else(no_such_link)?;
            let record = SecurityRecord {
                at: self.shop.now(),
                user: Some(user),
                event: SecurityEvent::DeviceMadeKnown,
                device: device.clone(),
            };
            let input = (hash, made.clone(), self.shop.parts.ids.fresh(), record);
            self.shop
                .write((user, input), |tx, &(user, ref input)| {
                    Box::pin(async move {
                        let (hash, made, event_id, record) = input;
                        tx.accounts().lock(user).await?;
                        let purpose = TicketPurpose::KnownDevice;
                        if tx.tickets().redeem(hash, purpose, record.at).await? != Some(user) {
                            return Err(no_such_link().into());
                        }
                        made.remember(tx, user, record.at).await?;
                        tx.security_events().record(*event_id, record).await?;
                        Ok(())
                    })
                })
                .await?;
            Ok(made.secret)
        })
    }
}

/// Forgets devices that were not used for a year.
pub(crate) async fn forget_unused(tx: &Tx, now: Timestamp) -> Result<(), storage::Error> {
    tx.known_devices().trim(now.minus(KNOWN_FOR)).await?;
    Ok(())
}

fn no_such_link() -> Error {
    Refusal::Invalid(vec![FieldError::new("token", "is wrong, used or too old")]).into()
}
