//! Passwords: argon2id, on blocking threads, with a limit on parallel hashes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, Params};
use domain::chance::Chance;
use domain::password::normalised;
use storage::accounts::Credentials;

use crate::cpu_pool::CpuPool;
use crate::{AccountService, Error};

use super::AccountRules;

/// What a password that was typed is to a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verified {
    /// The password of the hash, in its normal form.
    Normal,
    /// The password of a hash that was made before passwords were normalised.
    AsTyped,
    /// Another one.
    Wrong,
}

/// What the hash of a new password costs, and with it each verification of that password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    /// Memory in KiB, at least 8.
    pub memory: u32,
    /// Passes over it, at least 1.
    pub passes: u32,
}

impl Default for HashCost {
    /// The library's cost, which is OWASP's.
    fn default() -> Self {
        Self {
            memory: Params::DEFAULT_M_COST,
            passes: Params::DEFAULT_T_COST,
        }
    }
}

/// Hashes and verifies.
#[derive(Debug)]
pub(crate) struct Passwords {
    /// Each hash takes a core and the memory of its cost.
    pool: CpuPool,
    cost: HashCost,
    verified: AtomicU64,
    /// The hash of a dummy password, so that an unknown account takes as long as a known one.
    dummy: Arc<OnceLock<Result<String, String>>>,
}

impl Passwords {
    pub(crate) fn new(rules: &AccountRules) -> Self {
        Self {
            pool: CpuPool::with_slots(rules.hashes_at_once),
            cost: rules.hash_cost,
            verified: AtomicU64::new(0),
            dummy: Arc::default(),
        }
    }

    /// The hash of a new password, as a PHC text.
    pub(crate) async fn hash(&self, password: &str, chance: &dyn Chance) -> Result<String, Error> {
        let (password, salt, cost) = (normalised(password), salt(chance), self.cost);
        self.pool.run(move || hash(password.as_bytes(), salt, cost)).await?
    }

    /// Whether `password` is the one of the hash `known`; for an account that does not exist it takes as long and is
    /// `false`.
    pub(crate) async fn verify(&self, password: &str, known: Option<&str>) -> Result<bool, Error> {
        Ok(self.verify_form(password, known).await? != Verified::Wrong)
    }

    /// The same, and in which form. A password that is not in its normal form costs two verifications, whether there is an
    /// account or not.
    pub(super) async fn verify_form(&self, password: &str, known: Option<&str>) -> Result<Verified, Error> {
        self.verified.fetch_add(1, Ordering::SeqCst);
        let (password, known) = (password.to_owned(), known.map(str::to_owned));
        let (dummy, cost) = (Arc::clone(&self.dummy), self.cost);
        let verified = self.pool.run(move || {
            // Created on the first call, whether the account is known or not.
            let dummy = dummy.get_or_init(|| hash(b"", [0; 16], cost).map_err(|error| error.to_string()));
            let dummy = dummy.as_ref().map_err(|error| Error::Internal(error.clone().into()))?;
            let parsed = PasswordHash::new(known.as_deref().unwrap_or(dummy)).map_err(internal)?;
            let is_of = |password: &str| {
                // At the cost that the hash itself names.
                let same = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
                same && known.is_some()
            };
            let normal = normalised(&password);
            Ok(if is_of(&normal) {
                Verified::Normal
            } else if normal != password && is_of(&password) {
                Verified::AsTyped
            } else {
                Verified::Wrong
            })
        });
        verified.await?
    }

    /// How many passwords were verified since this process started.
    pub(crate) fn verified(&self) -> u64 {
        self.verified.load(Ordering::SeqCst)
    }
}

impl AccountService<'_> {
    /// The hash of the password that was just verified; one of a password that was not normalised is replaced, so that the
    /// password is right in each of its forms from now on.
    pub(super) async fn hash_in_force(
        &self,
        known: &Credentials,
        password: &str,
        verified: Verified,
    ) -> Result<String, Error> {
        if verified != Verified::AsTyped {
            return Ok(known.password_hash.clone());
        }
        let renewed = self.shop.passwords.hash(password, self.shop.chance()).await?;
        let input = (
            known.user.id,
            known.password_hash.clone(),
            renewed.clone(),
            self.shop.now(),
        );
        let set = self.shop.write(input, |tx, &(id, ref known, ref renewed, now)| {
            Box::pin(async move { Ok(tx.accounts().renew_hash(id, known, renewed, now).await?) })
        });
        // Unless the password was changed meanwhile: then the old hash is as wrong as it would have been.
        Ok(if set.await? {
            renewed
        } else {
            known.password_hash.clone()
        })
    }
}

fn hash(password: &[u8], salt: [u8; 16], cost: HashCost) -> Result<String, Error> {
    let params = Params::new(cost.memory, cost.passes, Params::DEFAULT_P_COST, None).map_err(internal)?;
    let hash: PasswordHash = Argon2::from(params)
        .hash_password_with_salt(password, &salt)
        .map_err(internal)?;
    Ok(hash.to_string())
}

fn salt(chance: &dyn Chance) -> [u8; 16] {
    let mut salt = [0; 16];
    chance.fill(&mut salt);
    salt
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Internal(Box::new(error))
}
