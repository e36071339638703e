//! One run: watched while it runs, and accepted if it waits for a decision.

use domain::refusal::Refusal;
use services::Error;
use services::sync::{RecordedSync, SyncStatus, WatchedRun};
use web_kit::format;

use super::{EDIT, READ, kind, run_address, state, took};
use crate::kit::cell::{Cell, Tone};
use crate::kit::sheet::{Block, Sheet};
use crate::kit::table::{self, Row};
use crate::kit::{Action, Content, Question, Reason, Screen, Visit};

pub(crate) fn one() -> Screen {
    Screen {
        path: "/admin/sync-runs/{id}",
        title: "Sync run",
        lead: "",
        permission: Some(READ),
        section: None,
        content: Content::Sheet(|visit| Box::pin(async move { Ok(sheet(&watched(visit).await?)) })),
        actions: vec![Action {
            name: "accept-run",
            label: "Accept…",
            path: "/admin/sync-runs/{id}/accept",
            permission: EDIT,
            needs_proof: true,
            reason: Reason::Required,
            ask: |visit| Box::pin(async move { Ok(question(&watched(visit).await?)) }),
            run: |visit, _| {
                Box::pin(async move {
                    let id = visit.id().ok_or(Refusal::SyncRunNotFound)?;
                    let run = visit.app.shop.sync().accept_for(id, visit.actor.clone()).await?;
                    Ok(run_address(run.id))
                })
            },
            done: "Accepted: what the run had found is done.",
        }],
    }
}

async fn watched(visit: &Visit) -> Result<WatchedRun, Error> {
    let id = visit.id().ok_or(Refusal::SyncRunNotFound)?;
    visit.app.shop.sync().watched(id).await
}

fn is_parked(run: &RecordedSync) -> bool {
    run.state.status == SyncStatus::Ended("parked".to_owned())
}

fn sheet(watched: &WatchedRun) -> Sheet {
    let run = &watched.run;
    let is_running = run.state.status == SyncStatus::Running;
    let mut blocks = Vec::new();
    if is_running {
        let left = run.state.seconds_left();
        let left = left.map_or(String::new(), |left| format!(", {} left", format::duration(left)));
        blocks.push(Block::Progress {
            text: format!("{}, {} a second{left}", run.state.progress, run.state.per_second()),
            done: run.state.progress.read,
            total: run.state.progress.total.max(1),
        });
    }
    blocks.push(facts(run));
    if is_parked(run) {
        blocks.push(waiting(watched));
    }
    let errors = run.state.report.errors.iter().map(|error| match &error.product_id {
        Some(product) => format!("{product}: {}", error.reason),
        None => error.reason.clone(),
    });
    let errors: Vec<String> = errors.collect();
    if !errors.is_empty() {
        blocks.push(Block::Lines {
            heading: "Errors and reasons",
            lines: errors,
        });
    }
    if !run.state.report.notes.is_empty() {
        blocks.push(Block::Lines {
            heading: "Worth knowing of the list",
            lines: run.state.report.notes.clone(),
        });
    }
    Sheet {
        title: format!("Sync of {}", run.supplier),
        lead: format!("{}, begun {}.", kind(run), format::date_time(run.state.started_at)),
        above: vec![("/admin/sync-runs".to_owned(), "Sync runs".to_owned())],
        actions: if is_parked(run) { vec!["accept-run"] } else { Vec::new() },
        refreshed_every: is_running.then_some(2),
        blocks,
    }
}

fn facts(run: &RecordedSync) -> Block {
    let report = &run.state.report;
    Block::Facts {
        heading: "",
        facts: vec![
            ("State", state(run)),
            ("Took", took(run)),
            ("Ended", Cell::time(run.state.finished_at)),
            ("Run by", Cell::text(run.state.holder.as_str())),
            ("Products read", Cell::count(run.state.progress.read)),
            ("Games added or shown again", Cell::count(report.added)),
            ("Games changed", Cell::count(report.updated)),
            ("Games hidden", Cell::count(report.removed)),
            ("Errors", Cell::count(report.error_count)),
        ],
    }
}

/// What an accepted run would do.
fn waiting(watched: &WatchedRun) -> Block {
    let rows = watched.waiting.iter().map(|change| {
        let what = match change.lower {
            None => Cell::State(Tone::Bad, "would be hidden".to_owned()),
            Some(_) => Cell::State(Tone::Busy, "price would fall".to_owned()),
        };
        let game = format!("/admin/games/{}", change.game);
        Row {
            id: change.offer.to_string(),
            cells: vec![
                Cell::link(game, change.title.as_str()),
                Cell::text(change.product.to_string()),
                what,
                Cell::Money(change.price),
                change.lower.map_or(Cell::None, Cell::Money),
                Cell::count(change.supplier_qty),
            ],
            actions: Vec::new(),
        }
    });
    let rows: Vec<Row> = rows.collect();
    let total = watched.hides + watched.lowers;
    let mut lead = format!(
        "{} would be hidden, {} would fall below half.",
        format::plural(watched.hides, "offer", "offers"),
        format::plural(watched.lowers, "price", "prices"),
    );
    if total > rows.len() as u64 {
        lead += &format!(" These are {} of {}.", rows.len(), format::count(total));
    }
    Block::Rows {
        heading: "What would change",
        lead,
        empty: "Nothing of it is left: the supplier's list was empty, or a later run has settled it.",
        columns: vec![
            table::text("Game"),
            table::text("Product"),
            table::text("Change"),
            table::number("Price now"),
            table::number("Price then"),
            table::number("Copies"),
        ],
        rows,
    }
}

fn question(watched: &WatchedRun) -> Question {
    let run = &watched.run;
    Question {
        title: format!("Accept this sync of {}?", run.supplier),
        lead: "The run held these changes back because so many at once are rarely right. Once accepted, customers see them \
               within a second. A later sync undoes them if the supplier says otherwise."
            .to_owned(),
        back: (run_address(run.id), format!("Sync of {}", run.supplier)),
        blocks: vec![waiting(watched)],
        fields: Vec::new(),
        button: "Accept these changes",
    }
}
