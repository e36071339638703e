//! What requests with an idempotency key were answered.

use domain::clock::Timestamp;
use domain::id::{OrderId, UserId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Statement};
use uuid::Uuid;

use super::{NewOrder, OrderRepository};
use crate::{Error, dialect, sql};

/// What was answered to the first request with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAnswer {
    /// A hash of what was asked.
    pub request_hash: String,
    /// The order that it made.
    pub order: OrderId,
    /// The answer's body; `None` until the order was delivered as far as it could be at once.
    pub body: Option<String>,
}

/// The key of the request that makes an order.
#[derive(Clone, Copy, Debug)]
pub struct OrderKey<'a> {
    /// Where it was sent to.
    pub route: &'a str,
    /// The key.
    pub key: &'a str,
    /// A hash of what was asked.
    pub request_hash: &'a str,
}

fn caller(user: UserId) -> String {
    format!("user:{user}")
}

impl<C: ConnectionTrait> OrderRepository<'_, C> {
    /// What `user` was answered at `route` with this key.
    pub async fn answer(&self, user: UserId, route: &str, key: &str) -> Result<Option<StoredAnswer>, Error> {
        let text =
            "SELECT request_hash, order_id, body FROM idempotency_keys WHERE caller = $1 AND route = $2 AND key = $3";
        let found = sql::one(self.conn, text, [caller(user).into(), route.into(), key.into()]).await?;
        found.as_ref().map(stored).transpose()
    }
}

fn stored(found: &QueryResult) -> Result<StoredAnswer, Error> {
    Ok(StoredAnswer {
        request_hash: found.try_get("", "request_hash")?,
        order: OrderId(found.try_get::<Uuid>("", "order_id")?),
        body: found.try_get("", "body")?,
    })
}

impl OrderRepository<'_, DatabaseTransaction> {
    /// Locks a key until the transaction ends; `false` when another transaction has it. On SQLite there is only one
    /// transaction that writes.
    pub async fn lock_key(&self, user: UserId, route: &str, key: &str) -> Result<bool, Error> {
        let Some(text) = dialect::try_lock_text(self.conn) else {
            return Ok(true);
        };
        let name = format!("{}\n{route}\n{key}", caller(user));
        let statement = Statement::from_sql_and_values(self.conn.get_database_backend(), text, [name.into()]);
        let row = self.conn.query_one_raw(statement).await?;
        Ok(row.map(|row| row.try_get("", "got")).transpose()?.unwrap_or_default())
    }

    /// What `user` was answered at `route` with this key, and how many keys are kept of them.
    pub async fn answer_and_count(
        &self,
        user: UserId,
        route: &str,
        key: &str,
    ) -> Result<(Option<StoredAnswer>, u64), Error> {
        let text = "SELECT n.kept, k.request_hash, k.order_id, k.body \
                    FROM (SELECT COUNT(*) AS kept FROM idempotency_keys WHERE caller = $1) n \
                    LEFT JOIN idempotency_keys k ON k.caller = $1 AND k.route = $2 AND k.key = $3";
        let found = sql::one(self.conn, text, [caller(user).into(), route.into(), key.into()]).await?;
        let Some(found) = found else { return Ok((None, 0)) };
        let kept: i64 = found.try_get("", "kept")?;
        let known: Option<Uuid> = found.try_get("", "order_id")?;
        let answer = known.map(|_| stored(&found)).transpose()?;
        Ok((answer, u64::try_from(kept).unwrap_or_default()))
    }

    /// Keeps that this key made `order`, in one go with its rows; its answer follows.
    pub(super) fn key_addition(&self, order: &NewOrder, key: &OrderKey<'_>) -> Statement {
        let text = "INSERT INTO idempotency_keys (caller, route, key, request_hash, order_id, at) \
                    VALUES ($1, $2, $3, $4, $5, $6)";
        let values = [
            caller(order.user).into(),
            key.route.into(),
            key.key.into(),
            key.request_hash.into(),
            order.id.0.into(),
            order.at.as_micros().into(),
        ];
        sql::statement(self.conn, text, values)
    }

    /// Keeps the answer to the request that made `order`, unless it has one: `false`.
    pub async fn keep_answer(&self, order: OrderId, body: &str) -> Result<bool, Error> {
        let text = "UPDATE idempotency_keys SET body = $2 WHERE order_id = $1 AND body IS NULL";
        Ok(sql::run(self.conn, text, [order.0.into(), body.into()]).await? == 1)
    }

    /// Forgets keys from before then.
    pub async fn trim_keys(&self, before: Timestamp) -> Result<u64, Error> {
        let text = "DELETE FROM idempotency_keys WHERE at < $1";
        sql::run(self.conn, text, [before.as_micros().into()]).await
    }
}
