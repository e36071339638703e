//! What requests with an idempotency key were answered.

use domain::account::User;
use domain::clock::Timestamp;
use domain::id::{OrderId, SessionId, UserId};
use domain::money::Cents;
use domain::order::Order;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Statement};
use uuid::Uuid;

use super::OrderRepository;
use crate::{Error, dialect, sql, staff};

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

/// What is known of a locked key.
#[derive(Clone, Debug)]
pub struct KnownKey {
    /// What was answered to the first request with it.
    pub answer: Option<StoredAnswer>,
    /// How many keys are kept of its user.
    pub kept: u64,
    /// Who asks, and the balance of their wallet, as [`payer`](crate::staff::StaffRepository::payer) finds and locks them.
    pub payer: Option<(User, Cents)>,
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
    /// Locks a key until the transaction ends, and reads what `user` was answered at `route` with it, in one go; `None` when another
    /// transaction has it. Where the key is new, who asks is locked with it: the key first. A transaction that ended in between may have
    /// answered: then keeping the key fails (see [`Tx::add_order`](crate::Tx::add_order)). On SQLite there is only one transaction that
    /// writes.
    pub async fn lock_key(
        &self,
        (user, session): (UserId, SessionId),
        (route, key): (&str, &str),
        now: Timestamp,
    ) -> Result<Option<KnownKey>, Error> {
        let (lateral, only) = dialect::if_key_is_new(self.conn);
        let text = format!(
            "SELECT l.got, n.kept, k.request_hash, k.order_id, k.body, p.* FROM (SELECT {} AS got) l \
             CROSS JOIN (SELECT COUNT(*) AS kept FROM idempotency_keys WHERE caller = $1) n \
             LEFT JOIN idempotency_keys k ON k.caller = $1 AND k.route = $2 AND k.key = $3 \
             LEFT JOIN {lateral}({}) p ON TRUE",
            dialect::key_lock(self.conn),
            staff::locked_payer(self.conn, ["$4", "$5", "$6"], only)
        );
        let values = [
            caller(user).into(),
            route.into(),
            key.into(),
            user.0.into(),
            session.0.into(),
            now.as_micros().into(),
        ];
        let found = sql::one(self.conn, &text, values).await?;
        let Some(found) = found else { return Ok(None) };
        if !found.try_get::<bool>("", "got")? {
            return Ok(None);
        }
        let kept: i64 = found.try_get("", "kept")?;
        let known: Option<Uuid> = found.try_get("", "order_id")?;
        Ok(Some(KnownKey {
            answer: known.map(|_| stored(&found)).transpose()?,
            kept: u64::try_from(kept).unwrap_or_default(),
            payer: staff::payer(&found)?,
        }))
    }

    /// Since when the oldest key of a user is kept.
    pub async fn oldest_key(&self, user: UserId) -> Result<Option<Timestamp>, Error> {
        let text = "SELECT MIN(at) AS oldest FROM idempotency_keys WHERE caller = $1";
        let row = sql::one(self.conn, text, [caller(user).into()]).await?;
        let oldest: Option<i64> = row.map(|row| row.try_get("", "oldest")).transpose()?.flatten();
        Ok(oldest.map(Timestamp::from_micros))
    }

    /// Keeps that this key made `order`, in one go with its rows; its answer follows.
    pub(super) fn key_addition(&self, order: &Order, key: &OrderKey<'_>) -> Statement {
        let text = "INSERT INTO idempotency_keys (caller, route, key, request_hash, order_id, at) \
                    VALUES ($1, $2, $3, $4, $5, $6)";
        let values = [
            caller(order.user).into(),
            key.route.into(),
            key.key.into(),
            key.request_hash.into(),
            order.id.0.into(),
            order.created_at.as_micros().into(),
        ];
        sql::statement(self.conn, text, values)
    }

    /// Keeps the answer to the request that made `order`, unless it has one: `false`.
    pub async fn keep_answer(&self, order: OrderId, body: &str) -> Result<bool, Error> {
        let kept = self.conn.execute_raw(self.answering(order, body)).await?;
        Ok(kept.rows_affected() == 1)
    }

    /// The same in one go with what the answer tells.
    pub(super) fn answering(&self, order: OrderId, body: &str) -> Statement {
        let text = "UPDATE idempotency_keys SET body = $2 WHERE order_id = $1 AND body IS NULL";
        sql::statement(self.conn, text, [order.0.into(), body.into()])
    }

    /// Forgets keys from before then.
    pub async fn trim_keys(&self, before: Timestamp) -> Result<u64, Error> {
        let text = "DELETE FROM idempotency_keys WHERE at < $1";
        sql::run(self.conn, text, [before.as_micros().into()]).await
    }
}
