//! `/api/user/keys`: the keys of an account.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::catalog::PAGE_MAX;
use web_kit::App;
use web_kit::caller::Customer;
use web_kit::problem::Problem;
use web_kit::query::Parameters;

use super::order_body::OwnedKeyBody;
use super::orders::PAGE_SIZE;
use super::{Success, personal};

/// The keys
///
/// Of all orders, the newest first; none is in clear, and none whose price was paid back is there.
#[utoipa::path(
    get, path = "/api/user/keys", tag = "User", operation_id = "listKeys",
    params(
        ("page" = Option<u32>, Query, description = "The page, from 1"),
        ("limit" = Option<u32>, Query, description = "Keys on a page, 1 to 100; 50 when left out"),
    ),
    security(("token" = [])),
    responses((status = 200, description = "A page of them", body = Success<Vec<OwnedKeyBody<'static>>>))
)]
pub(crate) async fn list(
    State(app): State<App>,
    Customer(caller): Customer,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Parameters::of(query.as_deref());
    let (page, size) = (asked.count("page", (1, PAGE_MAX))?, asked.count("limit", PAGE_SIZE)?);
    let (keys, _) = app.shop.orders().keys(caller.user.id, "", page, size).await?;
    let bodies: Vec<OwnedKeyBody<'_>> = keys.iter().map(OwnedKeyBody::from).collect();
    Ok(personal(StatusCode::OK, bodies))
}
