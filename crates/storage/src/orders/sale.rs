//! What a checkout takes from the shop: copies of offers, and keys that the shop holds.

use std::collections::HashMap;

use domain::cart::ListedGame;
use domain::clock::Timestamp;
use domain::id::{GameId, OfferId, SupplierName, UserId};
use domain::money::Cents;
use domain::order::OrderLine;
use domain::suppliers::Suppliers;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use uuid::Uuid;

use super::{OrderRepository, row};
use crate::dialect::Kind;
use crate::offers::shown_offers;
use crate::owned::{LISTED, listed};
use crate::{Error, dialect};

/// A game, and the offer from which its copies are sold now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiesForSale {
    /// The game, with what a copy costs.
    pub game: ListedGame,
    /// The shown offer.
    pub offer: OfferId,
    /// Whether its copies are keys that the shop holds.
    pub is_own: bool,
    /// The price of that offer: the game's, unless staff set one.
    pub offer_price: Cents,
    /// How many copies.
    pub available: i64,
}

/// What a customer may buy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ForSale {
    /// Of the games that they want: those that are visible.
    pub games: Vec<CopiesForSale>,
    /// How many orders they made lately.
    pub orders: u64,
    /// When the first of these.
    pub first_order: Option<Timestamp>,
    /// Whether one of the games is in their cart.
    pub in_cart: bool,
}

/// Copies taken from an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The game.
    pub game: GameId,
    /// The offer of it.
    pub offer: OfferId,
    /// Its price when it was read.
    pub price: Cents,
    /// How many.
    pub copies: u32,
}

/// What could be taken, and of which games.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenStock {
    /// The price of each game that is not hidden.
    pub prices: HashMap<GameId, Cents>,
    /// Of how many offers copies were taken: of those that still have the price and the copies.
    pub offers: u64,
}

/// A game whose price or copies were brought in step with its offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettledGame {
    /// The game.
    pub game: GameId,
    /// Its price.
    pub price: Cents,
    /// Its copies for sale.
    pub copies: i64,
}

/// Games, each with who wants it, and since when their orders count: a statement has no other parameters than those of its rows.
const WANTED: [(&str, Kind); 3] = [
    ("game_id", Kind::Uuid),
    ("user_id", Kind::Uuid),
    ("since", Kind::Number),
];
/// Games, and offers with what is taken of each.
const STOCK: [(&str, Kind); 4] = [
    ("game_id", Kind::UuidOrNone),
    ("offer_id", Kind::UuidOrNone),
    ("price", Kind::Number),
    ("copies", Kind::Number),
];

fn stock(game: Option<GameId>, offer: Option<OfferId>, price: i64, copies: i64) -> Vec<sea_orm::Value> {
    let (game, offer) = (game.map(|game| game.0), offer.map(|offer| offer.0));
    vec![game.into(), offer.into(), price.into(), copies.into()]
}

