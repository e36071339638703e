//! The shop's cookies: reading and setting them.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::Site;

/// A cookie of this shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// The token of a sign-in, for the shop's own pages.
    Token,
    /// The secret of a guest's session.
    Guest,
    /// The secrets by which a browser is a known device of accounts, joined by full stops. It gives no access, and
    /// makes no page personal.
    Device,
}

/// The most values of one name that are tried: each costs a query.
const VALUES_MAX: usize = 8;

impl Cookie {
    /// With TLS the prefix `__Host-` makes the browser accept a cookie only from this host over TLS. The guest's name is
    /// fixed by the contract.
    const fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Token, true) => "__Host-token",
            (Self::Token, false) => "token",
            (Self::Guest, _) => "sessionId",
            (Self::Device, true) => "__Host-device",
            (Self::Device, false) => "device",
        }
    }

    /// How long a browser stores it: at least as long as the sign-in, session or device that it stands for.
    const fn kept_seconds(self) -> u32 {
        match self {
            Self::Token | Self::Guest => 30 * 86_400,
            Self::Device => 365 * 86_400,
        }
    }

    /// Whether the request has a cookie of this shop by which pages are personal.
    pub(crate) fn any(site: &Site, headers: &HeaderMap) -> bool {
        headers.contains_key(header::COOKIE)
            && [Self::Token, Self::Guest]
                .iter()
                .any(|cookie| cookie.sent(site, headers).next().is_some())
    }

    /// The values of this cookie in the order in which they were sent: several, if another application on this host, or
    /// a neighbour on the same domain, uses the name too. The first that the shop knows counts.
    pub(crate) fn values<'h>(self, site: &Site, headers: &'h HeaderMap) -> Vec<&'h str> {
        self.sent(site, headers).take(VALUES_MAX).collect()
    }

    /// Read byte by byte, so that no other cookie can hide the shop's, whatever it contains. Values in a format that
    /// the shop does not write are skipped.
    fn sent<'h>(self, site: &Site, headers: &'h HeaderMap) -> impl Iterator<Item = &'h str> + use<'h> {
        let name = self.name(is_secure(site)).as_bytes();
        let written = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
        headers
            .get_all(header::COOKIE)
            .iter()
            .flat_map(|line| line.as_bytes().split(|byte| *byte == b';'))
            .filter_map(move |pair| {
                let (found, value) = pair.split_at(pair.iter().position(|byte| *byte == b'=')?);
                let value = value[1..].trim_ascii();
                let is_ours = found.trim_ascii() == name && !value.is_empty() && value.iter().all(written);
                is_ours.then_some(value)
            })
            .filter_map(|value| std::str::from_utf8(value).ok())
    }

    /// Sets the cookie to `value`, which consists of letters, digits, `-`, `_` and `.`.
    pub fn set(self, site: &Site, response: &mut Response, value: &str) {
        self.write(site, response, value, self.kept_seconds());
    }

    /// Deletes the cookie.
    pub fn clear(self, site: &Site, response: &mut Response) {
        self.write(site, response, "", 0);
    }

    fn write(self, site: &Site, response: &mut Response, value: &str, seconds: u32) {
        let secure = is_secure(site);
        let attribute = if secure { "; Secure" } else { "" };
        let name = self.name(secure);
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{attribute}");
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
}

fn is_secure(site: &Site) -> bool {
    site.public_url.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;
    use crate::test_site::site;

    fn asking(cookies: impl AsRef<[u8]>) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_bytes(cookies.as_ref()).unwrap())])
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let guest = |cookies: &[u8]| -> Vec<String> {
            let headers = asking(cookies);
            let values = Cookie::Guest.values(&site(), &headers);
            values.into_iter().map(str::to_owned).collect()
        };
        for (cookies, found) in [
            (b"a=b; sessionId=xyz;c=d".as_slice(), &["xyz"][..]),
            (b"a=\"b; sessionId=xyz", &["xyz"]),
            (b"a=\xff\xfe; sessionId=xyz; \xe9=\x80", &["xyz"]),
            (b"sessionId=\xff; sessionId=\"q\"; sessionId = xyz ", &["xyz"]),
            (b"sessionId=planted; sessionId=xyz", &["planted", "xyz"]),
            (b";;=;sessionId;sessionId=xyz;", &["xyz"]),
            (b"a=b; xsessionId=xyz", &[]),
            (b"sessionid=xyz", &[]),
            (b"sessionId=", &[]),
        ] {
            assert_eq!(guest(cookies), found, "{}", cookies.escape_ascii());
            assert_eq!(Cookie::any(&site(), &asking(cookies)), !found.is_empty());
        }
        assert_eq!(guest("sessionId=a;".repeat(100).as_bytes()).len(), VALUES_MAX);
        assert!(Cookie::Token.values(&site(), &HeaderMap::new()).is_empty());
        let mut lines = asking("a=b");
        lines.append(header::COOKIE, HeaderValue::from_static("sessionId=xyz"));
        assert_eq!(
            Cookie::Guest.values(&site(), &lines),
            ["xyz"],
            "HTTP/2 takes them apart"
        );
    }

    #[test]
    fn a_known_device_makes_no_page_personal() {
        assert!(!Cookie::any(&site(), &asking("__Host-device=abc")));
        let mut response = Response::new(Body::empty());
        Cookie::Device.set(&site(), &mut response, "abc.def");
        assert_eq!(
            response.headers()[header::SET_COOKIE],
            "__Host-device=abc.def; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax; Secure"
        );
    }

    #[test]
    fn behind_tls_only_the_prefixed_token_counts() {
        let site = Site {
            public_url: "https://shop.example".to_owned(),
            ..site()
        };
        assert!(Cookie::Token.values(&site, &asking("token=planted")).is_empty());
        assert_eq!(Cookie::Token.values(&site, &asking("__Host-token=ours")), ["ours"]);
        let mut response = Response::new(Body::empty());
        Cookie::Token.set(&site, &mut response, "ours");
        Cookie::Guest.clear(&site, &mut response);
        let set: Vec<_> = response
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .map(|value| value.to_str().unwrap())
            .collect();
        assert_eq!(
            set[0],
            "__Host-token=ours; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(set[1], "sessionId=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
    }
}
