//! `/api/games`: lists of games, and single ones.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::catalog::{GameFilter, Page};
use domain::clock::Timestamp;
use domain::id::GameId;
use domain::refusal::Refusal;
use services::Shop;
use services::catalog::{GameView, WrittenGame};
use services::view::{Key, Representation};
use web_kit::parameters::{PathId, known_slug};
use web_kit::problem::{ErrorEnvelope, Problem};
use web_kit::view::{Cached, Render, View};
use web_kit::{App, Site, conditional, query};

use super::body::{self, GameBody, GamePageBody};
use super::list_parameters::ListParameters;
use super::{Success, success};

/// A list of games, filtered, sorted and cut into pages
///
/// Values within one list are alternatives, the parameters are conditions. A value that is not acceptable is refused
/// with `VAL001`; an unknown parameter or an empty value is ignored.
#[utoipa::path(
    get, path = "/api/games", tag = "Games", operation_id = "listGames",
    params(ListParameters),
    responses(
        (status = 200, description = "One page of games; empty past the last", body = Success<GamePageBody<'static>>),
        (status = 304, description = "What the caller holds is still true (`If-None-Match`)"),
    )
)]
pub(crate) async fn list(
    State(app): State<App>,
    RawQuery(asked): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = query::read(asked.as_deref().unwrap_or_default());
    if !asked.wrong.is_empty() {
        return Err(Refusal::Invalid(asked.wrong).into());
    }
    if asked.matches_nothing {
        let nothing = Page {
            items: Vec::new(),
            total: 0,
            page: asked.filter.page,
            page_size: asked.filter.page_size,
        };
        return Ok(conditional::send_once(
            StatusCode::OK,
            GamePageJson(asked.filter).render(&app.site, &nothing, Timestamp::EPOCH),
            conditional::JSON,
        ));
    }
    send(&GamePageJson(asked.filter), &app, &headers).await
}

/// One game by its name in addresses
#[utoipa::path(
    get, path = "/api/games/slug/{slug}", tag = "Games", operation_id = "getGameBySlug",
    params(("slug" = String, Path, description = "The game's `slug`", example = "fallout-4-steam-key-global")),
    responses(
        (status = 200, description = "The game", body = Success<GameBody<'static>>),
        (status = 304, description = "What the caller holds is still true (`If-None-Match`)"),
        (status = 404, description = "`NOTFOUND002`: no such game", body = ErrorEnvelope),
    )
)]
pub(crate) async fn by_slug(
    State(app): State<App>,
    slug: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    send(&GameJson::BySlug(known_slug(slug)?), &app, &headers).await
}

/// One game by its id
#[utoipa::path(
    get, path = "/api/games/{id}", tag = "Games", operation_id = "getGame",
    params(("id" = Uuid, Path, description = "The game's `id`")),
    responses(
        (status = 200, description = "The game", body = Success<GameBody<'static>>),
        (status = 304, description = "What the caller holds is still true (`If-None-Match`)"),
        (status = 404, description = "`NOTFOUND002`: no such game, or not an id", body = ErrorEnvelope),
    )
)]
pub(crate) async fn by_id(State(app): State<App>, PathId(id): PathId, headers: HeaderMap) -> Result<Response, Problem> {
    let id = id.map(GameId).ok_or(Refusal::GameNotFound)?;
    send(&GameJson::ById(id), &app, &headers).await
}

/// A view, unless the caller holds it already.
pub(crate) async fn send(view: &impl View, app: &App, headers: &HeaderMap) -> Result<Response, Problem> {
    let entry = view.cached(&app.shop, &app.site).await?;
    Ok(conditional::send(&entry, conditional::JSON, headers))
}

/// One game.
pub enum GameJson {
    /// By its id.
    ById(GameId),
    /// By its name in addresses; cached under its id.
    BySlug(String),
}

impl View for GameJson {
    type Content = GameView;

    fn of(key: &Key, _: &[GameId]) -> Option<Self> {
        match key {
            Key::Game(id, Representation::Json) => Some(Self::ById(*id)),
            _ => None,
        }
    }

    fn choose<'a>(&'a self, shop: &'a Shop, render: &'a Render<'a, GameView>) -> Cached<'a> {
        match self {
            Self::ById(id) => shop.catalog().game(*id, Representation::Json, render),
            Self::BySlug(slug) => shop.catalog().game_by_slug(slug, Representation::Json, render),
        }
    }

    fn render(&self, _: &Site, view: &GameView, now: Timestamp) -> String {
        success(GameBody::of(&view.game, now))
    }
}

/// One page of the games that a filter admits.
pub struct GamePageJson(GameFilter);

impl View for GamePageJson {
    type Content = Page<WrittenGame>;

    fn of(key: &Key, _: &[GameId]) -> Option<Self> {
        match key {
            Key::Catalog(filter, Representation::Json) => Some(Self(GameFilter::clone(filter))),
            _ => None,
        }
    }

    fn choose<'a>(&'a self, shop: &'a Shop, render: &'a Render<'a, Page<WrittenGame>>) -> Cached<'a> {
        shop.catalog().games(&self.0, body::listed, render)
    }

    fn render(&self, _: &Site, page: &Page<WrittenGame>, _: Timestamp) -> String {
        body::page_text(page)
    }
}
