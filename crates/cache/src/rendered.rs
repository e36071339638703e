//! A value ready to send: its bytes, compressed once in each encoding, and its entity tag.

use std::io::Write;
use std::sync::OnceLock;

use bytes::Bytes;
use domain::id::GameId;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::text_part::{self, TextPart};

/// Values below this are not worth compressing: they fit into one packet.
const COMPRESS_FROM_BYTES: usize = 1_000;

/// The gzip of a value is estimated as this part of it.
const GZIP_PART: usize = 4;

/// Approximate overhead of the allocator and the tables for each value.
const PARTS: usize = 512;

/// A value ready to send.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// Uncompressed.
    pub identity: Bytes,
    /// As gzip; compressed at the first request if few are expected.
    gzip: Gzip,
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

/// The gzip of a value.
#[derive(Clone, Debug)]
struct Gzip {
    /// Empty before the first request; the inner `None`: it is not smaller than the value.
    made: OnceLock<Option<Bytes>>,
    /// Whether it is compressed at the first request. Does not change, since the weight of a cached value must not.
    is_on_demand: bool,
}

impl Gzip {
    fn made(bytes: Option<Bytes>) -> Self {
        Self {
            made: OnceLock::from(bytes),
            is_on_demand: false,
        }
    }

    const fn on_demand() -> Self {
        Self {
            made: OnceLock::new(),
            is_on_demand: true,
        }
    }
}

/// The parts of a value as they were stored in Redis.
pub(crate) struct Parts {
    pub(crate) identity: Bytes,
    /// `None`: it was not requested yet.
    pub(crate) gzip: Option<Option<Bytes>>,
    pub(crate) brotli: Option<Bytes>,
    pub(crate) etag: String,
    pub(crate) shows: Box<[GameId]>,
    pub(crate) choice: Option<u64>,
}

impl From<Parts> for Rendered {
    fn from(parts: Parts) -> Self {
        Self {
            identity: parts.identity,
            gzip: parts.gzip.map_or_else(Gzip::on_demand, Gzip::made),
            brotli: parts.brotli,
            etag: parts.etag,
            shows: parts.shows,
            choice: parts.choice,
        }
    }
}

impl Rendered {
    /// Prepares `text`. With `patient`, for values with many readers, it is compressed slowly in both encodings;
    /// otherwise only as gzip, which every browser reads, quickly, and when it is first requested: that takes a tenth of
    /// the time and leaves a fifth more bytes.
    #[must_use]
    pub fn new(text: String, patient: bool) -> Self {
        Self::joined(text, patient, &[])
    }

    /// Prepares a `text` that contains `parts`, in this order, and little else: their bytes are not hashed again.
    #[must_use]
    pub fn joined(text: String, patient: bool, parts: &[TextPart]) -> Self {
        let etag = text_part::etag(&text, parts);
        let identity = Bytes::from(text);
        let (gzip, brotli) = if identity.len() < COMPRESS_FROM_BYTES {
            (Gzip::made(None), None)
        } else if patient {
            (
                Gzip::made(smaller(gzipped(&identity, Compression::new(6)), &identity)),
                smaller(brotlied(&identity), &identity),
            )
        } else {
            (Gzip::on_demand(), None)
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

    /// As gzip, compressed now if this is the first request; `None` when that is not smaller.
    #[must_use]
    pub fn gzip(&self) -> Option<&Bytes> {
        let make = || smaller(gzipped(&self.identity, Compression::new(1)), &self.identity);
        self.gzip.made.get_or_init(make).as_ref()
    }

    /// The same if it exists already; `None` before the first request.
    pub(crate) fn made_gzip(&self) -> Option<Option<&Bytes>> {
        self.gzip.made.get().map(Option::as_ref)
    }

    /// Data for this program only: it is not sent, so it is not compressed and has no tag.
    #[must_use]
    pub fn data(text: String) -> Self {
        Self {
            identity: Bytes::from(text),
            gzip: Gzip::made(None),
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

    /// Approximate memory of its parts; constant, whatever is requested.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let gzip = match self.made_gzip() {
            Some(bytes) if !self.gzip.is_on_demand => bytes.map_or(0, Bytes::len),
            _ => self.identity.len() / GZIP_PART,
        };
        self.identity.len()
            + gzip
            + self.brotli.as_ref().map_or(0, Bytes::len)
            + self.etag.len()
            + size_of_val(&*self.shows)
            + PARTS
    }
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
        let (gzip, brotli) = (rendered.gzip().unwrap(), rendered.brotli.as_ref().unwrap());
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
        assert!(rendered.gzip().is_none() && rendered.brotli.is_none());
    }

    #[test]
    fn what_few_read_is_packed_when_it_is_asked_for_and_weighs_the_same_before_and_after() {
        let text = "a game, a price, a cover. ".repeat(400);
        let rendered = Rendered::new(text.clone(), false);
        let before = rendered.bytes();
        assert!(rendered.made_gzip().is_none() && rendered.brotli.is_none());
        let mut unzipped = String::new();
        flate2::read::GzDecoder::new(&rendered.gzip().unwrap()[..])
            .read_to_string(&mut unzipped)
            .unwrap();
        assert_eq!(unzipped, text);
        assert!(rendered.made_gzip().is_some());
        assert_eq!(rendered.bytes(), before);
    }
}
