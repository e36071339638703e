//! `/api/orders`: bought with the money of the wallet, read, cancelled, and their keys shown.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use domain::catalog::PAGE_MAX;
use domain::id::{GameId, OrderId};
use domain::money::Cents;
use domain::order::{Consent, Order, OrderStatus};
use domain::refusal::{FieldError, Refusal, Wrong};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use services::orders::{CheckoutKey, CheckoutRequest, OrderReader};
use utoipa::ToSchema;
use uuid::Uuid;
use web_kit::App;
use web_kit::caller::{Customer, bearer};
use web_kit::conditional;
use web_kit::fields::Fields;
use web_kit::parameters::{PathId, PathIds};
use web_kit::problem::{ErrorEnvelope, Problem};
use web_kit::query::Parameters;

use super::order_body::{self, OrderBody};
use super::{Done, Success, done, idempotency, personal, success};

/// Orders on a page.
pub(crate) const PAGE_SIZE: (u32, u32) = (50, 100);
/// Where orders are sent to, for their idempotency keys.
const ROUTE: &str = "POST /api/orders";

/// What is ordered.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderFields {
    items: Vec<LineFields>,
    /// What the customer saw as the total, in EUR with at most two decimals; left out: whatever it costs now.
    #[schema(value_type = Option<f64>, example = 38.76)]
    expected_total: Option<Box<RawValue>>,
    consent: Option<ConsentFields>,
    /// There are none yet: each is refused.
    promo_code: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LineFields {
    #[schema(format = Uuid)]
    game_id: String,
    /// How many copies.
    #[schema(minimum = 1)]
    quantity: i64,
}

/// What the customer agreed to.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ConsentFields {
    /// Which version of the text was shown; at most 100 characters.
    text_version: String,
    accepted: bool,
}

/// A key in clear.
#[derive(Serialize, ToSchema)]
#[schema(as = RevealedKey)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RevealedBody {
    key: String,
    /// Whether the key is a file.
    is_file: bool,
    /// How to activate it.
    instructions: &'static str,
}

/// Buy games
///
/// With the money of the wallet, in one transaction; keys that the shop holds are delivered before the answer. With an
/// `Idempotency-Key` it is done once: the same request again is answered as the first time, with `Idempotent-Replayed: true`.
/// Without one, the same purchase within five minutes is answered 200 with that header and the first order. An account whose
/// address is not verified is refused (403 `AUTH003`).
#[utoipa::path(
    post, path = "/api/orders", tag = "Orders", operation_id = "placeOrder", request_body = OrderFields,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable characters")),
    security(("token" = [])),
    responses(
        (status = 201, description = "The order", body = Success<OrderBody<'static>>),
        (status = 200, description = "The order of before", body = Success<OrderBody<'static>>),
        (status = 400, description = "`BIZ001`: not enough balance; `BIZ002`: out of stock; `BIZ003`: no such promo code; `VAL001`: what is not valid; `VAL008`: not an id", body = ErrorEnvelope),
        (status = 404, description = "`NOTFOUND002`: no such game", body = ErrorEnvelope),
        (status = 409, description = "`BIZ009`: the price changed; `IDEMPOTENCY002`: the same request is still running", body = ErrorEnvelope),
        (status = 422, description = "`IDEMPOTENCY001`: the key was used for another request", body = ErrorEnvelope),
    )
)]
pub(crate) async fn place(
    State(app): State<App>,
    Customer(caller): Customer,
    headers: HeaderMap,
    Fields(asked): Fields<OrderFields>,
) -> Result<Response, Problem> {
    let key = idempotency::key(&headers)?;
    let request = request(&asked, key)?;
    let placed = app.shop.orders().place(&caller, request).await?;
    let (status, text) = match placed.body {
        Some(body) => (StatusCode::CREATED, body),
        None => {
            let order = app.shop.orders().of(caller.user.id, placed.id).await?;
            let status = if placed.is_repeated {
                StatusCode::OK
            } else {
                StatusCode::CREATED
            };
            (status, render(&order))
        }
    };
    let response = conditional::send_privately(status, text, conditional::JSON, None);
    Ok(if placed.is_repeated {
        idempotency::replayed(response)
    } else {
        response
    })
}

fn request(asked: &OrderFields, key: Option<String>) -> Result<CheckoutRequest, Refusal> {
    let invalid = |wrong, field: &str, message: &str| Refusal::Invalid(vec![FieldError::of(wrong, field, message)]);
    let lines = asked.items.iter().map(|line| {
        let game = Uuid::try_parse(&line.game_id).map_err(|_| invalid(Wrong::Id, "gameId", "is not an id"))?;
        Ok((GameId(game), line.quantity))
    });
    let lines = lines.collect::<Result<_, Refusal>>()?;
    // Nobody pays the full price because a code that they trusted in was left out.
    if asked.promo_code.as_deref().is_some_and(|code| !code.trim().is_empty()) {
        return Err(Refusal::PromoCodeUnknown);
    }
    let amount = |text: &RawValue| {
        let wrong = "is not an amount in EUR with at most two decimals";
        Cents::parse(text.get()).ok_or_else(|| invalid(Wrong::Value, "expectedTotal", wrong))
    };
    let consent = asked.consent.as_ref().map(|consent| {
        if consent.text_version.chars().count() > 100 {
            let message = "must have at most 100 characters";
            return Err(invalid(Wrong::Value, "textVersion", message));
        }
        Ok(Consent {
            text_version: consent.text_version.clone(),
            accepted: consent.accepted,
        })
    });
    Ok(CheckoutRequest {
        lines,
        expected_total: asked.expected_total.as_deref().map(amount).transpose()?,
        consent: consent.transpose()?,
        key: key.map(|key| CheckoutKey {
            route: ROUTE,
            key,
            render,
        }),
    })
}

