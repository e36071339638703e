//! Who calls: a handler that takes an [`Operator`] cannot be reached by anybody else.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use sha2::{Digest, Sha256};

use crate::App;
use crate::problem::Problem;

/// Somebody who holds the operator's token of the settings. A staff role takes over when there are accounts.
pub(crate) struct Operator;

impl FromRequestParts<App> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        // Without a token nobody can be let in: then there is nothing here.
        let token = app
            .site
            .operator_token
            .as_deref()
            .ok_or_else(Problem::no_such_address)?;
        let said = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        match said.and_then(bearer) {
            Some(said) if same(said, token) => Ok(Self),
            _ => Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "AUTH001",
                "This needs the operator's token",
            )),
        }
    }
}

/// The token of `Bearer TOKEN`; the scheme's case does not matter.
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Compares in a time that depends on neither text: the digests are of one length, and every byte is looked at.
fn same(said: &str, right: &str) -> bool {
    let (said, right) = (Sha256::digest(said), Sha256::digest(right));
    said.iter().zip(right.iter()).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_compared_whole() {
        assert_eq!(bearer("Bearer abc"), Some("abc"));
        assert_eq!(bearer("bearer  abc "), Some("abc"));
        assert_eq!(bearer("Basic abc"), None);
        assert_eq!(bearer("abc"), None);
        assert!(same("abc", "abc"));
        assert!(!same("abc", "abd") && !same("ab", "abc") && !same("", "abc"));
    }
}
