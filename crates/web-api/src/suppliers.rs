//! `/api/admin/suppliers` and `/api/admin/sync-runs`: whose products the shop sells, and how their syncs went.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::catalog::PAGE_MAX;
use domain::id::SupplierName;
use domain::refusal::Refusal;
use serde::Serialize;
use services::sync::{ListedSupplier, RecordedSync};
use utoipa::ToSchema;
use uuid::Uuid;
use web_kit::App;
use web_kit::parameters::PathId;
use web_kit::problem::{ErrorEnvelope, Problem};
use web_kit::query::Parameters;
use web_kit::staff::{Staff, SuppliersRead, SyncEdit, SyncRead};

use super::admin::{RunBody, status_of};
use super::{Success, personal};

/// Items on a page of the administration: by default, and at most.
pub(crate) const PAGE_SIZE: (u32, u32) = (20, 100);
/// Errors of each run in a list.
const ERRORS_LISTED_MAX: usize = 10;

/// The suppliers of the settings, in the order of their ranks; all are on one page.
#[derive(Serialize, ToSchema)]
#[schema(as = SupplierPage)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SupplierPageBody {
    suppliers: Vec<SupplierBody>,
    total: u64,
    page: u32,
    page_size: u32,
    total_pages: u64,
}

/// A supplier.
#[derive(Serialize, ToSchema)]
#[schema(as = Supplier)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SupplierBody {
    #[schema(example = "g2a")]
    name: String,
    /// The lowest leads titles and texts.
    rank: u32,
    /// `automatic`: the shop buys what is sold; `by_hand`: staff do; `none`: never for sale.
    #[schema(example = "automatic")]
    fulfilment: &'static str,
    /// What is added to its prices, in hundredths of a percent.
    markup_basis_points: u32,
    /// Whether its products can be read.
    has_source: bool,
    /// Its sync that began last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    last_run: Option<RecordedRunBody>,
}

/// A page of the runs, the newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = SyncRunPage)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RunPageBody {
    runs: Vec<RecordedRunBody>,
    /// On all pages.
    total: u64,
    page: u32,
    page_size: u32,
    /// At least 1.
    total_pages: u64,
}

/// A run in the record of syncs, with the first ten of its errors.
#[derive(Serialize, ToSchema)]
#[schema(as = SyncRun)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecordedRunBody {
    #[schema(value_type = String, format = Uuid)]
    id: Uuid,
    #[schema(example = "g2a")]
    supplier: String,
    /// `running`; `interrupted` when it was cut off without a word; `complete`, `incomplete`, `stopped`, `failed` or
    /// `abandoned`; `parked` while changes of it wait for staff, then `accepted` or `superseded` by a later run.
    #[schema(example = "complete")]
    status: String,
    #[serde(flatten)]
    #[schema(inline)]
    run: RunBody,
}

/// A sync that was asked for.
#[derive(Serialize, ToSchema)]
#[schema(as = RequestedSync)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestedBody {
    #[schema(example = "g2a")]
    supplier: String,
}

impl From<RecordedSync> for RecordedRunBody {
    fn from(recorded: RecordedSync) -> Self {
        Self {
            id: recorded.id,
            supplier: recorded.supplier.to_string(),
            status: status_of(&recorded.state.status),
            run: RunBody::of(recorded.state, ERRORS_LISTED_MAX),
        }
    }
}

impl From<ListedSupplier> for SupplierBody {
    fn from(listed: ListedSupplier) -> Self {
        Self {
            name: listed.terms.name.to_string(),
            rank: listed.terms.rank,
            fulfilment: listed.terms.fulfilment.as_str(),
            markup_basis_points: listed.markup.get(),
            has_source: listed.has_source,
            last_run: listed.last.map(RecordedRunBody::from),
        }
    }
}

