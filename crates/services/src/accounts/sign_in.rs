//! Signing in: the password, and the guest's migration.

use domain::account::User;
use domain::email::EmailAddress;
use domain::id::{SessionId, UserId};
use domain::refusal::Refusal;
use domain::security::{Device, SecurityEvent};
use futures::future::BoxFuture;

use super::known_devices::KnownDevice;
use super::passwords::Verified;
use super::presence::{is_staff, locked};
use super::throttle::{Attempt, AttemptKeys, release_attempts};
use super::{Carried, NewSession, SignedIn, Tokens, begin_session, tokens};
use crate::{AccountService, Error, operator_metrics};

impl<'a> AccountService<'a> {
    /// Signs in by e-mail address and password, and migrates the cart and wishlist of the guest whose secret is sent.
    ///
    /// An address without an account takes as long and gets the same answer as a wrong password. Attempts from a known
    /// device of the account are counted by themselves; when all others have used up theirs, its owner is mailed a link
    /// that makes another browser known.
    ///
    /// # Errors
    /// [`Refusal::WrongCredentials`], [`Refusal::SecondFactorNeeded`], [`Refusal::AccountBlocked`], [`Refusal::TooMany`].
    pub fn sign_in(
        self,
        email: &'a str,
        password: &'a str,
        device: &'a Device,
        carried: Carried<'a>,
    ) -> BoxFuture<'a, Result<SignedIn, Error>> {
        Box::pin(operator_metrics::sign_in(async move {
            // Fewer at a time than an account's attempts, so that simultaneous sign-ins with the right password cannot
            // use them up.
            let place = self
                .shop
                .sign_ins
                .acquire()
                .await
                .map_err(|join_error| Error::Internal(Box::new(join_error)))?;
            let spellings = EmailAddress::spellings(email);
            let known = self.shop.db().accounts().credentials_of_any(&spellings).await?;
            let id = known.as_ref().map(|known| known.user.id);
            let known_device = self.known_device(id, carried.device_secrets).await?;
            let counted = counted(email, known_device.as_ref(), device);
            self.count_sign_in(&counted, id, known_device.as_ref()).await?;
            let hash = known.as_ref().map(|known| known.password_hash.as_str());
            let verified = self.shop.passwords.verify_form(password, hash).await?;
            let Some(known) = known.as_ref().filter(|_| verified != Verified::Wrong) else {
                self.record(id, SecurityEvent::SignInFailed, device).await?;
                tracing::info!("[Auth] a sign-in failed");
                return Err(Refusal::WrongCredentials.into());
            };
            let user = known.user.clone();
            // Told only to whoever knows the password.
            user.refuse_blocked()?;
            let hash = self.hash_in_force(known, password, verified).await?;
            if user.second_factor {
                return Err(self.challenge(user.id, hash).await?.into());
            }
            let known_device = known_device.unwrap_or_else(|| self.new_device());
            let device_secret = known_device.secret.clone();
            let (tokens, begun) = self.new_session(user.id, is_staff(&user), known_device, device);
            self.finish_sign_in(user.id, hash, begun, counted).await?;
            drop(place);
            Ok(self.complete_sign_in(user, tokens, device_secret, carried).await)
        }))
    }

    /// The data of a new sign-in of `user`, and the tokens for its client.
    pub(super) fn new_session(
        &self,
        user: UserId,
        is_staff: bool,
        known_device: KnownDevice,
        device: &Device,
    ) -> (Tokens, NewSession) {
        let (id, now) = (SessionId(self.shop.parts.ids.fresh()), self.shop.now());
        let refresh = tokens::random(self.shop.chance());
        let begun = NewSession {
            id,
            refresh_hash: tokens::hash(&refresh),
            event_id: self.shop.parts.ids.fresh(),
            device: device.clone(),
            known_device,
            now,
            expires_at: self.shop.parts.accounts.expiry(is_staff, now, now),
        };
        (self.tokens(user, id, refresh), begun)
    }

    /// The tokens of a sign-in, with this refresh token.
    pub(super) fn tokens(&self, user: UserId, session: SessionId, refresh: String) -> Tokens {
        let (key, now, lifetime) = (
            self.shop.token_key(),
            self.shop.now(),
            self.shop.parts.accounts.access_token,
        );
        Tokens {
            access: key.sign(user, session, now, Some(now.plus(lifetime))),
            expires_in: lifetime.as_secs(),
            refresh,
            page: key.sign(user, session, now, None),
        }
    }

    /// Counts an attempt to sign in. When those of strangers are used up, the owner is mailed a link.
    pub(super) async fn count_sign_in(
        &self,
        counted: &AttemptKeys,
        user: Option<UserId>,
        known_device: Option<&KnownDevice>,
    ) -> Result<(), Error> {
        let allowed = self.count_attempt(counted).await;
        if matches!(allowed, Err(Error::Refused(Refusal::TooMany { .. }))) && known_device.is_none() {
            self.mail_known_device_link_later(user);
        }
        allowed
    }

    /// A password that was changed in between counts as wrong: otherwise this sign-in would survive the change. So does
    /// one of an account that has a second factor by now.
    async fn finish_sign_in(
        &self,
        user: UserId,
        password_hash: String,
        begun: NewSession,
        counted: AttemptKeys,
    ) -> Result<(), Error> {
        let input = (user, password_hash, begun, counted);
        self.shop
            .write(input, |tx, (user, password_hash, begun, counted)| {
                Box::pin(async move {
                    let known = locked(tx, *user)
                        .await?
                        .filter(|known| known.password_hash == *password_hash && !known.user.second_factor);
                    if known.is_none() {
                        return Err(Refusal::WrongCredentials.into());
                    }
                    begin_session(tx, *user, begun, SecurityEvent::SignedIn).await?;
                    release_attempts(tx, counted).await?;
                    Ok(())
                })
            })
            .await
    }

    pub(super) async fn complete_sign_in(
        &self,
        user: User,
        tokens: Tokens,
        device_secret: String,
        carried: Carried<'_>,
    ) -> SignedIn {
        tracing::info!(user = %user.id, "[Auth] signed in");
        let guests = self.shop.guests();
        let migration = guests.migrate_after_sign_in(user.id, carried.guest_secret).await;
        SignedIn {
            user,
            tokens,
            device_secret,
            migration,
        }
    }

    /// How many passwords were verified since this process started: one for each attempt to sign in, whatever its
    /// result.
    #[must_use]
    pub fn passwords_verified(self) -> u64 {
        self.shop.passwords.verified()
    }
}

/// The counters of an attempt to sign in. A known device is not counted for its network address, which strangers may
/// share with it.
pub(super) fn counted(email: &str, known_device: Option<&KnownDevice>, device: &Device) -> AttemptKeys {
    if let Some(known) = known_device {
        return vec![(Attempt::KnownDevice, known.hash.clone())];
    }
    vec![
        (Attempt::Account, EmailAddress::key(email)),
        (Attempt::Address, device.address.clone()),
    ]
}
