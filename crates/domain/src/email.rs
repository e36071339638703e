//! E-mail addresses in one normal form, so that a mailbox has one spelling.

use std::fmt;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use crate::typed::{composed, is_combining, is_invisible};

/// The longest address that mail can be sent to (RFC 5321, section 4.5.3.1.3, less the brackets).
const EMAIL_MAX: usize = 254;
/// The longest part before the `@` (RFC 5321, section 4.5.3.1.1).
const LOCAL_MAX: usize = 64;

/// An e-mail address of a shape that mail can be sent to: trimmed, in lower case, the part before the `@` composed (NFC), the
/// domain in its readable form (U-labels).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

/// Why a text is not an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailFault {
    /// It has not the shape of one.
    Shape,
    /// It holds characters that do not show: two addresses would look the same.
    Invisible,
}

impl EmailAddress {
    /// The address that `text` spells, if mail can be sent to it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::read(text).ok()
    }

    /// Accepts `text` if mail can be sent to it: a local part, an `@`, and a domain with a dot.
    ///
    /// Only a mail that arrives proves an address; this check rejects typing errors, characters that could end a mail's header,
    /// and characters that do not show. All spellings of a domain give the same address: letters of any case and width,
    /// composed or not, and A-labels (`xn--…`), into which some browsers turn what is typed.
    ///
    /// # Errors
    /// Why it is not an address.
    pub fn read(text: &str) -> Result<Self, EmailFault> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(EmailFault::Shape)?;
        // Some scripts need joiners within a domain; whether they stand where they may is checked with the domain.
        let is_joiner = |c: char| matches!(c, '\u{200c}' | '\u{200d}');
        if local.chars().any(is_hidden) || domain.chars().any(|c| is_hidden(c) && !is_joiner(c)) {
            return Err(EmailFault::Invisible);
        }
        let local = composed(&composed(local).to_lowercase());
        let (readable, ascii) = spellings_of_domain(domain).ok_or(EmailFault::Shape)?;
        let well_formed = is_local(&local)
            && !local.starts_with(is_combining)
            && ascii.contains('.')
            && local.len() + 1 + ascii.len() <= EMAIL_MAX;
        if well_formed {
            Ok(Self(format!("{local}@{readable}")))
        } else {
            Err(EmailFault::Shape)
        }
    }

    /// The address that versions before step 9 made of `text`, which may still be stored: trimmed and in lower case only.
    /// `None` if they refused it, or if it is the normal form.
    #[must_use]
    pub fn former(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        let (local, domain) = text.rsplit_once('@')?;
        let was_label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let was_accepted =
            text.len() <= EMAIL_MAX && is_local(local) && domain.contains('.') && domain.split('.').all(was_label);
        let former = Self(text);
        (was_accepted && Self::parse(&former.0).as_ref() != Some(&former)).then_some(former)
    }

    /// An address as the database holds it: in the normal form, or in that of an earlier version.
    #[must_use]
    pub fn stored(text: &str) -> Option<Self> {
        Self::former(text)
            .filter(|former| former.0 == text)
            .or_else(|| Self::parse(text))
    }

    /// The addresses under which an account that is asked for by `text` may be stored, the best match first: exactly as an
    /// earlier version stored it, and the normal form.
    #[must_use]
    pub fn spellings(text: &str) -> Vec<Self> {
        Self::former(text).into_iter().chain(Self::parse(text)).collect()
    }

    /// One text for all spellings of a mailbox, for counting attempts; of what is not an address, the text itself.
    #[must_use]
    pub fn key(text: &str) -> String {
        Self::parse(text).map_or_else(|| text.trim().to_lowercase(), |email| email.0)
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address as mail servers accept it: the domain in A-labels.
    #[must_use]
    pub fn for_servers(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or_default();
        let ascii = spellings_of_domain(domain).map_or_else(|| domain.to_owned(), |(_, ascii)| ascii);
        format!("{local}@{ascii}")
    }

    /// The part before the `@`.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }
}

/// The readable form of a domain and its form for servers, if it is one (UTS #46, not transitional; the letters, digits and
/// hyphens of host names).
fn spellings_of_domain(domain: &str) -> Option<(String, String)> {
    let (rules, hyphens) = (Uts46::new(), Hyphens::CheckFirstLast);
    let ascii = rules
        .to_ascii(domain.as_bytes(), AsciiDenyList::STD3, hyphens, DnsLength::Verify)
        .ok()?;
    let (readable, valid) = rules.to_unicode(ascii.as_bytes(), AsciiDenyList::STD3, hyphens);
    valid.ok()?;
    Some((readable.into_owned(), ascii.into_owned()))
}

/// Controls end headers and are reported as a wrong shape, like spaces.
fn is_hidden(c: char) -> bool {
    is_invisible(c) && !c.is_control()
}

/// Whether this is a part before the `@` without quotes and comments.
fn is_local(local: &str) -> bool {
    let plain = |c: char| {
        !c.is_whitespace()
            && !c.is_control()
            && !matches!(
                c,
                '<' | '>' | '(' | ')' | ',' | ';' | ':' | '"' | '\\' | '[' | ']' | '@'
            )
    };
    (1..=LOCAL_MAX).contains(&local.len())
        && local.chars().all(plain)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
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
#[path = "email_tests.rs"]
mod tests;
