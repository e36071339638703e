//! Mails: the list, and each mail as its recipient sees it.

use domain::mail::MailState;
use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use services::Error;
use services::mails::MailLine;
use web_kit::form::Choice;

use super::users::capital;
use crate::kit::cell::{Cell, Tone};
use crate::kit::sheet::{Block, Sheet};
use crate::kit::table::{self, Column, Filter, FilterKind, Row, Table};
use crate::kit::{Content, Screen, Section, Visit};

const READ: Permission = Permission::read(Noun::Mails);
const READ_BODIES: Permission = Permission::read(Noun::MailBodies);

pub(crate) fn screen() -> Screen {
    Screen {
        path: "/admin/mails",
        title: "Mails",
        lead: "What the shop wrote to people. Mails that were sent or kept are deleted after 30 days.",
        permission: Some(READ),
        section: Some(Section::People),
        content: Content::Table(Table {
            columns: columns(),
            filters: vec![
                Filter {
                    name: "state",
                    label: "State",
                    kind: FilterKind::Choice(|_| {
                        let states = MailState::ALL;
                        states
                            .map(|state| Choice::new(state.as_str(), capital(word(state).1)))
                            .to_vec()
                    }),
                },
                Filter {
                    name: "user",
                    label: "Account",
                    kind: FilterKind::Id,
                },
            ],
            search: Some("E-mail address"),
            usual_sort: ("created", true),
            export: Some(Permission::read(Noun::PersonExports)),
            empty: "The shop has written to nobody yet.",
            before: None,
            rows: |visit, query| {
                Box::pin(async move {
                    let found = visit.app.shop.mails().managed_list(query).await?;
                    Ok(found.map(|line| row(visit, line)))
                })
            },
        }),
        actions: Vec::new(),
    }
}

fn columns() -> Vec<Column> {
    vec![
        table::time("Written").sorted("created"),
        table::text("To"),
        table::text("What"),
        table::text("State"),
        table::time("Sent"),
        table::number("Failures"),
        table::text("Last error"),
    ]
}

/// How a mail is, in words.
const fn word(state: MailState) -> (Tone, &'static str) {
    match state {
        MailState::Waiting => (Tone::Busy, "waiting"),
        MailState::Sent => (Tone::Good, "sent"),
        MailState::Kept => (Tone::Quiet, "kept: no mail server"),
        MailState::DeadLettered => (Tone::Bad, "failed for good"),
    }
}

fn state(state: MailState) -> Cell {
    let (tone, word) = word(state);
    Cell::State(tone, word.to_owned())
}

fn row(visit: &Visit, line: MailLine) -> Row {
    let what = capital(&line.kind.replace('_', " "));
    Row {
        id: line.id.to_string(),
        cells: vec![
            Cell::Time(line.created_at),
            Cell::text(line.to),
            if visit.may(READ_BODIES) {
                Cell::link(format!("/admin/mails/{}", line.id), what)
            } else {
                Cell::text(what)
            },
            state(line.state),
            Cell::time(line.sent_at),
            Cell::count(line.failures),
            Cell::long(line.last_error),
        ],
        actions: Vec::new(),
    }
}

/// Mails about one account.
pub(crate) fn block(visit: &Visit, mails: Vec<MailLine>) -> Block {
    let rows = mails.into_iter().map(|line| row(visit, line)).collect();
    let (columns, rows) = table::without(columns(), rows, &[]);
    Block::Rows {
        heading: "Mails",
        lead: String::new(),
        empty: "None that is still kept.",
        columns,
        rows,
    }
}

pub(crate) fn one() -> Screen {
    Screen {
        path: "/admin/mails/{id}",
        title: "Mail",
        lead: "",
        permission: Some(READ_BODIES),
        section: None,
        content: Content::Sheet(|visit| Box::pin(async move { sheet(visit).await })),
        actions: Vec::new(),
    }
}

/// What a mail says: that it was read is recorded.
async fn sheet(visit: &Visit) -> Result<Sheet, Error> {
    let id = visit.id().ok_or(Refusal::MailNotFound)?;
    let mail = visit.app.shop.mails().read(id, &visit.actor).await?;
    let line = mail.line;
    let facts = vec![
        ("To", Cell::text(line.to)),
        ("State", state(line.state)),
        ("Written", Cell::Time(line.created_at)),
        ("Sent", Cell::time(line.sent_at)),
        ("Failures", Cell::count(line.failures)),
        ("Last error", Cell::optional(line.last_error)),
    ];
    Ok(Sheet {
        title: mail.letter.subject.to_owned(),
        lead: "That you read it stands in the trail.".to_owned(),
        above: vec![("/admin/mails".to_owned(), "Mails".to_owned())],
        blocks: vec![
            Block::Facts { heading: "", facts },
            Block::Verbatim {
                heading: "What it says",
                text: mail.letter.text,
            },
        ],
        ..Sheet::default()
    })
}
