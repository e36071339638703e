//! `/api/admin/users`: the accounts, one of them, and the sign-ins to it.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::account::User;
use domain::catalog::PAGE_MAX;
use domain::id::UserId;
use domain::listing::ListQuery;
use domain::refusal::{FieldError, Refusal};
use domain::security::SecurityEvent;
use domain::staff::StaffRole;
use serde::Serialize;
use services::people_lists::ListedAccount;
use services::view::{AccountFigures, SecurityLine};
use utoipa::ToSchema;
use uuid::Uuid;
use web_kit::App;
use web_kit::parameters::PathId;
use web_kit::problem::{ErrorEnvelope, Problem};
use web_kit::query::Parameters;
use web_kit::staff::{SecurityEventsRead, Staff, UsersRead};

use super::body::Money;
use super::people::UserBody;
use super::suppliers::PAGE_SIZE;
use super::{Success, personal};

/// The longest search, in characters.
const SEARCH_MAX: usize = 200;

/// A page of accounts, the newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = UserPage)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserPageBody {
    users: Vec<UserLineBody>,
    /// On all pages.
    total: u64,
    page: u32,
    page_size: u32,
    /// At least 1.
    total_pages: u64,
}

/// An account in a list.
#[derive(Serialize, ToSchema)]
#[schema(as = UserLine)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserLineBody {
    id: Uuid,
    email: String,
    nickname: String,
    /// `USER` or `ADMIN`: any of the staff.
    #[schema(example = "USER")]
    role: &'static str,
    /// Of staff: `owner`, `finance`, `catalogue`, `support` or `read-only`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    staff_role: Option<&'static str>,
    /// Of the wallet, in EUR.
    #[schema(value_type = f64, example = 19.38)]
    balance: Money,
    orders_count: u64,
    created_at: String,
    /// Since when the account is blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    blocked_at: Option<String>,
}

/// An account as staff see it.
#[derive(Serialize, ToSchema)]
#[schema(as = ManagedUser)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ManagedUserBody {
    #[serde(flatten)]
    #[schema(inline)]
    user: UserBody,
    /// Of the wallet, in EUR.
    #[schema(value_type = f64, example = 19.38)]
    balance: Money,
    orders_count: u64,
    created_at: String,
    email_verified: bool,
    /// Whether signing in takes a second factor.
    second_factor: bool,
    /// Since when the account is blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    blocked_at: Option<String>,
}

/// What happened to an account.
#[derive(Serialize, ToSchema)]
#[schema(as = UserActivity)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActivityBody {
    user_id: Uuid,
    /// The latest 100, newest first.
    login_history: Vec<LoginBody>,
}

/// A sign-in to an account, or a try of one.
#[derive(Serialize, ToSchema)]
#[schema(as = LoginRecord)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LoginBody {
    id: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ip_address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    user_agent: Option<String>,
    success: bool,
    created_at: String,
}

impl UserLineBody {
    fn of(listed: &ListedAccount) -> Self {
        let ListedAccount { user, figures } = listed;
        Self {
            id: user.id.0,
            email: user.email.to_string(),
            nickname: user.nickname.clone(),
            role: user.role().as_str(),
            staff_role: user.staff.map(StaffRole::as_str),
            balance: Money(figures.balance),
            orders_count: figures.orders,
            created_at: user.created_at.to_string(),
            blocked_at: user.blocked_at.map(|at| at.to_string()),
        }
    }
}

impl ManagedUserBody {
    fn of(user: &User, figures: AccountFigures) -> Self {
        Self {
            user: user.into(),
            balance: Money(figures.balance),
            orders_count: figures.orders,
            created_at: user.created_at.to_string(),
            email_verified: user.email_verified_at.is_some(),
            second_factor: user.second_factor,
            blocked_at: user.blocked_at.map(|at| at.to_string()),
        }
    }
}

impl From<SecurityLine> for LoginBody {
    fn from(line: SecurityLine) -> Self {
        let known = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            id: line.id,
            ip_address: known(line.device.address),
            user_agent: known(line.device.name),
            success: SecurityEvent::parse(&line.kind) == Some(SecurityEvent::SignedIn),
            created_at: line.at.to_string(),
        }
    }
}

