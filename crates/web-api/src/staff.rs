//! `/api/admin/staff` and `/api/admin/users/{id}`: roles given and taken, accounts blocked and signed out.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::account::User;
use domain::id::UserId;
use domain::refusal::{FieldError, Refusal};
use domain::staff::StaffRole;
use serde::{Deserialize, Serialize};
use services::staff::RoleOrder;
use utoipa::ToSchema;
use uuid::Uuid;
use web_kit::App;
use web_kit::fields::Fields;
use web_kit::parameters::PathId;
use web_kit::problem::{ErrorEnvelope, Problem};
use web_kit::staff::{Staff, StaffEdit, StaffRead, UsersEdit};

use super::people::UserBody;
use super::suppliers::PAGE_SIZE;
use super::{Done, Success, because, done, personal};

/// Everybody with a role of staff; all are on one page.
#[derive(Serialize, ToSchema)]
#[schema(as = StaffPage)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StaffPageBody {
    staff: Vec<StaffBody>,
    total: u64,
    page: u32,
    page_size: u32,
    total_pages: u64,
}

/// A member of staff.
#[derive(Serialize, ToSchema)]
#[schema(as = StaffMember)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StaffBody {
    #[serde(flatten)]
    #[schema(inline)]
    user: UserBody,
    /// Whether signing in takes a second factor.
    second_factor: bool,
    /// Since when the account is blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    blocked_at: Option<String>,
}

/// An account and its role now.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountRole)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RoleBody {
    user_id: Uuid,
    /// `USER` or `ADMIN`: any of the staff.
    #[schema(example = "ADMIN")]
    role: &'static str,
    /// Of staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    staff_role: Option<&'static str>,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct StaffRoleBody {
    /// `owner`, `finance`, `catalogue`, `support` or `read-only`; `null` takes the role.
    #[schema(example = "support", required = true)]
    #[serde(default, deserialize_with = "present")]
    role: Option<Option<String>>,
    /// For the trail; at most 500 characters.
    reason: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct OldRoleBody {
    /// `ADMIN` gives the role `read-only` to who has none yet; `USER` takes any role.
    #[schema(example = "ADMIN")]
    role: String,
    /// For the trail; at most 500 characters.
    reason: Option<String>,
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct ReasonBody {
    /// For the trail; at most 500 characters.
    reason: Option<String>,
}

/// Tells `null` from a field that is left out.
fn present<'de, D: serde::Deserializer<'de>>(value: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(value).map(Some)
}

impl From<&User> for StaffBody {
    fn from(user: &User) -> Self {
        Self {
            user: user.into(),
            second_factor: user.second_factor,
            blocked_at: user.blocked_at.map(|at| at.to_string()),
        }
    }
}

impl From<&User> for RoleBody {
    fn from(user: &User) -> Self {
        Self {
            user_id: user.id.0,
            role: user.role().as_str(),
            staff_role: user.staff.map(StaffRole::as_str),
        }
    }
}

fn user_id(id: Option<Uuid>) -> Result<UserId, Refusal> {
    id.map(UserId).ok_or(Refusal::UserNotFound)
}

fn invalid(field: &str, why: &str) -> Refusal {
    Refusal::Invalid(vec![FieldError::new(field, why)])
}

/// The members of staff
#[utoipa::path(
    get, path = "/api/admin/staff", tag = "Operations", operation_id = "listStaff",
    security(("token" = ["staff"])),
    responses((status = 200, description = "Everybody with a role, by address", body = Success<StaffPageBody>))
)]
pub(crate) async fn list(_staff: Staff<StaffRead>, State(app): State<App>) -> Result<Response, Problem> {
    let staff = app.shop.staff().list().await?;
    let body = StaffPageBody {
        total: staff.len() as u64,
        staff: staff.iter().map(StaffBody::from).collect(),
        page: 1,
        page_size: PAGE_SIZE.1,
        total_pages: 1,
    };
    Ok(personal(StatusCode::OK, body))
}

