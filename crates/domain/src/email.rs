//! E-mail addresses in a normal form.

use std::fmt;

/// The longest address that mail can be sent to (RFC 5321, section 4.5.3.1.3, less the brackets).
const EMAIL_MAX: usize = 254;
/// An e-mail address: trimmed, in lower case, of a shape that mail can be sent to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Accepts `text` if mail can be sent to it: a local part, an `@`, and a domain with a dot.
    ///
    /// Only a mail that arrives proves an address; this check rejects typing errors and characters that could end a
    /// mail's header.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.rsplit_once('@')?;
        let plain = |c: char| {
            !c.is_whitespace()
                && !c.is_control()
                && !matches!(
                    c,
                    '<' | '>' | '(' | ')' | ',' | ';' | ':' | '"' | '\\' | '[' | ']' | '@'
                )
        };
        let labels = domain.split('.');
        let well_formed = text.len() <= EMAIL_MAX
            && (1..=64).contains(&local.len())
            && local.chars().all(plain)
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && domain.contains('.')
            && labels.into_iter().all(is_label);
        well_formed.then_some(Self(text))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A part of a domain between two dots; letters of any script.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Masked: debug output ends up in logs, and an address is personal data.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (local, domain) = self.0.split_once('@').unwrap_or_default();
        let first: String = local.chars().take(1).collect();
        write!(f, "{first}…@{domain}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_trimmed_lowered_and_of_a_shape_that_mail_reaches() {
        assert_eq!(
            EmailAddress::parse("  Ada.Love+1@Example.ORG ").unwrap().as_str(),
            "ada.love+1@example.org"
        );
        assert!(EmailAddress::parse("юзер@пример.рф").is_some());
        for bad in [
            "",
            "ada",
            "@example.org",
            "ada@",
            "ada@example",
            "ada@.org",
            "a b@example.org",
            "ada@exa_mple.org",
            "ada@-x.org",
            "ada@example.org\r\nBcc: all@example.org",
            "\"a\"@example.org",
            "a..b@example.org",
            ".a@example.org",
            "<a@example.org>",
        ] {
            assert!(EmailAddress::parse(bad).is_none(), "{bad:?}");
        }
        assert!(EmailAddress::parse(&format!("a@{}.org", "x".repeat(260))).is_none());
    }

    #[test]
    fn an_address_is_masked_where_it_could_reach_a_log() {
        let text = format!("{:?}", EmailAddress::parse("ada@example.org").unwrap());
        assert_eq!(text, "a…@example.org");
    }
}
