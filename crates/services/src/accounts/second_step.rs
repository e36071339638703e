//! The second step of signing in: a challenge replaces the password, and a code of the second factor answers it.

use std::time::Duration;

use domain::id::UserId;
use domain::refusal::Refusal;
use domain::security::{Device, SecurityEvent};
use domain::touch::Touch;
use futures::future::BoxFuture;
use storage::security_events::SecurityRecord;
use storage::tickets::TicketPurpose;

use super::factor_codes::Proof;
use super::presence::{is_staff, locked};
use super::sign_in::counted;
use super::throttle::{Attempt, AttemptKeys, release_attempts};
use super::{Carried, NewSession, SignedIn, begin_session, tokens};
use crate::{AccountService, Error, operator_metrics};

/// How long a challenge replaces the password.
const CHALLENGE_LIFETIME: Duration = Duration::from_secs(5 * 60);
/// The most codes that may be tried for one challenge.
const CHALLENGE_TRIES_MAX: u32 = 5;

impl<'a> AccountService<'a> {
    /// Continues a sign-in whose password was right, with a code of the second factor or a recovery code.
    ///
    /// # Errors
    /// [`Refusal::WrongSecondFactor`], [`Refusal::TooMany`].
    pub fn sign_in_with_second_factor(
        self,
        challenge: &'a str,
        code: &'a str,
        device: &'a Device,
        carried: Carried<'a>,
    ) -> BoxFuture<'a, Result<SignedIn, Error>> {
        Box::pin(operator_metrics::sign_in(async move {
            let (hash, now) = (tokens::hash(challenge), self.shop.now());
            let user = self.shop.write((hash.clone(), now), |tx, &(ref hash, now)| {
                Box::pin(async move { Ok(tx.tickets().try_second_factor(hash, CHALLENGE_TRIES_MAX, now).await?) })
            });
            let user = user.await?.ok_or(Refusal::WrongSecondFactor)?;
            let known_device = self.known_device(Some(user), carried.device_secrets).await?;
            let tried = vec![match &known_device {
                Some(known) => (Attempt::KnownDeviceSecondFactor, known.hash.clone()),
                None => (Attempt::SecondFactor, user.to_string()),
            }];
            self.count_sign_in(&tried, Some(user), known_device.as_ref()).await?;
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
            let mut released = counted(known.email.as_str(), known_device.as_ref(), device);
            released.extend(tried);
            let known_device = known_device.unwrap_or_else(|| self.new_device());
            let device_secret = known_device.secret.clone();
            let (tokens, begun) = self.new_session(user, is_staff(&known), known_device, device);
            self.finish_second_factor(user, (hash, proof, begun, released)).await?;
            Ok(self.complete_sign_in(known, tokens, device_secret, carried).await)
        }))
    }

    /// Challenge and code are used up in the transaction that begins the sign-in: each allows one sign-in at most. A
    /// code that was used before is recorded, and uses up nothing.
    async fn finish_second_factor(
        &self,
        user: UserId,
        shown: (String, Proof, NewSession, AttemptKeys),
    ) -> Result<(), Error> {
        let input = (shown, self.shop.parts.ids.fresh());
        let accepted = self.shop.write((user, input), |tx, &(user, ref input)| {
            Box::pin(async move {
                let ((challenge_hash, proof, begun, released), event_id) = input;
                // Lock the account first, like every other change of it; otherwise this and a reset could deadlock.
                tx.accounts().lock(user).await?;
                let record = |event| SecurityRecord {
                    at: begun.now,
                    user: Some(user),
                    event,
                    device: begun.device.clone(),
                };
                if !proof.use_up(tx, user).await? {
                    let failed = record(proof.failure());
                    tx.security_events().record(*event_id, &failed).await?;
                    return Ok(false);
                }
                let redeemed = tx
                    .tickets()
                    .redeem(challenge_hash, TicketPurpose::SecondFactor, begun.now)
                    .await?;
                if redeemed != Some(user) {
                    return Err(Refusal::WrongSecondFactor.into());
                }
                if matches!(proof, Proof::Recovery(_)) {
                    let used = record(SecurityEvent::RecoveryCodeUsed);
                    tx.security_events().record(*event_id, &used).await?;
                    tx.touch(Touch::Profile(user));
                }
                begin_session(tx, user, begun, SecurityEvent::SignedIn).await?;
                release_attempts(tx, released).await?;
                Ok(true)
            })
        });
        if accepted.await? {
            Ok(())
        } else {
            Err(Refusal::WrongSecondFactor.into())
        }
    }

    /// The attempts of account and address stay counted until the second factor is proved: a known password alone must
    /// not allow any number of challenges.
    pub(super) async fn challenge(&self, user: UserId, password_hash: String) -> Result<Refusal, Error> {
        let challenge = tokens::random(self.shop.chance());
        let (hash, expires_at) = (tokens::hash(&challenge), self.shop.now().plus(CHALLENGE_LIFETIME));
        let input = (user, password_hash, hash, expires_at);
        self.shop
            .write(input, |tx, &(user, ref password_hash, ref hash, expires_at)| {
                Box::pin(async move {
                    let known = locked(tx, user).await?;
                    if known.is_none_or(|known| known.password_hash != *password_hash) {
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
}