impl OrderRepository<'_, DatabaseTransaction> {
    /// The visible games of `wanted`, from which offer each is sold now, whether one is in the cart of `user`, and their orders since
    /// then. All is read in one go, because a checkout reads it once it has locked the wallet. One game is wanted at least.
    pub async fn for_sale(
        &self,
        wanted: &[OrderLine],
        (user, since): (UserId, Timestamp),
        suppliers: &Suppliers,
    ) -> Result<ForSale, Error> {
        let shown = shown_offers(suppliers, "AND o.game_id IN (SELECT game_id FROM w)");
        let text = format!(
            "SELECT n.orders, n.first_order, EXISTS (SELECT 1 FROM w JOIN cart_lines l ON l.user_id = w.user_id \
             AND l.game_id = w.game_id) AS in_cart, s.* FROM (SELECT COUNT(*) AS orders, MIN(created_at) AS first_order FROM orders \
             WHERE user_id = (SELECT user_id FROM w LIMIT 1) AND created_at > (SELECT since FROM w LIMIT 1)) n \
             LEFT JOIN (SELECT {LISTED}, s.offer_id, s.supplier, s.price_cents AS offer_price, s.for_sale \
             FROM w JOIN games g ON g.id = w.game_id JOIN ({shown}) s ON s.game_id = g.id WHERE NOT g.hidden) s ON TRUE"
        );
        let row = |line: &OrderLine| vec![line.game.0.into(), user.0.into(), since.as_micros().into()];
        let rows = wanted.iter().map(row).collect();
        let statement = dialect::with_rows(self.conn, &WANTED, rows, &text);
        let mut found = ForSale::default();
        for row in &self.conn.query_all_raw(statement).await? {
            let orders: i64 = row.try_get("", "orders")?;
            found.orders = u64::try_from(orders).unwrap_or_default();
            found.first_order = row::time(row, "first_order")?;
            found.in_cart = row.try_get("", "in_cart")?;
            if row.try_get::<Option<Uuid>>("", "offer_id")?.is_some() {
                found.games.push(copies_for_sale(row)?);
            }
        }
        Ok(found)
    }

    /// Locks these games, then these offers of them, until the transaction ends.
    pub async fn lock_stock(&self, games: &[GameId], offers: &[OfferId]) -> Result<(), Error> {
        let row = |game: Option<GameId>, offer: Option<OfferId>| stock(game, offer, 0, 0);
        let rows = games.iter().map(|game| row(Some(*game), None));
        let rows = rows.chain(offers.iter().map(|offer| row(None, Some(*offer))));
        let statement = dialect::with_rows(self.conn, &STOCK, rows.collect(), &dialect::stock_lock(self.conn));
        self.conn.query_all_raw(statement).await?;
        Ok(())
    }

    /// Locks the games and then the offers of what is taken, as [`lock_stock`](Self::lock_stock) does, and takes it: lowers the
    /// count of the shop's own keys, and reserves copies of suppliers.
    pub async fn take(&self, taken: &[Taken]) -> Result<TakenStock, Error> {
        let row = |one: &Taken| stock(Some(one.game), Some(one.offer), one.price.get(), one.copies.into());
        let rows = || taken.iter().map(row).collect();
        let mut stock = TakenStock::default();
        let (text, then) = dialect::stock_taking(self.conn);
        let statement = dialect::with_rows(self.conn, &STOCK, rows(), &text);
        for row in self.conn.query_all_raw(statement).await? {
            if !row.try_get::<bool>("", "hidden")? {
                let price = Cents::new(row.try_get("", "price_cents")?);
                stock.prices.insert(GameId(row.try_get("", "id")?), price);
            }
            let offers: i64 = row.try_get("", "taken")?;
            stock.offers = u64::try_from(offers).unwrap_or_default();
        }
        if let Some(text) = then {
            let update = dialect::with_rows(self.conn, &STOCK, rows(), text);
            stock.offers = self.conn.execute_raw(update).await?.rows_affected();
        }
        Ok(stock)
    }

    /// Sets price and copies of these locked games to those of their shown offers; returns those that changed.
    pub async fn settle(&self, games: &[GameId], suppliers: &Suppliers) -> Result<Vec<SettledGame>, Error> {
        let shown = shown_offers(suppliers, "AND o.game_id IN (SELECT game_id FROM w)");
        let text = format!(
            "UPDATE games SET price_cents = n.price, copies = n.for_sale \
             FROM (SELECT s.game_id, s.for_sale, COALESCE(CAST(p.value AS BIGINT), s.price_cents) AS price \
             FROM ({shown}) s LEFT JOIN game_overrides p ON p.game_id = s.game_id AND p.field = 'price') AS n \
             WHERE games.id = n.game_id AND (games.price_cents <> n.price OR games.copies <> n.for_sale) \
             RETURNING games.id, games.price_cents, games.copies"
        );
        let rows = games.iter().map(|game| vec![game.0.into()]).collect();
        let statement = dialect::with_rows(self.conn, &[("game_id", Kind::Uuid)], rows, &text);
        let rows = self.conn.query_all_raw(statement).await?;
        let settled = rows.iter().map(|row| {
            Ok(SettledGame {
                game: GameId(row.try_get("", "id")?),
                price: Cents::new(row.try_get("", "price_cents")?),
                copies: row.try_get("", "copies")?,
            })
        });
        settled.collect()
    }
}

fn copies_for_sale(row: &QueryResult) -> Result<CopiesForSale, Error> {
    let supplier: String = row.try_get("", "supplier")?;
    Ok(CopiesForSale {
        game: listed(row)?,
        offer: OfferId(row.try_get("", "offer_id")?),
        is_own: SupplierName::parse(&supplier).is_some_and(|name| name.is_own()),
        offer_price: Cents::new(row.try_get("", "offer_price")?),
        available: row.try_get("", "for_sale")?,
    })
}
