//! The mails: a list, newest first, and each mail as its recipient sees it.

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use domain::refusal::Refusal;
use services::mails::{MailPage, MailView};
use uuid::Uuid;
use web_kit::format;
use web_kit::page::{Layout, render};
use web_kit::parameters::asked_page;
use web_kit::problem::Problem;
use web_kit::staff::{MailBodiesRead, MailsRead, Staff};
use web_kit::{App, Site};

#[derive(Template)]
#[template(path = "mails.html")]
struct ListPage {
    layout: Layout,
    here: &'static str,
    list: MailPage,
    newer: Option<u32>,
    older: Option<u32>,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct OneMail {
    layout: Layout,
    mail: MailView,
}

pub(crate) async fn list(
    _staff: Staff<MailsRead>,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let list = app.shop.mails().list(asked_page(query.as_deref())?).await?;
    let here = u64::from(list.page);
    Ok(super::page(render(&ListPage {
        layout: layout(&app.site, "Mails"),
        here: "/admin/mails",
        newer: (here > 1).then(|| list.page - 1),
        older: (here < list.pages).then(|| list.page + 1),
        list,
    })))
}

pub(crate) async fn show(
    staff: Staff<MailBodiesRead>,
    State(app): State<App>,
    id: Result<Path<Uuid>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(id) = id.map_err(|_| Refusal::MailNotFound)?;
    let mail = app.shop.mails().read(id, &staff.actor).await?;
    Ok(super::page(render(&OneMail {
        layout: layout(&app.site, mail.letter.subject),
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
        here: "/admin/mails",
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
