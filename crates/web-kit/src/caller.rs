//! The caller of a request: a handler that takes a [`Customer`] or [`Staff`](crate::staff::Staff) cannot be reached by
//! anybody else.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use domain::refusal::Refusal;
use domain::security::Device;
use services::Error;
use services::accounts::{Caller, Carried};
use services::guests::Visitor;

use crate::cookies::Cookie;
use crate::network::network_of;
use crate::problem::Problem;
use crate::{App, Site};

/// A signed-in user.
pub struct Customer(pub Caller);

/// Any caller: signed in or not, with or without a guest's session.
pub struct Anybody {
    /// Whose cart and wishlist the caller sees.
    pub visitor: Visitor,
    /// The sign-in, if there is one.
    pub caller: Option<Caller>,
}

/// The device that sent a request.
pub struct Sender(pub Device);

/// The guest's secret that the caller sent; the shop may not know it.
pub struct GuestSecret(pub Option<String>);

/// The secrets by which the caller may be a known device of accounts; the shop may know none of them.
pub struct DeviceSecrets(pub Vec<String>);

/// Accounts that one browser can be a known device of: those that signed in last.
const DEVICES_OF_A_BROWSER: usize = 5;

impl DeviceSecrets {
    /// What a sign-in sends along.
    pub fn carried<'a>(&'a self, guest_secret: Option<&'a str>) -> Carried<'a> {
        Carried {
            guest_secret,
            device_secrets: &self.0,
        }
    }

    /// Those that a program sends in its request, before those of its cookies.
    #[must_use]
    pub fn preceded_by(mut self, sent: Option<&str>) -> Self {
        self.0.splice(0..0, secrets_in(sent.into_iter()));
        self
    }

    /// Has the browser keep `secret` for its next sign-in, with those of other accounts.
    pub fn keep(&self, site: &Site, response: &mut Response, secret: &str) {
        let others = self.0.iter().map(String::as_str).filter(|other| *other != secret);
        let kept: Vec<&str> = std::iter::once(secret)
            .chain(others)
            .take(DEVICES_OF_A_BROWSER)
            .collect();
        Cookie::Device.set(site, response, &kept.join("."));
    }
}

impl FromRequestParts<App> for DeviceSecrets {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let sent = Cookie::Device.values(&app.site, &parts.headers);
        Ok(Self(secrets_in(sent.into_iter())))
    }
}

/// What is not 256 bits in Base64 was not written by this shop.
fn secrets_in<'a>(sent: impl Iterator<Item = &'a str>) -> Vec<String> {
    let written = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let secrets = sent.flat_map(|value| value.split('.'));
    let secrets = secrets.filter(|secret| secret.len() == 43 && secret.bytes().all(written));
    secrets.take(DEVICES_OF_A_BROWSER).map(str::to_owned).collect()
}

/// The header in which clients without cookies send the guest's secret.
pub const SESSION_HEADER: &str = "x-session-id";

impl FromRequestParts<App> for Customer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self(signed_in(app, &parts.headers).await?))
    }
}

impl FromRequestParts<App> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(anybody(app, &parts.headers).await?)
    }
}

impl FromRequestParts<App> for GuestSecret {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self(guest_secret(app, &parts.headers).await?))
    }
}

impl FromRequestParts<App> for Sender {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        let agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|agent| agent.to_str().ok());
        let plain = agent.unwrap_or_default().chars().filter(|c| !c.is_control());
        Ok(Self(Device {
            address: network_of(&parts.extensions, &parts.headers, &app.site.trusted_proxies).to_string(),
            name: plain.take(Device::NAME_MAX).collect(),
        }))
    }
}

pub(crate) async fn signed_in(app: &App, headers: &HeaderMap) -> Result<Caller, Error> {
    match bearer(headers) {
        Some(token) => app.shop.accounts().caller(token).await,
        None => by_cookie(app, headers).await,
    }
}

/// The caller of the browser's cookie; of several cookies with its name the first valid one.
async fn by_cookie(app: &App, headers: &HeaderMap) -> Result<Caller, Error> {
    let mut refused = Refusal::NotSignedIn;
    for token in Cookie::Token.values(&app.site, headers) {
        match app.shop.accounts().caller(token).await {
            // An ended sign-in is more specific than an invalid value, so it is not replaced by this error.
            Err(Error::Refused(Refusal::NotSignedIn)) => {}
            Err(Error::Refused(refusal)) => refused = refusal,
            found => return found,
        }
    }
    Err(refused.into())
}

/// An invalid token of a program is refused, so that the program requests another one. A browser with an invalid cookie
/// has an ended sign-in and is treated as a guest.
pub(crate) async fn anybody(app: &App, headers: &HeaderMap) -> Result<Anybody, Error> {
    let caller = match bearer(headers) {
        Some(token) => Some(app.shop.accounts().caller(token).await?),
        None => match by_cookie(app, headers).await {
            Err(Error::Refused(_)) => None,
            other => Some(other?),
        },
    };
    Ok(Anybody {
        visitor: Visitor {
            user: caller.as_ref().map(|caller| caller.user.id),
            guest_secret: guest_secret(app, headers).await?,
        },
        caller,
    })
}

/// The guest's secret of the caller; of several cookies with its name the first that the shop knows.
async fn guest_secret(app: &App, headers: &HeaderMap) -> Result<Option<String>, Error> {
    let said = headers.get(SESSION_HEADER).and_then(|value| value.to_str().ok());
    if let Some(said) = said.map(str::trim).filter(|said| !said.is_empty()) {
        return Ok(Some(said.to_owned()));
    }
    let sent = Cookie::Guest.values(&app.site, headers);
    // A single value is not looked up here; the use of the cart does that.
    if sent.len() > 1 {
        for secret in &sent {
            if app.shop.guests().knows(secret).await? {
                return Ok(Some((*secret).to_owned()));
            }
        }
    }
    Ok(sent.first().map(|secret| (*secret).to_owned()))
}

/// The token of `Authorization: Bearer TOKEN`; the scheme is case-insensitive.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether the caller sends a well-formed Bearer token (RFC 6750); the token may still be invalid.
pub(crate) fn shows_token(headers: &HeaderMap) -> bool {
    let is_written_well = |token: &str| {
        let text = token.trim_end_matches('=');
        let signs = |sign: u8| sign.is_ascii_alphanumeric() || b"-._~+/".contains(&sign);
        !text.is_empty() && text.bytes().all(signs)
    };
    bearer(headers).is_some_and(is_written_well)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_str(value).unwrap());
        headers
    }

    #[test]
    fn a_bearers_token_is_taken_whole() {
        for (value, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("Basic abc", None),
            ("abc", None),
        ] {
            assert_eq!(bearer(&headers("authorization", value)), token, "{value}");
        }
    }

    #[test]
    fn only_what_is_written_as_a_bearers_token_is_one() {
        for (value, is_token) in [
            ("Bearer abc.DEF-1_2~3+4/5==", true),
            ("bearer abc", true),
            ("Bearer ", false),
            ("Bearer", false),
            ("Bearer =", false),
            ("Bearer a b", false),
            ("Bearer a\"b", false),
            ("Basic dXNlcjpwYXNz", false),
            ("abc", false),
        ] {
            assert_eq!(shows_token(&headers("authorization", value)), is_token, "{value}");
        }
        assert!(!shows_token(&HeaderMap::new()));
    }
}
