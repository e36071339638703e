//! A game between its rows and its type.

use std::collections::HashMap;

use domain::catalog::{Game, GameFacts};
use domain::clock::Timestamp;
use domain::id::GameId;
use domain::money::Cents;
use domain::name::match_key;
use domain::term::Term;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, UnionType};
use sea_orm::{ConnectionTrait, QueryResult, Value};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::Error;
use crate::dialect::{self, Kind};
use crate::tables::{Games, Links, TermTables as _, Terms};

pub(super) const COLUMNS: [Games; 19] = [
    Games::Id,
    Games::Slug,
    Games::Title,
    Games::SearchText,
    Games::DescriptionHtml,
    Games::PriceCents,
    Games::Copies,
    Games::Image,
    Games::Images,
    Games::ReleaseDate,
    Games::Region,
    Games::ActivationService,
    Games::Developer,
    Games::Publisher,
    Games::Multiplayer,
    Games::Requirements,
    Games::Hidden,
    Games::CreatedAt,
    Games::UpdatedAt,
];

/// The columns that are written, each with what it holds: those above, what other games may have in common with it, and the
/// number.
pub(super) const WRITTEN: [(&str, Kind); 21] = [
    ("id", Kind::Uuid),
    ("slug", Kind::Text),
    ("title", Kind::Text),
    ("search_text", Kind::Text),
    ("match_key", Kind::TextOrNone),
    ("description_html", Kind::Text),
    ("price_cents", Kind::Number),
    ("copies", Kind::Number),
    ("image", Kind::Text),
    ("images", Kind::Text),
    ("release_date", Kind::TextOrNone),
    ("region", Kind::TextOrNone),
    ("activation_service", Kind::TextOrNone),
    ("developer", Kind::TextOrNone),
    ("publisher", Kind::TextOrNone),
    ("multiplayer", Kind::Truth),
    ("requirements", Kind::Text),
    ("hidden", Kind::Truth),
    ("created_at", Kind::Number),
    ("updated_at", Kind::Number),
    ("number", Kind::Number),
];

/// What a row keeps, whatever is put.
const KEPT: [&str; 4] = ["id", "slug", "created_at", "number"];

/// What becomes of a row that is there.
pub(super) fn on_conflict() -> String {
    let replaced = WRITTEN
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| !KEPT.contains(name));
    let set: Vec<String> = replaced.map(|name| format!("{name} = excluded.{name}")).collect();
    format!("ON CONFLICT (id) DO UPDATE SET {}", set.join(", "))
}

/// The values of a row, in the order of [`WRITTEN`].
pub(super) fn values(game: &Game, number: i64, now: Timestamp) -> Result<Vec<Value>, Error> {
    let json = |error: serde_json::Error| unreadable(error.to_string());
    let facts = &game.facts;
    Ok(vec![
        game.id.0.into(),
        game.slug.as_str().into(),
        facts.title.as_str().into(),
        facts.search_text.as_str().into(),
        match_key(
            &facts.title,
            facts.activation_service.as_deref(),
            facts.region.as_deref(),
        )
        .into(),
        facts.description_html.as_str().into(),
        facts.price.get().into(),
        facts.copies.into(),
        facts.image.as_str().into(),
        serde_json::to_string(&facts.images).map_err(json)?.into(),
        facts.release_date.clone().into(),
        facts.region.clone().into(),
        facts.activation_service.clone().into(),
        facts.developer.clone().into(),
        facts.publisher.clone().into(),
        facts.multiplayer.into(),
        serde_json::to_string(&facts.requirements).map_err(json)?.into(),
        game.hidden.into(),
        game.created_at.as_micros().into(),
        now.as_micros().into(),
        number.into(),
    ])
}

pub(super) fn select() -> SelectStatement {
    Query::select()
        .columns(COLUMNS.map(|column| (Games::Table, column)))
        .from(Games::Table)
        .to_owned()
}

