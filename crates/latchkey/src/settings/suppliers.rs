//! `[suppliers.NAME]`: suppliers besides G2A, any number of them, each with the same settings.

use std::collections::BTreeSet;
use std::path::Path;

use domain::id::SupplierName;
use domain::money::BasisPoints;
use domain::suppliers::Fulfilment;
use gateways::suppliers::csv::{CsvColumns, CsvEncoding, CsvFormat, CsvPrices, CsvSettings, CsvSource, is_loopback};
use url::Url;

use super::SettingsError;
use super::source::{Layers, Shown, Source};

/// The section of all of them.
const SECTION: &str = "suppliers.";
/// What a name is.
const NAME: &str = "1 to 32 of a-z, 0-9 and -, and neither `g2a` nor `own`";
/// Every setting of a supplier with its default; what has an empty one is required or not set.
pub(super) const DEFAULTS: [(&str, &str); 23] = [
    ("kind", ""),
    ("fulfilment", ""),
    ("rank", "2"),
    ("source", ""),
    ("authorization", ""),
    ("private_addresses", "false"),
    ("encoding", "utf-8"),
    ("separator", ","),
    ("decimal", "."),
    ("thousands", ""),
    ("currency", "EUR"),
    ("prices", "net"),
    ("markup_basis_points", ""),
    ("every_minutes", "60"),
    ("columns.id", ""),
    ("columns.name", ""),
    ("columns.price", ""),
    ("columns.stock", ""),
    ("columns.match", ""),
    ("columns.region", ""),
    ("columns.platform", ""),
    ("columns.picture", ""),
    ("columns.currency", ""),
];

/// A supplier besides G2A.
#[derive(Clone, Debug)]
pub struct OtherSupplier {
    /// Its name, which is never changed once it is used.
    pub name: SupplierName,
    /// How a sold copy is obtained: by hand, or not at all.
    pub fulfilment: Fulfilment,
    /// Its place among the suppliers; G2A has 1.
    pub rank: u32,
    /// Added to its prices, in 1/10000; `None` for `sync.markup_basis_points`.
    pub markup_basis_points: Option<u32>,
    /// Minutes between two syncs, at least 1.
    pub every_minutes: Option<u32>,
    /// Its list.
    pub csv: CsvSettings,
}

/// A name in `[suppliers]`, taken apart: the supplier's name, as in the file, and the rest.
pub(super) fn split(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix(SECTION)?.split_once('.')
}

/// The name of a setting as the environment writes it, `-` as `_` in the supplier's name.
pub(super) fn from_environment(name: &str) -> String {
    match split(name) {
        Some((supplier, field)) => format!("{SECTION}{}.{field}", supplier.replace('_', "-")),
        None => name.to_owned(),
    }
}

/// A name that a supplier besides G2A can have.
pub(super) fn name(text: &str) -> Option<SupplierName> {
    SupplierName::parse(text).filter(|name| !matches!(name.as_str(), "g2a" | "own"))
}

/// The error of a name that is none.
pub(super) fn bad_name(name: &str, source: Source) -> SettingsError {
    SettingsError::Invalid {
        name: SECTION.trim_end_matches('.').to_owned(),
        shown_value: name.to_owned(),
        expected: format!("names of suppliers that are {NAME}"),
        source,
    }
}

/// A value without the spaces around it, unless a space or a tab is the value.
pub(super) fn trimmed<'a>(name: &str, value: &'a str) -> &'a str {
    let is_sign = matches!(split(name), Some((_, "separator" | "thousands")));
    match value {
        " " | "\t" if is_sign => value,
        value => value.trim(),
    }
}

impl Layers {
    /// Every supplier of `[suppliers]`, by name.
    pub(super) fn suppliers(&self) -> Result<Vec<OtherSupplier>, SettingsError> {
        let names: BTreeSet<&str> = self.names().filter_map(|name| Some(split(name)?.0)).collect();
        let names = names.into_iter().filter_map(name);
        names.map(|name| self.supplier(&name)).collect()
    }

