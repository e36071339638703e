//! An answer of a supplier as it lies in the spool: its name, and the bytes that are sealed.

use std::fmt;

use domain::money::Cents;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The first byte of what is sealed; another layout will have another one.
const LAYOUT: u8 = 1;
/// The extension of a finished file.
pub(super) const FINISHED: &str = "answer";
/// The extension of a file that is being written.
pub(super) const UNFINISHED: &str = "part";

/// The raw answer of a supplier that may contain a key. `Debug` does not show the body, and its memory is overwritten
/// in the end.
#[derive(PartialEq, Eq)]
pub struct SpooledAnswer {
    /// The id of the attempt that asked for the key.
    pub attempt: Uuid,
    /// The order's id at the supplier.
    pub order: String,
    /// What the supplier charged for it, in euro cents.
    pub price: Cents,
    body: Zeroizing<Vec<u8>>,
}

/// Which answer in a spool: an attempt may have several. Not a secret.
///
/// Shown as the name of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpoolId {
    /// The attempt's id, as the name of the file says. The answer opens for this attempt alone.
    pub attempt: Uuid,
    /// Tells the answers of one attempt apart.
    pub(super) unique: Uuid,
}

impl SpooledAnswer {
    /// An answer with `body` exactly as it was received: neither parsed nor measured. It may be empty.
    #[must_use]
    pub fn new(attempt: Uuid, order: String, price: Cents, body: Vec<u8>) -> Self {
        Self {
            attempt,
            order,
            price,
            body: Zeroizing::new(body),
        }
    }

    /// The body in clear: to be parsed, and sealed for its row.
    #[must_use]
    pub fn expose_body(&self) -> &[u8] {
        &self.body
    }

    /// What is sealed: a byte of layout, the price in cents (8 bytes, big-endian), the length of the order's id
    /// (likewise), that id, and the body. The attempt is authenticated beside it.
    pub(super) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let order = self.order.as_bytes();
        let length = u64::try_from(order.len()).unwrap_or(u64::MAX);
        // Its final size at once: growing would leave copies of the body behind in memory.
        let mut bytes = Zeroizing::new(Vec::with_capacity(17 + order.len() + self.body.len()));
        bytes.push(LAYOUT);
        bytes.extend_from_slice(&self.price.get().to_be_bytes());
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(order);
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Reads the result of [`to_bytes`](Self::to_bytes); `None` for another layout.
    pub(super) fn from_bytes(attempt: Uuid, bytes: &[u8]) -> Option<Self> {
        let (&[LAYOUT], rest) = bytes.split_first_chunk::<1>()? else {
            return None;
        };
        let (&price, rest) = rest.split_first_chunk::<8>()?;
        let (&length, rest) = rest.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_be_bytes(length)).ok()?;
        let (order, body) = rest.split_at_checked(length)?;
        let order = str::from_utf8(order).ok()?.to_owned();
        let price = Cents::new(i64::from_be_bytes(price));
        Some(Self::new(attempt, order, price, body.to_vec()))
    }
}

impl fmt::Debug for SpooledAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpooledAnswer")
            .field("attempt", &self.attempt)
            .field("order", &self.order)
            .field("price", &self.price)
            .finish_non_exhaustive()
    }
}

impl SpoolId {
    /// The name of its file with this extension.
    pub(super) fn file_name(self, extension: &str) -> String {
        format!("{}.{}.{extension}", self.attempt, self.unique.as_simple())
    }

    /// The id in the name of a file with this extension; `None` if the spool did not write this name.
    pub(super) fn in_name(name: &str, extension: &str) -> Option<Self> {
        let mut parts = name.splitn(3, '.');
        let attempt = Uuid::parse_str(parts.next()?).ok()?;
        let unique = Uuid::parse_str(parts.next()?).ok()?;
        let id = Self { attempt, unique };
        // A UUID may be written in several ways: the id has to lead back to the same file.
        (id.file_name(extension) == name).then_some(id)
    }
}

impl fmt::Display for SpoolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file_name(FINISHED))
    }
}
