//! Passwords: their normal form, and the rules for new ones.

mod guessable;

use crate::email::EmailAddress;
use crate::refusal::{FieldError, Wrong};
use crate::typed;

/// The fewest characters.
const LENGTH_MIN: usize = 8;
/// The longest password: enough for a sentence, and a limit on the work of hashing.
const LENGTH_MAX: usize = 256;
/// The longest password that is normalised, in bytes: more is none of ours, and only work.
const BYTES_MAX: usize = 16 * 1024;

/// The form of a password that is hashed (NFKC, as RFC 8265 has it): the same keys give different characters on different
/// devices.
#[must_use]
pub fn normalised(typed: &str) -> String {
    if typed.len() > BYTES_MAX {
        return typed.to_owned();
    }
    typed::compatible(typed)
}

/// Checks that `typed` is strong enough for a new password of the account with this address; errors are added to `wrong`.
pub fn check_new(typed: &str, owner: Option<&EmailAddress>, field: &str, wrong: &mut Vec<FieldError>) {
    let password = normalised(typed);
    let mut weak = |message: &str| wrong.push(FieldError::of(Wrong::WeakPassword, field, message));
    // One typed character can stand for many, and many for one: the shorter counts as short, the longer as long.
    let lengths = (typed.chars().count(), password.chars().count());
    if typed.is_empty() {
        wrong.push(FieldError::of(Wrong::Missing, field, "is missing"));
    } else if lengths.0.min(lengths.1) < LENGTH_MIN {
        weak("must have at least 8 characters");
    } else if lengths.0.max(lengths.1) > LENGTH_MAX {
        weak("must have at most 256 characters");
    } else if !password.chars().any(char::is_uppercase) {
        weak("must have an upper-case letter");
    } else if !password.chars().any(char::is_lowercase) {
        weak("must have a lower-case letter");
    } else if !password.chars().any(|c| c.is_ascii_digit()) {
        weak("must have a digit");
    } else if is_address(&password, owner) {
        weak("must not be your e-mail address");
    } else if guessable::is_guessable(&password, &[]) {
        weak("is one of the most common passwords, or close to one: please choose another");
    } else if guessable::is_guessable(&password, &words_of(owner)) {
        weak("must not be made from your e-mail address");
    }
}

fn is_address(password: &str, owner: Option<&EmailAddress>) -> bool {
    owner.is_some_and(|owner| owner.as_str() == password.to_lowercase())
}

/// The part before the `@`, and each word of it.
fn words_of(owner: Option<&EmailAddress>) -> Vec<&str> {
    let local = owner.map_or("", EmailAddress::local_part);
    let mut words: Vec<&str> = local.split(|c: char| !c.is_alphanumeric()).collect();
    words.push(local);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(typed: &str, owner: &str) -> Option<String> {
        let mut wrong = Vec::new();
        check_new(typed, EmailAddress::parse(owner).as_ref(), "password", &mut wrong);
        wrong.pop().map(|wrong| wrong.message)
    }

    #[test]
    fn a_password_needs_length_both_cases_and_a_digit() {
        for (typed, fault_of_it) in [
            ("Wagen-Rad7", None),
            ("Šaltinis7Upė", None),
            ("Ｗagen-Ｒad７", None),
            ("wagen-rad7", Some("must have an upper-case letter")),
            ("WAGEN-RAD7", Some("must have a lower-case letter")),
            ("Wagen-Rad", Some("must have a digit")),
            ("Wag7-Ra", Some("must have at least 8 characters")),
            ("ﷺAa1", Some("must have at least 8 characters")),
            ("", Some("is missing")),
        ] {
            assert_eq!(fault(typed, "ada@example.org").as_deref(), fault_of_it, "{typed}");
        }
        assert!(fault(&format!("Wagen-Rad7{}", "x".repeat(250)), "").is_some());
        assert!(
            fault(&format!("Wagen-Rad7{}", "ﷺ".repeat(20)), "").is_some(),
            "360 characters"
        );
    }

    #[test]
    fn what_is_guessed_first_is_refused_by_its_reason() {
        let common = Some("is one of the most common passwords, or close to one: please choose another");
        for typed in ["Passw0rd", "PASSWORd1", "Ｐａｓｓｗｏｒｄ１", "Latchkey2026"] {
            assert_eq!(fault(typed, "ada@example.org").as_deref(), common, "{typed}");
        }
        let own = Some("must not be made from your e-mail address");
        for typed in ["Lovelace1", "Ada.Lovelace1"] {
            assert_eq!(fault(typed, "ada.lovelace@example.org").as_deref(), own, "{typed}");
        }
        assert_eq!(fault("Lovelace1", "bob@example.org"), None);
        let address = fault("Ada7@Example.org", "ada7@example.org");
        assert_eq!(address.as_deref(), Some("must not be your e-mail address"));
    }
}
