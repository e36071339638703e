//! Staff: who has which role, and what each role may do.

use domain::account::User;
use domain::staff::{Noun, Permission, StaffRole};
use services::Error;

use super::users::{account, role, state, user_address};
use crate::kit::cell::Cell;
use crate::kit::sheet::{Block, Sheet};
use crate::kit::table::{self, Row};
use crate::kit::{Content, Screen, Section, Visit};

const READ: Permission = Permission::read(Noun::Staff);

pub(crate) fn screen() -> Screen {
    Screen {
        path: "/admin/staff",
        title: "Staff",
        lead: "Everybody with a role. To give somebody a role, open their account under Users.",
        permission: Some(READ),
        section: Some(Section::People),
        content: Content::Sheet(|visit| Box::pin(async move { sheet(visit).await })),
        actions: Vec::new(),
    }
}

async fn sheet(visit: &Visit) -> Result<Sheet, Error> {
    let staff = visit.app.shop.staff().list().await?;
    Ok(Sheet {
        blocks: vec![members(visit, &staff), roles_block()],
        ..Sheet::default()
    })
}

fn members(visit: &Visit, staff: &[User]) -> Block {
    let may_change = visit.may(Permission::edit(Noun::Staff));
    let rows = staff.iter().map(|user| {
        let mut cells = vec![
            account(visit, user.id, user.email.as_str()),
            Cell::text(user.nickname.as_str()),
            role(user.staff),
            state(user),
            Cell::text(if user.second_factor { "on" } else { "off" }),
            Cell::Time(user.created_at),
        ];
        if may_change {
            cells.push(if user.id == visit.caller.user.id {
                Cell::text("your own")
            } else {
                Cell::link(format!("{}/role", user_address(user.id)), "Change role…")
            });
        }
        Row {
            id: user.id.to_string(),
            cells,
            actions: Vec::new(),
        }
    });
    let mut columns = vec![
        table::text("E-mail address"),
        table::text("Nickname"),
        table::text("Role"),
        table::text("State"),
        table::text("Two-step sign-in"),
        table::time("Registered"),
    ];
    if may_change {
        columns.push(table::text("Change"));
    }
    Block::Rows {
        heading: "Members of staff",
        lead: String::new(),
        empty: "Nobody has a role.",
        columns,
        rows: rows.collect(),
    }
}

/// What each role may do, from the one table that decides it.
pub(crate) fn roles_block() -> Block {
    let names = |nouns: Vec<&str>| match nouns.len() {
        0 => Cell::None,
        all if all == Noun::ALL.len() => Cell::text("everything"),
        _ => Cell::text(nouns.join(", ")),
    };
    let rows = StaffRole::ALL.map(|of| {
        let may = |permission: fn(Noun) -> Permission| {
            let nouns = Noun::ALL.iter().filter(move |noun| of.may(permission(**noun)));
            nouns.map(|noun| noun.as_str()).collect::<Vec<&str>>()
        };
        let edited = may(Permission::edit);
        let only_read = may(Permission::read)
            .into_iter()
            .filter(|noun| !edited.contains(noun))
            .collect();
        Row {
            id: of.as_str().to_owned(),
            cells: vec![role(Some(of)), names(edited), names(only_read)],
            actions: Vec::new(),
        }
    });
    Block::Rows {
        heading: "What each role may do",
        lead: "Whoever may change something may also see it.".to_owned(),
        empty: "",
        columns: vec![
            table::text("Role"),
            table::text("May change"),
            table::text("May only see"),
        ],
        rows: rows.into(),
    }
}
