//! The keys of an account, over all its orders.

use domain::cart::ListedGame;
use domain::clock::Timestamp;
use domain::id::{OrderId, UserId};
use domain::order_number::OrderNumber;
use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};
use uuid::Uuid;

use super::{OrderRepository, row};
use crate::Error;
use crate::listing::containing;
use crate::owned::{LISTED, listed};

/// A key that was delivered and is still its customer's; not what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoughtKey {
    /// Its id.
    pub id: Uuid,
    /// The order that it came with.
    pub order: OrderId,
    /// The number of that order.
    pub number: OrderNumber,
    /// The game.
    pub game: ListedGame,
    /// When it was delivered.
    pub delivered_at: Timestamp,
    /// When its customer saw it first.
    pub revealed_at: Option<Timestamp>,
}

impl<C: ConnectionTrait> OrderRepository<'_, C> {
    /// Up to `limit` keys of an account, the newest first, after the first `skipped`; of games with each word of `search` in
    /// their titles. A key whose price was paid back is none.
    pub async fn keys_of(&self, user: UserId, search: &str, limit: u32, skipped: u64) -> Result<Vec<BoughtKey>, Error> {
        let mut values: Vec<Value> = vec![
            user.0.into(),
            i64::from(limit).into(),
            i64::try_from(skipped).unwrap_or(i64::MAX).into(),
        ];
        let mut in_title = String::new();
        let folded = domain::search::fold(search);
        for word in domain::search::words(&folded) {
            values.push(containing(word).into());
            in_title += &format!(" AND g.search_text LIKE ${} ESCAPE '!'", values.len());
        }
        let text = format!(
            "SELECT u.own_key_id, u.order_id, o.number, u.delivered_at, u.revealed_at, {LISTED} FROM orders o \
             JOIN units u ON u.order_id = o.id JOIN games g ON g.id = u.game_id \
             WHERE o.user_id = $1 AND u.state = 'delivered' AND u.own_key_id IS NOT NULL{in_title} \
             ORDER BY u.delivered_at DESC, u.order_id DESC, u.position LIMIT $2 OFFSET $3"
        );
        let asked = Statement::from_sql_and_values(self.conn.get_database_backend(), text, values);
        let rows = self.conn.query_all_raw(asked).await?;
        rows.iter().map(bought).collect()
    }
}

fn bought(found: &QueryResult) -> Result<BoughtKey, Error> {
    let number: String = found.try_get("", "number")?;
    Ok(BoughtKey {
        id: found.try_get("", "own_key_id")?,
        order: OrderId(found.try_get("", "order_id")?),
        number: OrderNumber::parse(&number).ok_or_else(|| row::unreadable("orders", &number))?,
        game: listed(found)?,
        delivered_at: Timestamp::from_micros(found.try_get("", "delivered_at")?),
        revealed_at: row::time(found, "revealed_at")?,
    })
}
