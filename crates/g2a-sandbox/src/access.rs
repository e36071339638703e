//! Authentication: the hash header, and Bearer tokens, which open only the list of products.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::dice::mix;
use crate::settings::Settings;

/// The lifetime of a recorded token of the supplier.
pub(crate) const TOKEN_SECONDS: u64 = 300;
const LIFETIME: Duration = Duration::from_secs(TOKEN_SECONDS);
const MOST_TOKENS: usize = 1_000;

/// What a value of `Authorization` proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The hash header: every call.
    Buyer,
    /// A valid Bearer token: only the list of products.
    Reader,
    Stranger,
}

/// The only correct value of the header, computed once.
pub(crate) fn header(settings: &Settings) -> String {
    let key = format!("{}{}{}", settings.client_id, settings.email, settings.client_secret);
    format!("{}, {}", settings.client_id, hex::encode(Sha256::digest(key)))
}

/// The issued tokens.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    made: HashMap<String, Instant>,
    given: u64,
}

impl Tokens {
    pub(crate) fn caller(&self, value: &str, header: &str) -> Caller {
        match value.strip_prefix("Bearer ") {
            Some(token)
                if self
                    .made
                    .get(token.trim())
                    .is_some_and(|made| made.elapsed() < LIFETIME) =>
            {
                Caller::Reader
            }
            None if same(value, header) => Caller::Buyer,
            _ => Caller::Stranger,
        }
    }

    /// A new Bearer token, or `None` for wrong credentials.
    pub(crate) fn give(&mut self, settings: &Settings, client_id: &str, client_secret: &str) -> Option<String> {
        // Both are compared before either result counts, so that the time does not tell which one is wrong.
        let right = same(client_id, &settings.client_id) & same(client_secret, &settings.client_secret);
        if !right {
            return None;
        }
        self.made.retain(|_, made| made.elapsed() < LIFETIME);
        if self.made.len() >= MOST_TOKENS {
            self.made.clear();
        }
        self.given += 1;
        let half = |salt: u64| mix(settings.seed ^ salt, self.given);
        let token = format!("{:016x}{:016x}", half(0x70C), half(0x70D));
        self.made.insert(token.clone(), Instant::now());
        Some(token)
    }
}

/// Compares in a time that depends on neither text: the hashes have the same length, and every byte is compared.
fn same(given: &str, right: &str) -> bool {
    let (given, right) = (Sha256::digest(given), Sha256::digest(right));
    given
        .iter()
        .zip(right.iter())
        .fold(0, |difference, (a, b)| difference | (a ^ b))
        == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_the_recorded_one() {
        let settings = Settings {
            client_id: "games-games-games".into(),
            email: "test123@integration-api.g2a".into(),
            client_secret: "quite-nice-secret".into(),
            ..Settings::default()
        };
        let right = "games-games-games, 5feaefae655d6d2dcfb27f22e700495aa90e255fc0ad93bc22dfc0ed770fae21";
        assert_eq!(header(&settings), right);
        let mut tokens = Tokens::default();
        assert_eq!(tokens.caller(right, right), Caller::Buyer);
        assert_eq!(tokens.give(&settings, "games-games-games", "wrong"), None);
        let token = tokens
            .give(&settings, "games-games-games", "quite-nice-secret")
            .unwrap();
        assert_eq!(tokens.caller(&format!("Bearer {token}"), right), Caller::Reader);
        assert_eq!(tokens.caller("Bearer nonsense", right), Caller::Stranger);
    }
}
