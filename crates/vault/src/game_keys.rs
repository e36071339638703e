//! Game keys: sealed for one row and one game, and told from one another by hashes that say nothing else.

use std::fmt;

use chacha20poly1305::XNonce;
use chacha20poly1305::aead::{Aead, Payload};
use domain::id::GameId;
use domain::own_key::{KeyText, OwnKeyId};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{NONCE_BYTES, Seal, SealPurpose, UnsealError};

/// The first byte of a sealed game key: after it stands the number of the master key.
const VERSION: u8 = 2;
/// The number of the only master key.
const MASTER_KEY: u8 = 1;
/// How many bytes the key of the hashes has.
const HASHING_KEY_BYTES: usize = 32;

/// Makes the hashes of keys. Without `Debug`: it is a secret.
#[derive(Clone)]
pub struct KeyHasher(Hmac<Sha256>);

impl Seal {
    /// Seals a key for its row and its game: in another row, or as a key of another game, it does not open.
    ///
    /// A byte of version, one for the master key, 24 of nonce, then the ciphertext with its tag: 42 bytes longer than the key.
    #[must_use]
    #[expect(clippy::expect_used, reason = "this cipher refuses nothing shorter than 256 GiB")]
    pub fn seal_key(&self, row: OwnKeyId, game: GameId, key: &KeyText) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        self.chance.fill(&mut nonce);
        let payload = Payload {
            msg: key.expose().as_bytes(),
            aad: &place(MASTER_KEY, row, game),
        };
        let ciphertext = self
            .cipher(SealPurpose::GameKey)
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a text that fits into memory can be sealed");
        [&[VERSION, MASTER_KEY][..], &nonce, &ciphertext].concat()
    }

    /// Opens a key that was sealed for this row and this game.
    ///
    /// # Errors
    /// [`UnsealError`], whatever the reason.
    pub fn open_key(&self, row: OwnKeyId, game: GameId, sealed: &[u8]) -> Result<KeyText, UnsealError> {
        let (&[version, master_key], rest) = sealed.split_first_chunk::<2>().ok_or(UnsealError)?;
        let (&nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(UnsealError)?;
        if version != VERSION || master_key != MASTER_KEY {
            return Err(UnsealError);
        }
        let payload = Payload {
            msg: ciphertext,
            aad: &place(master_key, row, game),
        };
        let opened = self
            .cipher(SealPurpose::GameKey)
            .decrypt(&XNonce::from(nonce), payload)
            .map_err(|_| UnsealError)?;
        String::from_utf8(opened).map(KeyText::kept).map_err(|_| UnsealError)
    }

    /// Draws the key of the hashes, sealed for the row that will hold it.
    #[must_use]
    pub fn draw_hashing_key(&self, row: Uuid) -> Vec<u8> {
        let mut key = Zeroizing::new([0; HASHING_KEY_BYTES]);
        self.chance.fill(&mut *key);
        self.seal(SealPurpose::KeyHashes, row, &*key)
    }

    /// Makes hashes with the key that was drawn for this row.
    ///
    /// # Errors
    /// [`UnsealError`], whatever the reason.
    pub fn key_hasher(&self, row: Uuid, sealed: &[u8]) -> Result<KeyHasher, UnsealError> {
        let key = Zeroizing::new(self.open(SealPurpose::KeyHashes, row, sealed)?);
        let key = Hmac::new_from_slice(&key).map_err(|_| UnsealError)?;
        Ok(KeyHasher(key))
    }
}

impl KeyHasher {
    /// The hash of a key, without the spaces around it.
    #[must_use]
    pub fn hash(&self, key: &KeyText) -> [u8; 32] {
        let mut mac = self.0.clone();
        mac.update(key.expose().trim().as_bytes());
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for KeyHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyHasher").finish_non_exhaustive()
    }
}

/// Where a sealed key belongs, and what it is sealed with.
fn place(master_key: u8, row: OwnKeyId, game: GameId) -> [u8; 33] {
    let mut place = [master_key; 33];
    place[1..17].copy_from_slice(row.0.as_bytes());
    place[17..].copy_from_slice(game.0.as_bytes());
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::secrets;

    const ROW: OwnKeyId = OwnKeyId(Uuid::from_u128(7));
    const GAME: GameId = GameId(Uuid::from_u128(8));

    fn key(text: &str) -> KeyText {
        KeyText::parse(text).unwrap()
    }

    #[test]
    fn a_key_opens_in_its_row_as_a_key_of_its_game_alone() {
        let seal = secrets("master-key-of-a-test").seal;
        let sealed = seal.seal_key(ROW, GAME, &key("AAAA-BBBB"));
        assert_eq!(seal.open_key(ROW, GAME, &sealed).unwrap().expose(), "AAAA-BBBB");
        assert!(!sealed.windows(4).any(|window| window == b"AAAA"));
        for (row, game) in [
            (OwnKeyId(Uuid::from_u128(8)), GAME),
            (ROW, GameId(Uuid::from_u128(7))),
            (OwnKeyId(GAME.0), GameId(ROW.0)),
        ] {
            assert_eq!(seal.open_key(row, game, &sealed), Err(UnsealError));
        }
        let other = secrets("master-key-of-another").seal;
        assert_eq!(other.open_key(ROW, GAME, &sealed), Err(UnsealError));
        assert_eq!(seal.open(SealPurpose::Mail, ROW.0, &sealed), Err(UnsealError));
    }

    #[test]
    fn a_changed_byte_or_a_missing_end_is_found_out() {
        let seal = secrets("master-key-of-a-test").seal;
        let sealed = seal.seal_key(ROW, GAME, &key("AAAA-BBBB"));
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(seal.open_key(ROW, GAME, &changed), Err(UnsealError), "byte {at}");
            assert_eq!(seal.open_key(ROW, GAME, &sealed[..at]), Err(UnsealError), "cut at {at}");
        }
    }

    #[test]
    fn hashes_are_of_the_key_and_of_the_drawn_key_alone() {
        let seal = secrets("master-key-of-a-test").seal;
        let (one, two) = (seal.draw_hashing_key(ROW.0), seal.draw_hashing_key(ROW.0));
        let hasher = |sealed: &[u8]| seal.key_hasher(ROW.0, sealed).unwrap();
        assert_eq!(hasher(&one).hash(&key("K")), hasher(&one).hash(&key(" K ")));
        assert_ne!(hasher(&one).hash(&key("K")), hasher(&one).hash(&key("k")));
        assert_ne!(hasher(&one).hash(&key("K")), hasher(&two).hash(&key("K")));
        assert!(seal.key_hasher(GAME.0, &one).is_err(), "another row");
    }
}
