//! `/api/admin/games/{id}`: a game as staff manage it, its fields overridden by hand.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::clock::Timestamp;
use domain::id::{GameId, SupplierName};
use domain::money::Cents;
use domain::overrides::{OverrideChange, OverrideField, OverrideValue};
use domain::refusal::{FieldError, Refusal, Wrong};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use services::overrides::ManagedGame;
use utoipa::ToSchema;
use web_kit::App;
use web_kit::fields::Fields;
use web_kit::parameters::PathId;
use web_kit::problem::{ErrorEnvelope, Problem};
use web_kit::staff::{GamesEdit, GamesRead, Staff};

use super::body::GameBody;
use super::{Done, Success, because, done, personal};

/// Fields of the contract that a game of this shop does not have, and why each cannot be set.
const ABSENT: [(&str, &str); 3] = [
    ("shortDescription", "is a field that games do not have yet"),
    ("originalPrice", "is a field that games do not have yet"),
    ("isPreorder", "follows from releaseDate and cannot be set"),
];

/// A game for staff, hidden or not.
#[derive(Serialize, ToSchema)]
#[schema(as = ManagedGame)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ManagedGameBody<'a> {
    #[serde(flatten)]
    #[schema(inline)]
    game: GameBody<'a>,
    /// As `image`.
    image_url: &'a str,
    /// The first of `platforms`; empty when there is none.
    platform: &'a str,
    /// The first of `genres`; empty when there is none.
    genre: &'a str,
    /// The product of the supplier `g2a`, if it has one.
    #[serde(rename = "g2aProductId", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    g2a_product_id: Option<&'a str>,
    /// Copies that the supplier `g2a` has.
    #[serde(rename = "g2aStock", skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    g2a_stock: Option<i64>,
    /// Whether it is not shown: withdrawn by staff, or no supplier has it.
    hidden: bool,
    /// The fields that staff set.
    overrides: Vec<OverrideBody<'a>>,
}

/// A field that staff set.
#[derive(Serialize, ToSchema)]
#[schema(as = Override)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OverrideBody<'a> {
    #[schema(example = "title")]
    field: &'static str,
    /// The account of the member of staff.
    by: &'a str,
    at: String,
}

/// Fields to override. `null` gives a field back to the suppliers, whose value returns at once; a field that is left out stays
/// as it is.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(
    dead_code,
    reason = "the description's schema; the body itself tells null from absent"
)]
pub(crate) struct OverridesBody {
    title: Option<String>,
    /// HTML; what is not a safe part of it is dropped.
    description: Option<String>,
    image: Option<String>,
    images: Option<Vec<String>>,
    /// EUR, at most two decimals; whatever the offers cost.
    price: Option<f64>,
    platforms: Option<Vec<String>>,
    genres: Option<Vec<String>>,
    tags: Option<Vec<String>>,
    categories: Option<Vec<String>>,
    /// `yyyy-mm-dd`.
    release_date: Option<String>,
    publisher: Option<String>,
    developer: Option<String>,
    region: Option<String>,
    activation_service: Option<String>,
    /// `true` withdraws the game; `false` is as `null`: it is shown while a supplier has it.
    hidden: Option<bool>,
    /// For the trail; at most 500 characters.
    reason: Option<String>,
}

impl<'a> ManagedGameBody<'a> {
    fn of(managed: &'a ManagedGame, now: Timestamp) -> Self {
        let game = &managed.held.game;
        let first = |names: &'a [String]| names.first().map_or("", String::as_str);
        let g2a = SupplierName::g2a();
        let g2a = managed.held.offers.iter().find(|offer| offer.supplier == g2a);
        let overrides = managed.fields.iter().map(|set| OverrideBody {
            field: set.field.as_str(),
            by: &set.by,
            at: set.at.to_string(),
        });
        Self {
            game: GameBody::of(game, now),
            image_url: &game.facts.image,
            platform: first(&game.facts.platforms),
            genre: first(&game.facts.genres),
            g2a_product_id: g2a.map(|offer| offer.product.as_str()),
            g2a_stock: g2a.map(|offer| offer.supplier_qty),
            hidden: game.hidden,
            overrides: overrides.collect(),
        }
    }
}

