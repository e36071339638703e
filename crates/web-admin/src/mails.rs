//! The mails: a list, newest first, and each mail as its recipient sees it.

use askama::Template;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::Response;
use domain::refusal::Refusal;
use services::mails::{MailPage, MailView};
use uuid::Uuid;
use web_kit::App;
use web_kit::caller::Staff;
use web_kit::format;
use web_kit::page::{Layout, render};
use web_kit::parameters::asked_page;
use web_kit::problem::Problem;

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
    _staff: Staff,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let list = app.shop.mails().list(asked_page(query.as_deref())?).await?;
    let here = u64::from(list.page);
    Ok(super::page(render(&ListPage {
        layout: layout(&app, "Mails"),
        here: "/admin/mails",
        newer: (here > 1).then(|| list.page - 1),
        older: (here < list.pages).then(|| list.page + 1),
        list,
    })))
}

pub(crate) async fn show(
    _staff: Staff,
    State(app): State<App>,
    id: Result<Path<Uuid>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(id) = id.map_err(|_| Refusal::MailNotFound)?;
    let mail = app.shop.mails().get(id).await?;
    Ok(super::page(render(&OneMail {
        layout: layout(&app, mail.letter.subject),
        mail,
    })))
}

fn layout(app: &App, title: &str) -> Layout {
    Layout {
        indexed: false,
        ..Layout::new(&app.site, title, "/admin/mails")
    }
}
