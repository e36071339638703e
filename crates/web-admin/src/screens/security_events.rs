//! Security events: sign-ins, wrong passwords, and every change of what protects an account, of all accounts.

use domain::security::SecurityEvent;
use domain::staff::{Noun, Permission};
use services::view::SecurityLine;
use url::form_urlencoded;
use web_kit::device;
use web_kit::form::Choice;

use super::users::{account, capital};
use crate::kit::cell::{Cell, Tone};
use crate::kit::sheet::Block;
use crate::kit::table::{self, Filter, FilterKind, Row, Table};
use crate::kit::{Content, Screen, Section, Visit};

const READ: Permission = Permission::read(Noun::SecurityEvents);

pub(crate) fn screen() -> Screen {
    Screen {
        path: "/admin/security-events",
        title: "Security events",
        lead: "What happened to all accounts: sign-ins, wrong passwords, and every change of what protects an account.",
        permission: Some(READ),
        section: Some(Section::People),
        content: Content::Table(Table {
            columns: vec![
                table::time("When").sorted("at"),
                table::text("Account"),
                table::text("Event"),
                table::text("Network address"),
                table::text("Device"),
            ],
            filters: vec![
                Filter {
                    name: "event",
                    label: "Event",
                    kind: FilterKind::Choice(|_| {
                        let events = SecurityEvent::all();
                        events
                            .map(|event| Choice::new(event.as_str(), name(event.as_str())))
                            .collect()
                    }),
                },
                Filter {
                    name: "user",
                    label: "Account",
                    kind: FilterKind::Id,
                },
            ],
            search: Some("E-mail or network address"),
            usual_sort: ("at", true),
            export: Some(Permission::read(Noun::PersonExports)),
            empty: "Nothing has happened yet.",
            before: None,
            rows: |visit, query| {
                Box::pin(async move {
                    let found = visit.app.shop.staff().security_events(query).await?;
                    Ok(found.map(|line| row(visit, &line)))
                })
            },
        }),
        actions: Vec::new(),
    }
}

/// The name of an event, for people.
fn name(kind: &str) -> String {
    capital(&kind.replace('_', " "))
}

/// An event, and whether somebody should look at it.
fn event(kind: &str) -> Cell {
    let tone = match SecurityEvent::parse(kind) {
        Some(
            SecurityEvent::SignInFailed
            | SecurityEvent::SecondFactorFailed
            | SecurityEvent::SecondFactorReplayed
            | SecurityEvent::PasswordCheckFailed
            | SecurityEvent::RefreshReused
            | SecurityEvent::Blocked,
        ) => Tone::Bad,
        Some(SecurityEvent::BecameAdmin | SecurityEvent::StaffRoleTaken | SecurityEvent::RecoveryCodeUsed) => {
            Tone::Busy
        }
        _ => Tone::Quiet,
    };
    Cell::State(tone, name(kind))
}

/// A network address, which leads to everything from there.
fn network(address: &str) -> Cell {
    if address.is_empty() {
        return Cell::None;
    }
    let search: String = form_urlencoded::byte_serialize(address.as_bytes()).collect();
    Cell::link(format!("/admin/security-events?q={search}"), address)
}

fn row(visit: &Visit, line: &SecurityLine) -> Row {
    let of = match (line.user, &line.email) {
        (Some(id), Some(email)) => account(visit, id, email),
        (Some(_), None) => Cell::text("an account that is gone"),
        (None, _) => Cell::text("no account"),
    };
    let mut cells = cells(line);
    cells.insert(1, of);
    Row {
        id: line.id.to_string(),
        cells,
        actions: Vec::new(),
    }
}

fn cells(line: &SecurityLine) -> Vec<Cell> {
    vec![
        Cell::Time(line.at),
        event(&line.kind),
        network(&line.device.address),
        Cell::text(device::named(&line.device.name)),
    ]
}

/// Events of one account.
pub(crate) fn block(events: &[SecurityLine]) -> Block {
    let rows = events.iter().map(|line| Row {
        id: line.id.to_string(),
        cells: cells(line),
        actions: Vec::new(),
    });
    Block::Rows {
        heading: "Security log",
        lead: String::new(),
        empty: "Nothing has happened yet.",
        columns: vec![
            table::time("When"),
            table::text("Event"),
            table::text("Network address"),
            table::text("Device"),
        ],
        rows: rows.collect(),
    }
}
