//! Pictures of games: their fingerprints, the addresses that are allowed, and the formats that are recognised.

use std::fmt;

use sha2::{Digest, Sha256};

/// Identifies the address of a picture: the first 64 bits of the address's SHA-256, as 16 lower-case hex digits.
///
/// Another address has another fingerprint, so what is stored under a fingerprint never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint of an address.
    #[must_use]
    pub fn of(address: &str) -> Self {
        let digest = Sha256::digest(address);
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        Self(u64::from_be_bytes(first))
    }

    /// Parses exactly 16 lower-case hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        well_formed
            .then(|| u64::from_str_radix(text, 16).ok())
            .flatten()
            .map(Self)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Whether a picture can be downloaded from this address: an address on the web.
#[must_use]
pub fn is_on_the_web(address: &str) -> bool {
    ["https://", "http://"].iter().any(|start| address.starts_with(start))
}

/// The picture formats that browsers show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// GIF.
    Gif,
    /// AVIF.
    Avif,
    /// SVG.
    Svg,
}

/// An SVG's first element must begin within this many bytes.
const SVG_BEGINS_WITHIN: usize = 4_096;

impl PictureKind {
    /// The format of these bytes by their beginning, regardless of any declared type; `None` if it is not a picture.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let at = |from: usize, text: &[u8]| bytes.get(from..).is_some_and(|rest| rest.starts_with(text));
        if at(0, b"\xff\xd8\xff") {
            Some(Self::Jpeg)
        } else if at(0, b"\x89PNG\r\n\x1a\n") {
            Some(Self::Png)
        } else if at(0, b"RIFF") && at(8, b"WEBP") {
            Some(Self::Webp)
        } else if at(0, b"GIF87a") || at(0, b"GIF89a") {
            Some(Self::Gif)
        } else if at(4, b"ftypavif") || at(4, b"ftypavis") {
            Some(Self::Avif)
        } else {
            is_svg(bytes).then_some(Self::Svg)
        }
    }

    /// Its media type.
    #[must_use]
    pub const fn media(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Avif => "image/avif",
            Self::Svg => "image/svg+xml",
        }
    }
}

/// Whether the first element is `svg`: declarations, comments and a doctype without rules of its own may precede it.
fn is_svg(bytes: &[u8]) -> bool {
    let begin = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let begin = String::from_utf8_lossy(&begin[..begin.len().min(SVG_BEGINS_WITHIN)]);
    let mut rest = begin.trim_start();
    loop {
        let after = if let Some(declaration) = rest.strip_prefix("<?") {
            declaration.split_once("?>")
        } else if let Some(comment) = rest.strip_prefix("<!--") {
            comment.split_once("-->")
        } else if let Some(doctype) = rest.strip_prefix("<!DOCTYPE svg") {
            // Entity rules can expand a short text into a very long one.
            doctype.split_once('>').filter(|(rules, _)| !rules.contains('['))
        } else {
            break;
        };
        let Some((_, after)) = after else { return false };
        rest = after.trim_start();
    }
    rest.strip_prefix("<svg")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_whitespace() || matches!(c, '>' | '/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_read_back_and_nothing_else_is() {
        let one = Fingerprint::of("https://pictures.example/1.jpg");
        assert_eq!(Fingerprint::parse(&one.to_string()), Some(one));
        assert_ne!(one, Fingerprint::of("https://pictures.example/2.jpg"));
        assert_eq!(
            Fingerprint::parse("000000000000000a").unwrap().to_string(),
            "000000000000000a"
        );
        for other in [
            "",
            "0",
            "+00000000000000a",
            "000000000000000A",
            "../../etc/passwd",
            "000000000000000a0",
        ] {
            assert_eq!(Fingerprint::parse(other), None, "{other}");
        }
    }

    #[test]
    fn a_picture_is_known_by_its_beginning() {
        for (bytes, kind) in [
            (&b"\xff\xd8\xff\xe0rest"[..], Some(PictureKind::Jpeg)),
            (b"\x89PNG\r\n\x1a\nrest", Some(PictureKind::Png)),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some(PictureKind::Webp)),
            (b"RIFF\x10\0\0\0WAVEfmt ", None),
            (b"GIF89arest", Some(PictureKind::Gif)),
            (b"\0\0\0\x20ftypavifrest", Some(PictureKind::Avif)),
            (b"\0\0\0\x20ftypmp42rest", None),
            (b"<svg xmlns=\"x\"/>", Some(PictureKind::Svg)),
            (
                b"\xef\xbb\xbf <?xml version=\"1.0\"?>\n<!-- a > b -->\n<!DOCTYPE svg PUBLIC \"x\">\n<svg>",
                Some(PictureKind::Svg),
            ),
            (b"<!DOCTYPE svg [<!ENTITY a \"b\">]><svg>", None),
            (b"<!doctype html><svg>", None),
            (b"<html><svg>", None),
            (b"<svgx>", None),
            (b"<!-- <svg>", None),
            (b"", None),
        ] {
            assert_eq!(PictureKind::of(bytes), kind, "{}", String::from_utf8_lossy(bytes));
        }
    }
}