/// The suppliers
#[utoipa::path(
    get, path = "/api/admin/suppliers", tag = "Operations", operation_id = "listSuppliers",
    security(("token" = ["staff"])),
    responses((status = 200, description = "Those of the settings", body = Success<SupplierPageBody>))
)]
pub(crate) async fn list(_staff: Staff<SuppliersRead>, State(app): State<App>) -> Result<Response, Problem> {
    let suppliers = app.shop.sync().suppliers().await?;
    let total = suppliers.len() as u64;
    let body = SupplierPageBody {
        suppliers: suppliers.into_iter().map(SupplierBody::from).collect(),
        total,
        page: 1,
        page_size: PAGE_SIZE.1,
        total_pages: 1,
    };
    Ok(personal(StatusCode::OK, body))
}

/// Ask for a sync of a supplier's whole list
///
/// It begins in the background; `GET /api/admin/sync-runs` shows how it goes.
#[utoipa::path(
    post, path = "/api/admin/suppliers/{name}/sync", tag = "Operations", operation_id = "requestSync",
    params(("name" = String, Path, description = "The supplier's `name`")),
    security(("token" = ["staff"])),
    responses(
        (status = 202, description = "It is going to begin", body = Success<RequestedBody>),
        (status = 404, description = "`NOTFOUND001`: there is no such supplier", body = ErrorEnvelope),
        (status = 409, description = "`G2A005`: one runs already, or the supplier has no source", body = ErrorEnvelope),
    )
)]
pub(crate) async fn request_sync(
    staff: Staff<SyncEdit>,
    State(app): State<App>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let supplier = SupplierName::parse(&name).ok_or(Refusal::SupplierNotFound)?;
    app.shop.sync().request(supplier, &staff.actor).await?;
    Ok(personal(StatusCode::ACCEPTED, RequestedBody { supplier: name }))
}

/// The runs of syncs
#[utoipa::path(
    get, path = "/api/admin/sync-runs", tag = "Operations", operation_id = "listSyncRuns",
    params(
        ("page" = Option<u32>, Query, description = "The page, from 1"),
        ("pageSize" = Option<u32>, Query, description = "Runs on a page, 1 to 100; 20 when left out"),
        ("supplier" = Option<String>, Query, description = "Only those of this supplier"),
    ),
    security(("token" = ["staff"])),
    responses((status = 200, description = "A page of them, the newest first", body = Success<RunPageBody>))
)]
pub(crate) async fn runs(
    _staff: Staff<SyncRead>,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Parameters::of(query.as_deref());
    let (page, size) = (asked.count("page", (1, PAGE_MAX))?, asked.count("pageSize", PAGE_SIZE)?);
    let supplier = match asked.text("supplier", 32)? {
        Some(name) => Some(SupplierName::parse(&name).ok_or(Refusal::SupplierNotFound)?),
        None => None,
    };
    let found = app.shop.sync().runs(supplier, page, size).await?;
    let body = RunPageBody {
        runs: found.runs.into_iter().map(RecordedRunBody::from).collect(),
        total: found.total,
        page,
        page_size: size,
        total_pages: found.total.div_ceil(u64::from(size)).max(1),
    };
    Ok(personal(StatusCode::OK, body))
}

/// Accept what a run had parked
///
/// A run parks what is absurd in its number: offers that it would hide, prices that it would lower below half.
#[utoipa::path(
    post, path = "/api/admin/sync-runs/{id}/accept", tag = "Operations", operation_id = "acceptSyncRun",
    params(("id" = Uuid, Path, description = "The run's `id`")),
    security(("token" = ["staff"])),
    responses(
        (status = 200, description = "The run, accepted", body = Success<RecordedRunBody>),
        (status = 404, description = "`NOTFOUND001`: there is no such run", body = ErrorEnvelope),
        (status = 409, description = "`G2A005`: nothing of it waits for a decision, or its supplier is synced now", body = ErrorEnvelope),
    )
)]
pub(crate) async fn accept(
    staff: Staff<SyncEdit>,
    State(app): State<App>,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let id = id.ok_or(Refusal::SyncRunNotFound)?;
    let run = app.shop.sync().accept_for(id, staff.actor).await?;
    Ok(personal(StatusCode::OK, RecordedRunBody::from(run)))
}
