//! `/api/wishlist`: a guest's or an account's wishlist.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::GameId;
use domain::refusal::Refusal;
use serde::{Deserialize, Serialize};
use services::guests::Visitor;
use utoipa::ToSchema;
use web_kit::App;
use web_kit::caller::{Anybody, Customer, GuestSecret};
use web_kit::fields::Fields;
use web_kit::parameters::PathId;
use web_kit::problem::{ErrorEnvelope, Problem};

use super::cart::game_id;
use super::lists::{WishlistBody, WishlistReceiptBody};
use super::{Success, personal, remember_guest};

/// The wishlist
#[utoipa::path(
    get, path = "/api/wishlist", tag = "Wishlist", operation_id = "getWishlist",
    security((), ("token" = []), ("guest" = [])),
    responses((status = 200, description = "The list; empty for a guest without a session", body = Success<WishlistBody<'static>>))
)]
pub(crate) async fn show(State(app): State<App>, Anybody { visitor, .. }: Anybody) -> Result<Response, Problem> {
    let wishes = app.shop.wishlists().get(&visitor).await?;
    Ok(personal(StatusCode::OK, WishlistBody::from(&*wishes)))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WishFields {
    #[schema(format = Uuid)]
    game_id: String,
}

/// Add a game, sold out or not
///
/// A guest without a session gets one: the answer carries it in the cookie `sessionId` and in `X-Session-ID`.
#[utoipa::path(
    post, path = "/api/wishlist", tag = "Wishlist", operation_id = "addToWishlist", request_body = WishFields,
    security((), ("token" = []), ("guest" = [])),
    responses(
        (status = 201, description = "The list", body = Success<WishlistBody<'static>>),
        (status = 400, description = "`VAL007`: no id; `VAL008`: not an id", body = ErrorEnvelope),
        (status = 404, description = "`NOTFOUND002`: no such game", body = ErrorEnvelope),
    )
)]
pub(crate) async fn add(
    State(app): State<App>,
    Anybody { visitor, .. }: Anybody,
    Fields(asked): Fields<WishFields>,
) -> Result<Response, Problem> {
    let game = game_id(&asked.game_id)?;
    add_game(&app, &visitor, game).await
}

/// The same, with the game in the address.
pub(crate) async fn add_by_path(
    State(app): State<App>,
    Customer(caller): Customer,
    GuestSecret(guest_secret): GuestSecret,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let game = id.map(GameId).ok_or(Refusal::GameNotFound)?;
    let visitor = Visitor {
        user: Some(caller.user.id),
        guest_secret,
    };
    add_game(&app, &visitor, game).await
}

async fn add_game(app: &App, visitor: &Visitor, game: GameId) -> Result<Response, Problem> {
    let changed = app.shop.wishlists().add(visitor, game).await?;
    let response = personal(StatusCode::CREATED, WishlistBody::from(&*changed.now));
    Ok(remember_guest(app, response, changed.new_secret.as_deref()))
}

/// Take a game off
#[utoipa::path(
    delete, path = "/api/wishlist/{gameId}", tag = "Wishlist", operation_id = "removeFromWishlist",
    params(("gameId" = uuid::Uuid, Path, description = "The game's `id`")),
    security((), ("token" = []), ("guest" = [])),
    responses(
        (status = 200, description = "The list", body = Success<WishlistBody<'static>>),
        (status = 404, description = "`NOTFOUND006`: not on the list", body = ErrorEnvelope),
    )
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Anybody { visitor, .. }: Anybody,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let game = id.map(GameId).ok_or(Refusal::NotInWishlist)?;
    let wishes = app.shop.wishlists().remove(&visitor, game).await?;
    Ok(personal(StatusCode::OK, WishlistBody::from(&*wishes)))
}

/// Whether a game is on the list.
#[derive(Serialize, ToSchema)]
#[schema(as = WishlistCheck)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CheckBody {
    in_wishlist: bool,
}

/// Whether a game is on the list
#[utoipa::path(
    get, path = "/api/wishlist/{gameId}/check", tag = "Wishlist", operation_id = "checkWishlist",
    params(("gameId" = uuid::Uuid, Path, description = "The game's `id`")),
    security((), ("token" = []), ("guest" = [])),
    responses((status = 200, description = "Whether it is", body = Success<CheckBody>))
)]
pub(crate) async fn check(
    State(app): State<App>,
    Anybody { visitor, .. }: Anybody,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let in_wishlist = match id {
        Some(id) => app.shop.wishlists().holds(&visitor, GameId(id)).await?,
        None => false,
    };
    Ok(personal(StatusCode::OK, CheckBody { in_wishlist }))
}

/// Migrate the guest's wishlist
///
/// Happens by itself at sign-in; this tries again what failed then.
#[utoipa::path(
    post, path = "/api/wishlist/migrate", tag = "Wishlist", operation_id = "migrateWishlist",
    security(("token" = [])),
    responses((status = 200, description = "What became of it", body = Success<WishlistReceiptBody>))
)]
pub(crate) async fn migrate(
    State(app): State<App>,
    Customer(caller): Customer,
    GuestSecret(guest): GuestSecret,
) -> Result<Response, Problem> {
    let receipt = app.shop.wishlists().migrate(caller.user.id, guest.as_deref()).await?;
    Ok(personal(StatusCode::OK, WishlistReceiptBody::from(receipt)))
}
