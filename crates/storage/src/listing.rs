//! Pages of long lists: one statement each, that begins at a row by its index instead of skipping rows.

mod numbered;

use domain::listing::{ListPage, ListPlace, ListQuery, ListStart, SortValue};
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};
use uuid::Uuid;

use crate::Error;

pub(crate) use numbered::numbered;

/// A list, as a statement reads it.
pub(crate) struct ListSource {
    /// The columns of a row, beside the id and what it is sorted by; the table of the keys is `k`, so `k.id` is the id.
    pub(crate) columns: &'static str,
    /// Further tables, joined to `k`.
    pub(crate) joins: &'static str,
    /// The table whose rows are listed, with a short name.
    pub(crate) table: &'static str,
    /// The id in that table.
    pub(crate) id: &'static str,
    /// The usual order: its name, the column, and what that holds.
    pub(crate) usual: Sort,
    /// Further orders.
    pub(crate) others: &'static [Sort],
}

/// An order of a list: its name, the column, and what that holds.
type Sort = (&'static str, &'static str, SortKind);

impl ListSource {
    fn sort(&self, name: &str) -> Sort {
        let other = self.others.iter().find(|(other, ..)| *other == name);
        other.copied().unwrap_or(self.usual)
    }
}

impl SortKind {
    const fn holds(self, value: &SortValue) -> bool {
        matches!(
            (self, value),
            (Self::Text, SortValue::Text(_)) | (Self::Number, SortValue::Number(_))
        )
    }
}

/// What a column holds that a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SortKind {
    Text,
    Number,
}

/// The conditions of a list: a text for each, with the values of its parameters.
#[derive(Default)]
pub(crate) struct Conditions {
    texts: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// Adds a condition; each `?` in it stands for the next of `values`.
    pub(crate) fn add(&mut self, text: &str, values: impl IntoIterator<Item = Value>) {
        let mut values = values.into_iter();
        let mut written = String::new();
        for (at, part) in text.split('?').enumerate() {
            if at > 0 {
                self.values.extend(values.next());
                written += &format!("${}", self.values.len());
            }
            written += part;
        }
        self.texts.push(written);
    }

    /// All of them, as a statement has them.
    fn where_all(&self) -> String {
        if self.texts.is_empty() {
            String::new()
        } else {
            format!("WHERE {}", self.texts.join(" AND "))
        }
    }

    /// Adds that each word of `search` stands in `column`, whose text is folded.
    pub(crate) fn add_words(&mut self, column: &str, search: &str) {
        let folded = domain::search::fold(search);
        for word in domain::search::words(&folded) {
            self.add(&format!("{column} LIKE ? ESCAPE '!'"), [containing(word).into()]);
        }
    }
}

/// The pattern of texts that contain `text`.
pub(crate) fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern + "%"
}

/// A page of a list. The keys are found first, by the index alone where it has all columns of the conditions; only the rows of
/// the page are then read whole.
pub(crate) async fn page<T>(
    conn: &impl ConnectionTrait,
    source: &ListSource,
    query: &ListQuery,
    conditions: Conditions,
    row: impl Fn(&QueryResult) -> Result<T, Error>,
) -> Result<ListPage<T>, Error> {
    let (_, column, kind) = source.sort(query.sort);
    let start = query.start.place().filter(|place| kind.holds(&place.value));
    // An address from another order, which names a text where there are numbers, begins anew.
    let query = &ListQuery {
        start: start.map_or_else(ListStart::default, |_| query.start.clone()),
        ..query.clone()
    };
    let (text, values) = statement(source, query, column, conditions);
    let asked = Statement::from_sql_and_values(conn.get_database_backend(), text, values);
    let mut found = Vec::new();
    for result in conn.query_all_raw(asked).await? {
        let id: Uuid = result.try_get("", "key_id")?;
        let value = match kind {
            SortKind::Text => SortValue::Text(result.try_get("", "sort_key")?),
            SortKind::Number => SortValue::Number(result.try_get("", "sort_key")?),
        };
        found.push((ListPlace { value, id }, row(&result)?));
    }
    Ok(cut(found, query))
}