/// The filter of a role, as the list of accounts names it.
fn role_filter(asked: &Parameters) -> Result<Option<String>, Refusal> {
    let Some(role) = asked.text("role", SEARCH_MAX)? else {
        return Ok(None);
    };
    match role.as_str() {
        "USER" => Ok(Some("customer".to_owned())),
        "ADMIN" => Ok(Some("staff".to_owned())),
        name if StaffRole::parse(name).is_some() => Ok(Some(role)),
        _ => Err(Refusal::Invalid(vec![FieldError::new(
            "role",
            "is none of USER, ADMIN, owner, finance, catalogue, support, read-only",
        )])),
    }
}

fn user_id(id: Option<Uuid>) -> Result<UserId, Refusal> {
    id.map(UserId).ok_or(Refusal::UserNotFound)
}

/// The accounts
#[utoipa::path(
    get, path = "/api/admin/users", tag = "Operations", operation_id = "listUsers",
    params(
        ("page" = Option<u32>, Query, description = "The page, from 1"),
        ("pageSize" = Option<u32>, Query, description = "Accounts on a page, 1 to 100; 20 when left out"),
        ("search" = Option<String>, Query, description = "Part of an address or a nickname, or an `id`"),
        ("role" = Option<String>, Query, description = "`USER`, `ADMIN` (any of the staff), or a role of staff"),
    ),
    security(("token" = ["staff"])),
    responses((status = 200, description = "A page of them, the newest first", body = Success<UserPageBody>))
)]
pub(crate) async fn list(
    _staff: Staff<UsersRead>,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Parameters::of(query.as_deref());
    let (page, size) = (asked.count("page", (1, PAGE_MAX))?, asked.count("pageSize", PAGE_SIZE)?);
    let search = asked.text("search", SEARCH_MAX)?.unwrap_or_default();
    let wanted = ListQuery {
        is_descending: true,
        search: search.chars().filter(|c| !c.is_control()).collect(),
        filters: role_filter(&asked)?.map(|role| ("role", role)).into_iter().collect(),
        limit: size,
        ..ListQuery::default()
    };
    let (total, found) = app.shop.staff().numbered_accounts(&wanted, page).await?;
    let body = UserPageBody {
        users: found.iter().map(UserLineBody::of).collect(),
        total,
        page,
        page_size: size,
        total_pages: total.div_ceil(u64::from(size)).max(1),
    };
    Ok(personal(StatusCode::OK, body))
}

/// One account
#[utoipa::path(
    get, path = "/api/admin/users/{id}", tag = "Operations", operation_id = "getUser",
    params(("id" = Uuid, Path, description = "The account's `id`")),
    security(("token" = ["staff"])),
    responses(
        (status = 200, description = "The account", body = Success<ManagedUserBody>),
        (status = 404, description = "`NOTFOUND001`: there is no such account", body = ErrorEnvelope),
    )
)]
pub(crate) async fn show(
    _staff: Staff<UsersRead>,
    State(app): State<App>,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let staff = app.shop.staff();
    let user = staff.account(user_id(id)?).await?;
    let figures = staff.account_figures(user.id).await?;
    Ok(personal(StatusCode::OK, ManagedUserBody::of(&user, figures)))
}

/// The sign-ins to an account
#[utoipa::path(
    get, path = "/api/admin/users/{id}/activity", tag = "Operations", operation_id = "getUserActivity",
    params(("id" = Uuid, Path, description = "The account's `id`")),
    security(("token" = ["staff"])),
    responses(
        (status = 200, description = "The latest sign-ins and tries of them", body = Success<ActivityBody>),
        (status = 404, description = "`NOTFOUND001`: there is no such account", body = ErrorEnvelope),
    )
)]
pub(crate) async fn activity(
    _staff: Staff<SecurityEventsRead>,
    State(app): State<App>,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let id = user_id(id)?;
    let history = app.shop.staff().sign_in_history(id).await?;
    let body = ActivityBody {
        user_id: id.0,
        login_history: history.into_iter().map(LoginBody::from).collect(),
    };
    Ok(personal(StatusCode::OK, body))
}
