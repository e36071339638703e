//! What operators ask: how the catalogue follows its supplier.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::sync::{ERRORS_KEPT_MAX, SyncError, SyncPhase};
use serde::Serialize;
use services::sync::{SyncState, SyncStatus};
use utoipa::ToSchema;
use web_kit::App;
use web_kit::conditional;
use web_kit::problem::Problem;
use web_kit::staff::{Staff, SyncRead};

use super::success;

/// How far the last sync is; all but `status` is left out as long as there was none.
#[derive(Default, Serialize, ToSchema)]
#[schema(as = SyncProgress)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProgressBody {
    /// `running`; `interrupted` when it was cut off without a word; `complete`, `incomplete`, `stopped`, `failed` or
    /// `abandoned`; `idle` when there was none yet.
    #[schema(example = "running")]
    status: String,
    #[serde(flatten)]
    #[schema(inline)]
    run: Option<RunBody>,
}

/// A sync.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunBody {
    /// `full`, `delta`, `stock` or `products`.
    #[schema(example = "full")]
    kind: &'static str,
    /// `reading` the supplier's list, or `asking` for products by id.
    #[schema(example = "reading")]
    phase: &'static str,
    /// Who runs it.
    holder: String,
    started_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    finished_at: Option<String>,
    /// Seconds since it began, or that it took.
    duration_seconds: u64,
    /// Products read so far.
    read: u64,
    /// Products that there are to read.
    total: u64,
    /// Of 100.
    percent: u64,
    /// Products a second.
    per_second: u64,
    /// Seconds that are left at that rate; only while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    seconds_left: Option<u64>,
    added: u64,
    updated: u64,
    removed: u64,
    error_count: u64,
    /// What could not be read or sold, and why; the first hundred.
    errors: Vec<ErrorBody>,
}

/// One thing that a sync could not do.
#[derive(Serialize, ToSchema)]
#[schema(as = SyncError)]
#[serde(rename_all = "camelCase")]
struct ErrorBody {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    product_id: Option<String>,
    reason: String,
}

impl From<SyncError> for ErrorBody {
    fn from(error: SyncError) -> Self {
        Self {
            product_id: error.product_id,
            reason: error.reason,
        }
    }
}

impl RunBody {
    /// A sync with the first `errors_max` of its errors.
    pub(crate) fn of(state: SyncState, errors_max: usize) -> Self {
        let progress = state.progress;
        Self {
            kind: state.kind.as_str(),
            phase: match progress.phase {
                SyncPhase::Reading => "reading",
                SyncPhase::Asking => "asking",
            },
            started_at: state.started_at.to_string(),
            finished_at: state.finished_at.map(|at| at.to_string()),
            duration_seconds: state.finished_at.unwrap_or(state.now).since(state.started_at).as_secs(),
            read: progress.read,
            total: progress.total,
            percent: progress.read * 100 / progress.total.max(1),
            per_second: state.per_second(),
            seconds_left: state.seconds_left(),
            added: state.report.added,
            updated: state.report.updated,
            removed: state.report.removed,
            error_count: state.report.error_count,
            errors: (state.report.errors.into_iter().take(errors_max))
                .map(ErrorBody::from)
                .collect(),
            holder: state.holder,
        }
    }
}

impl ProgressBody {
    fn of(state: SyncState) -> Self {
        let status = status_of(&state.status);
        let run = Some(RunBody::of(state, ERRORS_KEPT_MAX));
        Self { status, run }
    }
}

/// The word for a status.
pub(crate) fn status_of(status: &SyncStatus) -> String {
    match status {
        SyncStatus::Running => "running".to_owned(),
        SyncStatus::Interrupted => "interrupted".to_owned(),
        SyncStatus::Ended(outcome) => outcome.clone(),
    }
}

/// How far the last sync is
#[utoipa::path(
    get, path = "/api/admin/g2a/sync-progress", tag = "Operations", operation_id = "getSyncProgress",
    security(("token" = ["staff"])),
    responses((status = 200, description = "The last sync", body = super::Success<ProgressBody>))
)]
pub(crate) async fn sync_progress(_staff: Staff<SyncRead>, State(app): State<App>) -> Result<Response, Problem> {
    let body = app.shop.sync().state().await?.map_or_else(
        || ProgressBody {
            status: "idle".to_owned(),
            run: None,
        },
        ProgressBody::of,
    );
    Ok(conditional::send_once(StatusCode::OK, success(body), conditional::JSON))
}
