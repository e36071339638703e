//! How games change: set-based, rows locked in the house's order, what the supplier does not decide left alone.

use std::collections::{HashMap, HashSet};

use domain::catalog::Game;
use domain::clock::Timestamp;
use domain::id::{GameId, ProductId};
use domain::search::fold;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use uuid::Uuid;

use super::{CatalogRepository, row};
use crate::dialect::Kind;
use crate::tables::{Games, Links, Term, Terms};
use crate::{Error, dialect};

/// Ids of names of one kind of term.
pub type TermIds = HashMap<String, Uuid>;

/// Names that may be new, each with the id that it gets if it is.
pub type NewTerms = Vec<(String, Uuid)>;

/// What [`CatalogRepository::put`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PutOutcome {
    /// Rows added and changed.
    pub written: u64,
    /// The highest number before: where a game was new, its place among the games put (from 1) and this are its number.
    pub numbered_to: i64,
}

impl CatalogRepository<'_, DatabaseTransaction> {
    /// The games of `products`, hidden ones too, locked until the transaction ends.
    pub async fn lock_by_products(&self, products: &[ProductId]) -> Result<Vec<Game>, Error> {
        let mut select = row::select();
        select
            .and_where(dialect::is_one_of(
                self.conn,
                Games::SupplierProductId,
                products.iter().map(ProductId::as_str),
            ))
            .order_by(Games::Id, Order::Asc);
        dialect::lock_rows(self.conn, &mut select);
        self.read(&select).await
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

    /// The ids of `names`, those that are missing made first; and how many that were.
    pub async fn ensure_terms(&self, term: Term, names: &NewTerms) -> Result<(TermIds, u64), Error> {
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
            .columns([Terms::Id, Terms::Name, Terms::Slug])
            .to_owned();
        for (name, id) in missing {
            insert.values_panic([(*id).into(), name.clone().into(), fold(name).replace(' ', "-").into()]);
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

    /// Writes `games` as the supplier describes them, each with the fingerprint of its words, or 0: new rows are added,
    /// known ones changed where `observed_at` is not older than what they hold. Slug, number, reservations and the time
    /// of creation of known rows stay. The products must differ from each other.
    pub async fn put(&self, games: &[(&Game, i64)], now: Timestamp) -> Result<PutOutcome, Error> {
        if games.is_empty() {
            return Ok(PutOutcome::default());
        }
        if let Some(lock) = dialect::numbering_lock(self.conn) {
            let lock = Statement::from_string(self.conn.get_database_backend(), lock);
            self.conn.execute_raw(lock).await?;
        }
        let numbered_to = self.highest_number().await?;
        let numbers = numbered_to + 1..;
        let rows: Result<Vec<_>, Error> = games
            .iter()
            .zip(numbers)
            .map(|((game, fingerprint), number)| row::values(game, *fingerprint, number, now))
            .collect();
        let written = dialect::insert_many(self.conn, "games", &row::WRITTEN, rows?, &row::on_conflict()).await?;
        Ok(PutOutcome { written, numbered_to })
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

    /// Takes `games` out of the shop; returns how many were in it.
    pub async fn hide(&self, games: &[GameId]) -> Result<u64, Error> {
        let ids = || games.iter().map(|game| game.0);
        self.lock(games).await?;
        let update = Query::update()
            .table(Games::Table)
            .value(Games::Hidden, true)
            .and_where(Expr::col(Games::Id).is_in(ids()))
            .and_where(Expr::col(Games::Hidden).eq(false))
            .to_owned();
        Ok(self.conn.execute(&update).await?.rows_affected())
    }
}
