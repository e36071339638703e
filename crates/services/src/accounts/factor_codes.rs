//! Codes of a second factor: those of an app, and recovery codes.

use domain::id::UserId;
use domain::security::SecurityEvent;
use domain::typed;
use storage::Tx;
use totp_rs::{Builder, Totp};

use super::tokens;
use crate::{AccountService, Error};

/// A code that is correct and not used yet.
#[derive(Clone)]
pub(super) enum Proof {
    /// The time step of an app's code.
    Step(i64),
    /// The hash of a recovery code.
    Recovery(String),
}

impl Proof {
    /// What happened when it turns out to be used already; an unknown recovery code cannot be told from a used one.
    pub(super) const fn failure(&self) -> SecurityEvent {
        match self {
            Self::Step(_) => SecurityEvent::SecondFactorReplayed,
            Self::Recovery(_) => SecurityEvent::SecondFactorFailed,
        }
    }

    /// Marks it as used; `false` when another request did so before.
    pub(super) async fn use_up(&self, tx: &Tx, user: UserId) -> Result<bool, storage::Error> {
        match self {
            Self::Step(step) => tx.second_factors().use_step(user, *step).await,
            Self::Recovery(hash) => tx.second_factors().use_code(user, hash).await,
        }
    }
}

impl AccountService<'_> {
    /// What `code` proves for `user`: its format tells an app's code from a recovery code.
    pub(super) async fn proof(&self, user: UserId, code: &str) -> Result<Option<Proof>, Error> {
        let code = typed::code(code);
        if code.len() != 6 {
            return Ok(Some(Proof::Recovery(recovery_hash(user, &code))));
        }
        let factor = self.shop.db().second_factors().of(user).await?;
        let Some(factor) = factor.filter(|factor| factor.since.is_some()) else {
            return Ok(None);
        };
        Ok(self.step(user, &factor.sealed_secret, &code)?.map(Proof::Step))
    }

    /// The time step that this code is of: the current one, the one before or the one after, since clocks differ.
    pub(super) fn step(&self, user: UserId, sealed_secret: &str, code: &str) -> Result<Option<i64>, Error> {
        let sealed = hex::decode(sealed_secret).map_err(|error| Error::Internal(Box::new(error)))?;
        let secret = self
            .shop
            .seal()
            .open(vault::SealPurpose::SecondFactor, user.0, &sealed)?;
        let seconds = u64::try_from(self.shop.now().as_millis() / 1_000).unwrap_or(0);
        let step = totp(&secret, "")?.check(code, seconds);
        Ok(step.and_then(|step| i64::try_from(step).ok()))
    }

    /// Sixteen letters and digits that are not easily confused, in groups of four: 80 bits.
    pub(super) fn recovery_code(&self) -> String {
        const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
        let mut bytes = [0; 16];
        self.shop.chance().fill(&mut bytes);
        let mut code = String::new();
        for (at, byte) in bytes.iter().enumerate() {
            if at > 0 && at % 4 == 0 {
                code.push('-');
            }
            code.push(char::from(LETTERS[usize::from(byte % 32)]));
        }
        code
    }
}

/// The app's codes of a secret.
pub(super) fn totp(secret: &[u8], account: &str) -> Result<Totp, Error> {
    Builder::new()
        .with_secret(secret.to_vec())
        .with_issuer(Some("Latchkey"))
        .with_account_name(account.replace(':', ""))
        .build()
        .map_err(|error| Error::Internal(Box::new(error)))
}

/// Independent of case and separators.
pub(super) fn recovery_hash(user: UserId, code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    tokens::hash(&format!("recovery:{user}:{}", plain.to_ascii_lowercase()))
}
