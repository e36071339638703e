//! Texts that values are joined from, each hashed once, and the entity tags of such values (decision 46).

use std::sync::Arc;

use sha2::{Digest, Sha256};

/// The most bytes between two parts of a joined value.
const BETWEEN_MAX: usize = 100;

/// A text that values are joined from, hashed once for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPart {
    /// The text.
    pub text: Arc<str>,
    digest: [u8; 32],
}

impl From<String> for TextPart {
    fn from(text: String) -> Self {
        Self {
            digest: Sha256::digest(&text).into(),
            text: text.into(),
        }
    }
}

/// The tag of a text: a hash of the digests of its parts and of every byte between them.
pub(crate) fn etag(text: &str, parts: &[TextPart]) -> String {
    let digest = match digest_joined(text.as_bytes(), parts) {
        Some(digest) if !parts.is_empty() => digest,
        _ => Sha256::digest(text),
    };
    let hex: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{hex}\"")
}

/// `None` when a part is not found near the end of the one before.
fn digest_joined(mut rest: &[u8], parts: &[TextPart]) -> Option<sha2::digest::Output<Sha256>> {
    let mut digest = Sha256::new();
    let mut between = |bytes: &[u8]| {
        digest.update((bytes.len() as u64).to_le_bytes());
        digest.update(bytes);
    };
    for part in parts {
        let at = (0..=BETWEEN_MAX).find(|at| {
            rest.get(*at..)
                .is_some_and(|from| from.starts_with(part.text.as_bytes()))
        })?;
        let (before, from) = rest.split_at(at);
        between(before);
        between(&part.digest);
        rest = from.get(part.text.len()..)?;
    }
    between(rest);
    Some(digest.finalize())
}

#[cfg(test)]
mod tests {
    use crate::{Rendered, TextPart};

    #[test]
    fn the_tag_of_a_joined_value_covers_each_byte() {
        let tag = |text: &str, parts: &[&str]| {
            let parts: Vec<TextPart> = parts.iter().map(|part| TextPart::from((*part).to_owned())).collect();
            Rendered::joined(text.to_owned(), false, &parts).etag
        };
        let whole = tag("[one,two]1", &["one", "two"]);
        assert_eq!(whole, tag("[one,two]1", &["one", "two"]));
        for (text, parts) in [
            ("[one,two]2", ["one", "two"]),
            ("{one,two]1", ["one", "two"]),
            ("[one;two]1", ["one", "two"]),
            ("[one,twi]1", ["one", "twi"]),
            ("[two,one]1", ["two", "one"]),
        ] {
            assert_ne!(tag(text, &parts), whole, "{text}");
        }
        // Parts that are not found are hashed with the rest.
        let plain = tag("[one,two]1", &[]);
        assert_eq!(tag("[one,two]1", &["two", "one"]), plain);
        assert_eq!(tag("[one,two]1", &["three"]), plain);
    }
}
