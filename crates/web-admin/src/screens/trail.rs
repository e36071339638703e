//! The trail: what staff and the command line did, the newest first.

use domain::id::UserId;
use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use domain::trail::TrailAction;
use services::Error;
use services::trail::{NamedEntry, TrailEntry};
use uuid::Uuid;
use web_kit::device;
use web_kit::form::Choice;

use super::users::account;
use crate::kit::cell::Cell;
use crate::kit::sheet::{Block, Sheet};
use crate::kit::table::{self, Column, Filter, FilterKind, Row, Table};
use crate::kit::{Content, Screen, Section, Visit};

const READ: Permission = Permission::read(Noun::Trail);

/// The kinds of things that are acted on.
const KINDS: [(&str, &str); 10] = [
    ("user", "Account"),
    ("unit", "Copy of an order"),
    ("case", "Case"),
    ("game", "Game"),
    ("offer", "Offer"),
    ("supplier", "Supplier"),
    ("sync-run", "Sync run"),
    ("mail", "Mail"),
    ("pattern", "Cached values"),
    ("job", "Background job"),
];

pub(crate) fn screen() -> Screen {
    Screen {
        path: "/admin/trail",
        title: "Trail",
        lead: "What staff and the command line did. Entries cannot be changed unseen: latchkey audit checks all of them.",
        permission: Some(READ),
        section: Some(Section::People),
        content: Content::Table(Table {
            columns: columns(),
            filters: filters(),
            search: None,
            usual_sort: ("number", true),
            export: Some(READ),
            empty: "Nobody has done anything yet.",
            before: None,
            rows: |visit, query| {
                Box::pin(async move {
                    let found = visit.app.shop.trail().managed_list(query).await?;
                    Ok(found.map(|entry| row(visit, entry)))
                })
            },
        }),
        actions: Vec::new(),
    }
}

fn filters() -> Vec<Filter> {
    vec![
        Filter {
            name: "actor",
            label: "Who (e-mail address)",
            kind: FilterKind::Typed,
        },
        Filter {
            name: "action",
            label: "Action",
            kind: FilterKind::Choice(|_| {
                let actions = TrailAction::ALL.iter();
                actions
                    .map(|action| Choice::new(action.as_str(), action.as_str()))
                    .collect()
            }),
        },
        Filter {
            name: "kind",
            label: "On what",
            kind: FilterKind::Choice(|_| KINDS.map(|(value, text)| Choice::new(value, text)).to_vec()),
        },
        Filter {
            name: "subject",
            label: "Which (id or e-mail address)",
            kind: FilterKind::Typed,
        },
    ]
}

fn columns() -> Vec<Column> {
    vec![
        table::time("When").sorted("number"),
        table::text("Who"),
        table::text("From where"),
        table::text("Action"),
        table::text("On what"),
        table::text("Before"),
        table::text("After"),
        table::text("Reason"),
        table::number("Entry"),
    ]
}

fn row(visit: &Visit, named: NamedEntry) -> Row {
    let (who, on_what) = (who(visit, &named), on_what(visit, &named));
    let entry = named.entry;
    Row {
        id: entry.seq.to_string(),
        cells: vec![
            Cell::Time(entry.at),
            who,
            Cell::optional(Some(entry.device.address).filter(|address| !address.is_empty())),
            Cell::text(entry.action),
            on_what,
            value(entry.before, entry.is_erased),
            value(entry.after, entry.is_erased),
            value(entry.reason, entry.is_erased),
            Cell::link(format!("/admin/trail/{}", entry.seq), entry.seq.to_string()),
        ],
        actions: Vec::new(),
    }
}

fn value(value: Option<String>, is_erased: bool) -> Cell {
    if is_erased {
        Cell::text("erased")
    } else {
        Cell::long(value)
    }
}

fn user_id(text: &str) -> Option<UserId> {
    Uuid::parse_str(text).ok().map(UserId)
}

fn who(visit: &Visit, named: &NamedEntry) -> Cell {
    let entry = &named.entry;
    match (&named.actor_email, user_id(&entry.actor)) {
        (Some(email), Some(id)) => account(visit, id, email),
        _ => Cell::text(entry.actor.as_str()),
    }
}

/// What was acted on; it leads to its page where there is one that who visits may open.
fn on_what(visit: &Visit, named: &NamedEntry) -> Cell {
    let TrailEntry {
        subject_kind, subject, ..
    } = &named.entry;
    let pages = [
        ("game", "/admin/games/", Noun::Games),
        ("sync-run", "/admin/sync-runs/", Noun::Sync),
        ("case", "/admin/cases/", Noun::Cases),
    ];
    if let (Some(email), Some(id)) = (&named.subject_email, user_id(subject)) {
        return account(visit, id, email);
    }
    let text = format!("{subject_kind} {subject}");
    let page = pages.iter().find(|(kind, ..)| kind == subject_kind);
    match page.filter(|(.., noun)| visit.may(Permission::read(*noun))) {
        Some((_, path, _)) => Cell::link(format!("{path}{subject}"), text),
        None => Cell::text(text),
    }
}

/// What was done to one thing.
pub(crate) fn block(visit: &Visit, entries: Vec<NamedEntry>) -> Block {
    let rows = entries.into_iter().map(|entry| row(visit, entry)).collect();
    let (columns, rows) = table::without(columns(), rows, &[]);
    Block::Rows {
        heading: "What staff did to this account",
        lead: String::new(),
        empty: "Nothing.",
        columns,
        rows,
    }
}

pub(crate) fn one() -> Screen {
    Screen {
        path: "/admin/trail/{id}",
        title: "Entry of the trail",
        lead: "",
        permission: Some(READ),
        section: None,
        content: Content::Sheet(|visit| Box::pin(async move { sheet(visit).await })),
        actions: Vec::new(),
    }
}

async fn sheet(visit: &Visit) -> Result<Sheet, Error> {
    let seq = visit.subject.parse().map_err(|_| Refusal::TrailEntryNotFound)?;
    let named = visit.app.shop.trail().entry(seq).await?;
    let (who, on_what) = (who(visit, &named), on_what(visit, &named));
    let entry = named.entry;
    let facts = vec![
        ("When", Cell::Time(entry.at)),
        ("Who", who),
        ("Action", Cell::text(entry.action)),
        ("On what", on_what),
        ("Its id", Cell::text(entry.subject)),
        (
            "Network address",
            Cell::optional(Some(entry.device.address).filter(|address| !address.is_empty())),
        ),
        ("Device", Cell::text(device::named(&entry.device.name))),
        ("Reason", Cell::optional(entry.reason)),
    ];
    let values = [("Before", entry.before), ("After", entry.after)];
    let values = values
        .into_iter()
        .filter_map(|(heading, text)| Some(Block::Verbatim { heading, text: text? }));
    let mut blocks = vec![Block::Facts { heading: "", facts }];
    blocks.extend(values);
    Ok(Sheet {
        title: format!("Entry {seq}"),
        lead: if entry.is_erased {
            "What it held about a person was deleted with the person's account; the entry itself stays.".to_owned()
        } else {
            String::new()
        },
        above: vec![("/admin/trail".to_owned(), "Trail".to_owned())],
        blocks,
        ..Sheet::default()
    })
}
