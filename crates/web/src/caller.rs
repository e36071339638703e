//! Who calls: a handler that takes a [`Customer`] or [`Staff`] cannot be reached by anybody else.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, HeaderName, header};
use domain::refusal::Refusal;
use domain::security::Device;
use ipnet::IpNet;
use services::Error;
use services::accounts::Caller;
use services::guests::Visitor;

use crate::App;
use crate::cookies::Cookie;
use crate::problem::Problem;

/// Somebody who is signed in.
pub(crate) struct Customer(pub(crate) Caller);

/// Somebody who is signed in and runs the shop.
pub(crate) struct Staff(#[expect(dead_code, reason = "who it was, for handlers that record it")] pub(crate) Caller);

/// Somebody who may be signed in, and may be known as a guest.
pub(crate) struct Anybody {
    pub(crate) visitor: Visitor,
    /// Who is signed in.
    pub(crate) caller: Option<Caller>,
}

/// From where a request comes.
pub(crate) struct Sender(pub(crate) Device);

/// The header by which clients without cookies say which guest they are.
pub(crate) const SESSION_HEADER: &str = "x-session-id";

/// The header by which a proxy says from where a request came to it.
pub(crate) const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

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
        Ok(Self(app.shop.staff(caller)?))
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
        Some(token) => app.shop.caller(token).await,
        None => by_cookie(app, headers).await,
    }
}

/// Whose sign-in the browser's cookie names: of several of its name the first that opens.
async fn by_cookie(app: &App, headers: &HeaderMap) -> Result<Caller, Error> {
    let mut refused = Refusal::NotSignedIn;
    for token in Cookie::Token.values(&app.site, headers) {
        match app.shop.caller(token).await {
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
        Some(token) => Some(app.shop.caller(token).await?),
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
pub(crate) async fn guest_secret(app: &App, headers: &HeaderMap) -> Result<Option<String>, Error> {
    let said = headers.get(SESSION_HEADER).and_then(|value| value.to_str().ok());
    if let Some(said) = said.map(str::trim).filter(|said| !said.is_empty()) {
        return Ok(Some(said.to_owned()));
    }
    let sent = Cookie::Guest.values(&app.site, headers);
    // One is not looked up here: whoever asks about a cart does.
    if sent.len() > 1 {
        for secret in &sent {
            if app.shop.knows_guest(secret).await? {
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

/// From where a request comes, as tries and requests are counted. Of an IPv6 address the network: whoever has one has all
/// of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Network {
    /// Nobody knows.
    Unknown,
    V4(Ipv4Addr),
    /// The first 64 bits.
    V6([u16; 4]),
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => Ok(()),
            Self::V4(address) => write!(out, "{address}"),
            Self::V6([a, b, c, d]) => write!(out, "{a:x}:{b:x}:{c:x}:{d:x}::/64"),
        }
    }
}

/// The network that a request comes from, as [`network`] makes it of what the connection and the headers say.
pub(crate) fn network_of(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpNet]) -> Network {
    network(peer(extensions), headers, trusted)
}

/// Who holds the other end of the connection.
pub(crate) fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(peer)| peer.ip().to_canonical())
}

/// What a proxy says of where a request comes from is believed of proxies that the settings name: the last that they say
/// and that is not one itself. Nothing that cannot be read is passed over, since whoever sent the request wrote what
/// stands before it.
fn network(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Network {
    let Some(mut address) = peer else {
        return Network::Unknown;
    };
    let hops = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .rev()
        .flat_map(|list| list.as_bytes().rsplit(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|hop| !hop.is_empty());
    for hop in hops {
        if !trusted.iter().any(|network| network.contains(&address)) {
            break;
        }
        let Some(hop) = read_hop(hop) else { break };
        address = hop.to_canonical();
    }
    address.into()
}

/// An address as proxies write it: bare, in brackets, with a port.
fn read_hop(hop: &[u8]) -> Option<IpAddr> {
    let hop = std::str::from_utf8(hop).ok()?;
    let bare = || hop.parse().ok();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || {
        let address = hop.strip_prefix('[')?.strip_suffix(']')?;
        address.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
    };
    bare().or_else(with_port).or_else(in_brackets)
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

    /// The network of a request from `peer`, where all of 127.0.0.0/8, 10.0.0.0/8 and fd00::/8 are proxies.
    fn from(peer: &str, said: &[&[u8]]) -> String {
        let trusted = ["127.0.0.0/8", "10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        let mut headers = HeaderMap::new();
        for said in said {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(said).unwrap());
        }
        let peer: IpAddr = peer.parse().unwrap();
        network(Some(peer.to_canonical()), &headers, &trusted).to_string()
    }

    #[test]
    fn only_named_proxies_are_believed() {
        let said: &[&[u8]] = &[b"198.51.100.1, 192.0.2.7, 127.0.0.1"];
        assert_eq!(from("127.0.0.1", said), "192.0.2.7");
        assert_eq!(from("10.9.8.7", said), "192.0.2.7");
        assert_eq!(from("fd12::1", said), "192.0.2.7");
        assert_eq!(from("203.0.113.9", said), "203.0.113.9");
        assert_eq!(from("11.0.0.1", said), "11.0.0.1");
        assert_eq!(
            from("127.0.0.1", &[b"192.0.2.7", b"10.0.0.3"]),
            "192.0.2.7",
            "two lines are one list"
        );
        assert_eq!(from("2001:db8:1:2:3:4:5:6", &[]), "2001:db8:1:2::/64");
        assert_eq!(from("::ffff:192.0.2.1", &[]), "192.0.2.1");
        assert_eq!(
            network(None, &headers("x-forwarded-for", "192.0.2.7"), &[]).to_string(),
            ""
        );
    }

    #[test]
    fn an_address_is_read_however_proxies_write_it() {
        for (said, network) in [
            (b"192.0.2.7:5678".as_slice(), "192.0.2.7"),
            (b"[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
            (b"[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
            (b"2001:db8:1:2::9", "2001:db8:1:2::/64"),
            (b"::ffff:192.0.2.7", "192.0.2.7"),
            (b",, 192.0.2.7 ,\t, ", "192.0.2.7"),
            (b"\xff\xfe, 192.0.2.7, 10.0.0.1:99", "192.0.2.7"),
            (b"198.51.100.1, \xff", "127.0.0.1"),
            (b"198.51.100.1, unknown", "127.0.0.1"),
            (b"nonsense", "127.0.0.1"),
            (b"", "127.0.0.1"),
        ] {
            assert_eq!(from("127.0.0.1", &[said]), network, "{}", said.escape_ascii());
        }
    }
}
