//! What syncs alone ask of the games: narrow looks at many rows, prices and stock, and who was missed.

use domain::catalog::Game;
use domain::clock::Timestamp;
use domain::id::{GameId, ProductId};
use domain::money::Cents;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::{CatalogRepository, row};
use crate::dialect::Kind;
use crate::tables::Games;
use crate::{Error, dialect};

/// The fingerprint of no words at all.
const NO_FINGERPRINT: i64 = 0;

/// What a sync has to know of a game to see whether a product says anything new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownGame {
    /// The game.
    pub id: GameId,
    /// Its product.
    pub product: ProductId,
    /// Its number among the products' games.
    pub number: i64,
    /// The fingerprint of the supplier's words that its facts were read from; 0 where none were.
    pub fingerprint: i64,
    /// What the customer pays.
    pub price: Cents,
    /// What the supplier asks.
    pub supplier_price: Cents,
    /// Copies that the supplier has.
    pub supplier_qty: i64,
    /// When the page that said so was asked for.
    pub observed_at: Timestamp,
    /// Whether it is out of the shop.
    pub hidden: bool,
    /// Whether the last complete crawl did not show it.
    pub missed: bool,
}

/// A game that a crawl did not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissedGame {
    /// The game.
    pub id: GameId,
    /// Its product.
    pub product: ProductId,
    /// What it is called.
    pub title: String,
    /// When the first complete crawl began that did not show it.
    pub since: Option<Timestamp>,
}

/// A price and a stock that a game gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewStock {
    /// The game.
    pub id: GameId,
    /// What the customer pays.
    pub price: Cents,
    /// What the supplier asks.
    pub supplier_price: Cents,
    /// Copies that the supplier has.
    pub supplier_qty: i64,
    /// When the page that said so was asked for.
    pub observed_at: Timestamp,
}

