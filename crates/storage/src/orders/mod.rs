//! Orders: what was bought, each copy of it, what happened to it; and the answers kept for idempotency keys.

mod answers;
mod library;
mod locked;
mod managed;
mod promises;
mod row;
mod sale;
mod units;
mod write;

use domain::clock::Timestamp;
use domain::id::{OrderId, UnitId, UserId};
use domain::order::{Order, OrderEvent, OrderStatus};
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use crate::{Error, sql};

pub use answers::{KnownKey, OrderKey, StoredAnswer};
pub use library::BoughtKey;
pub use locked::LockedUnit;
pub use managed::OrderEntry;
pub(crate) use promises::promises;
pub use sale::{CopiesForSale, ForSale, SettledGame, Taken, TakenStock};
pub use units::Delivery;
pub use write::{NewOrder, NewUnit, RestOfOrder};

/// The repository of orders.
#[derive(Clone, Copy, Debug)]
pub struct OrderRepository<'a, C> {
    conn: &'a C,
}

impl<'a, C: ConnectionTrait> OrderRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// An order with its items and units.
    pub async fn by_id(&self, id: OrderId) -> Result<Option<Order>, Error> {
        Ok(row::whole(self.conn, &[id]).await?.pop())
    }

    /// Up to `limit` orders of an account, newest first, after the first `skipped`; of one status or of all.
    pub async fn of_user(
        &self,
        user: UserId,
        status: Option<OrderStatus>,
        limit: u32,
        skipped: u64,
    ) -> Result<Vec<Order>, Error> {
        let text = "SELECT id FROM orders WHERE user_id = $1 AND ($2 = '' OR status = $2) \
                    ORDER BY created_at DESC, id DESC LIMIT $3 OFFSET $4";
        let values = [
            user.0.into(),
            status.map_or("", OrderStatus::as_str).into(),
            i64::from(limit).into(),
            i64::try_from(skipped).unwrap_or(i64::MAX).into(),
        ];
        let rows = sql::all(self.conn, text, values).await?;
        let ids: Result<Vec<OrderId>, Error> = rows.iter().map(|row| Ok(OrderId(row.try_get("", "id")?))).collect();
        row::whole(self.conn, &ids?).await
    }

    /// Whose an order is; that never changes.
    pub async fn customer_of(&self, id: OrderId) -> Result<Option<UserId>, Error> {
        let text = "SELECT user_id FROM orders WHERE id = $1";
        let row = sql::one(self.conn, text, [id.0.into()]).await?;
        Ok(row.map(|row| row.try_get("", "user_id")).transpose()?.map(UserId))
    }

    /// What happened to an order, the oldest first.
    pub async fn events(&self, id: OrderId) -> Result<Vec<OrderEvent>, Error> {
        let text = "SELECT at, unit_id, event, actor, reason FROM order_events WHERE order_id = $1 ORDER BY seq";
        let rows = sql::all(self.conn, text, [id.0.into()]).await?;
        let event = |row: &QueryResult| {
            Ok(OrderEvent {
                at: Timestamp::from_micros(row.try_get("", "at")?),
                unit: row.try_get::<Option<Uuid>>("", "unit_id")?.map(UnitId),
                event: row.try_get("", "event")?,
                actor: row.try_get("", "actor")?,
                reason: row.try_get("", "reason")?,
            })
        };
        rows.iter().map(event).collect()
    }

    /// The units of an order whose keys were shown since then.
    pub async fn shown_since(&self, id: OrderId, since: Timestamp) -> Result<Vec<UnitId>, Error> {
        let text = "SELECT DISTINCT unit_id FROM order_events WHERE order_id = $1 AND at > $2 \
                    AND event IN ('revealed', 'shown again') AND unit_id IS NOT NULL";
        let rows = sql::all(self.conn, text, [id.0.into(), since.as_micros().into()]).await?;
        rows.iter().map(|row| Ok(UnitId(row.try_get("", "unit_id")?))).collect()
    }

    /// The newest order of an account since then with this basket that was not given back as a whole.
    pub async fn repeated(&self, user: UserId, basket: &str, since: Timestamp) -> Result<Option<OrderId>, Error> {
        let text = "SELECT id FROM orders WHERE user_id = $1 AND created_at > $2 AND basket = $3 \
                    AND status IN ('PROCESSING', 'COMPLETED') AND payment_status <> 'CANCELLED' ORDER BY created_at DESC LIMIT 1";
        let values = [user.0.into(), since.as_micros().into(), basket.into()];
        let row = sql::one(self.conn, text, values).await?;
        Ok(row.map(|row| row.try_get("", "id")).transpose()?.map(OrderId))
    }

    /// Orders with a unit that somebody has to look at by now, the longest waiting first.
    pub async fn due(&self, now: Timestamp, limit: u32) -> Result<Vec<OrderId>, Error> {
        let text = "SELECT order_id, MIN(next_at) AS first FROM units WHERE next_at <= $1 \
                    GROUP BY order_id ORDER BY first LIMIT $2";
        let rows = sql::all(self.conn, text, [now.as_micros().into(), i64::from(limit).into()]).await?;
        rows.iter()
            .map(|row| Ok(OrderId(row.try_get("", "order_id")?)))
            .collect()
    }
}
