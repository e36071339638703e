//! Pages of long lists: sorted, searched, filtered, and continued at a row rather than after a number of rows.

use std::fmt;

use uuid::Uuid;

/// The value by which a row is sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SortValue {
    /// A text.
    Text(String),
    /// A number, or a time in microseconds.
    Number(i64),
}

/// The place of a row in a sorted list. Rows with the same value are in the order of their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPlace {
    /// What the row is sorted by.
    pub value: SortValue,
    /// The row.
    pub id: Uuid,
}

/// Where a page of a list begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ListStart {
    /// At the list's first row.
    #[default]
    First,
    /// After a row.
    After(ListPlace),
    /// So that it ends before a row.
    Before(ListPlace),
}

/// Which rows of a list are wanted, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// What it is sorted by, by one of the names that the list knows; any other means its usual order.
    pub sort: &'static str,
    /// Whether the highest comes first.
    pub is_descending: bool,
    /// Where it begins.
    pub start: ListStart,
    /// What somebody searches for; empty for everything.
    pub search: String,
    /// Filters by name; those without a value are left out.
    pub filters: Vec<(&'static str, String)>,
    /// How many rows at most.
    pub limit: u32,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPage<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// The place of the first row, if rows precede it.
    pub previous: Option<ListPlace>,
    /// The place of the last row, if rows follow it.
    pub next: Option<ListPlace>,
}

impl<T> Default for ListPage<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            previous: None,
            next: None,
        }
    }
}

impl<T> ListPage<T> {
    /// The page with other rows in the same places.
    pub fn map<U>(self, row: impl FnMut(T) -> U) -> ListPage<U> {
        ListPage {
            rows: self.rows.into_iter().map(row).collect(),
            previous: self.previous,
            next: self.next,
        }
    }
}

impl ListStart {
    /// The row that it names.
    #[must_use]
    pub const fn place(&self) -> Option<&ListPlace> {
        match self {
            Self::First => None,
            Self::After(place) | Self::Before(place) => Some(place),
        }
    }
}

impl ListQuery {
    /// The value of a filter; empty if there is none.
    #[must_use]
    pub fn filter(&self, name: &str) -> &str {
        self.filters
            .iter()
            .find(|(key, _)| *key == name)
            .map_or("", |(_, value)| value.as_str())
    }
}

impl ListPlace {
    /// Parses what [`fmt::Display`] writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (id, rest) = text.split_once('.')?;
        let id = Uuid::parse_str(id).ok()?;
        let value = match rest.split_at_checked(1)? {
            ("n", number) => SortValue::Number(number.parse().ok()?),
            ("t", text) if !text.contains('\0') => SortValue::Text(text.to_owned()),
            _ => return None,
        };
        Some(Self { value, id })
    }
}

/// As addresses carry it.
impl fmt::Display for ListPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.id.simple();
        match &self.value {
            SortValue::Text(text) => write!(f, "{id}.t{text}"),
            SortValue::Number(number) => write!(f, "{id}.n{number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_back() {
        for value in [
            SortValue::Number(-7),
            SortValue::Text(String::new()),
            SortValue::Text("a.b n1".to_owned()),
        ] {
            let id = Uuid::from_u128(9);
            let place = ListPlace { value, id };
            assert_eq!(ListPlace::parse(&place.to_string()), Some(place));
        }
        let id = Uuid::from_u128(9).simple();
        for text in [
            "",
            ".",
            "x.n1",
            &format!("{id}.nx"),
            &format!("{id}."),
            &format!("{id}.é"),
            &format!("{id}.ta\0"),
        ] {
            assert_eq!(ListPlace::parse(text), None, "{text:?}");
        }
    }
}
