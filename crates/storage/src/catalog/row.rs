//! A game between its rows and its type.

use std::collections::HashMap;

use domain::catalog::{Game, GameFacts};
use domain::clock::Timestamp;
use domain::id::{GameId, ProductId};
use domain::money::Cents;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, UnionType};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use crate::Error;
use crate::tables::{Games, Links, Term, Terms};

pub(super) const COLUMNS: [Games; 24] = [
    Games::Id,
    Games::SupplierProductId,
    Games::Slug,
    Games::Title,
    Games::SearchText,
    Games::DescriptionHtml,
    Games::PriceCents,
    Games::SupplierPriceCents,
    Games::SupplierQty,
    Games::Reserved,
    Games::Image,
    Games::Images,
    Games::ReleaseDate,
    Games::Region,
    Games::ActivationService,
    Games::Developer,
    Games::Publisher,
    Games::Multiplayer,
    Games::Requirements,
    Games::SupplierUpdatedAt,
    Games::ObservedAt,
    Games::Hidden,
    Games::CreatedAt,
    Games::UpdatedAt,
];

pub(super) fn select() -> SelectStatement {
    Query::select()
        .columns(COLUMNS.map(|column| (Games::Table, column)))
        .from(Games::Table)
        .to_owned()
}

pub(super) fn product(row: &QueryResult) -> Result<ProductId, Error> {
    let text: String = row.try_get("", "supplier_product_id")?;
    ProductId::parse(&text).ok_or_else(|| unreadable(format!("supplier_product_id {text:?}")))
}

/// Reads one row; the names of its terms are added by [`add_terms`].
pub(super) fn game(row: &QueryResult) -> Result<Game, Error> {
    let json = |column: &str| row.try_get::<String>("", column);
    let bad = |error: serde_json::Error| unreadable(error.to_string());
    Ok(Game {
        id: GameId(row.try_get("", "id")?),
        slug: row.try_get("", "slug")?,
        facts: GameFacts {
            product: product(row)?,
            title: row.try_get("", "title")?,
            search_text: row.try_get("", "search_text")?,
            description_html: row.try_get("", "description_html")?,
            price: Cents::new(row.try_get("", "price_cents")?),
            supplier_price: Cents::new(row.try_get("", "supplier_price_cents")?),
            supplier_qty: row.try_get("", "supplier_qty")?,
            image: row.try_get("", "image")?,
            images: serde_json::from_str(&json("images")?).map_err(bad)?,
            release_date: row.try_get("", "release_date")?,
            region: row.try_get("", "region")?,
            activation_service: row.try_get("", "activation_service")?,
            platforms: Vec::new(),
            developer: row.try_get("", "developer")?,
            publisher: row.try_get("", "publisher")?,
            multiplayer: row.try_get("", "multiplayer")?,
            requirements: serde_json::from_str(&json("requirements")?).map_err(bad)?,
            genres: Vec::new(),
            categories: Vec::new(),
            supplier_updated_at: row.try_get("", "supplier_updated_at")?,
            observed_at: Timestamp::from_micros(row.try_get("", "observed_at")?),
        },
        tags: Vec::new(),
        reserved: row.try_get("", "reserved")?,
        hidden: row.try_get("", "hidden")?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
    })
}

/// Adds the names of categories, genres, platforms and tags to `games`, in one statement for all.
pub(super) async fn add_terms(conn: &impl ConnectionTrait, games: &mut [Game]) -> Result<(), Error> {
    if games.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = games.iter().map(|game| game.id.0).collect();
    let [mut all, rest @ ..] = Term::ALL.map(|term| names_of(term, &ids));
    for one in rest {
        all.union(UnionType::All, one);
    }
    let at: HashMap<Uuid, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    for row in conn.query_all(&all).await? {
        let (id, kind, name): (Uuid, i32, String) = (
            row.try_get("", "game_id")?,
            row.try_get("", "kind")?,
            row.try_get("", "name")?,
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

fn names_of(term: Term, ids: &[Uuid]) -> SelectStatement {
    let kind = Term::ALL.iter().position(|other| *other == term).unwrap_or_default();
    let (links, names) = (Alias::new(term.links_name()), Alias::new(term.table_name()));
    Query::select()
        .column((links.clone(), Links::GameId))
        .expr_as(Expr::cust(format!("{kind}")), "kind")
        .column((names.clone(), Terms::Name))
        .from(links.clone())
        .inner_join(
            names.clone(),
            Expr::col((names, Terms::Id)).equals((links.clone(), Links::TermId)),
        )
        .and_where(Expr::col((links, Links::GameId)).is_in(ids.iter().copied()))
        .to_owned()
}

fn unreadable(reason: String) -> Error {
    Error::Unreadable { table: "games", reason }
}
