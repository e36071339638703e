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
                .any(|cookie| cookie.read(site, headers).is_some())
    }

    /// What the caller sent as this cookie; empty values are none.
    pub(crate) fn read<'h>(self, site: &Site, headers: &'h HeaderMap) -> Option<&'h str> {
        let name = self.name(is_secure(site));
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|list| list.split(';'))
            .filter_map(|pair| pair.split_once('='))
            .find(|(found, value)| found.trim() == name && !value.trim().is_empty())
            .map(|(_, value)| value.trim())
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
    use crate::made_up::site;

    fn asking(cookies: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookies).unwrap())])
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let site = site();
        assert_eq!(
            Cookie::Guest.read(&site, &asking("a=b; sessionId=xyz;c=d")),
            Some("xyz")
        );
        assert_eq!(Cookie::Guest.read(&site, &asking("a=b; xsessionId=xyz")), None);
        assert_eq!(Cookie::Guest.read(&site, &asking("sessionId=")), None);
        assert_eq!(Cookie::Token.read(&site, &HeaderMap::new()), None);
    }

    #[test]
    fn behind_tls_only_the_prefixed_token_counts() {
        let site = Site {
            public_url: "https://shop.example".to_owned(),
            ..site()
        };
        assert_eq!(Cookie::Token.read(&site, &asking("token=planted")), None);
        assert_eq!(Cookie::Token.read(&site, &asking("__Host-token=ours")), Some("ours"));
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
