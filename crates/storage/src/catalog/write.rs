//! How games change: set-based, rows locked in the house's order, what the supplier does not decide left alone.

use std::collections::{HashMap, HashSet};

use domain::catalog::Game;
use domain::clock::Timestamp;
use domain::id::GameId;
use domain::term::{self, Term};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use uuid::Uuid;

use super::{CatalogRepository, row};
use crate::dialect::Kind;
use crate::tables::{Games, Links, TermTables as _, Terms};
use crate::{Error, dialect};

/// Ids of names of one kind of term.
pub type TermIds = HashMap<String, Uuid>;

/// Names that may be new, each with the id that it gets if it is.
pub type NewTerms = Vec<(String, Uuid)>;

impl CatalogRepository<'_, DatabaseTransaction> {
    /// Those of `ids` that exist, hidden ones too, locked until the transaction ends.
    pub async fn lock_whole(&self, ids: &[GameId]) -> Result<Vec<Game>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut select = row::select();
        select
            .and_where(dialect::is_one_of_ids(
                self.conn,
                Expr::col((Games::Table, Games::Id)),
                ids,
            ))
            .order_by(Games::Id, Order::Asc);
        dialect::lock_rows(self.conn, &mut select);
        self.read(&select).await
    }

    /// Makes transactions that add games wait for each other, so that a slug that is free stays free.
    pub async fn lock_additions(&self) -> Result<(), Error> {
        if let Some(lock) = dialect::numbering_lock(self.conn) {
            let lock = Statement::from_string(self.conn.get_database_backend(), lock);
            self.conn.execute_raw(lock).await?;
        }
        Ok(())
    }

    /// Which of `slugs` are taken.
    pub async fn taken_slugs(&self, slugs: &[String]) -> Result<HashSet<String>, Error> {
        let select = Query::select()
            .column(Games::Slug)
            .from(Games::Table)
            .and_where(dialect::is_one_of(
                self.conn,
                Games::Slug,
                slugs.iter().map(String::as_str),
            ))
            .to_owned();
        let rows = self.conn.query_all(&select).await?;
        rows.iter().map(|row| Ok(row.try_get("", "slug")?)).collect()
    }

    /// The ids of `names`, those that are missing made first; and how many that were. The names are held, and none of them is
    /// an alias.
    pub async fn ensure_terms(&self, term: Term, names: &NewTerms, now: Timestamp) -> Result<(TermIds, u64), Error> {
        if names.is_empty() {
            return Ok((TermIds::new(), 0));
        }
        let mut known = self.term_ids(term, names).await?;
        let missing: Vec<_> = names.iter().filter(|(name, _)| !known.contains_key(name)).collect();
        if missing.is_empty() {
            return Ok((known, 0));
        }
        let mut insert = Query::insert()
            .into_table(term.table())
            .columns([Terms::Id, Terms::Name, Terms::Slug, Terms::CreatedAt, Terms::UpdatedAt])
            .to_owned();
        for (name, id) in missing {
            let (slug, now) = (term::slug(name), now.as_micros());
            insert.values_panic([(*id).into(), name.clone().into(), slug.into(), now.into(), now.into()]);
        }
        insert.on_conflict(OnConflict::column(Terms::Name).do_nothing().to_owned());
        let created = self.conn.execute(&insert).await?.rows_affected();
        known.extend(self.term_ids(term, names).await?);
        Ok((known, created))
    }

    async fn term_ids(&self, term: Term, names: &NewTerms) -> Result<TermIds, Error> {
        let select = Query::select()
            .columns([Terms::Id, Terms::Name])
            .from(term.table())
            .and_where(dialect::is_one_of(
                self.conn,
                Terms::Name,
                names.iter().map(|(name, _)| name.as_str()),
            ))
            .to_owned();
        let rows = self.conn.query_all(&select).await?;
        rows.iter()
            .map(|row| Ok((row.try_get("", "name")?, row.try_get("", "id")?)))
            .collect()
    }

    /// Writes `games` whole: new rows are added, known ones replaced but for slug, number and the time of creation. The
    /// games must differ from each other, and known ones be locked. Returns how many rows that changed.
    pub async fn put(&self, games: &[&Game], now: Timestamp) -> Result<u64, Error> {
        if games.is_empty() {
            return Ok(0);
        }
        self.lock_additions().await?;
        let numbers = self.highest_number().await? + 1..;
        let rows: Result<Vec<_>, Error> = games
            .iter()
            .zip(numbers)
            .map(|(game, number)| row::values(game, number, now))
            .collect();
        dialect::insert_many(self.conn, "games", &row::WRITTEN, rows?, &row::on_conflict()).await
    }

    /// Gives games that are locked the price, the copies and the place in the shop that they have here, and nothing else.
    pub async fn put_offered(&self, games: &[&Game], now: Timestamp) -> Result<u64, Error> {
        let rows = games.iter().map(|game| {
            vec![
                game.id.0.into(),
                game.facts.price.get().into(),
                game.facts.copies.into(),
                game.hidden.into(),
                now.as_micros().into(),
            ]
        });
        let columns = [
            ("id", Kind::Uuid),
            ("price_cents", Kind::Number),
            ("copies", Kind::Number),
            ("hidden", Kind::Truth),
            ("updated_at", Kind::Number),
        ];
        dialect::update_many(self.conn, "games", &columns, rows.collect()).await
    }

    /// Makes `links` (of games and terms) the only ones of `games`.
    pub async fn link(&self, term: Term, games: &[GameId], links: &[(GameId, Uuid)]) -> Result<(), Error> {
        if !games.is_empty() {
            let delete = Query::delete()
                .from_table(term.links())
                .and_where(Expr::col(Links::GameId).is_in(games.iter().map(|game| game.0)))
                .to_owned();
            self.conn.execute(&delete).await?;
        }
        let columns = [("game_id", Kind::Uuid), ("term_id", Kind::Uuid)];
        let rows = links
            .iter()
            .map(|(game, id)| vec![game.0.into(), (*id).into()])
            .collect();
        dialect::insert_many(self.conn, term.links_name(), &columns, rows, "").await?;
        Ok(())
    }
}
