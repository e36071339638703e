//! What of a value may be shown: never a secret, never a URL's password.

use url::Url;

/// What stands in a secret's place.
const MASK: &str = "********";

/// Settings that are secret as a whole.
const SECRETS: [&str; 5] = [
    "keys.jwt_secret",
    "keys.master_key",
    "metrics.token",
    "supplier.client_secret",
    "supplier.webhook_secret",
];

/// The value of the setting `name` as it may be shown.
pub(super) fn shown(name: &str, value: &str) -> String {
    if value.is_empty() {
        String::new()
    } else if SECRETS.contains(&name) {
        MASK.to_owned()
    } else if name.ends_with("url") {
        without_password(value)
    } else {
        value.to_owned()
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
    let query_tells = url.query().is_some_and(|query| query.contains("password"));
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
