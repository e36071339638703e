//! Games as lists see them: all of them a stretch at a time, or some; and the games that a list chose, whole.

use std::collections::HashMap;

use domain::cart::ListedGame;
use domain::catalog::Game;
use domain::clock::Timestamp;
use domain::id::GameId;
use domain::indexed_game::IndexedGame;
use domain::money::Cents;
use domain::term::Term;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Order, Query, SelectStatement, SimpleExpr};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use super::{CatalogRepository, row};
use crate::tables::{Games, Links, TermTables as _, Terms};
use crate::{Error, dialect, owned};

/// A game's id with what its address, its name and its picture are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GameName {
    /// Its id.
    pub id: GameId,
    /// Its address in the shop.
    pub slug: String,
    /// The full title.
    pub title: String,
    /// The portrait picture's address; may be empty.
    pub image: String,
}

impl<C: ConnectionTrait> CatalogRepository<'_, C> {
    /// The next `limit` games after `after` in the order of their ids, hidden ones too, as lists see them.
    pub async fn indexed_after(&self, after: Option<GameId>, limit: u64) -> Result<Vec<IndexedGame>, Error> {
        let mut select = narrow();
        select
            .and_where_option(after.map(|after| Expr::col(Games::Id).gt(after.0)))
            .order_by(Games::Id, Order::Asc)
            .limit(limit);
        let mut games = self.indexed(&select).await?;
        if let (Some(first), Some(last)) = (games.first(), games.last()) {
            let linked = Expr::col(Links::GameId).between(first.id.0, last.id.0);
            self.name(&mut games, &linked).await?;
        }
        Ok(games)
    }

    /// The games that came into the shop after the one with this number, in that order and at most `limit`.
    pub async fn indexed_since(&self, number: i64, limit: u64) -> Result<Vec<IndexedGame>, Error> {
        let mut select = narrow();
        select
            .and_where(Expr::col(Games::Number).gt(number))
            .order_by(Games::Number, Order::Asc)
            .limit(limit);
        let mut games = self.indexed(&select).await?;
        let ids: Vec<GameId> = games.iter().map(|game| game.id).collect();
        let linked = dialect::is_one_of_ids(self.conn, Expr::col(Links::GameId), &ids);
        self.name(&mut games, &linked).await?;
        Ok(games)
    }

    /// Those of `ids` that exist, hidden ones too, as lists see them; at most some hundreds at once.
    pub async fn indexed_of(&self, ids: &[GameId]) -> Result<Vec<IndexedGame>, Error> {
        let mut select = narrow();
        select.and_where(dialect::is_one_of_ids(self.conn, Expr::col(Games::Id), ids));
        let mut games = self.indexed(&select).await?;
        let linked = dialect::is_one_of_ids(self.conn, Expr::col(Links::GameId), ids);
        self.name(&mut games, &linked).await?;
        Ok(games)
    }

    /// Those of `ids` that are shown, in the order of `ids`: two statements, however many.
    pub async fn by_ids(&self, ids: &[GameId]) -> Result<Vec<Game>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut select = row::select();
        // Hidden ones are left out here: told to, SQLite would look for them among all that are not hidden.
        select.and_where(dialect::is_one_of_ids(self.conn, Expr::col(Games::Id), ids));
        let mut games = self.read(&select).await?;
        games.retain(|game| !game.hidden);
        let at: HashMap<GameId, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        games.sort_unstable_by_key(|game| at.get(&game.id).copied());
        Ok(games)
    }

    /// Those of `ids` that exist, hidden ones too, as carts list them: one statement.
    pub async fn as_listed(&self, ids: &[GameId]) -> Result<Vec<ListedGame>, Error> {
        let select = Query::select()
            .expr(Expr::cust(owned::LISTED))
            .from_as(Games::Table, "g")
            .and_where(dialect::is_one_of_ids(self.conn, Expr::col(("g", "id")), ids))
            .to_owned();
        let rows = self.conn.query_all(&select).await?;
        rows.iter().map(owned::listed).collect()
    }

    /// What those of `ids` that are shown are called, in the order of `ids`: one statement.
    pub async fn names_of(&self, ids: &[GameId]) -> Result<Vec<GameName>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let select = Query::select()
            .columns([Games::Id, Games::Slug, Games::Title, Games::Image, Games::Hidden])
            .from(Games::Table)
            .and_where(dialect::is_one_of_ids(self.conn, Expr::col(Games::Id), ids))
            .to_owned();
        let mut names = Vec::with_capacity(ids.len());
        for found in self.conn.query_all(&select).await? {
            if found.try_get_by_index(4)? {
                continue;
            }
            names.push(GameName {
                id: GameId(found.try_get_by_index(0)?),
                slug: found.try_get_by_index(1)?,
                title: found.try_get_by_index(2)?,
                image: found.try_get_by_index(3)?,
            });
        }
        let at: HashMap<GameId, usize> = ids.iter().enumerate().map(|(at, id)| (*id, at)).collect();
        names.sort_unstable_by_key(|name| at.get(&name.id).copied());
        Ok(names)
    }

    async fn indexed(&self, select: &SelectStatement) -> Result<Vec<IndexedGame>, Error> {
        let rows = self.conn.query_all(select).await?;
        rows.iter().map(indexed).collect()
    }

    /// Adds the names of platforms and genres to `games`, whose links `linked` finds.
    async fn name(&self, games: &mut [IndexedGame], linked: &SimpleExpr) -> Result<(), Error> {
        if games.is_empty() {
            return Ok(());
        }
        let at: HashMap<Uuid, usize> = games.iter().enumerate().map(|(at, game)| (game.id.0, at)).collect();
        for term in [Term::Platform, Term::Genre] {
            for found in self.conn.query_all(&links(term, linked)).await? {
                let (id, name): (Uuid, String) = (found.try_get_by_index(0)?, found.try_get_by_index(1)?);
                let Some(game) = at.get(&id).and_then(|at| games.get_mut(*at)) else {
                    continue;
                };
                match term {
                    Term::Platform => game.platforms.push(name),
                    _ => game.genres.push(name),
                }
            }
        }
        Ok(())
    }
}

