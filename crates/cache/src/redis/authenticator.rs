//! Whose a value is: a MAC under a key that the shop's own processes alone know (HMAC-SHA256).

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Bytes of a MAC.
pub(super) const MAC_BYTES: usize = 32;
/// Bytes that the hash takes at once.
const BLOCK_BYTES: usize = 64;

/// Authenticates values: who does not know the key cannot make one, whatever they may write to Redis.
#[derive(Clone)]
pub(crate) struct Authenticator(Hmac<Sha256>);

impl Authenticator {
    pub(super) fn new(key: &[u8; 32]) -> Self {
        // What is shorter than a block is filled up with zeros: so says HMAC.
        let mut block = [0; BLOCK_BYTES];
        block[..key.len()].copy_from_slice(key);
        Self(Hmac::new(&block.into()))
    }

    /// The MAC of these parts, one behind the other.
    pub(super) fn mac_of(&self, parts: [&[u8]; 2]) -> [u8; MAC_BYTES] {
        self.over(parts).finalize().into_bytes().into()
    }

    /// Whether that is `mac`; how long the answer takes tells nothing of it.
    pub(super) fn is_mac_of(&self, parts: [&[u8]; 2], mac: [u8; MAC_BYTES]) -> bool {
        self.over(parts).verify(&mac.into()).is_ok()
    }

    fn over(&self, parts: [&[u8]; 2]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac
    }
}

/// Shows nothing of the key.
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