    fn supplier(&self, name: &SupplierName) -> Result<OtherSupplier, SettingsError> {
        let of = |field: &str| format!("{SECTION}{name}.{field}");
        self.choice(&of("kind"), &[("csv", ())])?;
        self.choice(&of("currency"), &[("EUR", ())])?;
        let fulfilments = [("by_hand", Fulfilment::ByHand), ("none", Fulfilment::None)];
        Ok(OtherSupplier {
            fulfilment: self.choice(&of("fulfilment"), &fulfilments)?,
            rank: self.number(&of("rank"), 1, 1_000)?,
            markup_basis_points: self.optional_number(&of("markup_basis_points"), 0, 100_000)?,
            every_minutes: self.optional_number(&of("every_minutes"), 1, 1_440)?,
            csv: CsvSettings {
                source: self.feed(&of)?,
                format: self.format(&of)?,
            },
            name: name.clone(),
        })
    }

    fn feed(&self, of: &dyn Fn(&str) -> String) -> Result<CsvSource, SettingsError> {
        let private_addresses = self.choice(&of("private_addresses"), &[("true", true), ("false", false)])?;
        let expected = "what a header can carry: letters, digits, signs and spaces";
        let authorization = self.optional_shown(&of("authorization"), Shown::Masked, expected, |text| {
            let plain = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
            plain.then(|| text.to_owned())
        })?;
        let name = of("source");
        let entry = self.entry(&name)?;
        let expected = "a path, an https:// address, or an http:// address on this machine itself (127.0.0.1, [::1], \
                        localhost); credentials are another setting (authorization)";
        // The query of an address is often a credential.
        let shown = if entry.value.contains('?') {
            Shown::Masked
        } else {
            Shown::Address
        };
        let folder = match &entry.source {
            Source::File(file) => file.parent(),
            _ => None,
        };
        let source = self.optional_shown(&name, shown, expected, |text| {
            if !text.contains("://") {
                return Some(CsvSource::Path(folder.unwrap_or(Path::new("")).join(text)));
            }
            let url = Url::parse(text).ok()?;
            let encrypted = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
            let plain = url.username().is_empty() && url.password().is_none();
            let address = || CsvSource::address(url, authorization.as_deref(), private_addresses);
            (encrypted && plain).then(address)?
        })?;
        source.ok_or_else(|| SettingsError::Invalid {
            shown_value: String::new(),
            expected: expected.to_owned(),
            source: entry.source.clone(),
            name,
        })
    }

    fn format(&self, of: &dyn Fn(&str) -> String) -> Result<CsvFormat, SettingsError> {
        let encodings = [("utf-8", CsvEncoding::Utf8), ("windows-1252", CsvEncoding::Windows1252)];
        let separator = |text: &str| match text {
            "," | ";" | "|" | "\t" => text.bytes().next(),
            "\\t" => Some(b'\t'),
            _ => None,
        };
        let decimal = self.choice(&of("decimal"), &[(".", '.'), (",", ',')])?;
        let expected = "one of . , ' and a space, and not the decimal sign";
        let thousands = self.optional_shown(&of("thousands"), Shown::Whole, expected, |text| {
            let sign = text
                .chars()
                .next()
                .filter(|sign| ".,' ".contains(*sign) && text.len() == 1)?;
            (sign != decimal).then_some(sign)
        })?;
        let vat = BasisPoints::new(self.number("tax.rate_basis_points", 0, 10_000)?);
        let prices = [("net", CsvPrices::Net), ("gross", CsvPrices::Gross(vat))];
        let column = |field: &str| self.required(&of(field), "the header of a column");
        Ok(CsvFormat {
            encoding: self.choice(&of("encoding"), &encodings)?,
            separator: self.parsed(&of("separator"), "one of , ; | and a tab", separator)?,
            decimal,
            thousands,
            prices: self.choice(&of("prices"), &prices)?,
            columns: CsvColumns {
                id: column("columns.id")?,
                name: column("columns.name")?,
                price: column("columns.price")?,
                stock: column("columns.stock")?,
                match_value: self.optional(&of("columns.match")),
                region: self.optional(&of("columns.region")),
                platform: self.optional(&of("columns.platform")),
                picture: self.optional(&of("columns.picture")),
                currency: self.optional(&of("columns.currency")),
            },
        })
    }
}
