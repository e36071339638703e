//! A table with its tools, as a page shows it: search, filters, orders, and the links to other pages.

use domain::listing::{ListPage, ListQuery};
use url::form_urlencoded::Serializer;
use web_kit::form::Choice;

use super::render::{Heading, RowsView, rows_view};
use super::table::{FilterKind, Row, Table, Wanted, sort_parameter};
use super::{Screen, Visit};

/// A table with its tools.
pub(super) struct ListView {
    pub(super) here: &'static str,
    /// The label of the search field, and what is searched for.
    pub(super) search: Option<(&'static str, String)>,
    pub(super) filters: Vec<FilterView>,
    /// What the form of the filters keeps.
    pub(super) kept: Vec<(&'static str, String)>,
    /// Where nothing is filtered, if anything is.
    pub(super) everything: Option<String>,
    pub(super) wrong: Vec<String>,
    pub(super) file: Option<String>,
    pub(super) empty: &'static str,
    pub(super) table: RowsView,
    pub(super) previous: Option<String>,
    pub(super) next: Option<String>,
}

/// A filter with its values.
pub(super) struct FilterView {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) value: String,
    /// `None` where the value is typed.
    pub(super) choices: Option<Vec<Choice>>,
}

/// The table with its tools.
pub(super) fn list(screen: &Screen, visit: &Visit, table: &Table, wanted: &Wanted, page: ListPage<Row>) -> ListView {
    let query = &wanted.query;
    let all = table.parameters(query);
    let address = |more: Option<(&'static str, String)>| address(screen.path, all.iter().cloned().chain(more));
    let is_filtered = !query.filters.is_empty() || !query.search.is_empty() || !wanted.wrong.is_empty();
    let is_field = |name: &str| {
        let filter = table.filters.iter().find(|filter| filter.name == name);
        name == "q" || filter.is_some_and(|filter| !matches!(filter.kind, FilterKind::Id))
    };
    let may_export = table.export.is_some_and(|permission| visit.may(permission));
    let file = format!("{}.csv", screen.path);
    ListView {
        here: screen.path,
        search: table.search.map(|label| (label, query.search.clone())),
        filters: filters(visit, table, query),
        kept: all.iter().filter(|(name, _)| !is_field(name)).cloned().collect(),
        everything: is_filtered.then(|| screen.path.to_owned()),
        wrong: wanted
            .wrong
            .iter()
            .map(|wrong| format!("{} {}", wrong.field, wrong.message))
            .collect(),
        file: may_export.then(|| self::address(&file, all.iter().cloned())),
        empty: if is_filtered {
            "Nothing fits these filters."
        } else {
            table.empty
        },
        previous: page.previous.map(|place| address(Some(("before", place.to_string())))),
        next: page.next.map(|place| address(Some(("after", place.to_string())))),
        table: rows_view(screen, visit, screen.title, headings(screen, table, query), page.rows),
    }
}

fn filters(visit: &Visit, table: &Table, query: &ListQuery) -> Vec<FilterView> {
    let shown = table.filters.iter().filter_map(|filter| {
        let choices = match filter.kind {
            FilterKind::Choice(choices) => Some(choices(visit)),
            FilterKind::Typed => None,
            FilterKind::Id => return None,
        };
        Some(FilterView {
            name: filter.name,
            label: filter.label,
            value: query.filter(filter.name).to_owned(),
            choices,
        })
    });
    shown.collect()
}

fn headings(screen: &Screen, table: &Table, query: &ListQuery) -> Vec<Heading> {
    let headings = table.columns.iter().map(|column| {
        let is_sorted = column.sort == Some(query.sort);
        let href = column.sort.map(|sort| {
            // Another click turns the order round; times begin with the latest.
            let is_descending = if is_sorted {
                !query.is_descending
            } else {
                column.begins_with_highest()
            };
            let mut parameters = table.parameters(query);
            parameters.retain(|(name, _)| *name != "sort");
            if (sort, is_descending) != table.usual_sort {
                parameters.push(("sort", sort_parameter(sort, is_descending)));
            }
            address(screen.path, parameters)
        });
        let direction = if query.is_descending { "descending" } else { "ascending" };
        Heading {
            column: *column,
            href,
            sorted: is_sorted.then_some(direction),
        }
    });
    headings.collect()
}

fn address(path: &str, parameters: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let mut query = Serializer::new(String::new());
    for (name, value) in parameters {
        query.append_pair(name, &value);
    }
    match query.finish() {
        query if query.is_empty() => path.to_owned(),
        query => format!("{path}?{query}"),
    }
}
