//! Cookies: which there are, how they are read, and how they are set.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::Site;

/// A cookie of this shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookie {
    /// Who is signed in, for the shop's own pages.
    Token,
    /// Who a guest is.
    Guest,
}

/// How long a browser keeps a cookie: longer than the shop knows what it stands for.
const KEPT_SECONDS: u32 = 30 * 86_400;

/// Values of one name that are tried, at most: each costs a question to the database.
const VALUES_MAX: usize = 8;

impl Cookie {
    /// Behind TLS the browser itself sees to it that nobody but this very host, over TLS, has set the token's
    /// (`__Host-`). The guest's name is the contract's.
    const fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Token, true) => "__Host-token",
            (Self::Token, false) => "token",
            (Self::Guest, _) => "sessionId",
        }
    }

    /// Whether the caller brings any of this shop's cookies: then pages are about a person.
    pub(crate) fn any(site: &Site, headers: &HeaderMap) -> bool {
        headers.contains_key(header::COOKIE)
            && [Self::Token, Self::Guest]
                .iter()
                .any(|cookie| cookie.sent(site, headers).next().is_some())
    }

    /// What the caller sent as this cookie, in the order in which it came: several values, where something else on this
    /// host, or a neighbour on the same domain, uses the name, too. The first that the shop knows counts.
    pub(crate) fn values<'h>(self, site: &Site, headers: &'h HeaderMap) -> Vec<&'h str> {
        self.sent(site, headers).take(VALUES_MAX).collect()
    }

    /// Read byte by byte: whatever another's cookie holds hides none of the shop's. What the shop never wrote is no value.
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

    /// Tells the browser to keep `value`, of letters, digits, `-`, `_` and `.` alone.
    pub fn set(self, site: &Site, response: &mut Response, value: &str) {
        self.write(site, response, value, KEPT_SECONDS);
    }

    /// Tells the browser to forget it.
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
