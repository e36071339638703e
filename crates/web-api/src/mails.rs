//! `/api/admin/mails`: what the shop wrote to people, for staff.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::refusal::Refusal;
use serde::Serialize;
use services::mails::{MailLine, MailPage, MailView};
use utoipa::ToSchema;
use uuid::Uuid;
use web_kit::App;
use web_kit::parameters::{PathId, asked_page};
use web_kit::problem::{ErrorEnvelope, Problem};
use web_kit::staff::{MailBodiesRead, MailsRead, Staff};

use super::{Success, personal};

/// A page of mails, the newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = MailPage)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MailPageBody {
    data: Vec<MailLineBody>,
    /// On all pages.
    total: u64,
    page: u32,
    page_size: u32,
    /// At least 1.
    total_pages: u64,
}

/// A mail, but for what it says.
#[derive(Serialize, ToSchema)]
#[schema(as = MailLine)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MailLineBody {
    #[schema(value_type = String, format = Uuid)]
    id: Uuid,
    to: String,
    /// `welcome`, `verify_email`, `reset_password`, `password_changed`, `second_factor_on` or `second_factor_off`.
    #[schema(example = "welcome")]
    kind: String,
    /// `waiting`, `sent`; `kept` where there is no mail server; `buried` when it could not be sent.
    #[schema(example = "sent")]
    state: &'static str,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sent_at: Option<String>,
    /// How often sending it failed.
    failures: u32,
    /// Why it failed last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    last_error: Option<String>,
}

/// A mail. Codes and links are masked, but in a demo.
#[derive(Serialize, ToSchema)]
#[schema(as = Mail)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MailBody {
    #[serde(flatten)]
    #[schema(inline)]
    line: MailLineBody,
    subject: &'static str,
    text: String,
    html: String,
}

impl From<MailLine> for MailLineBody {
    fn from(line: MailLine) -> Self {
        Self {
            id: line.id,
            to: line.to,
            kind: line.kind,
            state: line.state.as_str(),
            created_at: line.created_at.to_string(),
            sent_at: line.sent_at.map(|at| at.to_string()),
            failures: line.failures,
            last_error: line.last_error,
        }
    }
}

impl From<MailPage> for MailPageBody {
    fn from(page: MailPage) -> Self {
        Self {
            data: page.mails.into_iter().map(MailLineBody::from).collect(),
            total: page.total,
            page: page.page,
            page_size: MailPage::SIZE,
            total_pages: page.pages,
        }
    }
}

impl From<MailView> for MailBody {
    fn from(view: MailView) -> Self {
        Self {
            line: view.line.into(),
            subject: view.letter.subject,
            text: view.letter.text,
            html: view.letter.html,
        }
    }
}

/// The mails
#[utoipa::path(
    get, path = "/api/admin/mails", tag = "Operations", operation_id = "listMails",
    params(("page" = Option<u32>, Query, description = "The page, from 1")),
    security(("token" = ["staff"])),
    responses((status = 200, description = "A page of them, the newest first", body = Success<MailPageBody>))
)]
pub(crate) async fn list(
    _staff: Staff<MailsRead>,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let page = app.shop.mails().list(asked_page(query.as_deref())?).await?;
    Ok(personal(StatusCode::OK, MailPageBody::from(page)))
}

/// One mail
#[utoipa::path(
    get, path = "/api/admin/mails/{id}", tag = "Operations", operation_id = "getMail",
    params(("id" = Uuid, Path, description = "Its id")),
    security(("token" = ["staff"])),
    responses(
        (status = 200, description = "What it says", body = Success<MailBody>),
        (status = 404, description = "`NOTFOUND001`: there is no such mail", body = ErrorEnvelope),
    )
)]
pub(crate) async fn show(
    staff: Staff<MailBodiesRead>,
    State(app): State<App>,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let mail = app
        .shop
        .mails()
        .read(id.ok_or(Refusal::MailNotFound)?, &staff.actor)
        .await?;
    Ok(personal(StatusCode::OK, MailBody::from(mail)))
}
