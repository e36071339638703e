//! Writes to offers: set-based, with rows locked in the global lock order.

use domain::clock::Timestamp;
use domain::id::{GameId, OfferId, SupplierName};
use domain::offer::{Offer, OfferedGame};
use sea_orm::sea_query::{Expr, ExprTrait, Order, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};

use super::{OfferRepository, row};
use crate::catalog::CatalogRepository;
use crate::dialect::Kind;
use crate::overrides::OverrideRepository;
use crate::tables::Offers;
use crate::terms::TermRepository;
use crate::{Error, dialect, sql};

/// The columns of a new row and their kinds.
const ADDED: [(&str, Kind); 16] = [
    ("id", Kind::Uuid),
    ("game_id", Kind::Uuid),
    ("supplier", Kind::Text),
    ("product_id", Kind::Text),
    ("cost_cents", Kind::Number),
    ("price_cents", Kind::Number),
    ("supplier_qty", Kind::Number),
    ("reserved", Kind::Number),
    ("hidden", Kind::Truth),
    ("parked", Kind::Truth),
    ("number", Kind::Number),
    ("fingerprint", Kind::Number),
    ("supplier_updated_at", Kind::Text),
    ("observed_at", Kind::Number),
    ("created_at", Kind::Number),
    ("updated_at", Kind::Number),
];

/// The columns that a sync changes.
const CHANGED: [(&str, Kind); 10] = [
    ("id", Kind::Uuid),
    ("cost_cents", Kind::Number),
    ("price_cents", Kind::Number),
    ("supplier_qty", Kind::Number),
    ("hidden", Kind::Truth),
    ("parked", Kind::Truth),
    ("fingerprint", Kind::Number),
    ("supplier_updated_at", Kind::Text),
    ("observed_at", Kind::Number),
    ("updated_at", Kind::Number),
];

