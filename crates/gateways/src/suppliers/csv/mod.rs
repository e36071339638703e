//! A supplier whose products stand in a CSV file: a wholesaler's list, at a path or an https address.
//!
//! Opening a feed copies the file to a private one and checks all of it. A file that cannot be used as a whole (a column is
//! missing, a quote is not closed, it changed while it was read) is refused then, so that none of its rows is ever applied.
//! Bad rows are part of the result, each with its line.

mod cells;
mod columns;
mod number;
mod reachable;
mod snapshot;
mod source;
mod supplier;
mod table;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;

use domain::money::BasisPoints;
use reqwest::header::HeaderValue;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::supplier::SupplierError;
pub use cells::CsvRow;
pub use reachable::is_loopback;
pub use snapshot::CsvSnapshot;
pub use supplier::CsvSupplier;

/// The largest file, in bytes.
pub const FILE_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// The most rows below the header.
pub const ROWS_MAX: u64 = 1_000_000;
/// The longest row, in bytes, with what is quoted in it.
pub const ROW_BYTES_MAX: usize = 1024 * 1024;

/// Where a feed is and how it is read.
#[derive(Clone, Debug)]
pub struct CsvSettings {
    /// Where it is.
    pub source: CsvSource,
    /// How its text is read.
    pub format: CsvFormat,
}

/// Where a feed is. `Debug` shows neither the credential nor the query of an address.
#[derive(Clone)]
pub enum CsvSource {
    /// A regular file of this machine.
    Path(PathBuf),
    /// An https address, or http on this machine itself.
    Address {
        /// The address.
        url: Url,
        /// The value of the `Authorization` header.
        authorization: Option<HeaderValue>,
        /// Whether the address may lead to a private network.
        private_addresses: bool,
    },
}

/// How the text of a feed is read. Nothing of it is guessed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvFormat {
    /// The characters' encoding.
    pub encoding: CsvEncoding,
    /// Between two cells; an ASCII character.
    pub separator: u8,
    /// Before the cents: `.` or `,`.
    pub decimal: char,
    /// Between groups of three digits; not the decimal sign.
    pub thousands: Option<char>,
    /// Whether prices include VAT.
    pub prices: CsvPrices,
    /// Which column holds what.
    pub columns: CsvColumns,
}

/// The encoding of a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CsvEncoding {
    /// UTF-8; a byte order mark at the beginning is dropped.
    Utf8,
    /// Windows-1252, of which Latin-1 is a part.
    Windows1252,
}

/// Whether the prices of a feed include VAT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CsvPrices {
    /// Without VAT.
    Net,
    /// With VAT of this rate, which is taken off: the cost is a net price.
    Gross(BasisPoints),
}

/// The headers of the columns that are read; other columns are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvColumns {
    /// The supplier's id of the product.
    pub id: String,
    /// What it is called, with service and region.
    pub name: String,
    /// What a copy costs.
    pub price: String,
    /// Copies that can be bought.
    pub stock: String,
    /// The game that the product belongs to: a slug, an id of a game, or a G2A product id.
    pub match_value: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The platform or service.
    pub platform: Option<String>,
    /// The address of a picture.
    pub picture: Option<String>,
    /// The currency of the row's price; without this column every price is in EUR.
    pub currency: Option<String>,
}

impl CsvSource {
    /// A web address; `None` if no header can carry `authorization`.
    #[must_use]
    pub fn address(url: Url, authorization: Option<&str>, private_addresses: bool) -> Option<Self> {
        let authorization = authorization.map(|text| {
            let mut value = HeaderValue::from_str(text).ok()?;
            value.set_sensitive(true);
            Some(value)
        });
        Some(Self::Address {
            url,
            authorization: match authorization {
                Some(value) => Some(value?),
                None => None,
            },
            private_addresses,
        })
    }
}

impl fmt::Debug for CsvSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => f.debug_tuple("Path").field(path).finish(),
            Self::Address { url, .. } => {
                let mut shown = url.clone();
                shown.set_query(None);
                f.debug_tuple("Address").field(&shown.as_str()).finish()
            }
        }
    }
}

impl CsvFormat {
    /// What of it decides how the text of a cell is read.
    fn reading(&self) -> String {
        let prices = match self.prices {
            CsvPrices::Net => "net".to_owned(),
            CsvPrices::Gross(rate) => format!("gross {}", rate.get()),
        };
        let thousands = self.thousands.map(String::from).unwrap_or_default();
        format!("csv {} {thousands} {prices}", self.decimal)
    }
}

/// The version of a file at an address, as its server names it, for a conditional request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsvVersion {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
    /// The settings that the file was read with; with others it is read again though it did not change.
    format: String,
}

impl CsvVersion {
    /// In the form in which it is kept; `None` if the server named none.
    fn written(&self) -> Option<String> {
        let is_named = self.etag.is_some() || self.last_modified.is_some();
        is_named.then(|| serde_json::to_string(self).ok())?
    }

    /// From that form; `None` for anything else.
    fn read(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }
}

/// An opened feed.
#[derive(Debug)]
pub enum CsvOpened {
    /// The file is the one of the known version.
    Unchanged,
    /// The file, copied and checked.
    Snapshot(CsvSnapshot),
}

/// A feed that can be read.
#[derive(Clone, Debug)]
pub struct CsvFeed {
    settings: CsvSettings,
    folder: PathBuf,
    /// The largest file that is taken.
    bytes_max: u64,
    /// For a feed at an address.
    client: Option<reqwest::Client>,
}

impl CsvFeed {
    /// A feed whose copies are kept in `folder` while they are read; it is created when the first one is.
    ///
    /// # Errors
    /// When no HTTP client can be made, or the address is one that is not allowed.
    pub fn new(settings: CsvSettings, folder: PathBuf) -> Result<Self, SupplierError> {
        let client = match &settings.source {
            CsvSource::Path(_) => None,
            CsvSource::Address {
                url, private_addresses, ..
            } => Some(reachable::client(url, *private_addresses, reachable::IDLE_MAX)?),
        };
        Ok(Self {
            settings,
            folder,
            bytes_max: FILE_BYTES_MAX,
            client,
        })
    }

    /// Copies the file and checks all of it, unless it is still the `known` version.
    ///
    /// # Errors
    /// [`SupplierError::Unreachable`] when there is no such file or no whole answer, [`SupplierError::Credentials`] when
    /// the server asks for others, [`SupplierError::Answer`] with the line when the file cannot be used.
    pub async fn open(&self, known: Option<&CsvVersion>) -> Result<CsvOpened, SupplierError> {
        let format = format!("{:?}", self.settings.format);
        let known = known.filter(|known| known.format == format);
        let Some(copy) = self.copy(known).await? else {
            return Ok(CsvOpened::Unchanged);
        };
        let version = CsvVersion { format, ..copy.version };
        let snapshot = CsvSnapshot::of(copy.file, copy.bytes, self.settings.format.clone(), version).await?;
        Ok(CsvOpened::Snapshot(snapshot))
    }
}

fn unusable(why: impl Into<String>) -> SupplierError {
    SupplierError::Answer(why.into())
}

fn unreachable(why: impl Into<String>) -> SupplierError {
    SupplierError::Unreachable(why.into())
}

/// A text for a message: on one line, at most 60 characters.
fn quoted(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = plain.clone().take(60).collect();
    if plain.count() > 60 {
        short.push('…');
    }
    format!("`{short}`")
}
