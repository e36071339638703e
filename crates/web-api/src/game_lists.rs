//! `/api/games/…`: the lists that have names of their own, and what can be filtered by.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::catalog::{FilterOptions, SharedGame};
use domain::clock::Timestamp;
use domain::id::GameId;
use domain::lists::{Collection, FilterNames, GameList, Suggested};
use domain::refusal::Refusal;
use domain::search::fold;
use domain::term::Term;
use services::Shop;
use services::view::Key;
use web_kit::parameters::PathId;
use web_kit::problem::{ErrorEnvelope, Problem};
use web_kit::query::{Parameters, refuse_longer};
use web_kit::view::{Cached, Render, View};
use web_kit::{App, Site, conditional};

use super::body::GameBody;
use super::games::{GameJson, send};
use super::names::{CollectionBody, FilterOptionsBody, NameBody, SuggestionBody};
use super::{Success, success};

/// The most letters of a search, as in the list's own `search`.
const SEARCH_MAX: usize = 200;
/// Suggestions when nobody says how many, and at most.
const SUGGESTIONS: (u32, u32) = (8, 20);
/// Games of a list whose length can be asked for, when nobody asks, and at most.
const COUNT: (u32, u32) = (12, 48);

/// The games that there is most demand for, of all or of one genre
#[utoipa::path(
    get, path = "/api/games/best-sellers", tag = "Games", operation_id = "listBestSellers",
    params(("genre" = Option<String>, Query, description = "A genre's name or slug")),
    responses((status = 200, description = "At most 24 games for sale", body = Success<Vec<GameBody<'static>>>))
)]
pub(crate) async fn best_sellers(
    State(app): State<App>,
    RawQuery(asked): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let genre = Parameters::of(asked.as_deref()).text("genre", SEARCH_MAX)?;
    send(&GameListJson(GameList::BestSellers(genre)), &app, &headers).await
}

/// The games that came into the shop last
#[utoipa::path(
    get, path = "/api/games/new-in-catalog", tag = "Games", operation_id = "listNewInCatalog",
    responses((status = 200, description = "At most 24 games for sale", body = Success<Vec<GameBody<'static>>>))
)]
pub(crate) async fn new_in_catalog(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    send(&GameListJson(GameList::NewInCatalog), &app, &headers).await
}

/// The games that are released after today, the soonest first
#[utoipa::path(
    get, path = "/api/games/preorders", tag = "Games", operation_id = "listPreorders",
    responses((status = 200, description = "At most 24 games for sale", body = Success<Vec<GameBody<'static>>>))
)]
pub(crate) async fn preorders(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    send(&GameListJson(GameList::Preorders), &app, &headers).await
}

/// The latest releases
#[utoipa::path(
    get, path = "/api/games/new", tag = "Games", operation_id = "listNew",
    responses((status = 200, description = "At most 24 games for sale", body = Success<Vec<GameBody<'static>>>))
)]
pub(crate) async fn new(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    send(&GameListJson(GameList::New), &app, &headers).await
}

/// The games of one genre; none of a genre that is not known
#[utoipa::path(
    get, path = "/api/games/by-genre/{genre}", tag = "Games", operation_id = "listByGenre",
    params(("genre" = String, Path, description = "The genre's name or slug", example = "rpg")),
    responses(
        (status = 200, description = "At most 24 games for sale", body = Success<Vec<GameBody<'static>>>),
        (status = 400, description = "`VAL001`: `genre` is longer than 200 characters", body = ErrorEnvelope),
    )
)]
pub(crate) async fn by_genre(
    State(app): State<App>,
    genre: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let genre = genre.map(|Path(genre)| genre).unwrap_or_default();
    refuse_longer("genre", &genre, SEARCH_MAX)?;
    send(&GameListJson(GameList::ByGenre(genre)), &app, &headers).await
}

