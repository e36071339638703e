//! Background jobs: the queues, and the jobs that failed for good, which can be run again.

use domain::listing::ListQuery;
use domain::message::{Queue, QueueState};
use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use services::Error;
use web_kit::form::Choice;
use web_kit::format;

use crate::kit::cell::Cell;
use crate::kit::sheet::Block;
use crate::kit::table::{self, Filter, FilterKind, Row, Table};
use crate::kit::{Action, Content, Question, Reason, Screen, Section, Visit};

const READ: Permission = Permission::read(Noun::Jobs);

pub(crate) fn screen() -> Screen {
    Screen {
        path: "/admin/jobs",
        title: "Background jobs",
        lead: "The queues, and the jobs that failed for the last time, each with its error. Once its cause is gone, a job can be run \
               again.",
        permission: Some(READ),
        section: Some(Section::System),
        content: Content::Table(Table {
            columns: vec![
                table::time("Posted").sorted("posted"),
                table::text("Job"),
                table::text("Queue"),
                table::number("Tries"),
                table::text("Last error"),
            ],
            filters: vec![Filter {
                name: "queue",
                label: "Queue",
                kind: FilterKind::Choice(|_| {
                    Queue::ALL
                        .map(|queue| Choice::new(queue.as_str(), queue.as_str()))
                        .to_vec()
                }),
            }],
            search: None,
            usual_sort: ("posted", true),
            export: Some(READ),
            empty: "No job has failed for good.",
            before: Some(|visit| Box::pin(async move { Ok(vec![queues(&visit.app.shop.messages().queues().await?)]) })),
            rows: |visit, query| {
                Box::pin(async move {
                    let found = visit.app.shop.messages().dead_letters(query).await?;
                    Ok(found.map(|(job, letter)| Row {
                        id: letter.id.to_string(),
                        cells: vec![
                            Cell::Time(letter.created_at),
                            Cell::text(job),
                            Cell::text(letter.queue),
                            Cell::count(letter.attempts),
                            Cell::text(letter.last_error),
                        ],
                        actions: vec!["run-again"],
                    }))
                })
            },
        }),
        actions: vec![Action {
            name: "run-again",
            label: "Run again…",
            path: "/admin/jobs/{id}/run-again",
            permission: Permission::edit(Noun::Jobs),
            needs_proof: false,
            reason: Reason::Optional,
            ask: |visit| Box::pin(question(visit)),
            run: |visit, _| {
                Box::pin(async move {
                    let id = visit.id().ok_or(Refusal::DeadLetterNotFound)?;
                    visit.app.shop.messages().run_again(id, &visit.actor).await?;
                    Ok("/admin/jobs".to_owned())
                })
            },
            done: "It runs again within seconds, if a worker runs.",
        }],
    }
}

/// What failed is seen again before it is run again.
async fn question(visit: &Visit) -> Result<Question, Error> {
    let id = visit.id().ok_or(Refusal::DeadLetterNotFound)?;
    let one = ListQuery {
        limit: 1,
        filters: vec![("id", id.to_string())],
        ..ListQuery::default()
    };
    let found = visit.app.shop.messages().dead_letters(&one).await?;
    let (job, letter) = found.rows.into_iter().next().ok_or(Refusal::DeadLetterNotFound)?;
    Ok(Question {
        title: "Run this job again?".to_owned(),
        lead: "It is tried as often as a new one. If its cause is not gone, it fails again.".to_owned(),
        back: ("/admin/jobs".to_owned(), "Background jobs".to_owned()),
        blocks: vec![Block::Facts {
            heading: "",
            facts: vec![
                ("Job", Cell::text(job)),
                ("Posted", Cell::Time(letter.created_at)),
                ("Last error", Cell::text(letter.last_error)),
            ],
        }],
        fields: Vec::new(),
        button: "Run it again",
    })
}

fn queues(queues: &[QueueState]) -> Block {
    let rows = Queue::ALL.map(|known| {
        let found = queues.iter().find(|queue| queue.queue == known.as_str());
        let queue = found.cloned().unwrap_or_default();
        let late = queue.late_seconds.map(format::duration);
        Row {
            id: known.as_str().to_owned(),
            cells: vec![
                Cell::text(known.as_str()),
                Cell::count(queue.waiting),
                Cell::optional(late),
                Cell::count(queue.claimed),
                Cell::count(queue.dead_lettered),
            ],
            actions: Vec::new(),
        }
    });
    Block::Rows {
        heading: "Queues",
        lead: String::new(),
        empty: "",
        columns: vec![
            table::text("Queue"),
            table::number("Wait"),
            table::text("Due for"),
            table::number("Run now"),
            table::number("Failed for good"),
        ],
        rows: rows.into(),
    }
}
