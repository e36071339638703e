//! The overview: what needs somebody today.

use domain::staff::{Noun, Permission};
use services::sync::{RecordedSync, SyncStatus};
use services::today::{LOW_DISK_BYTES, Today};
use web_kit::format;

use super::cases;
use super::sync_runs::{outcome, run_address};
use crate::kit::cell::{Cell, Tone};
use crate::kit::sheet::{Block, Note, Sheet};
use crate::kit::{Content, Screen, Section, Visit};

/// A queue whose longest waiting message has been due for so long is not being worked on.
const LATE_SECONDS: u64 = 300;

pub(crate) fn screen() -> Screen {
    Screen {
        path: "/admin",
        title: "Overview",
        lead: "What needs somebody today.",
        permission: None,
        section: Some(Section::Today),
        content: Content::Sheet(|visit| {
            Box::pin(async move {
                let today = visit.app.shop.operations().today().await?;
                Ok(sheet(visit, &today))
            })
        }),
        actions: Vec::new(),
    }
}

fn sheet(visit: &Visit, today: &Today) -> Sheet {
    let mut notes = Vec::new();
    if visit.may(cases::READ) {
        notes.extend(open_cases(today));
    }
    if visit.may(Permission::read(Noun::Sync)) {
        notes.extend(syncs(today));
    }
    let sees_jobs = visit.may(Permission::read(Noun::Jobs));
    if sees_jobs {
        notes.extend(queues(today));
    }
    notes.extend(today.free_bytes.filter(|bytes| *bytes < LOW_DISK_BYTES).map(disk));
    let free = today
        .free_bytes
        .map(|bytes| format!("{} MB", format::count(bytes / 1_000_000)));
    let (waiting, dead) = today.queues.iter().fold((0, 0), |(waiting, dead), queue| {
        (waiting + queue.waiting + queue.claimed, dead + queue.dead_lettered)
    });
    let mut facts = vec![("Room in the data folder", Cell::optional(free))];
    if sees_jobs {
        facts.push(("Jobs that wait or run", Cell::count(waiting)));
        facts.push(("Failed jobs", Cell::count(dead)));
    }
    facts.push(("This node", Cell::text(visit.app.site.node.as_str())));
    Sheet {
        blocks: vec![
            Block::Notes {
                heading: "Needs somebody",
                empty: "Nothing that you could see to.",
                notes,
            },
            Block::Facts {
                heading: "The shop now",
                facts,
            },
        ],
        ..Sheet::default()
    }
}

fn open_cases(today: &Today) -> Option<Note> {
    let open = today.cases;
    (open.count > 0).then(|| Note {
        tone: Tone::Bad,
        text: format!("{} open", format::plural(open.count, "case is", "cases are")),
        detail: format!("{} EUR are at risk.", open.at_risk),
        link: (format!("{}?state=open", cases::LIST), "Look at them"),
    })
}

fn syncs(today: &Today) -> Vec<Note> {
    let parked = today.parked.iter().map(|run| Note {
        tone: Tone::Bad,
        text: format!("A sync of {} waits for a decision", run.supplier),
        detail: first_reason(run),
        link: (run_address(run.id), "Look at it"),
    });
    let doubtful = today.doubtful().map(|run| Note {
        tone: Tone::Bad,
        text: format!("The last sync of {} is {}", run.supplier, outcome(&run.state.status).1),
        detail: first_reason(run),
        link: (run_address(run.id), "Look at it"),
    });
    let never = today.never_synced.iter().map(|supplier| Note {
        tone: Tone::Quiet,
        text: format!("{supplier} was never synced"),
        detail: "Its offers are not in the shop yet.".to_owned(),
        link: ("/admin/suppliers".to_owned(), "Sync it"),
    });
    let running = today
        .latest
        .iter()
        .filter(|run| run.state.status == SyncStatus::Running);
    let running = running.map(|run| Note {
        tone: Tone::Busy,
        text: format!("A sync of {} runs", run.supplier),
        detail: run.state.progress.to_string(),
        link: (run_address(run.id), "Watch it"),
    });
    parked.chain(doubtful).chain(never).chain(running).collect()
}

fn first_reason(run: &RecordedSync) -> String {
    let reason = run.state.report.errors.first().map(|error| error.reason.clone());
    reason.unwrap_or_else(|| format!("It began {}.", format::date_time(run.state.started_at)))
}

fn queues(today: &Today) -> Vec<Note> {
    let mut notes = Vec::new();
    for queue in &today.queues {
        if queue.dead_lettered > 0 {
            notes.push(Note {
                tone: Tone::Bad,
                text: format!(
                    "{} in the queue {}",
                    format::plural(
                        queue.dead_lettered,
                        "job has failed for good",
                        "jobs have failed for good"
                    ),
                    queue.queue
                ),
                detail: "Each says why. It can be run again.".to_owned(),
                link: (format!("/admin/jobs?queue={}", queue.queue), "Look at them"),
            });
        }
        if let Some(late) = queue.late_seconds.filter(|late| *late >= LATE_SECONDS) {
            notes.push(Note {
                tone: Tone::Bad,
                text: format!("The queue {} is not being worked on", queue.queue),
                detail: format!("A job has been due for {}. Does a worker run?", format::duration(late)),
                link: ("/admin/jobs".to_owned(), "Look at the queues"),
            });
        }
    }
    notes
}

fn disk(bytes: u64) -> Note {
    Note {
        tone: Tone::Bad,
        text: "The disk of the data folder is nearly full".to_owned(),
        detail: format!(
            "{} MB are left. Without room the shop cannot write.",
            format::count(bytes / 1_000_000)
        ),
        link: ("/admin".to_owned(), "Look again"),
    }
}
