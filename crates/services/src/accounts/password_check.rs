//! The current password, typed again by somebody who is signed in.

use domain::refusal::{FieldError, Refusal, Wrong};
use domain::security::{Device, SecurityEvent};
use storage::accounts::Credentials;

use super::Caller;
use super::presence::Presence;
use super::throttle::{Attempt, AttemptKeys};
use crate::write::Failed;
use crate::{AccountService, Error};

/// A password that was right when it was checked.
#[derive(Clone)]
pub(super) struct CheckedPassword {
    /// The hash that it was checked against.
    hash: String,
    /// The field that it was typed into.
    field: &'static str,
    /// The attempt, to be released when what it is for succeeds.
    pub(super) counted: AttemptKeys,
}

impl CheckedPassword {
    /// Locks the account, and checks that the sign-in has not ended and that the password is still the same.
    ///
    /// # Errors
    /// [`Refusal::NotSignedIn`], [`Refusal::Invalid`].
    pub(super) async fn lock(&self, tx: &storage::Tx, presence: &Presence) -> Result<Credentials, Failed> {
        let known = presence.lock(tx).await?;
        if known.password_hash != self.hash {
            return Err(not_your_password(self.field).into());
        }
        Ok(known)
    }
}

/// The field of a current password.
pub(super) const CURRENT_PASSWORD: &str = "currentPassword";

impl AccountService<'_> {
    /// Checks the current password of `caller`, typed into `field`. The attempts of one sign-in are counted by themselves: neither strangers
    /// nor another sign-in can use them up.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::TooMany`].
    pub(super) async fn check_password(
        &self,
        caller: &Caller,
        typed: &str,
        field: &'static str,
        device: &Device,
    ) -> Result<CheckedPassword, Error> {
        if typed.is_empty() {
            let missing = FieldError::of(Wrong::Missing, field, "is missing");
            return Err(Refusal::Invalid(vec![missing]).into());
        }
        let counted = vec![(Attempt::Proof, caller.session.0.to_string())];
        self.count_attempt(&counted).await?;
        let known = self.shop.db().accounts().credentials_of(caller.user.id).await?;
        let hash = known.ok_or(Refusal::NotSignedIn)?.password_hash;
        if !self.shop.passwords.verify(typed, Some(&hash)).await? {
            self.record(Some(caller.user.id), SecurityEvent::PasswordCheckFailed, device)
                .await?;
            return Err(not_your_password(field));
        }
        Ok(CheckedPassword { hash, field, counted })
    }
}

fn not_your_password(field: &'static str) -> Error {
    Refusal::Invalid(vec![FieldError::new(field, "is wrong")]).into()
}
