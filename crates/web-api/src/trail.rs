//! `/api/admin/trail`: what staff and the command line did.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::catalog::PAGE_MAX;
use serde::Serialize;
use services::trail::TrailEntry;
use services::view::TrailFilter;
use utoipa::ToSchema;
use web_kit::App;
use web_kit::problem::Problem;
use web_kit::query::Parameters;
use web_kit::staff::{Staff, TrailRead};

use super::suppliers::PAGE_SIZE;
use super::{Success, personal};

/// A page of the trail, the newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = TrailPage)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TrailPageBody {
    trail: Vec<TrailEntryBody>,
    /// On all pages.
    total: u64,
    page: u32,
    page_size: u32,
    /// At least 1.
    total_pages: u64,
}

/// Something that was done.
#[derive(Serialize, ToSchema)]
#[schema(as = TrailEntry)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TrailEntryBody {
    /// From 1 without gaps.
    number: u64,
    at: String,
    /// The `id` of an account, or the words of a command.
    actor: String,
    /// Whether a command did it.
    is_command: bool,
    /// From where; empty for a command.
    ip_address: String,
    user_agent: String,
    #[schema(example = "game.override")]
    action: String,
    #[schema(example = "game")]
    subject_kind: String,
    /// Which one.
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<String>,
    /// Whether `before`, `after` and `reason` were deleted, because the person was erased whose they were.
    is_erased: bool,
}

impl From<TrailEntry> for TrailEntryBody {
    fn from(entry: TrailEntry) -> Self {
        Self {
            number: entry.seq,
            at: entry.at.to_string(),
            actor: entry.actor,
            is_command: entry.is_command,
            ip_address: entry.device.address,
            user_agent: entry.device.name,
            action: entry.action,
            subject_kind: entry.subject_kind,
            subject: entry.subject,
            before: entry.before,
            after: entry.after,
            reason: entry.reason,
            is_erased: entry.is_erased,
        }
    }
}

/// What staff did
#[utoipa::path(
    get, path = "/api/admin/trail", tag = "Operations", operation_id = "listTrail",
    params(
        ("page" = Option<u32>, Query, description = "The page, from 1"),
        ("pageSize" = Option<u32>, Query, description = "Entries on a page, 1 to 100; 20 when left out"),
        ("actor" = Option<String>, Query, description = "Only what this account, or this command, did"),
        ("action" = Option<String>, Query, description = "Only this action, such as `game.override`"),
        ("subjectKind" = Option<String>, Query, description = "Only what was done to this kind of thing, such as `game`"),
        ("subject" = Option<String>, Query, description = "Only what was done to the thing with this id"),
    ),
    security(("token" = ["staff"])),
    responses((status = 200, description = "A page of it, the newest first", body = Success<TrailPageBody>))
)]
pub(crate) async fn list(
    _staff: Staff<TrailRead>,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Parameters::of(query.as_deref());
    let (page, size) = (asked.count("page", (1, PAGE_MAX))?, asked.count("pageSize", PAGE_SIZE)?);
    let filter = TrailFilter {
        actor: asked.text("actor", 200)?,
        action: asked.text("action", 200)?,
        subject_kind: asked.text("subjectKind", 200)?,
        subject: asked.text("subject", 200)?,
    };
    let found = app.shop.trail().page(&filter, page, size).await?;
    let body = TrailPageBody {
        trail: found.entries.into_iter().map(TrailEntryBody::from).collect(),
        total: found.total,
        page,
        page_size: size,
        total_pages: found.total.div_ceil(u64::from(size)).max(1),
    };
    Ok(personal(StatusCode::OK, body))
}