fn narrow() -> SelectStatement {
    Query::select()
        .columns([
            Games::Id,
            Games::Hidden,
            Games::SearchText,
            Games::PriceCents,
            Games::Copies,
            Games::ReleaseDate,
            Games::Region,
            Games::ActivationService,
            Games::Publisher,
            Games::Multiplayer,
            Games::CreatedAt,
            Games::Number,
        ])
        .from(Games::Table)
        .to_owned()
}

fn indexed(found: &QueryResult) -> Result<IndexedGame, Error> {
    Ok(IndexedGame {
        id: GameId(found.try_get_by_index(0)?),
        hidden: found.try_get_by_index(1)?,
        search_text: found.try_get_by_index(2)?,
        price: Cents::new(found.try_get_by_index(3)?),
        copies: found.try_get_by_index(4)?,
        release_date: found.try_get_by_index(5)?,
        region: found.try_get_by_index(6)?,
        activation_service: found.try_get_by_index(7)?,
        publisher: found.try_get_by_index(8)?,
        multiplayer: found.try_get_by_index(9)?,
        platforms: Vec::new(),
        genres: Vec::new(),
        created_at: Timestamp::from_micros(found.try_get_by_index(10)?),
        number: found.try_get_by_index::<Option<i64>>(11)?.unwrap_or_default(),
    })
}

fn links(term: Term, linked: &SimpleExpr) -> SelectStatement {
    let (links, names) = (Alias::new(term.links_name()), Alias::new(term.table_name()));
    Query::select()
        .column((links.clone(), Links::GameId))
        .column((names.clone(), Terms::Name))
        .from(links.clone())
        // As in `row`: LEFT says where to begin.
        .left_join(
            names.clone(),
            Expr::col((names, Terms::Id)).equals((links, Links::TermId)),
        )
        .and_where(linked.clone())
        .to_owned()
}