/// Games for sale, drawn by chance
#[utoipa::path(
    get, path = "/api/games/random", tag = "Games", operation_id = "listRandom",
    params(("count" = Option<u32>, Query, description = "How many, 1 to 48; 12 when nothing is said")),
    responses((status = 200, description = "Other games each time", body = Success<Vec<GameBody<'static>>>))
)]
pub(crate) async fn random(State(app): State<App>, RawQuery(asked): RawQuery) -> Result<Response, Problem> {
    let count = Parameters::of(asked.as_deref()).count("count", COUNT)?;
    let games = app.shop.catalog().random(count).await?;
    let text = write_games(&games, app.shop.now());
    Ok(conditional::send_once(StatusCode::OK, text, conditional::JSON))
}

/// The games whose titles a search finds, the best first
///
/// Each word must stand in the title. Typing errors are forgiven in a word that no title has.
#[utoipa::path(
    get, path = "/api/games/search", tag = "Games", operation_id = "searchGames",
    params(("q" = String, Query, description = "At most 200 characters")),
    responses((status = 200, description = "At most 24 games, sold-out ones too", body = Success<Vec<GameBody<'static>>>))
)]
pub(crate) async fn search(
    State(app): State<App>,
    RawQuery(asked): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let words = Parameters::of(asked.as_deref())
        .text("q", SEARCH_MAX)?
        .unwrap_or_default();
    send(&GameListJson(GameList::Search(fold(&words))), &app, &headers).await
}

/// What fits what somebody is typing
#[utoipa::path(
    get, path = "/api/games/autocomplete", tag = "Games", operation_id = "autocomplete",
    params(
        ("q" = String, Query, description = "What was typed so far; at most 200 characters"),
        ("limit" = Option<u32>, Query, description = "How many, 1 to 20; 8 when nothing is said"),
    ),
    responses((status = 200, description = "Games, the best first", body = Success<Vec<SuggestionBody<'static>>>))
)]
pub(crate) async fn autocomplete(
    State(app): State<App>,
    RawQuery(asked): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parameters = Parameters::of(asked.as_deref());
    let typed = parameters.text("q", SEARCH_MAX)?.unwrap_or_default();
    let count = parameters.count("limit", SUGGESTIONS)?;
    send(&SuggestionsJson(fold(&typed), count), &app, &headers).await
}

/// Games for sale that are like one game
#[utoipa::path(
    get, path = "/api/games/{id}/similar", tag = "Games", operation_id = "listSimilar",
    params(
        ("id" = Uuid, Path, description = "The game's `id`"),
        ("count" = Option<u32>, Query, description = "How many, 1 to 48; 12 when nothing is said"),
    ),
    responses(
        (status = 200, description = "The likest first", body = Success<Vec<GameBody<'static>>>),
        (status = 404, description = "`NOTFOUND002`: no such game, or not an id", body = ErrorEnvelope),
    )
)]
pub(crate) async fn similar(
    State(app): State<App>,
    PathId(id): PathId,
    RawQuery(asked): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = id.map(GameId).ok_or(Refusal::GameNotFound)?;
    let count = Parameters::of(asked.as_deref()).count("count", COUNT)?;
    // A game that is not shown is not found, and has nothing like it.
    GameJson::ById(id).cached(&app.shop, &app.site).await?;
    send(&GameListJson(GameList::Similar(id, count)), &app, &headers).await
}

/// The genres of the games for sale
#[utoipa::path(
    get, path = "/api/games/genres", tag = "Games", operation_id = "listGenres",
    responses((status = 200, description = "The commonest first", body = Success<Vec<NameBody<'static>>>))
)]
pub(crate) async fn genres(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    send(&NamesJson(FilterNames::Genres), &app, &headers).await
}

/// The platforms of the games for sale
#[utoipa::path(
    get, path = "/api/games/platforms", tag = "Games", operation_id = "listPlatforms",
    responses((status = 200, description = "The commonest first", body = Success<Vec<NameBody<'static>>>))
)]
pub(crate) async fn platforms(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    send(&NamesJson(FilterNames::Platforms), &app, &headers).await
}