/// Reads one row; the names of its terms are added by [`add_terms`].
pub(super) fn game(row: &QueryResult) -> Result<Game, Error> {
    Ok(Game {
        id: GameId(row.try_get("", "id")?),
        slug: row.try_get("", "slug")?,
        facts: GameFacts {
            title: row.try_get("", "title")?,
            search_text: row.try_get("", "search_text")?,
            description_html: row.try_get("", "description_html")?,
            price: Cents::new(row.try_get("", "price_cents")?),
            copies: row.try_get("", "copies")?,
            image: row.try_get("", "image")?,
            images: addresses(row)?,
            release_date: row.try_get("", "release_date")?,
            region: row.try_get("", "region")?,
            activation_service: row.try_get("", "activation_service")?,
            platforms: Vec::new(),
            developer: row.try_get("", "developer")?,
            publisher: row.try_get("", "publisher")?,
            multiplayer: row.try_get("", "multiplayer")?,
            requirements: json(row, "requirements")?,
            genres: Vec::new(),
            categories: Vec::new(),
        },
        tags: Vec::new(),
        hidden: row.try_get("", "hidden")?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
    })
}

/// The addresses of all pictures.
pub(super) fn addresses(row: &QueryResult) -> Result<Vec<String>, Error> {
    json(row, "images")
}

fn json<T: DeserializeOwned>(row: &QueryResult, column: &str) -> Result<T, Error> {
    let text: String = row.try_get("", column)?;
    serde_json::from_str(&text).map_err(|error| unreadable(error.to_string()))
}

/// Adds the names of categories, genres, platforms and tags to `games`, in one statement for all.
pub(super) async fn add_terms(conn: &impl ConnectionTrait, games: &mut [Game]) -> Result<(), Error> {
    if games.is_empty() {
        return Ok(());
    }
    let ids: Vec<GameId> = games.iter().map(|game| game.id).collect();
    let [mut all, rest @ ..] = Term::ALL.map(|term| names_of(conn, term, &ids));
    for one in rest {
        all.union(UnionType::All, one);
    }
    let at: HashMap<Uuid, usize> = ids.iter().enumerate().map(|(at, id)| (id.0, at)).collect();
    for row in conn.query_all(&all).await? {
        let (id, kind, name): (Uuid, i32, String) = (
            row.try_get_by_index(0)?,
            row.try_get_by_index(1)?,
            row.try_get_by_index(2)?,
        );
        let Some(game) = at.get(&id).and_then(|at| games.get_mut(*at)) else {
            continue;
        };
        match kind {
            0 => game.facts.categories.push(name),
            1 => game.facts.genres.push(name),
            2 => game.facts.platforms.push(name),
            _ => game.tags.push(name),
        }
    }
    for game in games {
        // Sorted here, because the databases sort text each in their own way.
        game.facts.categories.sort_unstable();
        game.facts.genres.sort_unstable();
        game.facts.platforms.sort_unstable();
        game.tags.sort_unstable();
    }
    Ok(())
}

fn names_of(conn: &impl ConnectionTrait, term: Term, ids: &[GameId]) -> SelectStatement {
    let kind = Term::ALL.iter().position(|other| *other == term).unwrap_or_default();
    let (links, names) = (Alias::new(term.links_name()), Alias::new(term.table_name()));
    Query::select()
        .column((links.clone(), Links::GameId))
        .expr_as(Expr::cust(format!("{kind}")), "kind")
        .column((names.clone(), Terms::Name))
        .from(links.clone())
        // Each link has its name. LEFT says where to begin: else SQLite asks for each name whether each game has it.
        .left_join(
            names.clone(),
            Expr::col((names, Terms::Id)).equals((links.clone(), Links::TermId)),
        )
        .and_where(dialect::is_one_of_ids(conn, Expr::col((links, Links::GameId)), ids))
        .to_owned()
}

fn unreadable(reason: String) -> Error {
    Error::Unreadable { table: "games", reason }
}
