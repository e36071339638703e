//! The format of a value in Redis: its MAC, its key, render version and stamp, and its parts ready to send.

use bytes::{BufMut, Bytes};
use domain::id::GameId;
use uuid::Uuid;

use super::authenticator::{Authenticator, MAC_BYTES};
use crate::Rendered;
use crate::rendered::Parts;

/// The first bytes of every value; the version of the layout follows.
const OPENING: [u8; 7] = *b"latchke";
/// The first layout with a MAC.
const LAYOUT: u8 = 4;
/// The position of the MAC, which covers all other bytes.
const MAC_AT: usize = OPENING.len() + 1;
/// In the place of a coding that was not requested yet.
const UNASKED: u8 = 2;
const HEADER_BYTES: usize = MAC_AT + MAC_BYTES;

/// The metadata of a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label<'a> {
    /// Equal for programs and settings that render alike.
    pub(crate) render_version: u64,
    /// The name of the database's incarnation: each process numbers incarnations differently.
    pub(crate) incarnation: &'a str,
    /// The stamp's number.
    pub(crate) lowest: u64,
    /// The key's name, so that a value copied to another key is not taken for that key's value.
    pub(crate) name: &'a str,
}

/// A value read from Redis, not yet checked.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) incarnation: String,
    pub(crate) lowest: u64,
    pub(crate) value: Rendered,
}

/// Why bytes are not a value for this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Not from the shop.
    Foreign,
    /// Of another layout version.
    Layout,
    /// The MAC is wrong: forged, altered, damaged, or of a shop with another master key.
    Mac,
    /// Rendered by another program or with other settings.
    RenderVersion,
    /// Of another key.
    Name,
}

impl Unreadable {
    /// The label in the metrics.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Foreign => "unreadable",
            Self::Layout => "layout",
            Self::Mac => "mac",
            Self::RenderVersion => "render version",
            Self::Name => "name",
        }
    }
}

/// Serialises a value.
pub(crate) fn seal(authenticator: &Authenticator, label: Label<'_>, value: &Rendered) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(value.bytes() + label.incarnation.len() + label.name.len());
    bytes.put_slice(&OPENING);
    bytes.put_u8(LAYOUT);
    bytes.put_bytes(0, MAC_BYTES);
    bytes.put_u64_le(label.render_version);
    bytes.put_u64_le(label.lowest);
    put(&mut bytes, label.incarnation.as_bytes());
    put(&mut bytes, label.name.as_bytes());
    put(&mut bytes, value.etag.as_bytes());
    put(&mut bytes, &bytes_of(&value.shows));
    bytes.put_u8(u8::from(value.choice.is_some()));
    bytes.put_u64_le(value.choice.unwrap_or_default());
    put(&mut bytes, &value.identity);
    for packed in [value.made_gzip(), Some(value.brotli.as_ref())] {
        bytes.put_u8(match packed {
            None => UNASKED,
            Some(packed) => u8::from(packed.is_some()),
        });
        put(&mut bytes, packed.flatten().map_or(&[][..], |packed| packed));
    }
    let mac = authenticator.mac_of(parts(&bytes));
    bytes[MAC_AT..HEADER_BYTES].copy_from_slice(&mac);
    bytes
}

/// Parses the result of [`seal`] for the key `name` and this `render_version`. The parts share the memory of `bytes`.
pub(crate) fn open(
    authenticator: &Authenticator,
    bytes: &Bytes,
    render_version: u64,
    name: &str,
) -> Result<Opened, Unreadable> {
    let mut rest = bytes.clone();
    if take(&mut rest, OPENING.len())? != OPENING[..] {
        return Err(Unreadable::Foreign);
    }
    if take_number(&mut rest)? != [LAYOUT] {
        return Err(Unreadable::Layout);
    }
    let mac: [u8; MAC_BYTES] = take_number(&mut rest).map_err(|_| Unreadable::Mac)?;
    // Verified before anything after it is parsed.
    if !authenticator.is_mac_of(parts(bytes), mac) {
        return Err(Unreadable::Mac);
    }
    if take_u64(&mut rest)? != render_version {
        return Err(Unreadable::RenderVersion);
    }
    let lowest = take_u64(&mut rest)?;
    let incarnation = take_text(&mut rest)?;
    if take_text(&mut rest)? != name {
        return Err(Unreadable::Name);
    }
    let etag = take_text(&mut rest)?;
    let shows = take_games(&mut rest)?;
    let is_choice = take_number::<1>(&mut rest)? != [0];
    let choice = Some(take_u64(&mut rest)?).filter(|_| is_choice);
    let identity = take_part(&mut rest)?;
    let (gzip, brotli) = (take_packed(&mut rest)?, take_packed(&mut rest)?.flatten());
    if !rest.is_empty() {
        return Err(Unreadable::Foreign);
    }
    let value = Rendered::from(Parts {
        identity,
        gzip,
        brotli,
        etag,
        shows,
        choice,
    });
    Ok(Opened {
        incarnation,
        lowest,
        value,
    })
}

/// The bytes that the MAC covers.
fn parts(bytes: &[u8]) -> [&[u8]; 2] {
    [&bytes[..MAC_AT], &bytes[HEADER_BYTES..]]
}

