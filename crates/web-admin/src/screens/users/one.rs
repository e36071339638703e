//! One user: the account, its sign-ins, its security log, the mails about it, and what staff did to it.

use domain::account::User;
use domain::id::UserId;
use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use services::Error;
use web_kit::device;

use super::{GIVE, READ, actions, latest, latest_of, role, state};
use crate::kit::cell::Cell;
use crate::kit::sheet::{Block, Sheet};
use crate::kit::table::{self, Row};
use crate::kit::{Content, Screen, Visit};
use crate::screens::{cases, mails, orders, security_events, trail, transactions, wallets};

pub(crate) fn one() -> Screen {
    Screen {
        path: "/admin/users/{id}",
        title: "User",
        lead: "",
        permission: Some(READ),
        section: None,
        content: Content::Sheet(|visit| Box::pin(async move { sheet(visit).await })),
        actions: actions::all(),
    }
}

pub(super) fn user_id(visit: &Visit) -> Result<UserId, Refusal> {
    visit.id().map(UserId).ok_or(Refusal::UserNotFound)
}

async fn sheet(visit: &Visit) -> Result<Sheet, Error> {
    let user = visit.app.shop.staff().account(user_id(visit)?).await?;
    let mut blocks = vec![facts(&user)];
    blocks.extend(sales(visit, &user).await?);
    blocks.push(sign_ins(visit, &user).await?);
    blocks.extend(records(visit, &user).await?);
    Ok(Sheet {
        title: user.email.to_string(),
        lead: if is_own(visit, &user) {
            "This is your own account: you cannot block it or change its role.".to_owned()
        } else {
            String::new()
        },
        above: vec![("/admin/users".to_owned(), "Users".to_owned())],
        actions: offered(visit, &user),
        blocks,
        ..Sheet::default()
    })
}

fn is_own(visit: &Visit, user: &User) -> bool {
    visit.caller.user.id == user.id
}

/// What who visits may do to this account. Owners alone do anything to staff.
fn offered(visit: &Visit, user: &User) -> Vec<&'static str> {
    if is_own(visit, user) {
        return Vec::new();
    }
    let mut offered = vec![actions::SET_ROLE];
    if user.staff.is_none() || visit.may(GIVE) {
        offered.push(if user.blocked_at.is_some() {
            actions::UNBLOCK
        } else {
            actions::BLOCK
        });
        offered.push(actions::END_SESSIONS);
    }
    offered
}

fn facts(user: &User) -> Block {
    let mut facts = vec![
        ("State", state(user)),
        ("Role", role(user.staff)),
        ("Nickname", Cell::text(user.nickname.as_str())),
        ("First name", Cell::optional(user.first_name.as_deref())),
        ("Last name", Cell::optional(user.last_name.as_deref())),
        ("Registered", Cell::Time(user.created_at)),
        ("Address verified", Cell::time(user.email_verified_at)),
        (
            "Two-step sign-in",
            Cell::text(if user.second_factor { "on" } else { "off" }),
        ),
        ("Id", Cell::text(user.id.to_string())),
    ];
    if user.blocked_at.is_some() {
        facts.insert(1, ("Blocked since", Cell::time(user.blocked_at)));
    }
    Block::Facts { heading: "", facts }
}

/// The wallet, the latest orders and transactions, and the cases of an account, as far as who visits may read them.
async fn sales(visit: &Visit, user: &User) -> Result<Vec<Block>, Error> {
    let (mut blocks, mut links) = (Vec::new(), Vec::new());
    if visit.may(wallets::READ) {
        let balance = visit.app.shop.wallets().balance(user.id).await?;
        blocks.push(Block::Facts {
            heading: "Wallet",
            facts: vec![("Balance", Cell::Money(balance))],
        });
        links.push((wallets::wallet_address(user.id), "The wallet".to_owned()));
    }
    if visit.may(orders::READ) {
        let (latest, all) = orders::block(visit, user.id).await?;
        blocks.push(latest);
        links.push(all);
    }
    if visit.may(transactions::READ) {
        let (latest, all) = transactions::latest(visit, user.id).await?;
        blocks.push(latest);
        links.push(all);
    }
    if visit.may(cases::READ) {
        let found = visit.app.shop.cases().managed_list(&latest_of(user.id)).await?.rows;
        blocks.push(cases::block(visit, &found, &["Customer"]));
    }
    if !links.is_empty() {
        blocks.push(Block::Links(links));
    }
    Ok(blocks)
}

async fn sign_ins(visit: &Visit, user: &User) -> Result<Block, Error> {
    let sign_ins = visit.app.shop.staff().sign_ins_of(user, &visit.caller).await?;
    let rows = sign_ins.into_iter().map(|sign_in| Row {
        id: sign_in.id.0.to_string(),
        cells: vec![
            Cell::text(device::named(&sign_in.device.name)),
            Cell::text(sign_in.device.address),
            Cell::Time(sign_in.created_at),
            Cell::Time(sign_in.seen_at),
        ],
        actions: Vec::new(),
    });
    Ok(Block::Rows {
        heading: "Sign-ins",
        lead: String::new(),
        empty: "Nobody is signed in to this account.",
        columns: vec![
            table::text("Device"),
            table::text("Network address"),
            table::time("Began"),
            table::time("Last used"),
        ],
        rows: rows.collect(),
    })
}

/// The latest of what is recorded about the account, as far as who visits may read it.
async fn records(visit: &Visit, user: &User) -> Result<Vec<Block>, Error> {
    let (shop, id) = (&visit.app.shop, user.id.to_string());
    let (mut blocks, mut links) = (Vec::new(), Vec::new());
    if visit.may(Permission::read(Noun::SecurityEvents)) {
        let events = shop.staff().security_events(&latest_of(user.id)).await?.rows;
        blocks.push(security_events::block(&events));
        links.push((
            format!("/admin/security-events?user={id}"),
            "All security events".to_owned(),
        ));
    }
    if visit.may(Permission::read(Noun::Mails)) {
        let found = shop.mails().managed_list(&latest_of(user.id)).await?.rows;
        blocks.push(mails::block(visit, found));
        links.push((format!("/admin/mails?user={id}"), "All mails".to_owned()));
    }
    if visit.may(Permission::read(Noun::Trail)) {
        let query = latest(vec![("kind", "user".to_owned()), ("subject", id.clone())]);
        let entries = shop.trail().managed_list(&query).await?.rows;
        blocks.push(trail::block(visit, entries));
        links.push((
            format!("/admin/trail?kind=user&subject={id}"),
            "All that staff did to this account".to_owned(),
        ));
        if user.staff.is_some() {
            links.push((
                format!("/admin/trail?actor={id}"),
                "All that this member of staff did".to_owned(),
            ));
        }
    }
    if !links.is_empty() {
        blocks.push(Block::Links(links));
    }
    Ok(blocks)
}
