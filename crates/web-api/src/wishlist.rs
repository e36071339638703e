//! `/api/wishlist`: a guest's or an account's wishlist.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::id::GameId;
use domain::refusal::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web_kit::App;
use web_kit::caller::{Anybody, Customer, guest_secret};
use web_kit::fields::Fields;
use web_kit::problem::{ErrorEnvelope, Problem};

use super::cart::{game_id, path_id};
use super::lists::{WishlistBody, WishlistReceiptBody};
use super::{Success, personal, remember_guest};

/// The wishlist
#[utoipa::path(
    get, path = "/api/wishlist", tag = "Wishlist", operation_id = "getWishlist",
    responses(
        (status = 200, description = "The list; empty for a guest without a session", body = Success<WishlistBody<'static>>),
        (status = 401, description = "`AUTH001`, `AUTH002`: the token sent is not good", body = ErrorEnvelope),
        (status = 503, description = "`GATEWAY002`: ask again after `Retry-After`", body = ErrorEnvelope),
    )
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
    responses(
        (status = 201, description = "The list", body = Success<WishlistBody<'static>>),
        (status = 404, description = "`NOTFOUND002`: no such game", body = ErrorEnvelope),
        (status = 503, description = "`GATEWAY002`: ask again after `Retry-After`", body = ErrorEnvelope),
    )
)]
pub(crate) async fn add(
    State(app): State<App>,
    anybody: Anybody,
    Fields(asked): Fields<WishFields>,
) -> Result<Response, Problem> {
    let game = game_id(&asked.game_id)?;
    add_game(&app, &anybody, game).await
}

/// The same, with the game in the address.
pub(crate) async fn add_by_path(
    State(app): State<App>,
    Customer(caller): Customer,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let game = path_id(id).ok_or(Refusal::GameNotFound)?;
    let visitor = services::guests::Visitor {
        user: Some(caller.user.id),
        guest_secret: guest_secret(&app, &headers).await?,
    };
    let anybody = Anybody {
        visitor,
        caller: Some(caller),
    };
    add_game(&app, &anybody, game).await
}

async fn add_game(app: &App, anybody: &Anybody, game: GameId) -> Result<Response, Problem> {
    let changed = app.shop.wishlists().add(&anybody.visitor, game).await?;
    let response = personal(StatusCode::CREATED, WishlistBody::from(&*changed.now));
    Ok(remember_guest(app, response, changed.new_secret.as_deref()))
}

/// Take a game off
#[utoipa::path(
    delete, path = "/api/wishlist/{gameId}", tag = "Wishlist", operation_id = "removeFromWishlist",
    params(("gameId" = uuid::Uuid, Path, description = "The game's `id`")),
    responses(
        (status = 200, description = "The list", body = Success<WishlistBody<'static>>),
        (status = 404, description = "`NOTFOUND006`: not on the list", body = ErrorEnvelope),
        (status = 503, description = "`GATEWAY002`: ask again after `Retry-After`", body = ErrorEnvelope),
    )
)]
pub(crate) async fn remove(
    State(app): State<App>,
    Anybody { visitor, .. }: Anybody,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let game = path_id(id).ok_or(Refusal::NotInWishlist)?;
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
    responses(
        (status = 200, description = "Whether it is", body = Success<CheckBody>),
        (status = 503, description = "`GATEWAY002`: ask again after `Retry-After`", body = ErrorEnvelope),
    )
)]
pub(crate) async fn check(
    State(app): State<App>,
    Anybody { visitor, .. }: Anybody,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let in_wishlist = match path_id(id) {
        Some(game) => app.shop.wishlists().holds(&visitor, game).await?,
        None => false,
    };
    Ok(personal(StatusCode::OK, CheckBody { in_wishlist }))
}

/// Migrate the guest's wishlist
///
/// Happens by itself at sign-in; this tries again what failed then.
#[utoipa::path(
    post, path = "/api/wishlist/migrate", tag = "Wishlist", operation_id = "migrateWishlist",
    responses(
        (status = 200, description = "What became of it", body = Success<WishlistReceiptBody>),
        (status = 401, description = "`AUTH001`, `AUTH002`: not, or no longer, signed in", body = ErrorEnvelope),
        (status = 503, description = "`GATEWAY002`: ask again after `Retry-After`", body = ErrorEnvelope),
    )
)]
pub(crate) async fn migrate(
    State(app): State<App>,
    Customer(caller): Customer,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let guest = guest_secret(&app, &headers).await?;
    let receipt = app.shop.wishlists().migrate(caller.user.id, guest.as_deref()).await?;
    Ok(personal(StatusCode::OK, WishlistReceiptBody::from(receipt)))
}
