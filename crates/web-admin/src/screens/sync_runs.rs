//! Sync runs: the list, one that can be watched, and the acceptance of a parked one.

mod one;

use domain::clock::Timestamp;
use domain::staff::{Noun, Permission};
use services::sync::{RecordedSync, SyncStatus};
use uuid::Uuid;
use web_kit::form::Choice;
use web_kit::format;

use crate::kit::cell::{Cell, Tone, moment};
use crate::kit::table::{self, Filter, FilterKind, Row, Table};
use crate::kit::{Content, Screen, Section, Visit};

pub(crate) use one::one;

const READ: Permission = Permission::read(Noun::Sync);
const EDIT: Permission = Permission::edit(Noun::Sync);

pub(crate) fn screen() -> Screen {
    Screen {
        path: "/admin/sync-runs",
        title: "Sync runs",
        lead: "What each sync with a supplier did, for 90 days.",
        permission: Some(READ),
        section: Some(Section::Supply),
        content: Content::Table(list()),
        actions: Vec::new(),
    }
}

/// The address of a run.
pub(crate) fn run_address(id: Uuid) -> String {
    format!("/admin/sync-runs/{id}")
}

fn list() -> Table {
    Table {
        columns: vec![
            table::time("Began").sorted("begun"),
            table::text("Supplier"),
            table::text("Kind"),
            table::text("State"),
            table::number("Read"),
            table::number("Added"),
            table::number("Changed"),
            table::number("Hidden"),
            table::number("Errors"),
            table::text("Took"),
        ],
        filters: vec![
            Filter {
                name: "supplier",
                label: "Supplier",
                kind: FilterKind::Choice(suppliers),
            },
            Filter {
                name: "kind",
                label: "Kind",
                kind: FilterKind::Choice(|_| choices(&KINDS)),
            },
            Filter {
                name: "outcome",
                label: "State",
                kind: FilterKind::Choice(|_| choices(&OUTCOMES)),
            },
        ],
        search: None,
        usual_sort: ("begun", true),
        export: Some(READ),
        empty: "No sync has run yet.",
        before: None,
        rows: |visit, query| Box::pin(async move { Ok(visit.app.shop.sync().list(query).await?.map(|run| row(&run))) }),
    }
}

const KINDS: [(&str, &str); 4] = [
    ("full", "Whole list"),
    ("delta", "Changes"),
    ("stock", "Prices and stock"),
    ("products", "Single products"),
];
const OUTCOMES: [(&str, &str); 9] = [
    ("open", "Running or interrupted"),
    ("complete", "Complete"),
    ("incomplete", "Incomplete"),
    ("parked", "Waits for a decision"),
    ("accepted", "Accepted"),
    ("superseded", "Superseded"),
    ("stopped", "Stopped"),
    ("failed", "Failed"),
    ("abandoned", "Abandoned"),
];

fn choices(known: &[(&'static str, &'static str)]) -> Vec<Choice> {
    known.iter().map(|(value, text)| Choice::new(*value, *text)).collect()
}

/// The suppliers of the settings.
pub(crate) fn suppliers(visit: &Visit) -> Vec<Choice> {
    let terms = visit.app.shop.offers().terms().iter();
    terms
        .map(|terms| Choice::new(terms.name.as_str(), terms.name.as_str()))
        .collect()
}

/// How a run is, in a word.
pub(crate) fn outcome(status: &SyncStatus) -> (Tone, String) {
    match status {
        SyncStatus::Running => (Tone::Busy, "running".to_owned()),
        SyncStatus::Interrupted => (Tone::Bad, "interrupted".to_owned()),
        SyncStatus::Ended(outcome) => match outcome.as_str() {
            "complete" | "accepted" => (Tone::Good, outcome.clone()),
            "parked" => (Tone::Bad, "waits for a decision".to_owned()),
            "superseded" | "stopped" => (Tone::Quiet, outcome.clone()),
            _ => (Tone::Bad, outcome.clone()),
        },
    }
}

/// The state of a run as a cell.
pub(crate) fn state(run: &RecordedSync) -> Cell {
    let (tone, word) = outcome(&run.state.status);
    Cell::State(tone, word)
}

fn kind(run: &RecordedSync) -> &'static str {
    let name = run.state.kind.as_str();
    let known = KINDS.iter().find(|(kind, _)| *kind == name);
    known.map_or(name, |(_, text)| text)
}

fn took(run: &RecordedSync) -> Cell {
    let end: Timestamp = run.state.finished_at.unwrap_or(run.state.now);
    Cell::text(format::duration(end.since(run.state.started_at).as_secs()))
}

fn row(run: &RecordedSync) -> Row {
    let report = &run.state.report;
    Row {
        id: run.id.to_string(),
        cells: vec![
            Cell::link(run_address(run.id), moment(run.state.started_at)),
            Cell::text(run.supplier.as_str()),
            Cell::text(kind(run)),
            state(run),
            Cell::count(run.state.progress.read),
            Cell::count(report.added),
            Cell::count(report.updated),
            Cell::count(report.removed),
            Cell::count(report.error_count),
            took(run),
        ],
        actions: Vec::new(),
    }
}