fn put(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.put_u64_le(part.len() as u64);
    bytes.put_slice(part);
}

/// The ids of games, concatenated.
fn bytes_of(games: &[GameId]) -> Vec<u8> {
    games.iter().flat_map(|game| game.0.into_bytes()).collect()
}

fn take_games(rest: &mut Bytes) -> Result<Box<[GameId]>, Unreadable> {
    let part = take_part(rest)?;
    let (ids, []) = part.as_chunks() else {
        return Err(Unreadable::Foreign);
    };
    Ok(ids.iter().map(|id| GameId(Uuid::from_bytes(*id))).collect())
}

fn take(rest: &mut Bytes, count: usize) -> Result<Bytes, Unreadable> {
    if rest.len() < count {
        return Err(Unreadable::Foreign);
    }
    Ok(rest.split_to(count))
}

fn take_number<const N: usize>(rest: &mut Bytes) -> Result<[u8; N], Unreadable> {
    take(rest, N)?[..].try_into().map_err(|_| Unreadable::Foreign)
}

fn take_u64(rest: &mut Bytes) -> Result<u64, Unreadable> {
    take_number(rest).map(u64::from_le_bytes)
}

fn take_part(rest: &mut Bytes) -> Result<Bytes, Unreadable> {
    let count = usize::try_from(take_u64(rest)?).map_err(|_| Unreadable::Foreign)?;
    take(rest, count)
}

fn take_text(rest: &mut Bytes) -> Result<String, Unreadable> {
    String::from_utf8(take_part(rest)?.to_vec()).map_err(|_| Unreadable::Foreign)
}

/// `None`: it was not requested before the value was stored.
fn take_packed(rest: &mut Bytes) -> Result<Option<Option<Bytes>>, Unreadable> {
    let [how] = take_number(rest)?;
    let part = take_part(rest)?;
    Ok((how != UNASKED).then(|| (how != 0).then_some(part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABEL: Label<'_> = Label {
        render_version: 3,
        incarnation: "abc",
        lowest: 77,
        name: "game:7",
    };

    fn value() -> Rendered {
        let shows = [1, 2, 3].map(|id| GameId(Uuid::from_u128(id)));
        Rendered::new("a game, a price, a cover. ".repeat(100), true)
            .showing(shows.into_iter())
            .chosen(77)
    }

    fn authenticator() -> Authenticator {
        Authenticator::new(&[7; 32])
    }

    fn sealed() -> Vec<u8> {
        seal(&authenticator(), LABEL, &value())
    }

    fn refused(bytes: Vec<u8>) -> Unreadable {
        open(&authenticator(), &Bytes::from(bytes), 3, "game:7").unwrap_err()
    }

    #[test]
    fn what_was_sealed_opens_as_it_was() {
        let unasked = Rendered::new("a game, a price, a cover. ".repeat(100), false);
        let asked = unasked.clone();
        assert!(asked.gzip().is_some());
        for value in [value(), Rendered::new(String::new(), true), unasked, asked] {
            let bytes = Bytes::from(seal(&authenticator(), LABEL, &value));
            let opened = open(&authenticator(), &bytes, 3, "game:7").unwrap();
            assert_eq!((opened.incarnation.as_str(), opened.lowest), ("abc", 77));
            let opened = opened.value;
            assert_eq!(opened.made_gzip(), value.made_gzip());
            assert_eq!((opened.identity, opened.etag), (value.identity, value.etag));
            assert_eq!(
                (opened.brotli, opened.shows, opened.choice),
                (value.brotli, value.shows, value.choice)
            );
        }
    }

    #[test]
    fn another_render_version_key_or_shop_is_told_apart() {
        let bytes = Bytes::from(sealed());
        let open = |key: u8, render_version, name| {
            open(&Authenticator::new(&[key; 32]), &bytes, render_version, name).unwrap_err()
        };
        assert_eq!(open(7, 4, "game:7"), Unreadable::RenderVersion);
        assert_eq!(open(7, 3, "game:8"), Unreadable::Name);
        assert_eq!(open(8, 3, "game:7"), Unreadable::Mac);
    }

    #[test]
    fn no_bytes_cut_changed_or_added_are_taken_for_a_value() {
        let bytes = sealed();
        let expected = |at: usize| match at {
            0..7 => Unreadable::Foreign,
            7 => Unreadable::Layout,
            _ => Unreadable::Mac,
        };
        for count in 0..bytes.len() {
            let reason = if count == 7 {
                Unreadable::Foreign
            } else {
                expected(count)
            };
            assert_eq!(
                refused(bytes[..count].to_vec()),
                reason,
                "{count} bytes of {}",
                bytes.len()
            );
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 0x41;
            assert_eq!(refused(changed), expected(at), "byte {at} changed");
        }
        assert_eq!(refused([bytes, vec![0]].concat()), Unreadable::Mac);
        assert_eq!(refused(b"<html>somebody else's".to_vec()), Unreadable::Foreign);
        assert_eq!(refused(vec![0xff; 4_096]), Unreadable::Foreign);
    }

    #[test]
    fn a_value_of_before_there_were_macs_is_of_another_layout() {
        assert_eq!(refused(b"latchke\x03".repeat(20)), Unreadable::Layout);
    }
}
