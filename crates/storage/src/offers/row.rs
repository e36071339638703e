//! Conversion between rows and offers.

use std::collections::HashMap;

use domain::catalog::Game;
use domain::clock::Timestamp;
use domain::id::{GameId, OfferId, ProductId, SupplierName};
use domain::money::Cents;
use domain::offer::{Offer, OfferedGame};
use domain::overrides::Overrides;
use sea_orm::sea_query::{Expr, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, QueryResult};

use crate::tables::Offers;
use crate::{Error, dialect};

/// The offers of `games`, in the order of their ids.
pub(super) fn of_games(conn: &impl ConnectionTrait, games: &[GameId]) -> SelectStatement {
    Query::select()
        .columns([
            Offers::Id,
            Offers::GameId,
            Offers::Supplier,
            Offers::ProductId,
            Offers::CostCents,
            Offers::PriceCents,
            Offers::SupplierQty,
            Offers::Reserved,
            Offers::Hidden,
            Offers::Parked,
            Offers::Number,
            Offers::Fingerprint,
            Offers::MissedAt,
            Offers::SupplierUpdatedAt,
            Offers::ObservedAt,
        ])
        .from(Offers::Table)
        .and_where(dialect::is_one_of_ids(conn, Expr::col(Offers::GameId), games))
        .order_by(Offers::Id, Order::Asc)
        .to_owned()
}

/// The offers that `select`, made by [`of_games`], finds.
pub(super) async fn read(conn: &impl ConnectionTrait, select: &SelectStatement) -> Result<Vec<Offer>, Error> {
    conn.query_all(select).await?.iter().map(offer).collect()
}

/// Each of `games` with its offers and overrides.
pub(super) fn joined(
    games: Vec<Game>,
    offers: Vec<Offer>,
    mut overrides: HashMap<GameId, Overrides>,
) -> Vec<OfferedGame> {
    let mut of_game: HashMap<GameId, Vec<Offer>> = HashMap::with_capacity(games.len());
    for offer in offers {
        of_game.entry(offer.game).or_default().push(offer);
    }
    let joined = games.into_iter().map(|game| OfferedGame {
        offers: of_game.remove(&game.id).unwrap_or_default(),
        overrides: overrides.remove(&game.id).unwrap_or_default(),
        game,
    });
    joined.collect()
}

pub(super) fn product(row: &QueryResult) -> Result<ProductId, Error> {
    let text: String = row.try_get("", "product_id")?;
    ProductId::parse(&text).ok_or_else(|| unreadable(format!("product_id {text:?}")))
}

fn supplier(row: &QueryResult) -> Result<SupplierName, Error> {
    let text: String = row.try_get("", "supplier")?;
    SupplierName::parse(&text).ok_or_else(|| unreadable(format!("supplier {text:?}")))
}

fn offer(row: &QueryResult) -> Result<Offer, Error> {
    let missed_at: Option<i64> = row.try_get("", "missed_at")?;
    Ok(Offer {
        id: OfferId(row.try_get("", "id")?),
        game: GameId(row.try_get("", "game_id")?),
        supplier: supplier(row)?,
        product: product(row)?,
        cost: Cents::new(row.try_get("", "cost_cents")?),
        price: Cents::new(row.try_get("", "price_cents")?),
        supplier_qty: row.try_get("", "supplier_qty")?,
        reserved: row.try_get("", "reserved")?,
        hidden: row.try_get("", "hidden")?,
        parked: row.try_get("", "parked")?,
        number: row.try_get("", "number")?,
        fingerprint: row.try_get("", "fingerprint")?,
        missed_at: missed_at.map(Timestamp::from_micros),
        supplier_updated_at: row.try_get("", "supplier_updated_at")?,
        observed_at: Timestamp::from_micros(row.try_get("", "observed_at")?),
    })
}

fn unreadable(reason: String) -> Error {
    Error::Unreadable {
        table: "offers",
        reason,
    }
}