/// Takes the row away that only says that there are more, and puts the others in order.
pub(crate) fn cut<T>(mut found: Vec<(ListPlace, T)>, query: &ListQuery) -> ListPage<T> {
    let limit = usize::try_from(query.limit).unwrap_or(usize::MAX);
    let has_more = found.len() > limit;
    found.truncate(limit);
    let is_backward = matches!(query.start, ListStart::Before(_));
    if is_backward {
        found.reverse();
    }
    let (is_after_others, is_before_others) = match query.start {
        ListStart::First => (false, has_more),
        ListStart::After(_) => (true, has_more),
        ListStart::Before(_) => (has_more, true),
    };
    let place = |found: Option<&(ListPlace, T)>| found.map(|(place, _)| place.clone());
    ListPage {
        previous: place(found.first()).filter(|_| is_after_others),
        next: place(found.last()).filter(|_| is_before_others),
        rows: found.into_iter().map(|(_, row)| row).collect(),
    }
}

fn statement(source: &ListSource, query: &ListQuery, column: &str, mut conditions: Conditions) -> (String, Vec<Value>) {
    let id = source.id;
    let is_backward = matches!(query.start, ListStart::Before(_));
    let is_falling = query.is_descending != is_backward;
    let (direction, beyond) = if is_falling { ("DESC", "<") } else { ("ASC", ">") };
    if let Some(place) = query.start.place() {
        let value: Value = match &place.value {
            SortValue::Text(text) => text.as_str().into(),
            SortValue::Number(number) => (*number).into(),
        };
        conditions.add(&format!("({column}, {id}) {beyond} (?, ?)"), [value, place.id.into()]);
    }
    let where_all = conditions.where_all();
    let (columns, joins, table) = (source.columns, source.joins, source.table);
    let limit = u64::from(query.limit) + 1;
    let text = format!(
        "SELECT k.id AS key_id, k.sort_key, {columns} FROM (SELECT {id} AS id, {column} AS sort_key FROM {table} {where_all} \
         ORDER BY {column} {direction}, {id} {direction} LIMIT {limit}) AS k {joins} \
         ORDER BY k.sort_key {direction}, k.id {direction}"
    );
    (text, conditions.values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(numbers: &[i64]) -> Vec<(ListPlace, i64)> {
        let place = |number: &i64| {
            let value = SortValue::Number(*number);
            let id = Uuid::from_u128(1);
            (ListPlace { value, id }, *number)
        };
        numbers.iter().map(place).collect()
    }

    fn ends(page: &ListPage<i64>) -> (Option<i64>, Option<i64>) {
        let number = |place: &Option<ListPlace>| match place.as_ref()?.value {
            SortValue::Number(number) => Some(number),
            SortValue::Text(_) => None,
        };
        (number(&page.previous), number(&page.next))
    }

    #[test]
    fn a_page_knows_whether_rows_precede_and_follow_it() {
        let place = || found(&[5]).remove(0).0;
        for (start, rows, shown, around) in [
            (ListStart::First, vec![1, 2], vec![1, 2], (None, None)),
            (ListStart::First, vec![1, 2, 3], vec![1, 2], (None, Some(2))),
            (ListStart::After(place()), vec![6, 7], vec![6, 7], (Some(6), None)),
            (ListStart::After(place()), vec![6, 7, 8], vec![6, 7], (Some(6), Some(7))),
            (ListStart::Before(place()), vec![4, 3], vec![3, 4], (None, Some(4))),
            (
                ListStart::Before(place()),
                vec![4, 3, 2],
                vec![3, 4],
                (Some(3), Some(4)),
            ),
        ] {
            let query = ListQuery {
                start: start.clone(),
                limit: 2,
                ..ListQuery::default()
            };
            let page = cut(found(&rows), &query);
            assert_eq!((&page.rows, ends(&page)), (&shown, around), "{start:?}");
        }
    }

    #[test]
    fn what_is_typed_is_no_pattern() {
        assert_eq!(containing("50%_off!"), "%50!%!_off!!%");
        let mut conditions = Conditions::default();
        conditions.add("a = ? OR b = ?", [1.into(), 2.into()]);
        conditions.add("c = ?", [3.into()]);
        assert_eq!(conditions.texts, ["a = $1 OR b = $2", "c = $3"]);
    }
}
