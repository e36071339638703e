//! Types for secrets: their values can be used, and are never shown.

use std::fmt;

use url::Url;

/// Shown in place of a secret.
const MASK: &str = "********";

/// A secret. Printing it, in any format, prints a mask.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for the code that uses it.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Display for Secret<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(MASK)
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(MASK)
    }
}

/// An address that may hold a password. Printing it prints a mask in place of the password.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUrl(String);

impl SecretUrl {
    /// Wraps a text, which need not be a valid address.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The whole address, for the code that uses it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&without_password(&self.0))
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

fn without_password(text: &str) -> String {
    let Ok(mut url) = Url::parse(text) else {
        // Not a URL, but possibly meant as one: a password may be anywhere before the last @ or after a question mark.
        return if text.contains(['@', '?']) {
            MASK.to_owned()
        } else {
            text.to_owned()
        };
    };
    let has_password = url.password().is_some();
    let query_tells = url.query().is_some_and(|query| query.to_lowercase().contains("pass"));
    // An unescaped slash in a password ends the host early, and the rest of the password looks like a path.
    if url.path().contains('@') || url.fragment().is_some() {
        return format!("{}://{MASK}", url.scheme());
    }
    if has_password && url.set_password(Some(MASK)).is_err() {
        return MASK.to_owned();
    }
    if query_tells {
        url.set_query(Some(MASK));
    }
    // A text without secrets is shown unchanged, not as the parser would normalise it.
    if has_password || query_tells {
        url.into()
    } else {
        text.to_owned()
    }
}