fn render(order: &Order) -> String {
    success(OrderBody::of(order))
}

/// The orders
#[utoipa::path(
    get, path = "/api/orders", tag = "Orders", operation_id = "listOrders",
    params(
        ("page" = Option<u32>, Query, description = "The page, from 1"),
        ("limit" = Option<u32>, Query, description = "Orders on a page, 1 to 100; 50 when left out"),
        ("status" = Option<String>, Query, description = "`PENDING`, `PROCESSING`, `COMPLETED`, `CANCELLED` or `FAILED`"),
    ),
    security(("token" = [])),
    responses((status = 200, description = "A page of them, the newest first", body = Success<Vec<OrderBody<'static>>>))
)]
pub(crate) async fn list(
    State(app): State<App>,
    Customer(caller): Customer,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Parameters::of(query.as_deref());
    let (page, size) = (asked.count("page", (1, PAGE_MAX))?, asked.count("limit", PAGE_SIZE)?);
    let status = match asked.text("status", 20)? {
        None => None,
        // What waits for a review has this status, and nothing does.
        Some(text) if text == "PENDING" => return Ok(personal(StatusCode::OK, Vec::<OrderBody<'_>>::new())),
        Some(text) => Some(OrderStatus::parse(&text).ok_or_else(|| {
            let message = "must be PENDING, PROCESSING, COMPLETED, CANCELLED or FAILED";
            Refusal::Invalid(vec![FieldError::new("status", message)])
        })?),
    };
    let orders = app.shop.orders().list(caller.user.id, status, page, size).await?;
    let bodies: Vec<OrderBody<'_>> = orders.iter().map(OrderBody::of).collect();
    Ok(personal(StatusCode::OK, bodies))
}

/// One order
///
/// `key` stands where a key was revealed, and only for whoever may reveal one now: by the age of the sign-in, the wait after a
/// reset, and the limit per account. It is recorded. A shop that sets `orders.reveal_on_read` shows every delivered key to
/// whoever reads with a Bearer token, which reveals it.
#[utoipa::path(
    get, path = "/api/orders/{id}", tag = "Orders", operation_id = "getOrder",
    params(("id" = Uuid, Path, description = "The order's `id`")),
    security(("token" = [])),
    responses(
        (status = 200, description = "The order", body = Success<OrderBody<'static>>),
        (status = 404, description = "`NOTFOUND003`: no such order, or somebody else's", body = ErrorEnvelope),
    )
)]
pub(crate) async fn show(
    State(app): State<App>,
    Customer(caller): Customer,
    PathId(id): PathId,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = id.map(OrderId).ok_or(Refusal::OrderNotFound)?;
    let orders = app.shop.orders();
    // The answer to HEAD has no body, so it shows no key.
    if method == Method::HEAD {
        let order = orders.of(caller.user.id, id).await?;
        return Ok(personal(StatusCode::OK, OrderBody::of(&order)));
    }
    let reader = match bearer(&headers) {
        Some(_) => OrderReader::Program,
        None => OrderReader::Browser,
    };
    let read = orders.with_keys(&caller, id, reader).await?;
    Ok(personal(StatusCode::OK, OrderBody::with_keys(&read.order, &read.keys)))
}

/// Cancel an order
///
/// Ends the copies that nobody has begun to buy or deliver; their price is back in the wallet.
#[utoipa::path(
    post, path = "/api/orders/{id}/cancel", tag = "Orders", operation_id = "cancelOrder",
    params(("id" = Uuid, Path, description = "The order's `id`")),
    security(("token" = [])),
    responses(
        (status = 200, description = "Cancelled", body = Done),
        (status = 404, description = "`NOTFOUND003`: no such order, or somebody else's", body = ErrorEnvelope),
        (status = 409, description = "`BIZ008`: nothing of it can be cancelled", body = ErrorEnvelope),
    )
)]
pub(crate) async fn cancel(
    State(app): State<App>,
    Customer(caller): Customer,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let id = id.map(OrderId).ok_or(Refusal::OrderNotFound)?;
    app.shop.orders().cancel(&caller, id).await?;
    Ok(done(
        "What could be cancelled is cancelled, and its price is back in your wallet",
    ))
}

/// Show a key
///
/// The one way to a key. It is recorded, and refused (403 `AUTH006`) where the sign-in is too old; in the hours after a reset
/// of the password or a change of the second factor it is 429.
#[utoipa::path(
    post, path = "/api/orders/{id}/keys/{keyId}/reveal", tag = "Orders", operation_id = "revealKey",
    params(
        ("id" = Uuid, Path, description = "The order's `id`"),
        ("keyId" = Uuid, Path, description = "The key's `id`"),
    ),
    security(("token" = [])),
    responses(
        (status = 200, description = "The key", body = Success<RevealedBody>),
        (status = 404, description = "`NOTFOUND003`, `NOTFOUND001`: no such order or key, or its price was paid back", body = ErrorEnvelope),
    )
)]
pub(crate) async fn reveal(
    State(app): State<App>,
    Customer(caller): Customer,
    PathIds(id, key): PathIds,
) -> Result<Response, Problem> {
    let id = id.map(OrderId).ok_or(Refusal::OrderNotFound)?;
    let key = key.ok_or(Refusal::KeyNotFound)?;
    let shown = app.shop.orders().reveal(&caller, id, key).await?;
    let order = app.shop.orders().of(caller.user.id, id).await?;
    let body = RevealedBody {
        key: shown.expose().to_owned(),
        is_file: false,
        instructions: order_body::instructions(&order, key),
    };
    Ok(personal(StatusCode::OK, body))
}
