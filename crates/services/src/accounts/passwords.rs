//! Passwords: argon2id, on blocking threads, with a limit on parallel hashes.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use domain::chance::Chance;

use crate::Error;
use crate::cpu_pool::CpuPool;

/// Hashes and verifies. The parameters are the library's (19 MiB, two passes, one lane), which are OWASP's.
#[derive(Debug)]
pub(crate) struct Passwords {
    /// Each hash takes a core and 19 MiB.
    pool: CpuPool,
    verified: AtomicU64,
}

/// The hash of a dummy password, so that an unknown account takes as long as a known one.
static DUMMY_HASH: OnceLock<Result<String, String>> = OnceLock::new();

impl Passwords {
    pub(crate) fn new(at_once: usize) -> Self {
        Self {
            pool: CpuPool::with_slots(at_once),
            verified: AtomicU64::new(0),
        }
    }

    /// The hash of a new password, as a PHC text.
    pub(crate) async fn hash(&self, password: &str, chance: &dyn Chance) -> Result<String, Error> {
        let (password, salt) = (password.to_owned(), salt(chance));
        self.pool.run(move || hash(password.as_bytes(), salt)).await?
    }

    /// Whether `password` is the one of the hash `known`; for an account that does not exist it takes as long and is
    /// `false`.
    pub(crate) async fn verify(&self, password: &str, known: Option<&str>) -> Result<bool, Error> {
        self.verified.fetch_add(1, Ordering::SeqCst);
        let (password, known) = (password.to_owned(), known.map(str::to_owned));
        let verified = self.pool.run(move || {
            // Created on the first call, whether the account is known or not.
            let dummy = DUMMY_HASH.get_or_init(|| hash(b"", [0; 16]).map_err(|error| error.to_string()));
            let dummy = dummy.as_ref().map_err(|error| Error::Internal(error.clone().into()))?;
            let parsed = PasswordHash::new(known.as_deref().unwrap_or(dummy)).map_err(internal)?;
            let same = Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
            Ok(same && known.is_some())
        });
        verified.await?
    }

    /// How many passwords were verified since this process started.
    pub(crate) fn verified(&self) -> u64 {
        self.verified.load(Ordering::SeqCst)
    }
}

fn hash(password: &[u8], salt: [u8; 16]) -> Result<String, Error> {
    let hash: PasswordHash = Argon2::default()
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
