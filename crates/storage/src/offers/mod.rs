//! Offers: narrow reads for syncs, games with all their offers, and the shown offer of each game.

mod managed;
mod named;
mod row;
mod shown;
mod write;

use std::collections::HashMap;

use domain::clock::Timestamp;
use domain::id::{GameId, OfferId, ProductId, SupplierName};
use domain::money::Cents;
use domain::offer::{Offer, OfferedGame};
use domain::overrides::OverrideField;
use domain::suppliers::Suppliers;
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ConnectionTrait, QueryResult};

use crate::overrides::OverrideRepository;
use crate::tables::{Games, Offers, ParkedChanges};
use crate::terms::TermRepository;
use crate::{Error, dialect, sql};

pub use managed::{ComparedGame, OfferLine};
pub(crate) use shown::{shown_offers, unsettled_games};

/// The repository of offers.
#[derive(Clone, Copy, Debug)]
pub struct OfferRepository<'a, C> {
    conn: &'a C,
}

/// The columns of an offer that a sync needs for change detection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownOffer {
    /// The offer.
    pub id: OfferId,
    /// Its game.
    pub game: GameId,
    /// Its product.
    pub product: ProductId,
    /// Its number among its supplier's offers.
    pub number: i64,
    /// The fingerprint of the supplier's text that it was read from; 0 where it is not known.
    pub fingerprint: i64,
    /// The customer's price.
    pub price: Cents,
    /// The supplier's price.
    pub cost: Cents,
    /// Copies that the supplier has.
    pub supplier_qty: i64,
    /// When the page with these values was requested.
    pub observed_at: Timestamp,
    /// Whether it is hidden.
    pub hidden: bool,
    /// Whether the last complete crawl did not show it.
    pub missed: bool,
    /// Whether a change of it was held back.
    pub held: bool,
}

/// An offer that a crawl did not show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissedOffer {
    /// The offer.
    pub id: OfferId,
    /// Its game.
    pub game: GameId,
    /// Its product.
    pub product: ProductId,
    /// The game's title.
    pub title: String,
    /// The start of the first complete crawl that did not show it.
    pub since: Option<Timestamp>,
}

/// A game without an offer of some supplier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnofferedGame {
    /// The game.
    pub id: GameId,
    /// Its title.
    pub title: String,
    /// Where it is activated.
    pub activation_service: Option<String>,
    /// Where it may be activated.
    pub region: Option<String>,
}

