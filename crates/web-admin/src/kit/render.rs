//! The page around a screen, and what it shows.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use domain::listing::ListPage;
use services::Error;
use web_kit::conditional;
use web_kit::form_data::FormData;
use web_kit::form_page::private_layout;
use web_kit::page::{Layout, render};
use web_kit::problem::Problem;

use super::list_view::{ListView, list};
use super::navigation::Desk;
use super::serve::role_of;
use super::sheet::{Block, Sheet};
use super::table::{Column, Row, Table, Wanted};
use super::{Action, Question, Screen, Visit};

/// A page of the administration.
#[derive(Template)]
#[template(path = "screen.html")]
pub(super) struct ScreenPage {
    layout: Layout,
    desk: Desk,
    title: String,
    lead: String,
    above: Vec<(String, String)>,
    /// What was done before.
    notice: Option<&'static str>,
    actions: Vec<Offered>,
    list: Option<ListView>,
    refreshed_every: Option<u32>,
    blocks: Vec<BlockView>,
}

/// An action that is offered.
pub(super) struct Offered {
    pub(super) label: &'static str,
    pub(super) href: String,
}

/// A block with the actions of its rows.
struct BlockView {
    block: Block,
    rows: Option<RowsView>,
}

/// Rows of a table, as they are shown.
pub(super) struct RowsView {
    pub(super) headings: Vec<Heading>,
    pub(super) rows: Vec<(Row, Vec<Offered>)>,
    pub(super) has_actions: bool,
    /// What the table is called.
    pub(super) caption: String,
}

/// The heading of a column.
pub(super) struct Heading {
    pub(super) column: Column,
    /// Where it leads, if the column can be sorted by.
    pub(super) href: Option<String>,
    /// `ascending` or `descending`, if the table is sorted by it.
    pub(super) sorted: Option<&'static str>,
}

/// A table screen.
pub(super) fn table(
    screens: &[Screen],
    screen: &Screen,
    visit: &Visit,
    (table, before): (&Table, Vec<Block>),
    wanted: &Wanted,
    page: ListPage<Row>,
) -> Response {
    let is_refused = !wanted.wrong.is_empty();
    let mut shown = frame(screens, screen, visit);
    shown.actions = offered_without_subject(screen, visit);
    shown.blocks = blocks(screen, visit, before);
    shown.list = Some(list(screen, visit, table, wanted, page));
    let status = if is_refused {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    };
    send(status, &shown, None)
}

/// A sheet screen.
pub(super) fn sheet(screens: &[Screen], screen: &Screen, visit: &Visit, sheet: Sheet) -> Response {
    let mut shown = frame(screens, screen, visit);
    if !sheet.title.is_empty() {
        shown.layout.title.clone_from(&sheet.title);
        shown.title = sheet.title;
    }
    if !sheet.lead.is_empty() {
        shown.lead = sheet.lead;
    }
    shown.above = sheet.above;
    shown.refreshed_every = sheet.refreshed_every;
    shown.actions = offered(screen, visit, &sheet.actions, &visit.subject);
    shown.blocks = blocks(screen, visit, sheet.blocks);
    send(StatusCode::OK, &shown, None)
}

/// The question before an action, also after a refusal.
pub(super) fn question(
    screens: &[Screen],
    screen: &Screen,
    action: &Action,
    visit: &Visit,
    question: Question,
    refused: Option<(&FormData, Error)>,
) -> Result<Response, Problem> {
    let mut form = action.form(visit, question.fields, question.button);
    if let Some((data, error)) = refused {
        form = form.refused(data, error)?;
    }
    let mut shown = frame(screens, screen, visit);
    let is_refused = form.problem().is_some();
    shown.layout.title = if is_refused {
        format!("Error: {}", question.title)
    } else {
        question.title.clone()
    };
    (shown.title, shown.lead, shown.notice) = (question.title, question.lead, None);
    shown.above = vec![question.back];
    let (status, waiting) = (form.status(), form.waiting());
    shown.blocks = blocks(screen, visit, question.blocks);
    let form = Block::Form {
        heading: "",
        form: Box::new(form),
    };
    // A refusal is the first thing to be read.
    let at = if is_refused { 0 } else { shown.blocks.len() };
    shown.blocks.insert(
        at,
        BlockView {
            block: form,
            rows: None,
        },
    );
    Ok(send(status, &shown, waiting))
}

fn send(status: StatusCode, page: &ScreenPage, waiting: Option<u64>) -> Response {
    conditional::send_privately(status, render(page), conditional::HTML, waiting)
}

/// The page without its content.
fn frame(screens: &[Screen], screen: &Screen, visit: &Visit) -> ScreenPage {
    let done = visit.query.get("done");
    let mut actions = screens.iter().flat_map(|screen| &screen.actions);
    ScreenPage {
        layout: private_layout(&visit.app.site, screen.title, screen.path),
        desk: Desk::of(screens, role_of(&visit.caller), screen.path),
        title: screen.title.to_owned(),
        lead: screen.lead.to_owned(),
        above: Vec::new(),
        notice: actions.find(|action| action.name == done).map(|action| action.done),
        actions: Vec::new(),
        list: None,
        refreshed_every: None,
        blocks: Vec::new(),
    }
}

fn offered(screen: &Screen, visit: &Visit, names: &[&'static str], id: &str) -> Vec<Offered> {
    let actions = names.iter().filter_map(|name| screen.offered(name, visit));
    let offered = actions.map(|action| Offered {
        label: action.label,
        href: action.path_for(id),
    });
    offered.collect()
}

/// The actions that are about no row.
fn offered_without_subject(screen: &Screen, visit: &Visit) -> Vec<Offered> {
    let about_nothing = screen.actions.iter().filter(|action| !action.path.contains("{id}"));
    let names: Vec<&'static str> = about_nothing.map(|action| action.name).collect();
    offered(screen, visit, &names, "")
}

fn blocks(screen: &Screen, visit: &Visit, blocks: Vec<Block>) -> Vec<BlockView> {
    let views = blocks.into_iter().map(|mut block| {
        let rows = match &mut block {
            Block::Rows {
                heading, columns, rows, ..
            } => {
                let headings = columns.iter().map(|column| Heading {
                    column: *column,
                    href: None,
                    sorted: None,
                });
                Some(rows_view(
                    screen,
                    visit,
                    heading,
                    headings.collect(),
                    std::mem::take(rows),
                ))
            }
            _ => None,
        };
        BlockView { block, rows }
    });
    views.collect()
}

/// Rows with the actions that they offer.
pub(super) fn rows_view(
    screen: &Screen,
    visit: &Visit,
    caption: &str,
    headings: Vec<Heading>,
    rows: Vec<Row>,
) -> RowsView {
    let with_actions = rows.into_iter().map(|row| {
        let offered = offered(screen, visit, &row.actions, &row.id);
        (row, offered)
    });
    let rows: Vec<(Row, Vec<Offered>)> = with_actions.collect();
    RowsView {
        has_actions: rows.iter().any(|(_, offered)| !offered.is_empty()),
        headings,
        rows,
        caption: caption.to_owned(),
    }
}

#[cfg(test)]
#[path = "render_samples.rs"]
mod samples;
#[cfg(test)]
pub(crate) use samples::samples;
