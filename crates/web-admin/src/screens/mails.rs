//! The mails: a list, newest first, and each mail as its recipient sees it.

use askama::Template;
use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use services::mails::{MailPage, MailView};
use uuid::Uuid;
use web_kit::format;
use web_kit::page::{Layout, render};
use web_kit::parameters::asked_page;
use web_kit::problem::Problem;
use web_kit::staff::{MailBodiesRead, MailsRead, Staff};
use web_kit::{App, Site};

use crate::kit::navigation::Desk;
use crate::kit::{Content, Screen, Section};

const HERE: &str = "/admin/mails";

const FURTHER: [(&str, &str, Permission); 1] = [("/admin/mails/{id}", "GET", Permission::read(Noun::MailBodies))];

pub(crate) fn screen() -> Screen {
    Screen {
        path: HERE,
        title: "Mails",
        lead: "",
        permission: Some(Permission::read(Noun::Mails)),
        section: Some(Section::System),
        content: Content::Own {
            router: || {
                Router::new()
                    .route(HERE, get(list))
                    .route("/admin/mails/{id}", get(show))
            },
            further: &FURTHER,
        },
        actions: Vec::new(),
    }
}

#[derive(Template)]
#[template(path = "mails.html")]
struct ListPage {
    layout: Layout,
    desk: Desk,
    list: MailPage,
    newer: Option<u32>,
    older: Option<u32>,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct OneMail {
    layout: Layout,
    desk: Desk,
    mail: MailView,
}

async fn list(staff: Staff<MailsRead>, State(app): State<App>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let list = app.shop.mails().list(asked_page(query.as_deref())?).await?;
    let here = u64::from(list.page);
    Ok(crate::page(render(&ListPage {
        layout: layout(&app.site, "Mails"),
        desk: Desk::for_caller(&staff.caller, HERE),
        newer: (here > 1).then(|| list.page - 1),
        older: (here < list.pages).then(|| list.page + 1),
        list,
    })))
}

async fn show(
    staff: Staff<MailBodiesRead>,
    State(app): State<App>,
    id: Result<Path<Uuid>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(id) = id.map_err(|_| Refusal::MailNotFound)?;
    let mail = app.shop.mails().read(id, &staff.actor).await?;
    Ok(crate::page(render(&OneMail {
        layout: layout(&app.site, mail.letter.subject),
        desk: Desk::for_caller(&staff.caller, HERE),
        mail,
    })))
}

fn layout(site: &Site, title: &str) -> Layout {
    Layout {
        indexed: false,
        ..Layout::new(site, title, "/admin/mails")
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    use domain::mail::{MailContent, MailState};
    use services::mails::MailLine;

    let site = fixtures::site();
    let line = |state, last_error: Option<&str>| MailLine {
        id: Uuid::nil(),
        to: "ada@example.org".to_owned(),
        kind: "welcome".to_owned(),
        created_at: fixtures::now(),
        state,
        sent_at: last_error.is_none().then(fixtures::now),
        failures: 2,
        last_error: last_error.map(str::to_owned),
    };
    let mails = vec![
        line(MailState::Sent, None),
        line(MailState::Waiting, Some("no <server>")),
    ];
    let list = |mails: Vec<MailLine>| ListPage {
        layout: layout(&site, "Mails"),
        desk: Desk::of(&[], None, HERE),
        newer: Some(1),
        older: Some(3),
        list: MailPage {
            page: 2,
            pages: 3,
            total: 120,
            mails,
        },
    };
    let content = MailContent::Welcome;
    let one = OneMail {
        layout: layout(&site, "Welcome to Latchkey"),
        desk: Desk::of(&[], None, HERE),
        mail: MailView {
            line: line(MailState::Sent, None),
            letter: gateways::mail::Letter::of(&content, &site.public_url).unwrap_or_else(|error| panic!("{error}")),
        },
    };
    let pages = [list(mails), list(Vec::new())];
    let mut samples: Vec<_> = pages.iter().map(template_checks::Sample::of).collect();
    samples.push(template_checks::Sample::of(&one));
    samples
}
