//! People: who they are, what they may be called, and which passwords are strong enough.

use std::fmt;

use crate::clock::Timestamp;
use crate::id::UserId;
use crate::refusal::{FieldError, Wrong};

/// What a customer is called who chose no name.
pub const NICKNAME_UNSET: &str = "Newbie Guy";

/// The longest address that mail can be sent to (RFC 5321, section 4.5.3.1.3, less the brackets).
const EMAIL_MAX: usize = 254;
/// The longest password: enough for any sentence, and no work for nothing.
const PASSWORD_MAX: usize = 256;

/// An e-mail address: trimmed, in lower case, of a shape that mail can be sent to.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A customer.
    User,
    /// Staff.
    Admin,
}

/// Somebody with an account. Without the password's hash: that leaves the database only to be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Names the account, and is no secret.
    pub id: UserId,
    /// Where mail reaches them; one account for each.
    pub email: EmailAddress,
    /// What they are called.
    pub nickname: String,
    /// Their first name, if they said it.
    pub first_name: Option<String>,
    /// Their last name, if they said it.
    pub last_name: Option<String>,
    /// The address of their picture, if they have one.
    pub avatar: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Since when the address is known to be theirs.
    pub email_verified_at: Option<Timestamp>,
    /// Whether signing in takes a second factor.
    pub second_factor: bool,
    /// Since when the account exists.
    pub created_at: Timestamp,
}

/// What is asked for at registration, as it was typed.
#[derive(Clone, Default)]
pub struct Registration {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
    /// Empty or absent: [`NICKNAME_UNSET`].
    pub nickname: Option<String>,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
}

/// The same, once it is acceptable.
pub struct Registered {
    /// The e-mail address.
    pub email: EmailAddress,
    /// The names.
    pub names: Names,
}

/// What somebody is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// What they are called in the shop.
    pub nickname: String,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
}

/// From where somebody acts: told to the account's owner, and counted against guessing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The network address.
    pub address: String,
    /// What the browser or program says it is; at most [`Device::NAME_MAX`] characters.
    pub name: String,
}

impl Device {
    /// The longest name that is kept.
    pub const NAME_MAX: usize = 200;
}

impl EmailAddress {
    /// Takes `text` if mail can be sent to it: something, an `@`, and a domain with a dot.
    ///
    /// Only a mail that arrives proves an address; this keeps out slips, and whatever could end a mail's header.
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

/// Masked: what is debugged ends in logs, and an address is a person.
impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (local, domain) = self.0.split_once('@').unwrap_or_default();
        let first: String = local.chars().take(1).collect();
        write!(f, "{first}…@{domain}")
    }
}

impl Role {
    /// As the API and the database write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Admin => "ADMIN",
        }
    }

    /// Reads what [`as_str`](Self::as_str) wrote.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::User, Self::Admin].into_iter().find(|role| role.as_str() == text)
    }
}

impl Registration {
    /// Checks every field; all that is wrong is named at once.
    ///
    /// # Errors
    /// What is wrong, field by field.
    pub fn checked(&self) -> Result<Registered, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let email = checked_email(&self.email, "email", &mut wrong);
        check_password(&self.password, "password", &mut wrong);
        let names = Names::checked(
            self.nickname.as_deref(),
            self.first_name.as_deref(),
            self.last_name.as_deref(),
            &mut wrong,
        );
        match email {
            Some(email) if wrong.is_empty() => Ok(Registered { email, names }),
            _ => Err(wrong),
        }
    }
}

impl Names {
    /// Checks names as they were typed; what is wrong is added to `wrong`.
    pub fn checked(
        nickname: Option<&str>,
        first_name: Option<&str>,
        last_name: Option<&str>,
        wrong: &mut Vec<FieldError>,
    ) -> Self {
        let mut name = |field: &str, typed: Option<&str>, least: usize, most: usize| {
            let typed = typed.map(str::trim).filter(|typed| !typed.is_empty())?;
            let length = typed.chars().count();
            if !(least..=most).contains(&length) {
                wrong.push(FieldError::new(
                    field,
                    format!("must have {least} to {most} characters"),
                ));
            } else if typed.chars().any(char::is_control) {
                wrong.push(FieldError::new(field, "must not hold control characters"));
            }
            Some(typed.to_owned())
        };
        Self {
            nickname: name("nickname", nickname, 2, 50).unwrap_or_else(|| NICKNAME_UNSET.to_owned()),
            first_name: name("firstName", first_name, 1, 100),
            last_name: name("lastName", last_name, 1, 100),
        }
    }
}

/// The address that was typed into `field`, if it is one.
pub fn checked_email(typed: &str, field: &str, wrong: &mut Vec<FieldError>) -> Option<EmailAddress> {
    if typed.trim().is_empty() {
        wrong.push(FieldError::of(Wrong::Missing, field, "is missing"));
        return None;
    }
    let email = EmailAddress::parse(typed);
    if email.is_none() {
        wrong.push(FieldError::of(Wrong::Email, field, "is not an e-mail address"));
    }
    email
}

/// Whether `typed` is strong enough to be a new password; what is wrong is added to `wrong`.
pub fn check_password(typed: &str, field: &str, wrong: &mut Vec<FieldError>) {
    let mut weak = |message: &str| wrong.push(FieldError::of(Wrong::WeakPassword, field, message));
    let length = typed.chars().count();
    if typed.is_empty() {
        wrong.push(FieldError::of(Wrong::Missing, field, "is missing"));
    } else if length < 8 {
        weak("must have at least 8 characters");
    } else if length > PASSWORD_MAX {
        weak("must have at most 256 characters");
    } else if !typed.chars().any(char::is_uppercase) {
        weak("must have an upper-case letter");
    } else if !typed.chars().any(char::is_lowercase) {
        weak("must have a lower-case letter");
    } else if !typed.chars().any(|c| c.is_ascii_digit()) {
        weak("must have a digit");
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

    #[test]
    fn everything_that_is_wrong_is_named_at_once() {
        let typed = Registration {
            email: "nobody".to_owned(),
            password: "short".to_owned(),
            nickname: Some("x".to_owned()),
            last_name: Some("y".repeat(101)),
            ..Registration::default()
        };
        let Err(wrong) = typed.checked() else {
            panic!("accepted")
        };
        let fields: Vec<&str> = wrong.iter().map(|wrong| wrong.field.as_str()).collect();
        assert_eq!(fields, ["email", "password", "nickname", "lastName"]);
    }

    #[test]
    fn a_password_needs_length_both_cases_and_a_digit() {
        for (typed, accepted) in [
            ("Passw0rd", true),
            ("passw0rd", false),
            ("PASSW0RD", false),
            ("Password", false),
            ("Pw0rd", false),
            ("Пароль12", true),
        ] {
            let mut wrong = Vec::new();
            check_password(typed, "password", &mut wrong);
            assert_eq!(wrong.is_empty(), accepted, "{typed}: {wrong:?}");
        }
    }

    #[test]
    fn who_says_no_name_gets_one() {
        let typed = Registration {
            email: "a@b.cc".to_owned(),
            password: "Passw0rd".to_owned(),
            nickname: Some("  ".to_owned()),
            ..Registration::default()
        };
        let Ok(registered) = typed.checked() else {
            panic!("refused")
        };
        assert_eq!(
            registered.names,
            Names {
                nickname: NICKNAME_UNSET.to_owned(),
                first_name: None,
                last_name: None
            }
        );
    }
}