/// Give a role of staff, or take it
///
/// Owners alone may, after they proved lately who they are (`POST /api/auth/prove`). Nobody changes their own role.
#[utoipa::path(
    put, path = "/api/admin/users/{id}/staff-role", tag = "Operations", operation_id = "setStaffRole",
    request_body = StaffRoleBody,
    params(("id" = Uuid, Path, description = "The account's `id`")),
    security(("token" = ["staff"])),
    responses(
        (status = 200, description = "The account's role", body = Success<RoleBody>),
        (status = 404, description = "`NOTFOUND001`: there is no such account", body = ErrorEnvelope),
        (status = 409, description = "`BIZ010`: it is the last owner", body = ErrorEnvelope),
    )
)]
pub(crate) async fn set_role(
    staff: Staff<StaffEdit>,
    State(app): State<App>,
    PathId(id): PathId,
    Fields(asked): Fields<StaffRoleBody>,
) -> Result<Response, Problem> {
    const NONE: &str = "is none of owner, finance, catalogue, support, read-only, null";
    let order = match asked.role {
        None => {
            return Err(Refusal::Invalid(vec![FieldError::of(
                domain::refusal::Wrong::Missing,
                "role",
                "is missing",
            )])
            .into());
        }
        Some(None) => RoleOrder::Take,
        Some(Some(name)) => RoleOrder::Give(StaffRole::parse(&name).ok_or_else(|| invalid("role", NONE))?),
    };
    let actor = because(&staff.actor, asked.reason.as_deref())?;
    let user = app.shop.staff().change_role(user_id(id)?, order, &actor).await?;
    Ok(personal(StatusCode::OK, RoleBody::from(&user)))
}

/// Give or take the role of an administrator, as older programs ask for it
#[utoipa::path(
    put, path = "/api/admin/users/{id}/role", tag = "Operations", operation_id = "setRole", request_body = OldRoleBody,
    params(("id" = Uuid, Path, description = "The account's `id`")),
    security(("token" = ["staff"])),
    responses(
        (status = 200, description = "The account's role", body = Success<RoleBody>),
        (status = 404, description = "`NOTFOUND001`: there is no such account", body = ErrorEnvelope),
        (status = 409, description = "`BIZ010`: it is the last owner", body = ErrorEnvelope),
    )
)]
pub(crate) async fn set_old_role(
    staff: Staff<StaffEdit>,
    State(app): State<App>,
    PathId(id): PathId,
    Fields(asked): Fields<OldRoleBody>,
) -> Result<Response, Problem> {
    let order = match asked.role.as_str() {
        "ADMIN" => RoleOrder::GiveFirst(StaffRole::ReadOnly),
        "USER" => RoleOrder::Take,
        _ => return Err(invalid("role", "is neither USER nor ADMIN").into()),
    };
    let actor = because(&staff.actor, asked.reason.as_deref())?;
    let user = app.shop.staff().change_role(user_id(id)?, order, &actor).await?;
    Ok(personal(StatusCode::OK, RoleBody::from(&user)))
}

/// Block an account
///
/// Its sign-ins end, and it opens nothing from the next request on. Owners alone block staff.
#[utoipa::path(
    post, path = "/api/admin/users/{id}/block", tag = "Operations", operation_id = "blockUser", request_body = ReasonBody,
    params(("id" = Uuid, Path, description = "The account's `id`")),
    security(("token" = ["staff"])),
    responses(
        (status = 200, description = "It is blocked", body = Done),
        (status = 404, description = "`NOTFOUND001`: there is no such account", body = ErrorEnvelope),
        (status = 409, description = "`BIZ010`: it is the last owner", body = ErrorEnvelope),
    )
)]
pub(crate) async fn block(
    staff: Staff<UsersEdit>,
    State(app): State<App>,
    PathId(id): PathId,
    Fields(asked): Fields<ReasonBody>,
) -> Result<Response, Problem> {
    let actor = because(&staff.actor, asked.reason.as_deref())?;
    app.shop.staff().block(user_id(id)?, &actor).await?;
    Ok(done("The account is blocked, and its sign-ins have ended"))
}

/// No longer block an account
#[utoipa::path(
    delete, path = "/api/admin/users/{id}/block", tag = "Operations", operation_id = "unblockUser",
    params(("id" = Uuid, Path, description = "The account's `id`")),
    security(("token" = ["staff"])),
    responses(
        (status = 200, description = "It is not blocked", body = Done),
        (status = 404, description = "`NOTFOUND001`: there is no such account", body = ErrorEnvelope),
    )
)]
pub(crate) async fn unblock(
    staff: Staff<UsersEdit>,
    State(app): State<App>,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    app.shop.staff().unblock(user_id(id)?, &staff.actor).await?;
    Ok(done("The account is not blocked"))
}

/// End all sign-ins of an account
#[utoipa::path(
    delete, path = "/api/admin/users/{id}/sessions", tag = "Operations", operation_id = "endUserSessions",
    params(("id" = Uuid, Path, description = "The account's `id`")),
    security(("token" = ["staff"])),
    responses(
        (status = 200, description = "They have ended", body = Done),
        (status = 404, description = "`NOTFOUND001`: there is no such account", body = ErrorEnvelope),
    )
)]
pub(crate) async fn end_sessions(
    staff: Staff<UsersEdit>,
    State(app): State<App>,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    app.shop.staff().end_sessions(user_id(id)?, &staff.actor).await?;
    Ok(done("The sign-ins of the account have ended"))
}
