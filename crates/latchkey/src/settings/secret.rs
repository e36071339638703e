//! What is secret says so by its type: it can be used, and is never shown.

use std::fmt;

use url::Url;

/// What stands in a secret's place.
const MASK: &str = "********";

/// A secret. Whoever prints it, in whatever way, prints a mask.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Makes a secret of a value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself, for who has to use it.
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

/// An address that may hold a password. Whoever prints it prints the address with a mask in the password's place.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretUrl(String);

impl SecretUrl {
    /// Takes a text for such an address; it need not be one.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The whole address, for who has to use it.
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
        // No URL, but somebody's attempt at one: a password may stand anywhere before the last @ or behind a question mark.
        return if text.contains(['@', '?']) {
            MASK.to_owned()
        } else {
            text.to_owned()
        };
    };
    let has_password = url.password().is_some();
    let query_tells = url.query().is_some_and(|query| query.to_lowercase().contains("pass"));
    // Unescaped, a password with a slash ends the host early, and its rest looks like a path.
    if url.path().contains('@') || url.fragment().is_some() {
        return format!("{}://{MASK}", url.scheme());
    }
    if has_password && url.set_password(Some(MASK)).is_err() {
        return MASK.to_owned();
    }
    if query_tells {
        url.set_query(Some(MASK));
    }
    // Untouched text is shown as it was written, not as the parser spells it.
    if has_password || query_tells {
        url.into()
    } else {
        text.to_owned()
    }
}
