//! The profile of an account, and its password.

use domain::account::{PersonNames, User, check_password};
use domain::refusal::{FieldError, Refusal, Wrong};
use domain::security::{Device, SecurityEvent};
use domain::touch::Touch;
use futures::future::BoxFuture;
use storage::security_events::SecurityRecord;

use super::Caller;
use super::throttle::{Attempt, release_attempts};
use crate::{AccountService, Error, mails};
use domain::mail::{Mail, MailContent};

/// The longest address of a picture.
const AVATAR_MAX: usize = 500;

/// Changes of a profile; `None` leaves a field unchanged.
#[derive(Clone, Debug, Default)]
pub struct ProfileChange {
    /// The nickname; empty restores the default.
    pub nickname: Option<String>,
    /// The first name; empty removes it.
    pub first_name: Option<String>,
    /// The last name; empty removes it.
    pub last_name: Option<String>,
    /// The address of a picture, `https://…`; empty removes it.
    pub avatar: Option<String>,
}

impl<'a> AccountService<'a> {
    /// Changes the profile of `caller`'s account.
    ///
    /// # Errors
    /// [`Refusal::Invalid`].
    pub fn change_profile(self, caller: &'a Caller, change: &'a ProfileChange) -> BoxFuture<'a, Result<User, Error>> {
        Box::pin(async move {
            let user = &caller.user;
            let or = |new: &Option<String>, old: Option<&str>| new.clone().or_else(|| old.map(str::to_owned));
            let mut wrong = Vec::new();
            let names = PersonNames::checked(
                or(&change.nickname, Some(&user.nickname)).as_deref(),
                or(&change.first_name, user.first_name.as_deref()).as_deref(),
                or(&change.last_name, user.last_name.as_deref()).as_deref(),
                &mut wrong,
            );
            let avatar = or(&change.avatar, user.avatar.as_deref()).filter(|avatar| !avatar.trim().is_empty());
            if avatar.as_deref().is_some_and(|avatar| !is_picture(avatar)) {
                wrong.push(FieldError::new(
                    "avatar",
                    "must be an address that begins with https://",
                ));
            }
            if !wrong.is_empty() {
                return Err(Refusal::Invalid(wrong).into());
            }
            let (id, now) = (user.id, self.shop.now());
            let changed = self
                .shop
                .write((id, names, avatar, now), |tx, &(id, ref names, ref avatar, now)| {
                    Box::pin(async move {
                        tx.accounts().rename(id, names, avatar.as_deref(), now).await?;
                        tx.touch(Touch::Profile(id));
                        Ok(())
                    })
                });
            changed.await?;
            self.shop
                .db()
                .accounts()
                .by_id(id)
                .await?
                .ok_or_else(|| Refusal::NotSignedIn.into())
        })
    }

    /// Changes `caller`'s password and ends every other sign-in; the owner gets a mail about it.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] when the current password is wrong or the new one is weak, [`Refusal::TooMany`].
    pub fn change_password(
        self,
        caller: &'a Caller,
        present: &'a str,
        new: &'a str,
        device: &'a Device,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let mut wrong = Vec::new();
            if present.is_empty() {
                wrong.push(FieldError::of(Wrong::Missing, "currentPassword", "is missing"));
            }
            check_password(new, "newPassword", &mut wrong);
            if !wrong.is_empty() {
                return Err(Refusal::Invalid(wrong).into());
            }
            let counted = vec![(Attempt::Account, caller.user.email.to_string())];
            self.count_attempt(&counted).await?;
            let known = self.shop.db().accounts().credentials_of(caller.user.id).await?;
            let known = known.ok_or(Refusal::NotSignedIn)?;
            if !self.shop.passwords.verify(present, Some(&known.password_hash)).await? {
                return Err(Refusal::Invalid(vec![FieldError::new("currentPassword", "is not your password")]).into());
            }
            let hash = self.shop.passwords.hash(new, self.shop.chance()).await?;
            let (id, kept, now, event_id) = (
                caller.user.id,
                caller.session,
                self.shop.now(),
                self.shop.parts.ids.fresh(),
            );
            let mail = mails::prepare(
                self.shop,
                Some(id),
                &Mail {
                    to: known.user.email,
                    content: MailContent::PasswordChanged,
                },
            )?;
            let record = SecurityRecord {
                at: now,
                user: Some(id),
                event: SecurityEvent::PasswordChanged,
                device: device.clone(),
            };
            let input = (hash, kept, counted, mail, event_id, record);
            self.shop
                .write((id, now, input), |tx, &(id, now, ref input)| {
                    Box::pin(async move {
                        let (hash, kept, counted, mail, event_id, record) = input;
                        tx.accounts().set_password(id, hash, now).await?;
                        tx.sessions().end_all(id, Some(*kept)).await?;
                        tx.security_events().record(*event_id, record).await?;
                        release_attempts(tx, counted).await?;
                        mails::post(tx, mail).await?;
                        Ok(())
                    })
                })
                .await
        })
    }
}

fn is_picture(avatar: &str) -> bool {
    avatar.len() <= AVATAR_MAX
        && avatar.starts_with("https://")
        && !avatar
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>'))
}
