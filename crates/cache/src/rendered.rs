//! A value ready to send: its bytes, compressed once in each encoding, and its entity tag.

use std::io::Write;

use bytes::Bytes;
use domain::id::GameId;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// Values below this are not worth compressing: they fit into one packet.
const COMPRESS_FROM_BYTES: usize = 1_000;

/// Approximate overhead of the allocator and the tables for each value.
const PARTS: usize = 512;

/// A value ready to send.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// Uncompressed.
    pub identity: Bytes,
    /// As gzip; `None` when that is not smaller.
    pub gzip: Option<Bytes>,
    /// As brotli; `None` when that is not smaller, or was not worth the time.
    pub brotli: Option<Bytes>,
    /// A weak entity tag of the uncompressed bytes: `W/"…"`.
    pub etag: String,
    /// Games that it shows besides those of its key: a touch of any of them makes it stale.
    pub shows: Box<[GameId]>,
    /// For a list: a hash of its selection (the games in their order, the total, the filters), equal only for equal
    /// selections. `None` where the selection cannot be computed without rendering.
    pub choice: Option<u64>,
}

impl Rendered {
    /// Prepares `text`. With `patient`, for values with many readers, it is compressed slowly in both encodings;
    /// otherwise quickly and only as gzip, which every browser reads: that takes a tenth of the time and leaves a fifth
    /// more bytes.
    #[must_use]
    pub fn new(text: String, patient: bool) -> Self {
        let etag = etag(text.as_bytes());
        let identity = Bytes::from(text);
        let (gzip, brotli) = if identity.len() < COMPRESS_FROM_BYTES {
            (None, None)
        } else if patient {
            (
                smaller(gzipped(&identity, Compression::new(6)), &identity),
                smaller(brotlied(&identity), &identity),
            )
        } else {
            (smaller(gzipped(&identity, Compression::new(1)), &identity), None)
        };
        Self {
            identity,
            gzip,
            brotli,
            etag,
            shows: Box::default(),
            choice: None,
        }
    }

    /// Data for this program only: it is not sent, so it is not compressed and has no tag.
    #[must_use]
    pub fn data(text: String) -> Self {
        Self {
            identity: Bytes::from(text),
            gzip: None,
            brotli: None,
            etag: String::new(),
            shows: Box::default(),
            choice: None,
        }
    }

    /// Adds the games that it shows besides those of its key.
    #[must_use]
    pub fn showing(self, games: impl Iterator<Item = GameId>) -> Self {
        Self {
            shows: games.collect(),
            ..self
        }
    }

    /// Adds the hash of its selection.
    #[must_use]
    pub fn chosen(self, choice: u64) -> Self {
        Self {
            choice: Some(choice),
            ..self
        }
    }

    /// Approximate memory of its parts.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let packed = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        self.identity.len()
            + packed(&self.gzip)
            + packed(&self.brotli)
            + self.etag.len()
            + size_of_val(&*self.shows)
            + PARTS
    }
}

fn etag(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    let hex: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{hex}\"")
}

fn smaller(packed: Option<Vec<u8>>, identity: &Bytes) -> Option<Bytes> {
    packed.filter(|packed| packed.len() < identity.len()).map(Bytes::from)
}

fn gzipped(bytes: &[u8], level: Compression) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 2), level);
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

fn brotlied(bytes: &[u8]) -> Option<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: 6,
        ..Default::default()
    };
    let mut packed = Vec::with_capacity(bytes.len() / 2);
    brotli::BrotliCompress(&mut &bytes[..], &mut packed, &parameters).ok()?;
    Some(packed)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn each_form_says_the_same() {
        let text = "a game, a price, a cover. ".repeat(400);
        let rendered = Rendered::new(text.clone(), true);
        let (gzip, brotli) = (rendered.gzip.unwrap(), rendered.brotli.unwrap());
        let (mut unzipped, mut unbrotlied) = (String::new(), Vec::new());
        flate2::read::GzDecoder::new(&gzip[..])
            .read_to_string(&mut unzipped)
            .unwrap();
        brotli::BrotliDecompress(&mut &brotli[..], &mut unbrotlied).unwrap();
        assert_eq!(unzipped, text);
        assert_eq!(unbrotlied, text.as_bytes());
        assert!(gzip.len() < text.len() && brotli.len() < text.len());
        assert_ne!(rendered.etag, Rendered::new(text + "!", true).etag);
    }

    #[test]
    fn a_small_value_is_left_as_it_is() {
        let rendered = Rendered::new("{}".to_owned(), true);
        assert!(rendered.gzip.is_none() && rendered.brotli.is_none());
    }
}
