//! Signing in: the password, the second factor if there is one, and the guest's migration.

use std::time::Duration;

use domain::account::User;
use domain::email::EmailAddress;
use domain::id::{SessionId, UserId};
use domain::refusal::Refusal;
use domain::security::{Device, SecurityEvent};
use domain::touch::Touch;
use futures::future::BoxFuture;
use storage::security_events::SecurityRecord;
use storage::tickets::TicketPurpose;

use super::second_factor::Proof;
use super::throttle::{Attempt, AttemptKeys, release_attempts};
use super::{NewSession, SESSION_LIFETIME, SignedIn, Tokens, begin_session, tokens};
use crate::{AccountService, Error};

/// How long a challenge replaces the password.
const CHALLENGE_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// The most codes that may be tried for one challenge.
const CHALLENGE_TRIES_MAX: u32 = 5;

impl<'a> AccountService<'a> {
    /// Signs in by e-mail address and password, and migrates the cart and wishlist of the guest with `guest_secret`.
    ///
    /// An address without an account takes as long and gets the same answer as a wrong password.
    ///
    /// # Errors
    /// [`Refusal::WrongCredentials`], [`Refusal::SecondFactorNeeded`], [`Refusal::AccountBlocked`], [`Refusal::TooMany`].
    pub fn sign_in(
        self,
        email: &'a str,
        password: &'a str,
        device: &'a Device,
        guest_secret: Option<&'a str>,
    ) -> BoxFuture<'a, Result<SignedIn, Error>> {
        Box::pin(async move {
            // Fewer at a time than an account's attempts, so that simultaneous sign-ins with the right password cannot
            // use them up.
            let place = self
                .shop
                .sign_ins
                .acquire()
                .await
                .map_err(|join_error| Error::Internal(Box::new(join_error)))?;
            let counted = counted(email, device);
            self.count_attempt(&counted).await?;
            let known = match EmailAddress::parse(email) {
                Some(email) => self.shop.db().accounts().credentials(&email).await?,
                None => None,
            };
            let hash = known.as_ref().map(|known| known.password_hash.as_str());
            let right = self.shop.passwords.verify(password, hash).await?;
            let Some(known) = known.as_ref().filter(|_| right) else {
                let user = known.map(|known| known.user.id);
                self.record(user, SecurityEvent::SignInFailed, device).await?;
                tracing::info!("[Auth] a sign-in failed");
                return Err(Refusal::WrongCredentials.into());
            };
            let user = known.user.clone();
            // Told only to whoever knows the password.
            user.refuse_blocked()?;
            let hash = known.password_hash.clone();
            if user.second_factor {
                return Err(self.challenge(user.id, hash).await?.into());
            }
            let tokens = self.finish_sign_in(user.id, hash, device, counted).await?;
            drop(place);
            Ok(self.complete_sign_in(user, tokens, guest_secret).await)
        })
    }

    /// Continues a sign-in whose password was right, with a code of the second factor or a recovery code.
    ///
    /// # Errors
    /// [`Refusal::WrongSecondFactor`], [`Refusal::TooMany`].
    pub fn sign_in_with_second_factor(
        self,
        challenge: &'a str,
        code: &'a str,
        device: &'a Device,
        guest_secret: Option<&'a str>,
    ) -> BoxFuture<'a, Result<SignedIn, Error>> {
        Box::pin(async move {
            let (hash, now) = (tokens::hash(challenge), self.shop.now());
            let user = self.shop.write((hash.clone(), now), |tx, &(ref hash, now)| {
                Box::pin(async move { Ok(tx.tickets().try_second_factor(hash, CHALLENGE_TRIES_MAX, now).await?) })
            });
            let user = user.await?.ok_or(Refusal::WrongSecondFactor)?;
            let counted = vec![(Attempt::SecondFactor, user.to_string())];
            self.count_attempt(&counted).await?;
            let Some(proof) = self.proof(user, code).await? else {
                self.record(Some(user), SecurityEvent::SecondFactorFailed, device)
                    .await?;
                return Err(Refusal::WrongSecondFactor.into());
            };
            let known = self
                .shop
                .db()
                .accounts()
                .by_id(user)
                .await?
                .ok_or(Refusal::WrongSecondFactor)?;
            let mut released = self::counted(known.email.as_str(), device);
            released.extend(counted);
            let tokens = self.finish_second_factor(user, hash, proof, device, released).await?;
            Ok(self.complete_sign_in(known, tokens, guest_secret).await)
        })
    }

    /// The data of a new sign-in of `user`, and the tokens for its client.
    pub(super) fn new_session(&self, user: UserId, device: &Device) -> (Tokens, NewSession) {
        let (id, now) = (SessionId(self.shop.parts.ids.fresh()), self.shop.now());
        let refresh = tokens::random(self.shop.chance());
        let begun = NewSession {
            id,
            refresh_hash: tokens::hash(&refresh),
            event_id: self.shop.parts.ids.fresh(),
            device: device.clone(),
            now,
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

    /// A password that was changed in between counts as wrong: otherwise this sign-in would survive the change.
    async fn finish_sign_in(
        &self,
        user: UserId,
        password_hash: String,
        device: &Device,
        counted: AttemptKeys,
    ) -> Result<Tokens, Error> {
        let (tokens, begun) = self.new_session(user, device);
        let input = (user, password_hash, begun, counted);
        self.shop
            .write(input, |tx, (user, password_hash, begun, counted)| {
                Box::pin(async move {
                    if !tx.accounts().share_with_password(*user, password_hash).await? {
                        return Err(Refusal::WrongCredentials.into());
                    }
                    begin_session(tx, *user, begun, SecurityEvent::SignedIn).await?;
                    release_attempts(tx, counted).await?;
                    Ok(())
                })
            })
            .await?;
        Ok(tokens)
    }

    /// Challenge and code are used up in the transaction that begins the sign-in: each allows one sign-in at most.
    async fn finish_second_factor(
        &self,
        user: UserId,
        challenge_hash: String,
        proof: Proof,
        device: &Device,
        released: AttemptKeys,
    ) -> Result<Tokens, Error> {
        let (tokens, begun) = self.new_session(user, device);
        let input = (challenge_hash, proof, begun, released, self.shop.parts.ids.fresh());
        self.shop
            .write((user, input), |tx, &(user, ref input)| {
                Box::pin(async move {
                    let (challenge_hash, proof, begun, released, recovery_id) = input;
                    // Lock the account first, like every other change of it; otherwise this and a reset could deadlock.
                    tx.accounts().lock(user).await?;
                    let redeemed = tx
                        .tickets()
                        .redeem(challenge_hash, TicketPurpose::SecondFactor, begun.now)
                        .await?;
                    if redeemed != Some(user) || !proof.use_up(tx, user).await? {
                        return Err(Refusal::WrongSecondFactor.into());
                    }
                    if matches!(proof, Proof::Recovery(_)) {
                        let record = SecurityRecord {
                            at: begun.now,
                            user: Some(user),
                            event: SecurityEvent::RecoveryCodeUsed,
                            device: begun.device.clone(),
                        };
                        tx.security_events().record(*recovery_id, &record).await?;
                        tx.touch(Touch::Profile(user));
                    }
                    begin_session(tx, user, begun, SecurityEvent::SignedIn).await?;
                    release_attempts(tx, released).await?;
                    Ok(())
                })
            })
            .await?;
        Ok(tokens)
    }

    /// The attempts of account and address stay counted until the second factor is proved: a known password alone must
    /// not allow any number of challenges.
    async fn challenge(&self, user: UserId, password_hash: String) -> Result<Refusal, Error> {
        let challenge = tokens::random(self.shop.chance());
        let (hash, expires_at) = (tokens::hash(&challenge), self.shop.now().plus(CHALLENGE_LIFETIME));
        let input = (user, password_hash, hash, expires_at);
        self.shop
            .write(input, |tx, &(user, ref password_hash, ref hash, expires_at)| {
                Box::pin(async move {
                    if !tx.accounts().share_with_password(user, password_hash).await? {
                        return Err(Refusal::WrongCredentials.into());
                    }
                    Ok(tx
                        .tickets()
                        .issue(hash, user, TicketPurpose::SecondFactor, expires_at)
                        .await?)
                })
            })
            .await?;
        Ok(Refusal::SecondFactorNeeded { challenge })
    }

    async fn complete_sign_in(&self, user: User, tokens: Tokens, guest_secret: Option<&str>) -> SignedIn {
        tracing::info!(user = %user.id, "[Auth] signed in");
        let migration = self.shop.guests().migrate_after_sign_in(user.id, guest_secret).await;
        SignedIn {
            user,
            tokens,
            migration,
        }
    }

    /// Exchanges a refresh token for a new pair, which uses it up. Used again within [`GRACE`] (two tabs, a lost
    /// response) it gives one more pair; used again later it ends the sign-in, since it may have been stolen.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotSignedIn`].
    pub fn refresh(self, token: &'a str, device: &'a Device) -> BoxFuture<'a, Result<Tokens, Error>> {
        Box::pin(async move {
            let (hash, now) = (tokens::hash(token), self.shop.now());
            let fresh = tokens::random(self.shop.chance());
            let input = (hash, tokens::hash(&fresh), self.shop.parts.ids.fresh(), device.clone());
            let refreshed = self.shop.write((now, input), |tx, &(now, ref input)| {
                Box::pin(async move {
                    let (hash, fresh_hash, event_id, device) = input;
                    let Some(known) = tx.sessions().refresh(hash, now).await? else {
                        return Ok(None);
                    };
                    if known.used_at.is_some_and(|used_at| now.since(used_at) > GRACE) {
                        tx.sessions().end(known.session, known.user).await?;
                        let record = SecurityRecord {
                            at: now,
                            user: Some(known.user),
                            event: SecurityEvent::RefreshReused,
                            device: device.clone(),
                        };
                        tx.security_events().record(*event_id, &record).await?;
                        return Ok(None);
                    }
                    tx.sessions().use_refresh(hash, now).await?;
                    tx.sessions().add_refresh(known.session, fresh_hash, now).await?;
                    tx.sessions()
                        .seen(known.session, now, now.plus(SESSION_LIFETIME))
                        .await?;
                    Ok(Some(known))
                })
            });
            let known = refreshed.await?.ok_or(Refusal::NotSignedIn)?;
            Ok(self.tokens(known.user, known.session, fresh))
        })
    }

    /// How many passwords were verified since this process started: one for each attempt to sign in, whatever its
    /// result.
    #[must_use]
    pub fn passwords_verified(self) -> u64 {
        self.shop.passwords.verified()
    }
}

/// How long a used refresh token still gives a new pair.
const GRACE: Duration = Duration::from_secs(10);

/// The counters of an attempt to sign in.
fn counted(email: &str, device: &Device) -> AttemptKeys {
    vec![
        (Attempt::Account, email.trim().to_lowercase()),
        (Attempt::Address, device.address.clone()),
    ]
}
