//! People: who they are, what they may be called, and which passwords are strong enough.

use crate::clock::Timestamp;
use crate::email::EmailAddress;
use crate::id::UserId;
use crate::refusal::{FieldError, Wrong};

/// What a customer is called who chose no name.
pub const NICKNAME_UNSET: &str = "Newbie Guy";

/// The longest password: enough for any sentence, and no work for nothing.
const PASSWORD_MAX: usize = 256;

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
    pub names: PersonNames,
}

/// What somebody is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonNames {
    /// What they are called in the shop.
    pub nickname: String,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
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
        let names = PersonNames::checked(
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

impl PersonNames {
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
            PersonNames {
                nickname: NICKNAME_UNSET.to_owned(),
                first_name: None,
                last_name: None
            }
        );
    }
}
