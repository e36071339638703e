//! A changed row, as the triggers recorded it.

use sea_orm::QueryResult;
use serde_json::{Map, Value};
use uuid::Uuid;

/// The operation on a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// It is new.
    Insert,
    /// It was changed.
    Update,
    /// It is gone.
    Delete,
}

/// The values of a row by their columns; empty for a row that did not exist.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row(Map<String, Value>);

/// One change of one row.
#[derive(Clone, Debug)]
pub struct Change {
    /// Numbers the changes of the database.
    pub(super) number: i64,
    /// The transaction's number, if the database has such numbers.
    pub(super) transaction: Option<i64>,
    /// The table.
    pub table: String,
    /// The operation.
    pub operation: Operation,
    /// The row before.
    pub old: Row,
    /// The row after.
    pub new: Row,
}

impl Row {
    fn parse(text: Option<&str>) -> Self {
        let values = text.map(|text| serde_json::from_str(text).expect("a row in JSON"));
        Self(values.unwrap_or_default())
    }

    /// A text; `None` for NULL.
    #[must_use]
    pub fn text(&self, column: &str) -> Option<&str> {
        self.0.get(column)?.as_str()
    }

    /// An id, in either database's format.
    #[must_use]
    pub fn id(&self, column: &str) -> Option<Uuid> {
        Uuid::parse_str(self.text(column)?).ok()
    }

    /// A number; 0 for NULL.
    #[must_use]
    pub fn number(&self, column: &str) -> i64 {
        self.0.get(column).and_then(Value::as_i64).unwrap_or(0)
    }

    /// A boolean, in either database's format.
    #[must_use]
    pub fn is(&self, column: &str) -> bool {
        self.0.get(column).and_then(Value::as_bool).unwrap_or_default() || self.number(column) != 0
    }
}

impl Change {
    pub(super) fn read(row: &QueryResult) -> Self {
        let text = |index| row.try_get_by_index::<Option<String>>(index).expect("a text");
        Self {
            number: row.try_get_by_index(0).expect("a number"),
            transaction: row.try_get_by_index(1).expect("a number or none"),
            table: text(2).expect("a table"),
            operation: match text(3).as_deref() {
                Some("INSERT") => Operation::Insert,
                Some("UPDATE") => Operation::Update,
                Some("DELETE") => Operation::Delete,
                other => panic!("the triggers note no such operation: {other:?}"),
            },
            old: Row::parse(text(4).as_deref()),
            new: Row::parse(text(5).as_deref()),
        }
    }

    /// Whether the value of this column changed.
    pub(super) fn differs_in(&self, column: &str) -> bool {
        self.old.0.get(column) != self.new.0.get(column)
    }

    /// The row before and the row after, those that exist.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Row> {
        [&self.old, &self.new].into_iter().filter(|row| !row.0.is_empty())
    }
}