impl<C: ConnectionTrait> CatalogRepository<'_, C> {
    /// What is known of `products`, hidden games too; at most some thousands at once.
    pub async fn known(&self, products: &[ProductId]) -> Result<Vec<KnownGame>, Error> {
        if products.is_empty() {
            return Ok(Vec::new());
        }
        let select = Query::select()
            .columns([
                Games::Id,
                Games::SupplierProductId,
                Games::Number,
                Games::FactsHash,
                Games::PriceCents,
                Games::SupplierPriceCents,
                Games::SupplierQty,
                Games::ObservedAt,
                Games::Hidden,
                Games::MissedAt,
            ])
            .from(Games::Table)
            .and_where(dialect::is_one_of(
                self.conn,
                Games::SupplierProductId,
                products.iter().map(ProductId::as_str),
            ))
            .to_owned();
        let rows = self.conn.query_all(&select).await?;
        rows.iter()
            .map(|found| {
                Ok(KnownGame {
                    id: GameId(found.try_get_by_index(0)?),
                    product: row::product(found)?,
                    number: found.try_get_by_index::<Option<i64>>(2)?.unwrap_or_default(),
                    fingerprint: found.try_get_by_index(3)?,
                    price: Cents::new(found.try_get_by_index(4)?),
                    supplier_price: Cents::new(found.try_get_by_index(5)?),
                    supplier_qty: found.try_get_by_index(6)?,
                    observed_at: Timestamp::from_micros(found.try_get_by_index(7)?),
                    hidden: found.try_get_by_index(8)?,
                    missed: found.try_get_by_index::<Option<i64>>(9)?.is_some(),
                })
            })
            .collect()
    }

    /// The games of `products`, hidden ones too.
    pub async fn of_products(&self, products: &[ProductId]) -> Result<Vec<Game>, Error> {
        if products.is_empty() {
            return Ok(Vec::new());
        }
        let mut select = row::select();
        select.and_where(dialect::is_one_of(
            self.conn,
            Games::SupplierProductId,
            products.iter().map(ProductId::as_str),
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

    /// Of the games with these numbers those that are shown.
    pub async fn shown_of(&self, numbers: &[i64]) -> Result<Vec<MissedGame>, Error> {
        let select = Query::select()
            .columns([Games::Id, Games::SupplierProductId, Games::Title, Games::MissedAt])
            .from(Games::Table)
            .and_where(Expr::col(Games::Number).is_in(numbers.iter().copied()))
            .and_where(Expr::col(Games::Hidden).eq(false))
            .order_by(Games::Number, Order::Asc)
            .to_owned();
        let rows = self.conn.query_all(&select).await?;
        rows.iter()
            .map(|found| {
                let since: Option<i64> = found.try_get("", "missed_at")?;
                Ok(MissedGame {
                    id: GameId(found.try_get("", "id")?),
                    product: row::product(found)?,
                    title: found.try_get("", "title")?,
                    since: since.map(Timestamp::from_micros),
                })
            })
            .collect()
    }

    /// The latest time of change that the supplier gave to a product, in its own words, and not above `plausible`.
    pub async fn latest_change(&self, plausible: &str) -> Result<Option<String>, Error> {
        let select = Query::select()
            .expr_as(Expr::col(Games::SupplierUpdatedAt).max(), "latest")
            .from(Games::Table)
            .and_where(Expr::col(Games::SupplierUpdatedAt).lte(plausible))
            .to_owned();
        let row = self.conn.query_one(&select).await?;
        let latest = row.map(|row| row.try_get::<Option<String>>("", "latest")).transpose()?;
        Ok(latest.flatten().filter(|text| !text.is_empty()))
    }
}

impl CatalogRepository<'_, DatabaseTransaction> {
    /// Gives games that are locked a new price and stock, and nothing else. No words of the supplier's are theirs then:
    /// the rest of them may say something else.
    pub async fn set_stock(&self, stocks: &[NewStock], now: Timestamp) -> Result<u64, Error> {
        let rows = stocks.iter().map(|stock| {
            vec![
                stock.id.0.into(),
                stock.price.get().into(),
                stock.supplier_price.get().into(),
                stock.supplier_qty.into(),
                NO_FINGERPRINT.into(),
                stock.observed_at.as_micros().into(),
                now.as_micros().into(),
            ]
        });
        let columns = [
            ("id", Kind::Uuid),
            ("price_cents", Kind::Number),
            ("supplier_price_cents", Kind::Number),
            ("supplier_qty", Kind::Number),
            ("facts_hash", Kind::Number),
            ("observed_at", Kind::Number),
            ("updated_at", Kind::Number),
        ];
        dialect::update_many(self.conn, "games", &columns, rows.collect()).await
    }

    /// Writes down in which words the supplier says what games that are locked hold already.
    pub async fn set_fingerprints(&self, fingerprints: &[(GameId, i64)]) -> Result<u64, Error> {
        let rows = fingerprints
            .iter()
            .map(|(game, fingerprint)| vec![game.0.into(), (*fingerprint).into()]);
        let columns = [("id", Kind::Uuid), ("facts_hash", Kind::Number)];
        dialect::update_many(self.conn, "games", &columns, rows.collect()).await
    }

    /// Writes down that a complete crawl that began at `at` did not show `games`; an earlier such time stays.
    pub async fn mark_missed(&self, games: &[GameId], at: Timestamp) -> Result<u64, Error> {
        self.lock(games).await?;
        let update = Query::update()
            .table(Games::Table)
            .value(Games::MissedAt, at.as_micros())
            .and_where(Expr::col(Games::Id).is_in(games.iter().map(|game| game.0)))
            .and_where(Expr::col(Games::MissedAt).is_null())
            .to_owned();
        Ok(self.conn.execute(&update).await?.rows_affected())
    }

    /// Writes down that `games` were shown again.
    pub async fn clear_missed(&self, games: &[GameId]) -> Result<u64, Error> {
        if games.is_empty() {
            return Ok(0);
        }
        self.lock(games).await?;
        let update = Query::update()
            .table(Games::Table)
            .value(Games::MissedAt, Option::<i64>::None)
            .and_where(Expr::col(Games::Id).is_in(games.iter().map(|game| game.0)))
            .to_owned();
        Ok(self.conn.execute(&update).await?.rows_affected())
    }

    /// Locks `games` in the house's order until the transaction ends.
    pub(super) async fn lock(&self, games: &[GameId]) -> Result<(), Error> {
        let mut lock = Query::select()
            .column(Games::Id)
            .from(Games::Table)
            .and_where(Expr::col(Games::Id).is_in(games.iter().map(|game| game.0)))
            .order_by(Games::Id, Order::Asc)
            .to_owned();
        dialect::lock_rows(self.conn, &mut lock);
        self.conn.query_all(&lock).await?;
        Ok(())
    }
}
