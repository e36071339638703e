//! Tokens: signed ones that name a sign-in, and random ones that are stored as hashes.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use domain::chance::Chance;
use domain::clock::Timestamp;
use domain::id::{SessionId, UserId};
use domain::refusal::Refusal;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The header of every token that this shop signs, `{"alg":"HS256","typ":"JWT"}`. No other header is accepted: a token
/// must not choose how it is verified.
const HEADER: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// The claims of a token (RFC 7519): the account, the sign-in, and the expiry.
#[derive(Serialize, Deserialize)]
struct Claims {
    sub: Uuid,
    sid: Uuid,
    /// Seconds since the epoch.
    iat: i64,
    /// The same; without it the token is valid as long as its sign-in lasts, and belongs to a cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
}

/// Signs tokens and verifies them.
#[derive(Clone)]
pub struct TokenKey(Hmac<Sha256>);

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey")
    }
}

impl TokenKey {
    /// A key of `secret`, of any length.
    #[must_use]
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    pub fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("a key"))
    }

    /// A token for `user`'s sign-in `session`, valid until `expires_at`, or as long as the sign-in lasts.
    #[must_use]
    pub(crate) fn sign(
        &self,
        user: UserId,
        session: SessionId,
        now: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> String {
        let seconds = |at: Timestamp| at.as_millis().div_euclid(1_000);
        let claims = Claims {
            sub: user.0,
            sid: session.0,
            iat: seconds(now),
            exp: expires_at.map(seconds),
        };
        // Serialising numbers and ids cannot fail.
        let claims = serde_json::to_vec(&claims).unwrap_or_default();
        let signed = format!("{HEADER}.{}", BASE64.encode(claims));
        let signature = self.0.clone().chain_update(&signed).finalize().into_bytes();
        format!("{signed}.{}", BASE64.encode(signature))
    }

    /// The account and sign-in that `token` names.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotSignedIn`] when this shop did not sign it, [`Refusal::SignInExpired`] when it has expired.
    pub(crate) fn read(&self, token: &str, now: Timestamp) -> Result<(UserId, SessionId), Refusal> {
        let claims = self.claims(token).ok_or(Refusal::NotSignedIn)?;
        if claims
            .exp
            .is_some_and(|exp| now.as_millis() >= exp.saturating_mul(1_000))
        {
            return Err(Refusal::SignInExpired);
        }
        Ok((UserId(claims.sub), SessionId(claims.sid)))
    }

    fn claims(&self, token: &str) -> Option<Claims> {
        let (signed, signature) = token.rsplit_once('.')?;
        let claims = signed.strip_prefix(HEADER)?.strip_prefix('.')?;
        let signature = BASE64.decode(signature).ok()?;
        // The comparison takes constant time.
        self.0.clone().chain_update(signed).verify_slice(&signature).ok()?;
        serde_json::from_slice(&BASE64.decode(claims).ok()?).ok()
    }
}

/// An unpredictable text of 256 bits.
pub(crate) fn random(chance: &dyn Chance) -> String {
    let mut bytes = [0; 32];
    chance.fill(&mut bytes);
    BASE64.encode(bytes)
}

/// The hash under which a secret is stored, so that the database does not contain the secret.
///
/// One round of SHA-256 is enough for long random secrets; passwords are hashed with argon2id.
pub(crate) fn hash(secret: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(secret).iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_795_406_400_000_000);
    const USER: UserId = UserId(Uuid::from_u128(1));
    const SESSION: SessionId = SessionId(Uuid::from_u128(2));

    #[test]
    fn a_token_opens_until_it_expires() {
        let key = TokenKey::new(b"a secret of this test");
        let until = NOW.plus(Duration::from_secs(900));
        let token = key.sign(USER, SESSION, NOW, Some(until));
        assert_eq!(key.read(&token, NOW), Ok((USER, SESSION)));
        assert_eq!(
            key.read(&token, until.minus(Duration::from_millis(1))),
            Ok((USER, SESSION))
        );
        assert_eq!(key.read(&token, until), Err(Refusal::SignInExpired));
        let lasting = key.sign(USER, SESSION, NOW, None);
        assert_eq!(
            key.read(&lasting, until.plus(Duration::from_secs(86_400))),
            Ok((USER, SESSION))
        );
    }

    #[test]
    fn what_the_shop_did_not_sign_opens_nothing() {
        let key = TokenKey::new(b"a secret of this test");
        let token = key.sign(USER, SESSION, NOW, None);
        let [header, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else {
            panic!("{token}")
        };
        let none = BASE64.encode(r#"{"alg":"none","typ":"JWT"}"#);
        for forged in [
            String::new(),
            "..".to_owned(),
            format!("{header}.{claims}."),
            format!("{none}.{claims}."),
            format!("{none}.{claims}.{signature}"),
            format!("{header}.{}.{signature}", BASE64.encode(r#"{"sub":1}"#)),
            format!("{token}x"),
            TokenKey::new(b"another secret").sign(USER, SESSION, NOW, None),
        ] {
            assert_eq!(key.read(&forged, NOW), Err(Refusal::NotSignedIn), "{forged}");
        }
    }

    #[test]
    fn the_header_says_what_it_stands_for() {
        assert_eq!(BASE64.decode(HEADER).unwrap(), br#"{"alg":"HS256","typ":"JWT"}"#);
    }
}
