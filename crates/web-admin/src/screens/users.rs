//! Users: every account, found by its address or its nickname.

mod actions;
mod one;

use domain::account::User;
use domain::id::UserId;
use domain::listing::ListQuery;
use domain::staff::{Noun, Permission, StaffRole};
use web_kit::form::Choice;

use crate::kit::cell::{Cell, Tone};
use crate::kit::table::{self, Filter, FilterKind, Row, Table};
use crate::kit::{Content, Screen, Section, Visit};

pub(crate) use one::one;

const READ: Permission = Permission::read(Noun::Users);
/// What moves roles.
const GIVE: Permission = Permission::edit(Noun::Staff);

const STATES: [(&str, &str); 2] = [("blocked", "Blocked"), ("unverified", "Address not verified")];

/// The address of an account's page.
pub(crate) fn user_address(id: UserId) -> String {
    format!("/admin/users/{id}")
}

/// The address of an account, which leads to its page if who visits may open that.
pub(crate) fn account(visit: &Visit, id: UserId, email: &str) -> Cell {
    if visit.may(READ) {
        Cell::link(user_address(id), email)
    } else {
        Cell::text(email)
    }
}

/// The latest of what is listed about an account: some rows; the rest is a link away.
pub(crate) fn latest_of(id: UserId) -> ListQuery {
    latest(vec![("user", id.to_string())])
}

fn latest(filters: Vec<(&'static str, String)>) -> ListQuery {
    ListQuery {
        is_descending: true,
        limit: 10,
        filters,
        ..ListQuery::default()
    }
}

pub(crate) fn screen() -> Screen {
    Screen {
        path: "/admin/users",
        title: "Users",
        lead: "Every account. Find somebody by a part of their address or their nickname.",
        permission: Some(READ),
        section: Some(Section::People),
        content: Content::Table(Table {
            columns: vec![
                table::text("E-mail address").sorted("email"),
                table::text("Nickname"),
                table::text("Role"),
                table::text("State"),
                table::text("Two-step sign-in"),
                table::time("Registered").sorted("registered"),
            ],
            filters: vec![
                Filter {
                    name: "role",
                    label: "Role",
                    kind: FilterKind::Choice(|_| roles()),
                },
                Filter {
                    name: "state",
                    label: "State",
                    kind: FilterKind::Choice(|_| STATES.map(|(value, text)| Choice::new(value, text)).to_vec()),
                },
            ],
            search: Some("E-mail address or nickname"),
            usual_sort: ("registered", true),
            // A file of addresses is a copy of what the shop holds about persons.
            export: Some(Permission::read(Noun::PersonExports)),
            empty: "Nobody has an account yet.",
            before: None,
            rows: |visit, query| {
                Box::pin(async move { Ok(visit.app.shop.staff().accounts(query).await?.map(|user| row(&user))) })
            },
        }),
        actions: Vec::new(),
    }
}

fn roles() -> Vec<Choice> {
    let mut choices = vec![
        Choice::new("customer", "Customer"),
        Choice::new("staff", "Any of the staff"),
    ];
    choices.extend(StaffRole::ALL.map(|role| Choice::new(role.as_str(), capital(role.as_str()))));
    choices
}

/// A name with a capital letter at its beginning.
pub(crate) fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

fn row(user: &User) -> Row {
    Row {
        id: user.id.to_string(),
        cells: vec![
            Cell::link(user_address(user.id), user.email.as_str()),
            Cell::text(user.nickname.as_str()),
            role(user.staff),
            state(user),
            Cell::text(if user.second_factor { "on" } else { "off" }),
            Cell::Time(user.created_at),
        ],
        actions: Vec::new(),
    }
}

pub(crate) fn role(role: Option<StaffRole>) -> Cell {
    match role {
        Some(role) => Cell::State(Tone::Busy, role.as_str().to_owned()),
        None => Cell::text("customer"),
    }
}

/// How an account is.
pub(crate) fn state(user: &User) -> Cell {
    let (tone, word) = match (user.blocked_at, user.email_verified_at) {
        (Some(_), _) => (Tone::Bad, "blocked"),
        (None, None) => (Tone::Quiet, "address not verified"),
        (None, Some(_)) => (Tone::Good, "active"),
    };
    Cell::State(tone, word.to_owned())
}
