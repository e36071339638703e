//! What requests with an idempotency key were answered.

use domain::clock::Timestamp;
use domain::id::{OrderId, UserId};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use uuid::Uuid;

use super::OrderRepository;
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

fn caller(user: UserId) -> String {
    format!("user:{user}")
}

impl<C: ConnectionTrait> OrderRepository<'_, C> {
    /// What `user` was answered at `route` with this key.
    pub async fn answer(&self, user: UserId, route: &str, key: &str) -> Result<Option<StoredAnswer>, Error> {
        let text =
            "SELECT request_hash, order_id, body FROM idempotency_keys WHERE caller = $1 AND route = $2 AND key = $3";
        let found = sql::one(self.conn, text, [caller(user).into(), route.into(), key.into()]).await?;
        let answer = found.map(|found| {
            Ok::<_, Error>(StoredAnswer {
                request_hash: found.try_get("", "request_hash")?,
                order: OrderId(found.try_get::<Uuid>("", "order_id")?),
                body: found.try_get("", "body")?,
            })
        });
        answer.transpose()
    }
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

    /// How many keys are kept of this caller.
    pub async fn count_keys(&self, user: UserId) -> Result<u64, Error> {
        let text = "SELECT COUNT(*) AS n FROM idempotency_keys WHERE caller = $1";
        let row = sql::one(self.conn, text, [caller(user).into()]).await?;
        let count: i64 = row.map(|row| row.try_get("", "n")).transpose()?.unwrap_or_default();
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// Keeps that this key made `order`; its answer follows.
    pub async fn keep_key(
        &self,
        user: UserId,
        (route, key): (&str, &str),
        request_hash: &str,
        order: OrderId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let text = "INSERT INTO idempotency_keys (caller, route, key, request_hash, order_id, at) \
                    VALUES ($1, $2, $3, $4, $5, $6)";
        let values = [
            caller(user).into(),
            route.into(),
            key.into(),
            request_hash.into(),
            order.0.into(),
            now.as_micros().into(),
        ];
        sql::run(self.conn, text, values).await?;
        Ok(())
    }

    /// Keeps the answer to the request that made `order`, unless it has one.
    pub async fn keep_answer(&self, order: OrderId, body: &str) -> Result<(), Error> {
        let text = "UPDATE idempotency_keys SET body = $2 WHERE order_id = $1 AND body IS NULL";
        sql::run(self.conn, text, [order.0.into(), body.into()]).await?;
        Ok(())
    }

    /// Forgets keys from before then.
    pub async fn trim_keys(&self, before: Timestamp) -> Result<u64, Error> {
        let text = "DELETE FROM idempotency_keys WHERE at < $1";
        sql::run(self.conn, text, [before.as_micros().into()]).await
    }
}
