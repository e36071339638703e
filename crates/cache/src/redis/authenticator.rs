//! The MAC of values in Redis (HMAC-SHA256), under a key that only the processes of the shop have.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The size of a MAC in bytes.
pub(super) const MAC_BYTES: usize = 32;
/// The block size of SHA-256 in bytes.
const BLOCK_BYTES: usize = 64;

/// Computes and verifies MACs. Without the key nobody can forge a value, even with write access to Redis.
#[derive(Clone)]
pub(crate) struct Authenticator(Hmac<Sha256>);

impl Authenticator {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        // HMAC pads a key that is shorter than a block with zeros.
        let mut block = [0; BLOCK_BYTES];
        block[..key.len()].copy_from_slice(key);
        Self(Hmac::new(&block.into()))
    }

    /// The MAC of the concatenated parts.
    pub(super) fn mac_of(&self, parts: [&[u8]; 2]) -> [u8; MAC_BYTES] {
        self.over(parts).finalize().into_bytes().into()
    }

    /// Whether `mac` is the MAC of the concatenated parts; compared in constant time.
    pub(super) fn is_mac_of(&self, parts: [&[u8]; 2], mac: [u8; MAC_BYTES]) -> bool {
        self.over(parts).verify(&mac.into()).is_ok()
    }

    fn over(&self, parts: [&[u8]; 2]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac
    }
}

/// Does not show the key.
impl fmt::Debug for Authenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authenticator")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mac_is_the_one_that_others_would_compute() {
        let mut others = Hmac::<Sha256>::new_from_slice(&[7; 32]).unwrap();
        others.update(b"a game, a price");
        let others: [u8; MAC_BYTES] = others.finalize().into_bytes().into();
        let ours = Authenticator::new(&[7; 32]);
        assert_eq!(ours.mac_of([b"a game, ", b"a price"]), others);
        assert!(ours.is_mac_of([b"a game, a", b" price"], others));
        assert!(!ours.is_mac_of([b"a game, a", b" prize"], others));
        assert!(!Authenticator::new(&[8; 32]).is_mac_of([b"a game, a", b" price"], others));
    }

    #[test]
    fn the_key_does_not_debug_itself() {
        assert_eq!(format!("{:?}", Authenticator::new(&[7; 32])), "Authenticator");
    }
}
