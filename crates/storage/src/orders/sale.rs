//! What a checkout takes from the shop: copies of offers, and keys that the shop holds.

use std::collections::HashMap;

use domain::id::{GameId, OfferId, SupplierName};
use domain::money::Cents;
use domain::order::OrderLine;
use domain::suppliers::Suppliers;
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};

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

const LINE: [(&str, Kind); 2] = [("game_id", Kind::Uuid), ("wanted", Kind::Number)];
/// Games, and offers with what is taken of each.
const STOCK: [(&str, Kind); 4] = [
    ("id", Kind::Uuid),
    ("is_game", Kind::Truth),
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

    /// Locks these games, then these offers of them, until the transaction ends.
    pub async fn lock_stock(&self, games: &[GameId], offers: &[OfferId]) -> Result<(), Error> {
        let statement = self.of_stock(
            games,
            offers.iter().map(|offer| (*offer, 0, 0)),
            &dialect::stock_lock(self.conn),
        );
        self.conn.query_all_raw(statement).await?;
        Ok(())
    }

    /// Locks the games and then the offers of what is taken, as [`lock_stock`](Self::lock_stock) does, and takes it: lowers the
    /// count of the shop's own keys, and reserves copies of suppliers.
    pub async fn take(&self, games: &[GameId], taken: &[Taken]) -> Result<TakenStock, Error> {
        let offers = || {
            taken
                .iter()
                .map(|one| (one.offer, one.price.get(), i64::from(one.copies)))
        };
        let mut stock = TakenStock::default();
        let (text, then) = dialect::stock_taking(self.conn);
        for row in self.conn.query_all_raw(self.of_stock(games, offers(), &text)).await? {
            if !row.try_get::<bool>("", "hidden")? {
                let price = Cents::new(row.try_get("", "price_cents")?);
                stock.prices.insert(GameId(row.try_get("", "id")?), price);
            }
            let offers: i64 = row.try_get("", "taken")?;
            stock.offers = u64::try_from(offers).unwrap_or_default();
        }
        if let Some(text) = then {
            let update = self.of_stock(games, offers(), text);
            stock.offers = self.conn.execute_raw(update).await?.rows_affected();
        }
        Ok(stock)
    }

    /// `text` after the games and offers as the table `w`.
    fn of_stock(&self, games: &[GameId], offers: impl Iterator<Item = (OfferId, i64, i64)>, text: &str) -> Statement {
        let games = games
            .iter()
            .map(|game| vec![game.0.into(), true.into(), 0_i64.into(), 0_i64.into()]);
        let offers =
            offers.map(|(offer, price, copies)| vec![offer.0.into(), false.into(), price.into(), copies.into()]);
        dialect::with_rows(self.conn, &STOCK, games.chain(offers).collect(), text)
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
