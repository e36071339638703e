//! Who calls: a handler that takes a [`Customer`] or [`Staff`] cannot be reached by anybody else.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use domain::refusal::Refusal;
use domain::security::Device;
use services::Error;
use services::accounts::Caller;
use services::guests::Visitor;

use crate::App;
use crate::cookies::Cookie;
use crate::network::network_of;
use crate::problem::Problem;

/// Somebody who is signed in.
pub struct Customer(pub Caller);

/// Somebody who is signed in and runs the shop.
pub struct Staff(pub Caller);

/// Somebody who may be signed in, and may be known as a guest.
pub struct Anybody {
    /// Whose cart and wishlist they see.
    pub visitor: Visitor,
    /// Who is signed in.
    pub caller: Option<Caller>,
}

/// From where a request comes.
pub struct Sender(pub Device);

/// The header by which clients without cookies say which guest they are.
pub const SESSION_HEADER: &str = "x-session-id";

impl FromRequestParts<App> for Customer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self(signed_in(app, &parts.headers).await?))
    }
}

impl FromRequestParts<App> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = signed_in(app, &parts.headers).await?;
        Ok(Self(app.shop.accounts().staff(caller)?))
    }
}

impl FromRequestParts<App> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(anybody(app, &parts.headers).await?)
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

async fn signed_in(app: &App, headers: &HeaderMap) -> Result<Caller, Error> {
    match bearer(headers) {
        Some(token) => app.shop.accounts().caller(token).await,
        None => by_cookie(app, headers).await,
    }
}

/// Whose sign-in the browser's cookie names: of several of its name the first that opens.
async fn by_cookie(app: &App, headers: &HeaderMap) -> Result<Caller, Error> {
    let mut refused = Refusal::NotSignedIn;
    for token in Cookie::Token.values(&app.site, headers) {
        match app.shop.accounts().caller(token).await {
            // That a sign-in has ended says more than that something else is none.
            Err(Error::Refused(Refusal::NotSignedIn)) => {}
            Err(Error::Refused(refusal)) => refused = refusal,
            found => return found,
        }
    }
    Err(refused.into())
}

/// A program's token that does not open is refused, so that it asks for another. A browser's cookie that does not open
/// is that of somebody whose sign-in has ended: a guest.
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

/// What the caller says it is known by as a guest: of several cookies of that name the first that the shop knows.
pub async fn guest_secret(app: &App, headers: &HeaderMap) -> Result<Option<String>, Error> {
    let said = headers.get(SESSION_HEADER).and_then(|value| value.to_str().ok());
    if let Some(said) = said.map(str::trim).filter(|said| !said.is_empty()) {
        return Ok(Some(said.to_owned()));
    }
    let sent = Cookie::Guest.values(&app.site, headers);
    // One is not looked up here: whoever asks about a cart does.
    if sent.len() > 1 {
        for secret in &sent {
            if app.shop.guests().knows(secret).await? {
                return Ok(Some((*secret).to_owned()));
            }
        }
    }
    Ok(sent.first().map(|secret| (*secret).to_owned()))
}

/// The token of `Authorization: Bearer TOKEN`; the scheme's case does not matter.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether the caller shows a Bearer token that is written as one (RFC 6750): whether it opens anything is another question.
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