/// What the list of games can be filtered by
#[utoipa::path(
    get, path = "/api/games/filter-options", tag = "Games", operation_id = "listFilterOptions",
    responses((status = 200, description = "The names of each filter, the commonest first", body = Success<FilterOptionsBody<'static>>))
)]
pub(crate) async fn filter_options(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    send(&NamesJson(FilterNames::FilterOptions), &app, &headers).await
}

/// Games of the commonest genres and publishers
#[utoipa::path(
    get, path = "/api/games/collections", tag = "Games", operation_id = "listCollections",
    responses((status = 200, description = "Genres first", body = Success<Vec<CollectionBody<'static>>>))
)]
pub(crate) async fn collections(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    send(&CollectionsJson, &app, &headers).await
}

/// A list that has a name.
pub struct GameListJson(GameList);

impl View for GameListJson {
    type Content = [SharedGame];

    fn of(key: &Key, _: &[GameId]) -> Option<Self> {
        match key {
            Key::List(list) => Some(Self(list.clone())),
            _ => None,
        }
    }

    fn choose<'a>(&'a self, shop: &'a Shop, render: &'a Render<'a, [SharedGame]>) -> Cached<'a> {
        shop.catalog().list(&self.0, render)
    }

    fn render(&self, _: &Site, games: &[SharedGame], now: Timestamp) -> String {
        write_games(games, now)
    }
}

fn write_games(games: &[SharedGame], now: Timestamp) -> String {
    success(games.iter().map(|game| GameBody::of(game, now)).collect::<Vec<_>>())
}

/// Suggestions for what is being typed (folded), so many at most.
pub struct SuggestionsJson(String, u32);

impl View for SuggestionsJson {
    type Content = [Suggested];

    fn of(key: &Key, _: &[GameId]) -> Option<Self> {
        match key {
            Key::Suggestions(typed, count) => Some(Self(typed.clone(), *count)),
            _ => None,
        }
    }

    fn choose<'a>(&'a self, shop: &'a Shop, render: &'a Render<'a, [Suggested]>) -> Cached<'a> {
        shop.catalog().suggestions(&self.0, self.1, render)
    }

    fn render(&self, _: &Site, found: &[Suggested], _: Timestamp) -> String {
        success(found.iter().map(SuggestionBody::from).collect::<Vec<_>>())
    }
}

/// Collections with their games.
pub struct CollectionsJson;

impl View for CollectionsJson {
    type Content = [Collection];

    fn of(key: &Key, _: &[GameId]) -> Option<Self> {
        matches!(key, Key::Collections).then_some(Self)
    }

    fn choose<'a>(&'a self, shop: &'a Shop, render: &'a Render<'a, [Collection]>) -> Cached<'a> {
        shop.catalog().collections(render)
    }

    fn render(&self, _: &Site, collections: &[Collection], now: Timestamp) -> String {
        success(CollectionBody::all(collections, now))
    }
}

/// The names that can be filtered by.
pub struct NamesJson(FilterNames);

impl View for NamesJson {
    type Content = FilterOptions;

    fn of(key: &Key, _: &[GameId]) -> Option<Self> {
        match key {
            Key::Names(names) => Some(Self(*names)),
            _ => None,
        }
    }

    fn choose<'a>(&'a self, shop: &'a Shop, render: &'a Render<'a, FilterOptions>) -> Cached<'a> {
        shop.catalog().names(self.0, render)
    }

    fn render(&self, _: &Site, options: &FilterOptions, _: Timestamp) -> String {
        match self.0 {
            FilterNames::Genres => success(NameBody::all(options, Term::Genre)),
            FilterNames::Platforms => success(NameBody::all(options, Term::Platform)),
            FilterNames::FilterOptions => success(FilterOptionsBody::from(options)),
        }
    }
}
