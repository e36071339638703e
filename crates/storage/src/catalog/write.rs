//! How games change: set-based, rows locked in the house's order, what the supplier does not decide left alone.

use std::collections::{HashMap, HashSet};

use domain::catalog::Game;
use domain::clock::Timestamp;
use domain::id::{GameId, ProductId};
use domain::search::fold;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict, Order, Query, SimpleExpr};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::{Catalog, row};
use crate::tables::{Games, Links, Term, Terms};
use crate::{Error, portable};

/// Ids of names of one kind of term.
pub type TermIds = HashMap<String, Uuid>;

/// Names that may be new, each with the id that it gets if it is.
pub type NewTerms = Vec<(String, Uuid)>;

/// Rows in one statement: both databases limit the values of a statement, SQLite to 32,766.
const ROWS_MAX: usize = 1_000;

impl Catalog<'_, DatabaseTransaction> {
    /// The games of `products`, hidden ones too, locked until the transaction ends.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn lock_by_products(&self, products: &[ProductId]) -> Result<Vec<Game>, Error> {
        let mut select = row::select();
        select
            .and_where(Expr::col(Games::SupplierProductId).is_in(products.iter().map(ProductId::as_str)))
            .order_by(Games::Id, Order::Asc);
        portable::lock_rows(self.conn, &mut select);
        self.read(&select).await
    }

    /// Which of `slugs` are taken.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn taken_slugs(&self, slugs: &[String]) -> Result<HashSet<String>, Error> {
        let select = Query::select()
            .column(Games::Slug)
            .from(Games::Table)
            .and_where(Expr::col(Games::Slug).is_in(slugs))
            .to_owned();
        let rows = self.conn.query_all(&select).await?;
        rows.iter().map(|row| Ok(row.try_get("", "slug")?)).collect()
    }

    /// The ids of `names`, those that are missing made first; and how many that were.
    ///
    /// # Errors
    /// When the database cannot be asked.
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
            .and_where(Expr::col(Terms::Name).is_in(names.iter().map(|(name, _)| name.as_str())))
            .to_owned();
        let rows = self.conn.query_all(&select).await?;
        rows.iter()
            .map(|row| Ok((row.try_get("", "name")?, row.try_get("", "id")?)))
            .collect()
    }

    /// Writes `games` as the supplier describes them: new rows are added, known ones changed where `observed_at` is
    /// not older than what they hold. Slug, reservations and the time of creation of known rows stay. The products
    /// must differ from each other.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn put(&self, games: &[&Game], now: Timestamp) -> Result<u64, Error> {
        let kept = [
            Games::Id,
            Games::SupplierProductId,
            Games::Slug,
            Games::Reserved,
            Games::CreatedAt,
        ];
        let decided_by_supplier = row::COLUMNS.into_iter().filter(|column| !kept.contains(column));
        let on_conflict = OnConflict::column(Games::SupplierProductId)
            .update_columns(decided_by_supplier)
            .action_and_where(Expr::col((Games::Table, Games::ObservedAt)).lte(Expr::cust("excluded.observed_at")))
            .to_owned();
        let mut written = 0;
        for chunk in games.chunks(ROWS_MAX) {
            let mut insert = Query::insert()
                .into_table(Games::Table)
                .columns(row::COLUMNS)
                .on_conflict(on_conflict.clone())
                .to_owned();
            for game in chunk {
                insert.values_panic(values(game, now)?);
            }
            written += self.conn.execute(&insert).await?.rows_affected();
        }
        Ok(written)
    }

    /// Makes `links` (of games and terms) the only ones of `games`.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn link(&self, term: Term, games: &[GameId], links: &[(GameId, Uuid)]) -> Result<(), Error> {
        if !games.is_empty() {
            let delete = Query::delete()
                .from_table(term.links())
                .and_where(Expr::col(Links::GameId).is_in(games.iter().map(|game| game.0)))
                .to_owned();
            self.conn.execute(&delete).await?;
        }
        for chunk in links.chunks(ROWS_MAX) {
            let mut insert = Query::insert()
                .into_table(term.links())
                .columns([Links::GameId, Links::TermId])
                .to_owned();
            for (game, id) in chunk {
                insert.values_panic([game.0.into(), (*id).into()]);
            }
            self.conn.execute(&insert).await?;
        }
        Ok(())
    }

    /// Takes `games` out of the shop; returns how many were in it.
    ///
    /// # Errors
    /// When the database cannot be asked.
    pub async fn hide(&self, games: &[GameId]) -> Result<u64, Error> {
        let ids = || games.iter().map(|game| game.0);
        let mut lock = Query::select()
            .column(Games::Id)
            .from(Games::Table)
            .and_where(Expr::col(Games::Id).is_in(ids()))
            .order_by(Games::Id, Order::Asc)
            .to_owned();
        portable::lock_rows(self.conn, &mut lock);
        self.conn.query_all(&lock).await?;
        let update = Query::update()
            .table(Games::Table)
            .value(Games::Hidden, true)
            .and_where(Expr::col(Games::Id).is_in(ids()))
            .and_where(Expr::col(Games::Hidden).eq(false))
            .to_owned();
        Ok(self.conn.execute(&update).await?.rows_affected())
    }
}

/// The values of a row, in the order of [`row::COLUMNS`].
fn values(game: &Game, now: Timestamp) -> Result<[SimpleExpr; 24], Error> {
    let json = |error: serde_json::Error| Error::Unreadable {
        table: "games",
        reason: error.to_string(),
    };
    let facts = &game.facts;
    Ok([
        game.id.0.into(),
        facts.product.as_str().into(),
        game.slug.as_str().into(),
        facts.title.as_str().into(),
        facts.search_text.as_str().into(),
        facts.description_html.as_str().into(),
        facts.price.get().into(),
        facts.supplier_price.get().into(),
        facts.supplier_qty.into(),
        game.reserved.into(),
        facts.image.as_str().into(),
        serde_json::to_string(&facts.images).map_err(json)?.into(),
        facts.release_date.clone().into(),
        facts.region.clone().into(),
        facts.activation_service.clone().into(),
        facts.developer.clone().into(),
        facts.publisher.clone().into(),
        facts.multiplayer.into(),
        serde_json::to_string(&facts.requirements).map_err(json)?.into(),
        facts.supplier_updated_at.as_str().into(),
        facts.observed_at.as_micros().into(),
        game.hidden.into(),
        game.created_at.as_micros().into(),
        now.as_micros().into(),
    ])
}
