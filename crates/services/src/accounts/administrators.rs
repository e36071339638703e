//! Administrators, and a demo's accounts: made by whoever runs the program, never by a request.

use std::sync::Arc;

use domain::account::{Registered, Registration, Role};
use domain::email::EmailAddress;
use domain::id::UserId;
use domain::refusal::Refusal;
use domain::security::{Device, SecurityEvent};
use domain::touch::Touch;
use storage::Tx;
use storage::security_events::Happened;
use uuid::Uuid;

use crate::write::Failed;
use crate::{Error, Shop};

/// What became of an account that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appointed {
    /// There was none with this address: it was made.
    Made,
    /// There was one: it has the role now, and its password as before.
    Promoted,
    /// There was one, and it had the role.
    Was,
}

impl Shop {
    /// Makes the account of `email` an administrator's; `None` when there is no such account.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when it is no address, or the database's.
    pub async fn promote(&self, email: &str, device: &Device) -> Result<Option<Appointed>, Error> {
        let mut wrong = Vec::new();
        let Some(email) = domain::account::checked_email(email, "email", &mut wrong) else {
            return Err(Refusal::Invalid(wrong).into());
        };
        let happened = self.became_admin(device);
        self.write(move |tx| {
            let (email, happened) = (email.clone(), happened.clone());
            Box::pin(async move {
                let Some(known) = tx.accounts().credentials(&email).await? else {
                    return Ok(None);
                };
                if known.user.role == Role::Admin {
                    return Ok(Some(Appointed::Was));
                }
                appoint(tx, known.user.id, &happened).await?;
                Ok(Some(Appointed::Promoted))
            })
        })
        .await
    }

    /// Makes an account with this role. Tries are not counted, and no mail is written: whoever asks runs the shop.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::EmailTaken`], or the database's.
    pub async fn make_account(&self, asked: &Registration, role: Role, device: &Device) -> Result<UserId, Error> {
        let registered: Arc<Registered> = Arc::new(asked.checked().map_err(Refusal::Invalid)?);
        let password_hash = self.passwords.hash(&asked.password, self.chance()).await?;
        let (id, now) = (UserId(self.parts.ids.fresh()), self.now());
        let made = Happened {
            at: now,
            user: Some(id),
            event: SecurityEvent::Registered,
            device: device.clone(),
        };
        let (made_id, became) = (self.parts.ids.fresh(), self.became_admin(device));
        self.write(move |tx| {
            let (registered, password_hash) = (Arc::clone(&registered), password_hash.clone());
            let (made, became) = (made.clone(), became.clone());
            Box::pin(async move {
                let accounts = tx.accounts();
                if !accounts.add(id, &registered, &password_hash, Role::User, now).await? {
                    return Err(Failed::UseCase(Refusal::EmailTaken.into()));
                }
                tx.security_events().record(made_id, &made).await?;
                if role == Role::Admin {
                    appoint(tx, id, &became).await?;
                }
                Ok(id)
            })
        })
        .await
    }

    /// Whether this is the password of the account with this address. For whoever runs the shop: tries are not counted.
    ///
    /// # Errors
    /// The database's.
    pub async fn password_is(&self, email: &str, password: &str) -> Result<bool, Error> {
        let Some(email) = EmailAddress::parse(email) else {
            return Ok(false);
        };
        let Some(known) = self.db().accounts().credentials(&email).await? else {
            return Ok(false);
        };
        self.passwords.verify(password, Some(&known.password_hash)).await
    }

    /// An appointment, drawn before its transaction, which may run more than once.
    fn became_admin(&self, device: &Device) -> (Uuid, Happened) {
        let happened = Happened {
            at: self.now(),
            user: None,
            event: SecurityEvent::BecameAdmin,
            device: device.clone(),
        };
        (self.parts.ids.fresh(), happened)
    }
}

/// Gives an account the role, and records it.
async fn appoint(tx: &mut Tx, id: UserId, (event_id, happened): &(Uuid, Happened)) -> Result<(), storage::Error> {
    tx.accounts().set_role(id, Role::Admin, happened.at).await?;
    let happened = Happened {
        user: Some(id),
        ..happened.clone()
    };
    tx.security_events().record(*event_id, &happened).await?;
    tx.touch(Touch::Profile(id));
    Ok(())
}