impl OfferRepository<'_, DatabaseTransaction> {
    /// `games`, including hidden ones, with all their offers and overrides; games and offers are locked until the transaction
    /// ends, and names are held. Overrides change only under the lock of their game.
    pub async fn lock_offered(&self, games: &[GameId]) -> Result<Vec<OfferedGame>, Error> {
        if games.is_empty() {
            return Ok(Vec::new());
        }
        let whole = CatalogRepository::new(self.conn).lock_whole(games).await?;
        let mut offers = row::of_games(self.conn, games);
        dialect::lock_rows(self.conn, &mut offers);
        let offers = row::read(self.conn, &offers).await?;
        let aliases = TermRepository::new(self.conn).hold().await?;
        let overrides = OverrideRepository::new(self.conn).of_games(games, &aliases).await?;
        Ok(row::joined(whole, offers, overrides))
    }

    /// Inserts offers of one supplier and assigns their numbers. The products must not have an offer yet.
    pub async fn add(&self, supplier: &SupplierName, offers: &mut [Offer], now: Timestamp) -> Result<u64, Error> {
        if offers.is_empty() {
            return Ok(0);
        }
        if let Some(lock) = dialect::numbering_lock(self.conn) {
            let lock = Statement::from_string(self.conn.get_database_backend(), lock);
            self.conn.execute_raw(lock).await?;
        }
        let numbers = self.highest_number(supplier).await? + 1..;
        for (offer, number) in offers.iter_mut().zip(numbers) {
            offer.number = number;
        }
        let rows = offers.iter().map(|offer| {
            vec![
                offer.id.0.into(),
                offer.game.0.into(),
                supplier.as_str().into(),
                offer.product.as_str().into(),
                offer.cost.get().into(),
                offer.price.get().into(),
                offer.supplier_qty.into(),
                offer.reserved.into(),
                offer.hidden.into(),
                offer.parked.into(),
                offer.number.into(),
                offer.fingerprint.into(),
                offer.supplier_updated_at.as_str().into(),
                offer.observed_at.as_micros().into(),
                now.as_micros().into(),
                now.as_micros().into(),
            ]
        });
        dialect::insert_many(self.conn, "offers", &ADDED, rows.collect(), "").await
    }

    /// Updates the columns that a sync changes, of locked offers.
    pub async fn put(&self, offers: &[&Offer], now: Timestamp) -> Result<u64, Error> {
        let rows = offers.iter().map(|offer| {
            vec![
                offer.id.0.into(),
                offer.cost.get().into(),
                offer.price.get().into(),
                offer.supplier_qty.into(),
                offer.hidden.into(),
                offer.parked.into(),
                offer.fingerprint.into(),
                offer.supplier_updated_at.as_str().into(),
                offer.observed_at.as_micros().into(),
                now.as_micros().into(),
            ]
        });
        dialect::update_many(self.conn, "offers", &CHANGED, rows.collect()).await
    }

    /// Adds to the copies of offers, or takes from them; locks them in the global lock order.
    pub async fn add_copies(&self, copies: &[(OfferId, i64)]) -> Result<u64, Error> {
        let offers: Vec<OfferId> = copies.iter().map(|(offer, _)| *offer).collect();
        self.lock(&offers).await?;
        let rows = copies
            .iter()
            .map(|(offer, copies)| vec![offer.0.into(), (*copies).into()]);
        let columns = [("id", Kind::Uuid), ("supplier_qty", Kind::Number)];
        dialect::add_many(self.conn, "offers", &columns, rows.collect()).await
    }

    /// Makes a locked offer one of `game`'s, by the decision of `by`.
    pub async fn link(&self, offer: OfferId, game: GameId, by: &str, now: Timestamp) -> Result<u64, Error> {
        let text = "UPDATE offers SET game_id = $1, linked_by = $2, updated_at = $3 WHERE id = $4";
        let values = [game.0.into(), by.into(), now.as_micros().into(), offer.0.into()];
        sql::run(self.conn, text, values).await
    }

    /// Updates the fingerprints of locked offers.
    pub async fn set_fingerprints(&self, fingerprints: &[(OfferId, i64)]) -> Result<u64, Error> {
        let rows = fingerprints
            .iter()
            .map(|(offer, fingerprint)| vec![offer.0.into(), (*fingerprint).into()]);
        let columns = [("id", Kind::Uuid), ("fingerprint", Kind::Number)];
        dialect::update_many(self.conn, "offers", &columns, rows.collect()).await
    }

    /// Forgets the fingerprints of the offers of games that have several, so that the next crawl of each supplier parses them.
    pub async fn forget_shared_fingerprints(&self) -> Result<u64, Error> {
        let text = "UPDATE offers SET fingerprint = 0 WHERE fingerprint <> 0 AND game_id IN \
                    (SELECT game_id FROM offers GROUP BY game_id HAVING COUNT(*) > 1)";
        sql::run(self.conn, text, []).await
    }

    /// Marks `offers` as not shown by the complete crawl that began at `at`; an earlier mark stays.
    pub async fn mark_missed(&self, offers: &[OfferId], at: Timestamp) -> Result<u64, Error> {
        self.lock(offers).await?;
        let update = Query::update()
            .table(Offers::Table)
            .value(Offers::MissedAt, at.as_micros())
            .and_where(Expr::col(Offers::Id).is_in(offers.iter().map(|offer| offer.0)))
            .and_where(Expr::col(Offers::MissedAt).is_null())
            .to_owned();
        Ok(self.conn.execute(&update).await?.rows_affected())
    }

    /// Removes the marks of [`Self::mark_missed`].
    pub async fn clear_missed(&self, offers: &[OfferId]) -> Result<u64, Error> {
        if offers.is_empty() {
            return Ok(0);
        }
        self.lock(offers).await?;
        let update = Query::update()
            .table(Offers::Table)
            .value(Offers::MissedAt, Option::<i64>::None)
            .and_where(Expr::col(Offers::Id).is_in(offers.iter().map(|offer| offer.0)))
            .to_owned();
        Ok(self.conn.execute(&update).await?.rows_affected())
    }

    /// Locks `offers` in the global lock order until the transaction ends.
    async fn lock(&self, offers: &[OfferId]) -> Result<(), Error> {
        let mut lock = Query::select()
            .column(Offers::Id)
            .from(Offers::Table)
            .and_where(Expr::col(Offers::Id).is_in(offers.iter().map(|offer| offer.0)))
            .order_by(Offers::Id, Order::Asc)
            .to_owned();
        dialect::lock_rows(self.conn, &mut lock);
        self.conn.query_all(&lock).await?;
        Ok(())
    }
}
