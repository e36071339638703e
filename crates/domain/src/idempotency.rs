//! Idempotency keys: what makes a request the same as another one.

use crate::refusal::{FieldError, Refusal};

/// Takes what `field` holds as a key: 1 to 255 printable characters.
///
/// # Errors
/// [`Refusal::Invalid`] if it is none: a key that is cut or empty would be that of other requests, too.
pub fn key(field: &str, text: &str) -> Result<String, Refusal> {
    let is_printable = text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    if is_printable && (1..=255).contains(&text.len()) {
        return Ok(text.to_owned());
    }
    let message = "must have 1 to 255 printable characters";
    Err(Refusal::Invalid(vec![FieldError::new(field, message)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_printable_and_neither_empty_nor_long() {
        for good in ["a", "order 7", &"x".repeat(255)] {
            assert_eq!(key("key", good), Ok(good.to_owned()));
        }
        for bad in ["", "a\nb", "ä", &"x".repeat(256)] {
            assert!(key("key", bad).is_err(), "{bad:?}");
        }
    }
}
