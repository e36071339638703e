//! The header: at which place each column stands that is read.

use super::{CsvColumns, SupplierError, quoted, unusable};

/// The places of the columns that are read.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    /// How many columns the header has.
    pub(super) count: usize,
    pub(super) id: usize,
    pub(super) name: usize,
    pub(super) price: usize,
    pub(super) stock: usize,
    pub(super) match_value: Option<usize>,
    pub(super) region: Option<usize>,
    pub(super) platform: Option<usize>,
    pub(super) picture: Option<usize>,
    pub(super) currency: Option<usize>,
}

impl Places {
    /// Finds the columns in a header; `line` is where it stands.
    ///
    /// # Errors
    /// A column that is missing or stands twice.
    pub(super) fn find(columns: &CsvColumns, header: &[String], line: u64) -> Result<Self, SupplierError> {
        let place = |name: &str| {
            let mut found = (0..)
                .zip(header)
                .filter(|(_, title)| title.trim() == name)
                .map(|(at, _)| at);
            match (found.next(), found.next()) {
                (Some(place), None) => Ok(place),
                (Some(_), Some(_)) => Err(unusable(format!(
                    "line {line}: the column {} stands twice",
                    quoted(name)
                ))),
                (None, _) => Err(unusable(format!(
                    "line {line}: there is no column {}; the header is {}",
                    quoted(name),
                    quoted(&header.join(", "))
                ))),
            }
        };
        let optional = |name: &Option<String>| name.as_deref().map(place).transpose();
        Ok(Self {
            count: header.len(),
            id: place(&columns.id)?,
            name: place(&columns.name)?,
            price: place(&columns.price)?,
            stock: place(&columns.stock)?,
            match_value: optional(&columns.match_value)?,
            region: optional(&columns.region)?,
            platform: optional(&columns.platform)?,
            picture: optional(&columns.picture)?,
            currency: optional(&columns.currency)?,
        })
    }

    /// Every place that is read, in a fixed order.
    pub(super) fn all(&self) -> impl Iterator<Item = usize> {
        let optional = [
            self.match_value,
            self.region,
            self.platform,
            self.picture,
            self.currency,
        ];
        [self.id, self.name, self.price, self.stock]
            .into_iter()
            .chain(optional.into_iter().flatten())
    }
}
