//! Tables: their columns, filters and rows, and which of them an address asks for.

use domain::listing::{ListPage, ListPlace, ListQuery, ListStart};
use domain::refusal::FieldError;
use domain::staff::Permission;
use futures::future::BoxFuture;
use services::Error;
use uuid::Uuid;
use web_kit::form::Choice;
use web_kit::form_data::FormData;

use super::Visit;
use super::cell::Cell;
use super::sheet::Block;

/// Rows on a page.
const PAGE_ROWS: u32 = 50;
/// The longest search, in characters.
const SEARCH_MAX: usize = 200;

/// Finds the rows that are asked for: in a constant number of statements.
pub(crate) type FindRows = for<'a> fn(&'a Visit, &'a ListQuery) -> BoxFuture<'a, Result<ListPage<Row>, Error>>;

/// Makes what stands above a table: in a constant number of statements.
pub(crate) type MakeBlocks = for<'a> fn(&'a Visit) -> BoxFuture<'a, Result<Vec<Block>, Error>>;

/// A table, declared once.
pub(crate) struct Table {
    /// Its columns.
    pub(crate) columns: Vec<Column>,
    /// Its filters.
    pub(crate) filters: Vec<Filter>,
    /// The label of its search field, if it has one.
    pub(crate) search: Option<&'static str>,
    /// What it is sorted by if nobody says, and whether the highest comes first.
    pub(crate) usual_sort: (&'static str, bool),
    /// What is needed to have it as a file; `None` where nobody may.
    pub(crate) export: Option<Permission>,
    /// What is said when it has no rows.
    pub(crate) empty: &'static str,
    /// Makes what stands above it, if anything does.
    pub(crate) before: Option<MakeBlocks>,
    /// Finds the rows.
    pub(crate) rows: FindRows,
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its heading.
    pub(crate) name: &'static str,
    /// What it holds.
    pub(crate) kind: ColumnKind,
    /// The order that its heading gives, if it can be sorted by.
    pub(crate) sort: Option<&'static str>,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnKind {
    /// Texts, links, states.
    Text,
    /// Numbers and amounts: set to the right.
    Number,
    /// Times: never broken.
    Time,
}

/// A column of texts.
pub(crate) const fn text(name: &'static str) -> Column {
    let kind = ColumnKind::Text;
    Column { name, kind, sort: None }
}

/// A column of numbers or amounts.
pub(crate) const fn number(name: &'static str) -> Column {
    let kind = ColumnKind::Number;
    Column { name, kind, sort: None }
}

/// A column of times.
pub(crate) const fn time(name: &'static str) -> Column {
    let kind = ColumnKind::Time;
    Column { name, kind, sort: None }
}

impl Column {
    /// Lets its heading sort the table by an order that the list knows.
    pub(crate) const fn sorted(mut self, by: &'static str) -> Self {
        self.sort = Some(by);
        self
    }

    /// Whether who sorts by it first wants to see the highest.
    pub(crate) fn begins_with_highest(&self) -> bool {
        self.kind == ColumnKind::Time
    }

    /// The name of its style.
    pub(crate) const fn look(&self) -> &'static str {
        match self.kind {
            ColumnKind::Text => "c-text",
            ColumnKind::Number => "c-number",
            ColumnKind::Time => "c-time",
        }
    }
}

/// A filter of a table.
pub(crate) struct Filter {
    /// Its name in addresses.
    pub(crate) name: &'static str,
    /// Its label.
    pub(crate) label: &'static str,
    /// What it accepts.
    pub(crate) kind: FilterKind,
}

/// What a filter accepts.
pub(crate) enum FilterKind {
    /// One of some values.
    Choice(fn(&Visit) -> Vec<Choice>),
    /// A text that is typed.
    Typed,
    /// An id, which links of other pages name; it is no field of the page.
    Id,
}

/// A row of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row {
    /// What stands for `{id}` in the addresses of its actions.
    pub(crate) id: String,
    /// A cell for each column.
    pub(crate) cells: Vec<Cell>,
    /// The names of the actions that it offers.
    pub(crate) actions: Vec<&'static str>,
}

