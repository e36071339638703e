//! The games: one by one, in lists, and as their offers change them.

mod index;
mod managed;
mod row;
mod sitemap;
mod write;

use domain::catalog::Game;
use domain::id::GameId;
use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Expr, ExprTrait, Query};

use crate::tables::Games;
use crate::{Error, dialect};

pub use index::GameName;
pub use managed::GameLine;
pub use sitemap::SitemapEntry;
pub use write::{NewTerms, TermIds};

/// The repository of games.
#[derive(Clone, Copy, Debug)]
pub struct CatalogRepository<'a, C> {
    conn: &'a C,
}

impl<'a, C: ConnectionTrait> CatalogRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// One game that is shown.
    pub async fn by_id(&self, id: GameId) -> Result<Option<Game>, Error> {
        let mut select = row::select();
        select
            .and_where(Expr::col(Games::Id).eq(id.0))
            .and_where(Expr::col(Games::Hidden).eq(false));
        Ok(self.read(&select).await?.pop())
    }

    /// The id of a game that is shown, by its address.
    pub async fn id_of_slug(&self, slug: &str) -> Result<Option<GameId>, Error> {
        let select = Query::select()
            .column(Games::Id)
            .from(Games::Table)
            .and_where(Expr::col(Games::Slug).eq(slug))
            .and_where(Expr::col(Games::Hidden).eq(false))
            .to_owned();
        let row = self.conn.query_one(&select).await?;
        Ok(row.map(|row| row.try_get("", "id")).transpose()?.map(GameId))
    }

    /// The addresses where the pictures of a game that is shown come from: first its cover's, which may be empty, then
    /// all of them.
    pub async fn pictures_of(&self, id: GameId) -> Result<Option<(String, Vec<String>)>, Error> {
        let select = Query::select()
            .columns([Games::Image, Games::Images])
            .from(Games::Table)
            .and_where(Expr::col(Games::Id).eq(id.0))
            .and_where(Expr::col(Games::Hidden).eq(false))
            .to_owned();
        let Some(found) = self.conn.query_one(&select).await? else {
            return Ok(None);
        };
        Ok(Some((found.try_get_by_index(0)?, row::addresses(&found)?)))
    }

    /// Those of `ids` that exist, hidden ones too, whole.
    pub async fn whole(&self, ids: &[GameId]) -> Result<Vec<Game>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut select = row::select();
        select.and_where(dialect::is_one_of_ids(
            self.conn,
            Expr::col((Games::Table, Games::Id)),
            ids,
        ));
        self.read(&select).await
    }

    /// The highest number that a game has; 0 when there is none.
    pub async fn highest_number(&self) -> Result<i64, Error> {
        let select = Query::select()
            .expr_as(Expr::col(Games::Number).max(), "highest")
            .from(Games::Table)
            .to_owned();
        let row = self.conn.query_one(&select).await?;
        let highest = row.map(|row| row.try_get::<Option<i64>>("", "highest")).transpose()?;
        Ok(highest.flatten().unwrap_or_default())
    }

    /// Whether any game is shown.
    pub async fn is_empty(&self) -> Result<bool, Error> {
        let select = Query::select()
            .column(Games::Id)
            .from(Games::Table)
            .and_where(Expr::col(Games::Hidden).eq(false))
            .limit(1)
            .to_owned();
        Ok(self.conn.query_one(&select).await?.is_none())
    }

    /// The games that `select` finds, with their names of terms: two statements, however many games.
    async fn read(&self, select: &sea_orm::sea_query::SelectStatement) -> Result<Vec<Game>, Error> {
        let mut games = Vec::new();
        for row in self.conn.query_all(select).await? {
            games.push(row::game(&row)?);
        }
        row::add_terms(self.conn, &mut games).await?;
        Ok(games)
    }
}
