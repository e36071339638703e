//! Accounts: roles, and the names of people.

use crate::clock::Timestamp;
use crate::email::{EmailAddress, EmailFault};
use crate::id::UserId;
use crate::password;
use crate::refusal::{FieldError, Refusal, Wrong};
use crate::staff::StaffRole;
use crate::typed;

/// The nickname of a customer who chose none.
pub const NICKNAME_UNSET: &str = "Newbie Guy";

/// Whether an account is a customer's or a member of staff's; what staff may do is their [`StaffRole`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A customer.
    User,
    /// Staff.
    Admin,
}

/// An account. The password's hash is not part of it: it is read only to verify a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The account's id; not a secret.
    pub id: UserId,
    /// The e-mail address; unique.
    pub email: EmailAddress,
    /// The name shown in the shop.
    pub nickname: String,
    /// The first name, if given.
    pub first_name: Option<String>,
    /// The last name, if given.
    pub last_name: Option<String>,
    /// The address of the picture, if there is one.
    pub avatar: Option<String>,
    /// What its owner is there for as a member of staff; `None` for a customer.
    pub staff: Option<StaffRole>,
    /// Since when staff bar it; `None` if they do not.
    pub blocked_at: Option<Timestamp>,
    /// When the address was verified; `None` if it was not.
    pub email_verified_at: Option<Timestamp>,
    /// Whether signing in requires a second factor.
    pub second_factor: bool,
    /// When the account was created.
    pub created_at: Timestamp,
}

/// The input of a registration, unchecked.
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

/// A registration that passed the checks.
pub struct Registered {
    /// The e-mail address.
    pub email: EmailAddress,
    /// The names.
    pub names: PersonNames,
}

/// The names of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonNames {
    /// The name shown in the shop.
    pub nickname: String,
    /// The first name.
    pub first_name: Option<String>,
    /// The last name.
    pub last_name: Option<String>,
}

impl Role {
    /// The name in the API and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Admin => "ADMIN",
        }
    }

    /// The role of an account with this role of staff.
    #[must_use]
    pub const fn of(staff: Option<StaffRole>) -> Self {
        match staff {
            Some(_) => Self::Admin,
            None => Self::User,
        }
    }
}

impl User {
    /// Refuses an account that staff block.
    ///
    /// # Errors
    /// [`Refusal::AccountBlocked`].
    pub const fn refuse_blocked(&self) -> Result<(), Refusal> {
        match self.blocked_at {
            Some(_) => Err(Refusal::AccountBlocked),
            None => Ok(()),
        }
    }

    /// Whether the account is a customer's or a member of staff's.
    #[must_use]
    pub const fn role(&self) -> Role {
        Role::of(self.staff)
    }
}

impl Registration {
    /// Checks every field and reports all errors at once.
    pub fn checked(&self) -> Result<Registered, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let email = checked_email(&self.email, "email", &mut wrong);
        password::check_new(&self.password, email.as_ref(), "password", &mut wrong);
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
    /// Checks names as they were typed; errors are added to `wrong`.
    pub fn checked(
        nickname: Option<&str>,
        first_name: Option<&str>,
        last_name: Option<&str>,
        wrong: &mut Vec<FieldError>,
    ) -> Self {
        let mut name = |field: &str, typed: Option<&str>, least: usize, most: usize| {
            let typed = typed.map(str::trim).filter(|typed| !typed.is_empty())?;
            let typed = typed::composed(typed);
            let length = typed.chars().count();
            if !(least..=most).contains(&length) {
                wrong.push(FieldError::new(
                    field,
                    format!("must have {least} to {most} characters"),
                ));
            } else if let Some(fault) = typed::fault_of_name(&typed) {
                wrong.push(FieldError::new(field, fault));
            }
            Some(typed)
        };
        Self {
            nickname: name("nickname", nickname, 2, 50).unwrap_or_else(|| NICKNAME_UNSET.to_owned()),
            first_name: name("firstName", first_name, 1, 100),
            last_name: name("lastName", last_name, 1, 100),
        }
    }
}

/// The address that was typed into `field`, if it is valid; otherwise an error is added to `wrong`.
pub fn checked_email(typed: &str, field: &str, wrong: &mut Vec<FieldError>) -> Option<EmailAddress> {
    if typed.trim().is_empty() {
        wrong.push(FieldError::of(Wrong::Missing, field, "is missing"));
        return None;
    }
    match EmailAddress::read(typed) {
        Ok(email) => Some(email),
        Err(fault) => {
            let message = match fault {
                EmailFault::Shape => "is not an e-mail address",
                EmailFault::Invisible => typed::INVISIBLE,
            };
            wrong.push(FieldError::of(Wrong::Email, field, message));
            None
        }
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
    fn what_does_not_show_is_refused_in_names_and_addresses() {
        let typed = Registration {
            email: "ada\u{200b}@example.org".to_owned(),
            password: "Wagen-Rad7".to_owned(),
            nickname: Some("\u{3164}\u{3164}".to_owned()),
            first_name: Some("Ada\u{202e}".to_owned()),
            last_name: Some("\u{301}\u{301}".to_owned()),
        };
        let Err(wrong) = typed.checked() else {
            panic!("accepted")
        };
        let said: Vec<String> = wrong
            .iter()
            .map(|wrong| format!("{} {}", wrong.field, wrong.message))
            .collect();
        let expected = [
            "email must not hold invisible characters",
            "nickname must not hold invisible characters",
            "firstName must not hold characters that turn the direction of the text",
            "lastName must hold a letter before each accent or mark",
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn who_says_no_name_gets_one() {
        let typed = Registration {
            email: "a@b.cc".to_owned(),
            password: "Wagen-Rad7".to_owned(),
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
