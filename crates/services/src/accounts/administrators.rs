//! Administrators and demo accounts: created by the person who runs the program, never by a request.

use domain::account::{Registration, Role};
use domain::email::EmailAddress;
use domain::id::UserId;
use domain::refusal::Refusal;
use domain::security::{Device, SecurityEvent};
use domain::touch::Touch;
use futures::future::BoxFuture;
use storage::Tx;
use storage::security_events::SecurityRecord;
use uuid::Uuid;

use crate::{AccountService, Error};

/// The result of making an account an administrator's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromotionOutcome {
    /// There was no account with this address: one was created.
    Made,
    /// The account now has the role, and its password as before.
    Promoted,
    /// The account already had the role.
    Was,
}

impl<'a> AccountService<'a> {
    /// Gives the account of `email` the role of an administrator; `None` when there is no such account.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when it is no address.
    pub fn promote(self, email: &'a str, device: &'a Device) -> BoxFuture<'a, Result<Option<PromotionOutcome>, Error>> {
        Box::pin(async move {
            let mut wrong = Vec::new();
            let Some(email) = domain::account::checked_email(email, "email", &mut wrong) else {
                return Err(Refusal::Invalid(wrong).into());
            };
            let record = self.promotion_record(device);
            self.shop
                .write((email, record), |tx, (email, record)| {
                    Box::pin(async move {
                        let Some(known) = tx.accounts().credentials(email).await? else {
                            return Ok(None);
                        };
                        if known.user.role == Role::Admin {
                            return Ok(Some(PromotionOutcome::Was));
                        }
                        appoint(tx, known.user.id, record).await?;
                        Ok(Some(PromotionOutcome::Promoted))
                    })
                })
                .await
        })
    }

    /// Creates an account with this role. Attempts are not counted, and no mail is written: the caller runs the shop.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::EmailTaken`].
    pub fn make(
        self,
        registration: &'a Registration,
        role: Role,
        device: &'a Device,
    ) -> BoxFuture<'a, Result<UserId, Error>> {
        Box::pin(async move {
            let registered = registration.checked().map_err(Refusal::Invalid)?;
            let password_hash = self
                .shop
                .passwords
                .hash(&registration.password, self.shop.chance())
                .await?;
            let (id, now) = (UserId(self.shop.parts.ids.fresh()), self.shop.now());
            let made = SecurityRecord {
                at: now,
                user: Some(id),
                event: SecurityEvent::Registered,
                device: device.clone(),
            };
            let events = (self.shop.parts.ids.fresh(), made, self.promotion_record(device));
            let input = (id, role, registered, password_hash, now, events);
            self.shop
                .write(
                    input,
                    |tx, &(id, role, ref registered, ref password_hash, now, ref events)| {
                        Box::pin(async move {
                            let (made_id, made, became) = events;
                            if !tx
                                .accounts()
                                .add(id, registered, password_hash, Role::User, now)
                                .await?
                            {
                                return Err(Refusal::EmailTaken.into());
                            }
                            tx.security_events().record(*made_id, made).await?;
                            if role == Role::Admin {
                                appoint(tx, id, became).await?;
                            }
                            Ok(id)
                        })
                    },
                )
                .await
        })
    }

    /// Whether this is the password of the account with this address. Attempts are not counted: the caller runs the
    /// shop.
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

    /// The record of a promotion, created before its transaction, which may run more than once.
    fn promotion_record(&self, device: &Device) -> (Uuid, SecurityRecord) {
        let record = SecurityRecord {
            at: self.shop.now(),
            user: None,
            event: SecurityEvent::BecameAdmin,
            device: device.clone(),
        };
        (self.shop.parts.ids.fresh(), record)
    }
}

/// Gives an account the role, and records it.
async fn appoint(tx: &mut Tx, id: UserId, (event_id, record): &(Uuid, SecurityRecord)) -> Result<(), storage::Error> {
    tx.accounts().set_role(id, Role::Admin, record.at).await?;
    let record = SecurityRecord {
        user: Some(id),
        ..record.clone()
    };
    tx.security_events().record(*event_id, &record).await?;
    tx.touch(Touch::Profile(id));
    Ok(())
}
