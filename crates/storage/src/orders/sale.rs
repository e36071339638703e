//! What a checkout takes from the shop: copies of offers, and keys that the shop holds.

use std::collections::HashMap;

use domain::id::{GameId, OfferId, SupplierName};
use domain::money::Cents;
use domain::order::OrderLine;
use domain::suppliers::Suppliers;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use super::OrderRepository;
use crate::dialect::Kind;
use crate::offers::shown_offers;
use crate::{Error, dialect};

/// A game, and the offer from which its copies are sold now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiesForSale {
    /// The game.
    pub game: GameId,
    /// Its title.
    pub title: String,
    /// What a copy costs.
    pub price: Cents,
    /// The shown offer.
    pub offer: OfferId,
    /// Whether its copies are keys that the shop holds.
    pub is_own: bool,
    /// The price of that offer: the game's, unless staff set one.
    pub offer_price: Cents,
    /// How many copies.
    pub available: i64,
}

/// Copies taken from an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The offer.
    pub offer: OfferId,
    /// Its price when it was read.
    pub price: Cents,
    /// How many.
    pub copies: u32,
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

const LINE: [(&str, Kind); 2] = [("game_id", Kind::Uuid), ("wanted", Kind::Number)];
const TAKEN: [(&str, Kind); 3] = [
    ("offer_id", Kind::Uuid),
    ("price", Kind::Number),
    ("copies", Kind::Number),
];

fn lines(lines: &[OrderLine]) -> Vec<Vec<sea_orm::Value>> {
    let row = |line: &OrderLine| vec![line.game.0.into(), i64::from(line.quantity).into()];
    lines.iter().map(row).collect()
}

impl OrderRepository<'_, DatabaseTransaction> {
    /// The visible games of `wanted`, and from which offer each is sold now.
    pub async fn for_sale(&self, wanted: &[OrderLine], suppliers: &Suppliers) -> Result<Vec<CopiesForSale>, Error> {
        let shown = shown_offers(suppliers, "AND o.game_id IN (SELECT game_id FROM w)");
        let text = format!(
            "SELECT g.id, g.title, g.price_cents, s.offer_id, s.supplier, s.price_cents AS offer_price, s.for_sale \
             FROM w JOIN games g ON g.id = w.game_id JOIN ({shown}) s ON s.game_id = g.id WHERE NOT g.hidden"
        );
        let statement = dialect::with_rows(self.conn, &LINE, lines(wanted), &text);
        let rows = self.conn.query_all_raw(statement).await?;
        let found = rows.iter().map(|row| {
            let supplier: String = row.try_get("", "supplier")?;
            Ok(CopiesForSale {
                game: GameId(row.try_get("", "id")?),
                title: row.try_get("", "title")?,
                price: Cents::new(row.try_get("", "price_cents")?),
                offer: OfferId(row.try_get("", "offer_id")?),
                is_own: SupplierName::parse(&supplier).is_some_and(|name| name.is_own()),
                offer_price: Cents::new(row.try_get("", "offer_price")?),
                available: row.try_get("", "for_sale")?,
            })
        });
        found.collect()
    }

    /// Locks these games, then these offers of them, until the transaction ends; returns the price of each game that is not
    /// hidden.
    pub async fn lock_stock(&self, games: &[GameId], offers: &[OfferId]) -> Result<HashMap<GameId, Cents>, Error> {
        let lock = dialect::row_lock(self.conn);
        let columns = [("id", Kind::Uuid)];
        let games = games.iter().map(|game| vec![game.0.into()]).collect();
        let text = format!(
            "SELECT g.id, g.price_cents, g.hidden FROM games g WHERE g.id IN (SELECT id FROM w) ORDER BY g.id{lock}"
        );
        let statement = dialect::with_rows(self.conn, &columns, games, &text);
        let mut prices = HashMap::new();
        for row in self.conn.query_all_raw(statement).await? {
            if !row.try_get::<bool>("", "hidden")? {
                let price = Cents::new(row.try_get("", "price_cents")?);
                prices.insert(GameId(row.try_get("", "id")?), price);
            }
        }
        if !offers.is_empty() {
            let offers = offers.iter().map(|offer| vec![offer.0.into()]).collect();
            let text = format!("SELECT o.id FROM offers o WHERE o.id IN (SELECT id FROM w) ORDER BY o.id{lock}");
            let statement = dialect::with_rows(self.conn, &columns, offers, &text);
            self.conn.query_all_raw(statement).await?;
        }
        Ok(prices)
    }

    /// Takes copies from locked offers: lowers the count of the shop's own keys, and reserves those of suppliers. Returns of
    /// how many offers it could: of those that still have the price and the copies.
    pub async fn take(&self, taken: &[Taken]) -> Result<u64, Error> {
        let rows = taken.iter().map(|taken| {
            vec![
                taken.offer.0.into(),
                taken.price.get().into(),
                i64::from(taken.copies).into(),
            ]
        });
        let text = "UPDATE offers SET \
                    supplier_qty = supplier_qty - CASE WHEN supplier = 'own' THEN w.copies ELSE 0 END, \
                    reserved = reserved + CASE WHEN supplier = 'own' THEN 0 ELSE w.copies END \
                    FROM w WHERE offers.id = w.offer_id AND NOT offers.hidden AND NOT offers.parked \
                    AND offers.price_cents = w.price AND offers.supplier_qty - offers.reserved >= w.copies";
        let statement = dialect::with_rows(self.conn, &TAKEN, rows.collect(), text);
        Ok(self.conn.execute_raw(statement).await?.rows_affected())
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
