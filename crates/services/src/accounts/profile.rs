//! The profile of an account, and its password.

use domain::account::{PersonNames, User};
use domain::password;
use domain::refusal::{FieldError, Refusal, Wrong};
use domain::security::{Device, SecurityEvent};
use domain::touch::Touch;
use futures::future::BoxFuture;
use storage::security_events::SecurityRecord;

use super::Caller;
use super::password_check::CURRENT_PASSWORD;
use super::throttle::release_attempts;
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
            change.applied(&caller.user).map_err(Refusal::Invalid)?;
            self.shop
                .write((self.presence(caller), change.clone()), |tx, (presence, change)| {
                    Box::pin(async move {
                        // Applied to the locked row: another change at the same time is not undone.
                        let user = presence.lock(tx).await?.user;
                        let (names, avatar) = change.applied(&user).map_err(Refusal::Invalid)?;
                        let (id, now) = (presence.user, presence.now);
                        tx.accounts().rename(id, &names, avatar.as_deref(), now).await?;
                        tx.touch(Touch::Profile(id));
                        Ok(())
                    })
                })
                .await?;
            let changed = self.shop.db().accounts().by_id(caller.user.id).await?;
            changed.ok_or_else(|| Refusal::NotSignedIn.into())
        })
    }

    /// Changes `caller`'s password and ends every other sign-in; the owner gets a mail about it. Links and codes that
    /// were mailed before, and sign-ins that wait for their second step, are void.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] when the current password is wrong or the new one is weak, [`Refusal::TooMany`],
    /// [`Refusal::NotSignedIn`] when the sign-in has ended meanwhile.
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
            password::check_new(new, Some(&caller.user.email), "newPassword", &mut wrong);
            if !wrong.is_empty() {
                return Err(Refusal::Invalid(wrong).into());
            }
            let checked = self.check_password(caller, present, CURRENT_PASSWORD, device).await?;
            let hash = self.shop.passwords.hash(new, self.shop.chance()).await?;
            let mail = Mail {
                to: caller.user.email.clone(),
                content: MailContent::PasswordChanged,
            };
            let mail = mails::prepare(self.shop, Some(caller.user.id), &mail)?;
            let record = SecurityRecord {
                at: self.shop.now(),
                user: Some(caller.user.id),
                event: SecurityEvent::PasswordChanged,
                device: device.clone(),
            };
            let input = (hash, mail, self.shop.parts.ids.fresh(), record);
            self.shop
                .write((self.presence(caller), checked, input), |tx, input| {
                    Box::pin(async move {
                        let (presence, checked, (hash, mail, event_id, record)) = input;
                        checked.lock(tx, presence).await?;
                        let id = presence.user;
                        tx.accounts().set_password(id, hash, presence.now).await?;
                        tx.second_factors().withdraw(id).await?;
                        tx.sessions().end_all(id, Some(presence.session)).await?;
                        tx.tickets().void_all(id).await?;
                        tx.security_events().record(*event_id, record).await?;
                        release_attempts(tx, &checked.counted).await?;
                        mails::post(tx, mail).await?;
                        Ok(())
                    })
                })
                .await
        })
    }
}

impl ProfileChange {
    /// Names and picture of `user` after the change, if they are acceptable.
    fn applied(&self, user: &User) -> Result<(PersonNames, Option<String>), Vec<FieldError>> {
        let or = |new: &Option<String>, old: Option<&str>| new.clone().or_else(|| old.map(str::to_owned));
        let mut wrong = Vec::new();
        // Only what is sent is checked: names of an earlier version stay until they are changed.
        let sent = PersonNames::checked(
            self.nickname.as_deref(),
            self.first_name.as_deref(),
            self.last_name.as_deref(),
            &mut wrong,
        );
        let kept = |sent: Option<String>, change: &Option<String>, old: &Option<String>| {
            if change.is_some() { sent } else { old.clone() }
        };
        let names = PersonNames {
            nickname: match self.nickname {
                Some(_) => sent.nickname,
                None => user.nickname.clone(),
            },
            first_name: kept(sent.first_name, &self.first_name, &user.first_name),
            last_name: kept(sent.last_name, &self.last_name, &user.last_name),
        };
        let avatar = or(&self.avatar, user.avatar.as_deref()).filter(|avatar| !avatar.trim().is_empty());
        if avatar.as_deref().is_some_and(|avatar| !is_picture(avatar)) {
            let message = "must be an address that begins with https://";
            wrong.push(FieldError::new("avatar", message));
        }
        if wrong.is_empty() {
            Ok((names, avatar))
        } else {
            Err(wrong)
        }
    }
}

fn is_picture(avatar: &str) -> bool {
    avatar.len() <= AVATAR_MAX
        && avatar.starts_with("https://")
        && !avatar
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>'))
}