/// The changes that a body asks for.
fn changes(asked: &BTreeMap<String, Box<RawValue>>) -> Result<Vec<OverrideChange>, Refusal> {
    let (mut changes, mut wrong) = (Vec::new(), Vec::new());
    for (name, value) in asked {
        match change(name, value.get()) {
            Ok(change) => changes.push(change),
            Err(why) => wrong.push(FieldError::new(name.as_str(), why)),
        }
    }
    if asked.is_empty() {
        wrong.push(FieldError::of(
            Wrong::Missing,
            "title",
            "or another field of a game is missing",
        ));
    }
    if wrong.is_empty() {
        Ok(changes)
    } else {
        Err(Refusal::Invalid(wrong))
    }
}

/// The reason for the changes, which is no field of the game.
fn reason(json: &str) -> Result<Option<String>, Refusal> {
    let wrong = |_| Refusal::Invalid(vec![FieldError::new("reason", "is not of the expected kind")]);
    serde_json::from_str(json).map_err(wrong)
}

/// A field and its value, or why the shop cannot take it.
fn change(name: &str, json: &str) -> Result<OverrideChange, &'static str> {
    let Some(field) = OverrideField::parse(name) else {
        let absent = ABSENT.iter().find(|(absent, _)| *absent == name);
        return Err(absent.map_or("is no field of a game", |(_, why)| why));
    };
    if json == "null" {
        return Ok(OverrideChange { field, value: None });
    }
    let value = if field == OverrideField::Price {
        // From the text of the number: it never is a binary float.
        let cents = Cents::parse(json).ok_or("is not an amount such as 10 or 19.99")?;
        OverrideValue::Cents(cents.get())
    } else {
        serde_json::from_str(json).map_err(|_| "is not of the expected kind")?
    };
    Ok(OverrideChange {
        field,
        value: Some(value),
    })
}

/// A game for staff
///
/// Hidden games, too.
#[utoipa::path(
    get, path = "/api/admin/games/{id}", tag = "Operations", operation_id = "getManagedGame",
    params(("id" = Uuid, Path, description = "The game's `id`")),
    security(("token" = ["staff"])),
    responses(
        (status = 200, description = "The game", body = Success<ManagedGameBody<'static>>),
        (status = 404, description = "`NOTFOUND002`: there is no such game", body = ErrorEnvelope),
    )
)]
pub(crate) async fn show(
    _staff: Staff<GamesRead>,
    State(app): State<App>,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let id = id.map(GameId).ok_or(Refusal::GameNotFound)?;
    let managed = app.shop.catalog().managed(id).await?;
    Ok(personal(StatusCode::OK, ManagedGameBody::of(&managed, app.shop.now())))
}

/// Override fields of a game
///
/// An override survives every sync. A value that a game cannot have is refused, and with it all others.
#[utoipa::path(
    put, path = "/api/admin/games/{id}", tag = "Operations", operation_id = "overrideGame", request_body = OverridesBody,
    params(("id" = Uuid, Path, description = "The game's `id`")),
    security(("token" = ["staff"])),
    responses(
        (status = 200, description = "The game with the new values", body = Success<ManagedGameBody<'static>>),
        (status = 404, description = "`NOTFOUND002`: there is no such game", body = ErrorEnvelope),
    )
)]
pub(crate) async fn change_fields(
    staff: Staff<GamesEdit>,
    State(app): State<App>,
    PathId(id): PathId,
    Fields(mut asked): Fields<BTreeMap<String, Box<RawValue>>>,
) -> Result<Response, Problem> {
    let reason = asked.remove("reason").map(|json| reason(json.get())).transpose()?;
    let actor = because(&staff.actor, reason.flatten().as_deref())?;
    let changes = changes(&asked)?;
    let id = id.map(GameId).ok_or(Refusal::GameNotFound)?;
    let managed = app.shop.catalog().override_fields(id, changes, &actor).await?;
    Ok(personal(StatusCode::OK, ManagedGameBody::of(&managed, app.shop.now())))
}

/// Withdraw a game
///
/// It stays withdrawn, whatever its suppliers say, until `hidden` is given back.
#[utoipa::path(
    delete, path = "/api/admin/games/{id}", tag = "Operations", operation_id = "withdrawGame",
    params(("id" = Uuid, Path, description = "The game's `id`")),
    security(("token" = ["staff"])),
    responses(
        (status = 200, description = "It is withdrawn", body = Done),
        (status = 404, description = "`NOTFOUND002`: there is no such game", body = ErrorEnvelope),
    )
)]
pub(crate) async fn withdraw(
    staff: Staff<GamesEdit>,
    State(app): State<App>,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let id = id.map(GameId).ok_or(Refusal::GameNotFound)?;
    app.shop.catalog().withdraw(id, &staff.actor).await?;
    Ok(done("The game is withdrawn from the shop"))
}