/// Columns and rows of a short table, without the columns of these names, and without orders.
pub(crate) fn without(columns: Vec<Column>, rows: Vec<Row>, left_out: &[&str]) -> (Vec<Column>, Vec<Row>) {
    let kept: Vec<bool> = columns.iter().map(|column| !left_out.contains(&column.name)).collect();
    let rows = rows.into_iter().map(|row| {
        let cells = row.cells.into_iter().zip(&kept);
        Row {
            cells: cells.filter_map(|(cell, is_kept)| is_kept.then_some(cell)).collect(),
            ..row
        }
    });
    let rows = rows.collect();
    let columns = columns.into_iter().zip(&kept);
    let columns = columns.filter_map(|(column, is_kept)| is_kept.then_some(Column { sort: None, ..column }));
    (columns.collect(), rows)
}

/// What an address asks of a table.
pub(crate) struct Wanted {
    /// The rows.
    pub(crate) query: ListQuery,
    /// The parameters that cannot be read.
    pub(crate) wrong: Vec<FieldError>,
}

impl Table {
    /// Reads what an address asks for. A parameter that is not known is left out; a wrong value is named.
    pub(crate) fn wanted(&self, visit: &Visit) -> Wanted {
        let asked = &visit.query;
        let mut wrong = Vec::new();
        let (sort, is_descending) = self.sort(asked, &mut wrong);
        let search = asked.get("q").trim();
        if search.chars().count() > SEARCH_MAX {
            wrong.push(FieldError::new("q", format!("is longer than {SEARCH_MAX} characters")));
        }
        let mut filters = Vec::new();
        for filter in &self.filters {
            match filter.accept(visit, asked.get(filter.name).trim()) {
                Ok(value) if value.is_empty() => {}
                Ok(value) => filters.push((filter.name, value)),
                Err(why) => wrong.push(FieldError::new(filter.name, why)),
            }
        }
        Wanted {
            query: ListQuery {
                sort,
                is_descending,
                start: start(asked, &mut wrong),
                search: search.chars().filter(|c| !c.is_control()).take(SEARCH_MAX).collect(),
                filters,
                limit: PAGE_ROWS,
            },
            wrong,
        }
    }

    fn sort(&self, asked: &FormData, wrong: &mut Vec<FieldError>) -> (&'static str, bool) {
        let text = asked.get("sort");
        if text.is_empty() {
            return self.usual_sort;
        }
        let (name, is_descending) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let known = self.columns.iter().filter_map(|column| column.sort);
        match known.into_iter().find(|sort| *sort == name) {
            Some(sort) => (sort, is_descending),
            None => {
                wrong.push(FieldError::new("sort", "is no order of this list"));
                self.usual_sort
            }
        }
    }

    /// The parameters of a query in an address, without where the page begins.
    pub(crate) fn parameters(&self, query: &ListQuery) -> Vec<(&'static str, String)> {
        let mut parameters: Vec<(&'static str, String)> = query.filters.clone();
        if !query.search.is_empty() {
            parameters.push(("q", query.search.clone()));
        }
        if (query.sort, query.is_descending) != self.usual_sort {
            parameters.push(("sort", sort_parameter(query.sort, query.is_descending)));
        }
        parameters
    }
}

/// An order as addresses name it.
pub(crate) fn sort_parameter(sort: &str, is_descending: bool) -> String {
    if is_descending {
        format!("-{sort}")
    } else {
        sort.to_owned()
    }
}

fn start(asked: &FormData, wrong: &mut Vec<FieldError>) -> ListStart {
    for (name, start) in [
        ("after", ListStart::After as fn(ListPlace) -> ListStart),
        ("before", ListStart::Before),
    ] {
        match asked.get(name) {
            "" => {}
            text => match ListPlace::parse(text) {
                Some(place) => return start(place),
                None => wrong.push(FieldError::new(name, "is no place in this list")),
            },
        }
    }
    ListStart::First
}

impl Filter {
    fn accept(&self, visit: &Visit, typed: &str) -> Result<String, &'static str> {
        match self.kind {
            _ if typed.is_empty() => Ok(String::new()),
            FilterKind::Choice(choices) => {
                let known = choices(visit).into_iter().any(|choice| choice.value == typed);
                known.then(|| typed.to_owned()).ok_or("is none of its values")
            }
            FilterKind::Typed if typed.chars().count() > SEARCH_MAX => Err("is longer than 200 characters"),
            FilterKind::Typed => Ok(typed.chars().filter(|c| !c.is_control()).collect()),
            FilterKind::Id => Uuid::parse_str(typed)
                .map(|id| id.to_string())
                .map_err(|_| "is not an id"),
        }
    }
}
