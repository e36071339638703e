//! `/api/cart`: a guest's or an account's cart.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::cart::Cart;
use domain::id::GameId;
use domain::refusal::{FieldError, Refusal};
use serde::Deserialize;
use services::guests::Changed;
use utoipa::ToSchema;
use uuid::Uuid;
use web_kit::App;
use web_kit::caller::{Anybody, Customer, GuestSecret};
use web_kit::fields::Fields;
use web_kit::parameters::PathId;
use web_kit::problem::{ErrorEnvelope, Problem};

use super::lists::{CartBody, CartReceiptBody};
use super::{Done, Success, done, personal, remember_guest};

/// The cart
///
/// Prices and stock are those of now.
#[utoipa::path(
    get, path = "/api/cart", tag = "Cart", operation_id = "getCart",
    security((), ("token" = []), ("guest" = [])),
    responses((status = 200, description = "The cart; empty for a guest without a session", body = Success<CartBody<'static>>))
)]
pub(crate) async fn show(State(app): State<App>, Anybody { visitor, .. }: Anybody) -> Result<Response, Problem> {
    let cart = app.shop.carts().get(&visitor).await?;
    Ok(personal(StatusCode::OK, CartBody::from(&cart)))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddBody {
    #[schema(format = Uuid)]
    game_id: String,
    /// 1 to 99; added to what the line holds.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 99, default = 1)]
    quantity: i64,
}

const fn one() -> i64 {
    1
}

/// Add copies of a game
///
/// A guest without a session gets one: the answer carries it in the cookie `sessionId` and in `X-Session-ID`.
#[utoipa::path(
    post, path = "/api/cart", tag = "Cart", operation_id = "addToCart", request_body = AddBody,
    security((), ("token" = []), ("guest" = [])),
    responses(
        (status = 201, description = "The cart", body = Success<CartBody<'static>>),
        (status = 400, description = "`BIZ002`: sold out; `VAL001`: not 1 to 99, or more than a line or the cart holds; `VAL008`: not an id", body = ErrorEnvelope),
        (status = 404, description = "`NOTFOUND002`: no such game", body = ErrorEnvelope),
    )
)]
pub(crate) async fn add(
    State(app): State<App>,
    Anybody { visitor, .. }: Anybody,
    Fields(asked): Fields<AddBody>,
) -> Result<Response, Problem> {
    let game = game_id(&asked.game_id)?;
    let changed = app.shop.carts().add(&visitor, game, asked.quantity).await?;
    Ok(changed_cart(&app, StatusCode::CREATED, &changed))
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct QuantityBody {
    /// 0 to 99; 0 takes the line out.
    #[schema(minimum = 0, maximum = 99)]
    quantity: i64,
}

/// Change how many copies a line holds
#[utoipa::path(
    put, path = "/api/cart/{gameId}", tag = "Cart", operation_id = "setInCart", request_body = QuantityBody,
    params(("gameId" = Uuid, Path, description = "The game's `id`")),
    security((), ("token" = []), ("guest" = [])),
    responses(
        (status = 200, description = "The cart", body = Success<CartBody<'static>>),
        (status = 400, description = "`VAL001`: not 0 to 99", body = ErrorEnvelope),
        (status = 404, description = "`NOTFOUND005`: not in the cart", body = ErrorEnvelope),
    )
)]
pub(crate) async fn set(
    State(app): State<App>,
    Anybody { visitor, .. }: Anybody,
    PathId(id): PathId,
    Fields(asked): Fields<QuantityBody>,
) -> Result<Response, Problem> {
    let game = id.map(GameId).ok_or(Refusal::NotInCart)?;
    let changed = app.shop.carts().set(&visitor, game, asked.quantity).await?;
    Ok(changed_cart(&app, StatusCode::OK, &changed))
}

/// Take a game out
#[utoipa::path(
    delete, path = "/api/cart/{gameId}", tag = "Cart", operation_id = "removeFromCart",
    params(("gameId" = Uuid, Path, description = "The game's `id`")),
    security((), ("token" = []), ("guest" = [])),
    responses(
        (status = 200, description = "The cart", body = Success<CartBody<'static>>),
        (status = 404, description = "`NOTFOUND005`: not in the cart", body = ErrorEnvelope),
    )
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Anybody { visitor, .. }: Anybody,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let game = id.map(GameId).ok_or(Refusal::NotInCart)?;
    let changed = app.shop.carts().remove(&visitor, game).await?;
    Ok(changed_cart(&app, StatusCode::OK, &changed))
}

/// Take everything out
#[utoipa::path(
    delete, path = "/api/cart", tag = "Cart", operation_id = "clearCart",
    security((), ("token" = []), ("guest" = [])),
    responses((status = 200, description = "The cart, empty but for what is kept", body = Success<CartBody<'static>>))
)]
pub(crate) async fn clear(State(app): State<App>, Anybody { visitor, .. }: Anybody) -> Result<Response, Problem> {
    let changed = app.shop.carts().clear(&visitor).await?;
    Ok(changed_cart(&app, StatusCode::OK, &changed))
}

/// Migrate the guest's cart
///
/// Happens by itself at sign-in; this tries again what failed then, and what was kept because it was sold out.
#[utoipa::path(
    post, path = "/api/cart/migrate", tag = "Cart", operation_id = "migrateCart",
    security(("token" = [])),
    responses((status = 200, description = "What became of each line", body = Success<CartReceiptBody>))
)]
pub(crate) async fn migrate(
    State(app): State<App>,
    Customer(caller): Customer,
    GuestSecret(guest): GuestSecret,
) -> Result<Response, Problem> {
    let receipt = app.shop.carts().migrate(caller.user.id, guest.as_deref()).await?;
    Ok(personal(StatusCode::OK, CartReceiptBody::from(&receipt)))
}

/// Give up what was kept of a game
#[utoipa::path(
    delete, path = "/api/cart/kept/{gameId}", tag = "Cart", operation_id = "dropKept",
    params(("gameId" = Uuid, Path, description = "The game's `id`")),
    security(("token" = [])),
    responses(
        (status = 200, description = "Given up", body = Done),
        (status = 404, description = "`NOTFOUND005`: nothing is kept of it", body = ErrorEnvelope),
    )
)]
pub(crate) async fn drop_kept(
    State(app): State<App>,
    Customer(caller): Customer,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let game = id.map(GameId).ok_or(Refusal::NotInCart)?;
    app.shop.carts().drop_kept(caller.user.id, game).await?;
    Ok(done("It is no longer kept"))
}

fn changed_cart(app: &App, status: StatusCode, changed: &Changed<Cart>) -> Response {
    let response = personal(status, CartBody::from(&changed.now));
    remember_guest(app, response, changed.new_secret.as_deref())
}

/// The id in a body; a text that is none is a mistake of the caller.
pub(crate) fn game_id(text: &str) -> Result<GameId, Refusal> {
    let wrong = || FieldError::of(domain::refusal::Wrong::Id, "gameId", "is not an id");
    Uuid::parse_str(text)
        .map(GameId)
        .map_err(|_| Refusal::Invalid(vec![wrong()]))
}
