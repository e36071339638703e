//! One wallet: its balance, what moved it, and what staff change by hand.

use domain::account::User;
use domain::id::UserId;
use domain::money::Cents;
use domain::refusal::Refusal;
use services::Error;

use super::{EDIT, LIST, READ, changes};
use crate::kit::cell::Cell;
use crate::kit::sheet::{Block, Sheet};
use crate::kit::{Content, Screen, Visit};
use crate::screens::transactions;
use crate::screens::users::account;

pub(crate) fn one() -> Screen {
    Screen {
        path: "/admin/wallets/{id}",
        title: "Wallet",
        lead: "",
        permission: Some(READ),
        section: None,
        content: Content::Sheet(|visit| Box::pin(async move { sheet(visit).await })),
        actions: vec![changes::top_up(), changes::adjust(), changes::pay_out()],
    }
}

pub(super) fn user_id(visit: &Visit) -> Result<UserId, Refusal> {
    visit.id().map(UserId).ok_or(Refusal::UserNotFound)
}

/// Whose wallet it is, and what is in it.
pub(super) async fn of(visit: &Visit) -> Result<(User, Cents), Error> {
    let id = user_id(visit)?;
    let user = visit.app.shop.staff().account(id).await?;
    Ok((user, visit.app.shop.wallets().balance(id).await?))
}

async fn sheet(visit: &Visit) -> Result<Sheet, Error> {
    let (user, balance) = of(visit).await?;
    let mut blocks = vec![Block::Facts {
        heading: "",
        facts: vec![
            ("Customer", account(visit, user.id, user.email.as_str())),
            ("Balance", Cell::Money(balance)),
        ],
    }];
    if visit.may(transactions::READ) {
        let (latest, all) = transactions::latest(visit, user.id).await?;
        blocks.extend([latest, Block::Links(vec![all])]);
    }
    Ok(Sheet {
        title: format!("Wallet of {}", user.email),
        above: vec![(LIST.to_owned(), "Wallets".to_owned())],
        actions: if visit.may(EDIT) {
            vec![changes::TOP_UP, changes::ADJUST, changes::PAY_OUT]
        } else {
            Vec::new()
        },
        blocks,
        ..Sheet::default()
    })
}
