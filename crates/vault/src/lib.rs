//! The shop's secrets, and the sealing of data that must stay unreadable with access to the database or a copy of it.

mod game_keys;
mod spool;

use std::fmt;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use domain::chance::Chance;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use thiserror::Error as ThisError;
use uuid::Uuid;

pub use game_keys::KeyHasher;
pub use spool::{SPOOLED_BODY_MAX, Spool, SpoolContents, SpoolError, SpoolId, Spooled, SpooledAnswer};

/// The first byte of all sealed data but game keys; another format will have another one.
const VERSION: u8 = 1;
/// `XChaCha20`'s: long enough that random nonces never collide.
const NONCE_BYTES: usize = 24;

/// The shop's secrets, the same in all of its processes.
#[derive(Clone)]
pub struct Secrets {
    /// Signs access tokens.
    pub token_key: Vec<u8>,
    /// Authenticates values that the shop's processes share through Redis.
    pub cache_key: [u8; 32],
    /// Seals data in the database.
    pub seal: Seal,
}

/// Seals and opens, for each purpose with a key derived from the master key. Cheap to clone.
#[derive(Clone)]
pub struct Seal {
    master_key: Arc<[u8]>,
    chance: Arc<dyn Chance>,
}

/// The purpose of sealed data: it opens only for the same purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealPurpose {
    /// The content of a mail: links and codes.
    Mail,
    /// The secret of a second factor.
    SecondFactor,
    /// The key of the codes in the trail of what staff did.
    Trail,
    /// A game key.
    GameKey,
    /// The key of the hashes by which game keys are told apart.
    KeyHashes,
    /// An answer of a supplier that no database holds yet.
    SpooledAnswer,
}

/// Sealed bytes that do not open: another purpose or row, another master key, or changed bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ThisError)]
#[error("sealed bytes do not open: another master key, another row, or not what was sealed")]
pub struct UnsealError;

impl SealPurpose {
    /// Part of the key: it must never change, or existing sealed data no longer opens.
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Mail => b"latchkey seal: mail",
            Self::SecondFactor => b"latchkey seal: second factor",
            Self::Trail => b"latchkey seal: trail",
            Self::GameKey => b"latchkey seal: game key",
            Self::KeyHashes => b"latchkey seal: key hashes",
            Self::SpooledAnswer => b"latchkey seal: spooled answer",
        }
    }
}

impl Secrets {
    /// The secrets of a shop whose settings are `keys.master_key` and `keys.jwt_secret`.
    #[must_use]
    pub fn new(master_key: &str, jwt_secret: &str, chance: Arc<dyn Chance>) -> Self {
        Self {
            token_key: jwt_secret.as_bytes().to_vec(),
            cache_key: derived(master_key.as_bytes(), b"latchkey mac: shared cache"),
            seal: Seal {
                master_key: master_key.as_bytes().into(),
                chance,
            },
        }
    }
}

impl Seal {
    /// Seals `plaintext` for the row that will hold it: in another row it does not open.
    ///
    /// A byte of version, 24 of nonce, then the ciphertext with its tag: 41 bytes longer than `plaintext`.
    #[must_use]
    #[expect(clippy::expect_used, reason = "this cipher refuses nothing shorter than 256 GiB")]
    pub fn seal(&self, purpose: SealPurpose, row: Uuid, plaintext: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        self.chance.fill(&mut nonce);
        let payload = Payload {
            msg: plaintext,
            aad: row.as_bytes(),
        };
        let ciphertext = self
            .cipher(purpose)
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a text that fits into memory can be sealed");
        [&[VERSION][..], &nonce, &ciphertext].concat()
    }

    /// Opens what was sealed for this purpose and this row.
    ///
    /// # Errors
    /// [`UnsealError`], whatever the reason.
    pub fn open(&self, purpose: SealPurpose, row: Uuid, sealed: &[u8]) -> Result<Vec<u8>, UnsealError> {
        let (&version, rest) = sealed.split_first().ok_or(UnsealError)?;
        let (&nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(UnsealError)?;
        if version != VERSION {
            return Err(UnsealError);
        }
        let payload = Payload {
            msg: ciphertext,
            aad: row.as_bytes(),
        };
        self.cipher(purpose)
            .decrypt(&XNonce::from(nonce), payload)
            .map_err(|_| UnsealError)
    }

    fn cipher(&self, purpose: SealPurpose) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(derived(&self.master_key, purpose.label())))
    }
}

/// Distinguishes secrets without revealing them, as 64 hex digits.
#[must_use]
pub fn fingerprint(secret: &str) -> String {
    hex::encode(derived(secret.as_bytes(), b"latchkey fingerprint"))
}

/// Thirty-two bytes derived from `secret` and `label`, which reveal neither (HMAC-SHA256).
fn derived(secret: &[u8], label: &[u8]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret).expect("a key");
    mac.update(label);
    mac.finalize().into_bytes().into()
}

/// Shows that there are secrets, and not their values.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seal").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;

    /// Returns another byte for each call.
    #[derive(Debug, Default)]
    struct Counting(AtomicU8);

    impl Chance for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0.fetch_add(1, Ordering::SeqCst));
        }
    }

    pub(crate) fn secrets(master_key: &str) -> Secrets {
        Secrets::new(master_key, "jwt-secret-of-a-test", Arc::new(Counting::default()))
    }

    const ROW: Uuid = Uuid::from_u128(7);

    #[test]
    fn what_was_sealed_opens_for_its_purpose_and_its_row_alone() {
        let seal = secrets("master-key-of-a-test").seal;
        let sealed = seal.seal(SealPurpose::Mail, ROW, b"reset link");
        assert_eq!(seal.open(SealPurpose::Mail, ROW, &sealed).unwrap(), b"reset link");
        assert_eq!(seal.open(SealPurpose::SecondFactor, ROW, &sealed), Err(UnsealError));
        assert_eq!(
            seal.open(SealPurpose::Mail, Uuid::from_u128(8), &sealed),
            Err(UnsealError)
        );
        let other = secrets("master-key-of-another").seal;
        assert_eq!(other.open(SealPurpose::Mail, ROW, &sealed), Err(UnsealError));
    }

    #[test]
    fn a_changed_byte_or_a_missing_end_is_found_out() {
        let seal = secrets("master-key-of-a-test").seal;
        let sealed = seal.seal(SealPurpose::Mail, ROW, b"code 123456");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(
                seal.open(SealPurpose::Mail, ROW, &changed),
                Err(UnsealError),
                "byte {at}"
            );
            assert_eq!(
                seal.open(SealPurpose::Mail, ROW, &sealed[..at]),
                Err(UnsealError),
                "cut at {at}"
            );
        }
    }

    #[test]
    fn the_same_text_is_sealed_differently_each_time_and_never_shows() {
        let seal = secrets("master-key-of-a-test").seal;
        let (one, two) = (
            seal.seal(SealPurpose::Mail, ROW, b"123456"),
            seal.seal(SealPurpose::Mail, ROW, b"123456"),
        );
        assert_ne!(one, two);
        assert!(!one.windows(6).any(|window| window == b"123456"));
    }

    #[test]
    fn secrets_do_not_debug_themselves() {
        let shown = format!("{:?}", secrets("master-key-of-a-test"));
        assert!(!shown.contains("of-a-test"), "{shown}");
    }

    #[test]
    fn fingerprints_tell_secrets_apart() {
        assert_eq!(fingerprint("one"), fingerprint("one"));
        assert_ne!(fingerprint("one"), fingerprint("two"));
    }
}
