//! `/api/admin/offers`: the offers of a game, linked and unlinked by staff.

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::OfferId;
use domain::offer::{Offer, OfferedGame, leading, shown};
use domain::refusal::{FieldError, Refusal, Wrong};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use web_kit::App;
use web_kit::fields::Fields;
use web_kit::parameters::PathId;
use web_kit::problem::{ErrorEnvelope, Problem};
use web_kit::query::Parameters;
use web_kit::staff::{OffersEdit, OffersRead, Staff};

use super::body::Money;
use super::cart::game_id;
use super::suppliers::PAGE_SIZE;
use super::{Success, because, personal};

/// The offers of a game; all are on one page.
#[derive(Serialize, ToSchema)]
#[schema(as = OfferPage)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OfferPageBody {
    offers: Vec<OfferBody>,
    total: u64,
    page: u32,
    page_size: u32,
    total_pages: u64,
}

/// A product of a supplier, sold as a game.
#[derive(Serialize, ToSchema)]
#[schema(as = Offer)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OfferBody {
    #[schema(value_type = String, format = Uuid)]
    id: Uuid,
    #[schema(value_type = String, format = Uuid)]
    game_id: Uuid,
    #[schema(example = "g2a")]
    supplier: String,
    product_id: String,
    /// What the supplier asks for a copy.
    #[schema(value_type = f64, example = 19.0)]
    cost: Money,
    /// What a customer pays.
    #[schema(value_type = f64, example = 19.38)]
    price: Money,
    /// Copies that the supplier has.
    supplier_qty: i64,
    /// Copies that are promised to customers.
    reserved: i64,
    /// Copies for sale now.
    for_sale: i64,
    /// Whether the supplier no longer has the product.
    hidden: bool,
    /// Whether a lower price waits for a decision of the staff; until then it is not for sale.
    parked: bool,
    /// Whether the game shows its price and stock.
    is_shown: bool,
    /// Whether the game has its title and texts.
    is_leading: bool,
    /// When the supplier was asked for these values.
    observed_at: String,
}

impl OfferBody {
    /// The offers of a game.
    fn of_game(app: &App, game: &OfferedGame) -> Vec<Self> {
        let terms = app.shop.offers().terms();
        let is = |chosen: Option<&Offer>, offer: &Offer| chosen.is_some_and(|chosen| chosen.id == offer.id);
        let (shown, leading) = (shown(&game.offers, terms), leading(&game.offers, terms));
        let bodies = game.offers.iter().map(|offer| Self {
            id: offer.id.0,
            game_id: offer.game.0,
            supplier: offer.supplier.to_string(),
            product_id: offer.product.to_string(),
            cost: Money(offer.cost),
            price: Money(offer.price),
            supplier_qty: offer.supplier_qty,
            reserved: offer.reserved,
            for_sale: offer.for_sale(terms),
            hidden: offer.hidden,
            parked: offer.parked,
            is_shown: is(shown, offer),
            is_leading: is(leading, offer),
            observed_at: offer.observed_at.to_string(),
        });
        bodies.collect()
    }
}

impl OfferPageBody {
    fn of(app: &App, game: &OfferedGame) -> Self {
        let offers = OfferBody::of_game(app, game);
        Self {
            total: offers.len() as u64,
            offers,
            page: 1,
            page_size: PAGE_SIZE.1,
            total_pages: 1,
        }
    }
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinkBody {
    /// The game's `id`.
    #[schema(format = Uuid)]
    game_id: String,
    /// For the trail; at most 500 characters.
    reason: Option<String>,
}

/// The offers of a game
#[utoipa::path(
    get, path = "/api/admin/offers", tag = "Operations", operation_id = "listOffers",
    params(("gameId" = Uuid, Query, description = "The game's `id`; a hidden game's, too")),
    security(("token" = ["staff"])),
    responses(
        (status = 200, description = "Its offers", body = Success<OfferPageBody>),
        (status = 404, description = "`NOTFOUND002`: there is no such game", body = ErrorEnvelope),
    )
)]
pub(crate) async fn list(
    _staff: Staff<OffersRead>,
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Parameters::of(query.as_deref()).text("gameId", 200)?;
    let missing = || Refusal::Invalid(vec![FieldError::of(Wrong::Missing, "gameId", "is missing")]);
    let game = game_id(&asked.ok_or_else(missing)?)?;
    let held = app.shop.offers().of(game).await?;
    Ok(personal(StatusCode::OK, OfferPageBody::of(&app, &held)))
}

/// Link an offer to a game
///
/// Syncs do not change that. A game whose last offer this was is hidden.
#[utoipa::path(
    put, path = "/api/admin/offers/{id}/game", tag = "Operations", operation_id = "linkOffer", request_body = LinkBody,
    params(("id" = Uuid, Path, description = "The offer's `id`")),
    security(("token" = ["staff"])),
    responses(
        (status = 200, description = "The offers of that game", body = Success<OfferPageBody>),
        (status = 404, description = "`NOTFOUND001`: there is no such offer; `NOTFOUND002`: no such game", body = ErrorEnvelope),
    )
)]
pub(crate) async fn link(
    staff: Staff<OffersEdit>,
    State(app): State<App>,
    PathId(id): PathId,
    Fields(asked): Fields<LinkBody>,
) -> Result<Response, Problem> {
    let game = game_id(&asked.game_id)?;
    let offer = id.map(OfferId).ok_or(Refusal::OfferNotFound)?;
    let actor = because(&staff.actor, asked.reason.as_deref())?;
    let held = app.shop.offers().link(offer, game, &actor).await?;
    Ok(personal(StatusCode::OK, OfferPageBody::of(&app, &held)))
}

/// Make an offer a game of its own
///
/// Syncs do not change that. An offer that is its game's only one stays where it is.
#[utoipa::path(
    delete, path = "/api/admin/offers/{id}/game", tag = "Operations", operation_id = "unlinkOffer",
    params(("id" = Uuid, Path, description = "The offer's `id`")),
    security(("token" = ["staff"])),
    responses(
        (status = 200, description = "The offers of its new game: only this one", body = Success<OfferPageBody>),
        (status = 404, description = "`NOTFOUND001`: there is no such offer", body = ErrorEnvelope),
    )
)]
pub(crate) async fn unlink(
    staff: Staff<OffersEdit>,
    State(app): State<App>,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let offer = id.map(OfferId).ok_or(Refusal::OfferNotFound)?;
    let held = app.shop.offers().unlink(offer, &staff.actor).await?;
    Ok(personal(StatusCode::OK, OfferPageBody::of(&app, &held)))
}