impl<'a, C: ConnectionTrait> OfferRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The offers of a supplier's `products`, including hidden ones; at most some thousands at once.
    pub async fn known(&self, supplier: &SupplierName, products: &[ProductId]) -> Result<Vec<KnownOffer>, Error> {
        if products.is_empty() {
            return Ok(Vec::new());
        }
        let held = Query::select()
            .expr(Expr::val(1))
            .from(ParkedChanges::Table)
            .and_where(Expr::col((ParkedChanges::Table, ParkedChanges::OfferId)).equals((Offers::Table, Offers::Id)))
            .to_owned();
        let select = Query::select()
            .columns([
                Offers::Id,
                Offers::GameId,
                Offers::ProductId,
                Offers::Number,
                Offers::Fingerprint,
                Offers::PriceCents,
                Offers::CostCents,
                Offers::SupplierQty,
                Offers::ObservedAt,
                Offers::Hidden,
                Offers::MissedAt,
            ])
            .expr(Expr::exists(held))
            .from(Offers::Table)
            .and_where(Expr::col(Offers::Supplier).eq(supplier.as_str()))
            .and_where(dialect::is_one_of(
                self.conn,
                Offers::ProductId,
                products.iter().map(ProductId::as_str),
            ))
            .to_owned();
        let rows = self.conn.query_all(&select).await?;
        rows.iter()
            .map(|found| {
                Ok(KnownOffer {
                    id: OfferId(found.try_get_by_index(0)?),
                    game: GameId(found.try_get_by_index(1)?),
                    product: row::product(found)?,
                    number: found.try_get_by_index(3)?,
                    fingerprint: found.try_get_by_index(4)?,
                    price: Cents::new(found.try_get_by_index(5)?),
                    cost: Cents::new(found.try_get_by_index(6)?),
                    supplier_qty: found.try_get_by_index(7)?,
                    observed_at: Timestamp::from_micros(found.try_get_by_index(8)?),
                    hidden: found.try_get_by_index(9)?,
                    missed: found.try_get_by_index::<Option<i64>>(10)?.is_some(),
                    held: found.try_get_by_index(11)?,
                })
            })
            .collect()
    }

    /// The game of an offer.
    pub async fn game_of(&self, offer: OfferId) -> Result<Option<GameId>, Error> {
        let text = "SELECT game_id FROM offers WHERE id = $1";
        let found = sql::one(self.conn, text, [offer.0.into()]).await?;
        Ok(found.map(|row| row.try_get_by_index(0)).transpose()?.map(GameId))
    }

    /// All offers of `games`, including hidden ones, in the order of their ids.
    pub async fn of_games(&self, games: &[GameId]) -> Result<Vec<Offer>, Error> {
        if games.is_empty() {
            return Ok(Vec::new());
        }
        row::read(self.conn, &row::of_games(self.conn, games)).await
    }

    /// `games`, including hidden ones, with all their offers and overrides.
    pub async fn offered(&self, games: &[GameId]) -> Result<Vec<OfferedGame>, Error> {
        let whole = super::catalog::CatalogRepository::new(self.conn).whole(games).await?;
        let aliases = TermRepository::new(self.conn).aliases().await?;
        let overrides = OverrideRepository::new(self.conn).of_games(games, &aliases).await?;
        Ok(row::joined(whole, self.of_games(games).await?, overrides))
    }

    /// The games of which price, copies or visibility are not what their offers and overrides say, in the order of their ids.
    pub async fn unsettled(&self, suppliers: &Suppliers) -> Result<Vec<GameId>, Error> {
        let text = format!("{} ORDER BY g.id", unsettled_games("g.id", suppliers));
        let rows = sql::all(self.conn, &text, []).await?;
        rows.iter().map(|row| Ok(GameId(row.try_get_by_index(0)?))).collect()
    }

    /// Whether the next crawl of a supplier has something to do even if its list says nothing new: to parse an offer again, to
    /// miss one for the second time, or to find a price that waits for a decision still as low.
    pub async fn has_unsettled_offers(&self, supplier: &SupplierName) -> Result<bool, Error> {
        let text = "SELECT 1 FROM offers WHERE supplier = $1 AND NOT hidden \
                    AND (fingerprint = 0 OR missed_at IS NOT NULL OR parked) LIMIT 1";
        Ok(sql::one(self.conn, text, [supplier.as_str().into()]).await?.is_some())
    }

    /// The visible games without an offer of this supplier, as suppliers name them: what a product of it may be an offer of.
    pub async fn games_without(&self, supplier: &SupplierName) -> Result<Vec<UnofferedGame>, Error> {
        let text = "SELECT g.id, g.title, g.activation_service, g.region FROM games g WHERE NOT g.hidden \
                    AND NOT EXISTS (SELECT 1 FROM offers o WHERE o.game_id = g.id AND o.supplier = $1)";
        let rows = sql::all(self.conn, text, [supplier.as_str().into()]).await?;
        let games = rows.iter().map(|found| {
            Ok(UnofferedGame {
                id: GameId(found.try_get_by_index(0)?),
                title: found.try_get_by_index(1)?,
                activation_service: found.try_get_by_index(2)?,
                region: found.try_get_by_index(3)?,
            })
        });
        let mut games = games.collect::<Result<Vec<UnofferedGame>, Error>>()?;
        let names = OverrideRepository::new(self.conn).of_names().await?;
        let mut named: HashMap<GameId, Vec<(OverrideField, String)>> = HashMap::new();
        for (game, field, name) in names {
            named.entry(game).or_default().push((field, name));
        }
        for game in &mut games {
            for (field, name) in named.remove(&game.id).unwrap_or_default() {
                match field {
                    OverrideField::Title => game.title = name,
                    OverrideField::Region => game.region = Some(name).filter(|name| !name.is_empty()),
                    _ => game.activation_service = Some(name).filter(|name| !name.is_empty()),
                }
            }
        }
        Ok(games)
    }

    /// The highest number of a supplier's offers; 0 if there are none.
    pub async fn highest_number(&self, supplier: &SupplierName) -> Result<i64, Error> {
        let select = Query::select()
            .expr_as(Expr::col(Offers::Number).max(), "highest")
            .from(Offers::Table)
            .and_where(Expr::col(Offers::Supplier).eq(supplier.as_str()))
            .to_owned();
        let row = self.conn.query_one(&select).await?;
        let highest = row.map(|row| row.try_get::<Option<i64>>("", "highest")).transpose()?;
        Ok(highest.flatten().unwrap_or_default())
    }

    /// The supplier's offers with these numbers that are not hidden, in the order of the numbers.
    pub async fn numbered(&self, supplier: &SupplierName, numbers: &[i64]) -> Result<Vec<MissedOffer>, Error> {
        let select = Query::select()
            .columns([
                (Offers::Table, Offers::Id),
                (Offers::Table, Offers::GameId),
                (Offers::Table, Offers::ProductId),
                (Offers::Table, Offers::MissedAt),
            ])
            .column((Games::Table, Games::Title))
            .from(Offers::Table)
            .inner_join(
                Games::Table,
                Expr::col((Games::Table, Games::Id)).equals((Offers::Table, Offers::GameId)),
            )
            .and_where(Expr::col((Offers::Table, Offers::Supplier)).eq(supplier.as_str()))
            .and_where(Expr::col((Offers::Table, Offers::Number)).is_in(numbers.iter().copied()))
            .and_where(Expr::col((Offers::Table, Offers::Hidden)).eq(false))
            .order_by((Offers::Table, Offers::Number), Order::Asc)
            .to_owned();
        let rows = self.conn.query_all(&select).await?;
        rows.iter()
            .map(|found| {
                let since: Option<i64> = found.try_get("", "missed_at")?;
                Ok(MissedOffer {
                    id: OfferId(found.try_get("", "id")?),
                    game: GameId(found.try_get("", "game_id")?),
                    product: row::product(found)?,
                    title: found.try_get("", "title")?,
                    since: since.map(Timestamp::from_micros),
                })
            })
            .collect()
    }

    /// Some of a supplier's offers that are not hidden, with their games.
    pub async fn some_shown(&self, supplier: &SupplierName, limit: u32) -> Result<Vec<(OfferId, GameId)>, Error> {
        let text = format!("SELECT id, game_id FROM offers WHERE supplier = $1 AND NOT hidden LIMIT {limit}");
        let rows = sql::all(self.conn, &text, [supplier.as_str().into()]).await?;
        let pair = |row: &QueryResult| Ok((OfferId(row.try_get_by_index(0)?), GameId(row.try_get_by_index(1)?)));
        rows.iter().map(pair).collect()
    }

    /// The latest time of change of the supplier's products that is not above `plausible`, in the supplier's format.
    pub async fn latest_change(&self, supplier: &SupplierName, plausible: &str) -> Result<Option<String>, Error> {
        let select = Query::select()
            .expr_as(Expr::col(Offers::SupplierUpdatedAt).max(), "latest")
            .from(Offers::Table)
            .and_where(Expr::col(Offers::Supplier).eq(supplier.as_str()))
            .and_where(Expr::col(Offers::SupplierUpdatedAt).lte(plausible))
            .to_owned();
        let row = self.conn.query_one(&select).await?;
        let latest = row.map(|row| row.try_get::<Option<String>>("", "latest")).transpose()?;
        Ok(latest.flatten().filter(|text| !text.is_empty()))
    }
}
