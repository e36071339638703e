//! Messages as staff watch them: how many wait in each queue, which are dead-lettered, and these run again.

use domain::clock::Timestamp;
use domain::listing::{ListPage, ListQuery};
use domain::message::{Message, QueueState};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use uuid::Uuid;

use super::OutboxRepository;
use crate::listing::{Conditions, ListSource, SortKind, page};
use crate::{Error, dialect, sql};

/// A message that failed for the last time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its row.
    pub id: Uuid,
    /// The name of its queue.
    pub queue: String,
    /// The work, as it is stored.
    pub payload: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it failed last.
    pub last_error: String,
    /// When it was posted.
    pub created_at: Timestamp,
}

const DEAD: ListSource = ListSource {
    columns: "m.lane, m.payload, m.attempts, m.last_error, m.created_at",
    joins: "JOIN outbox m ON m.id = k.id",
    table: "outbox l",
    id: "l.id",
    usual: ("posted", "l.created_at", SortKind::Number),
    others: &[],
};

impl<C: ConnectionTrait> OutboxRepository<'_, C> {
    /// The queues that have open or dead-lettered messages.
    pub async fn queues(&self) -> Result<Vec<QueueState>, Error> {
        let now = dialect::now_text(self.conn);
        let text = format!(
            "SELECT lane, COUNT(CASE WHEN state = 'ready' THEN 1 END), COUNT(CASE WHEN state = 'claimed' THEN 1 END), \
             COUNT(CASE WHEN state = 'buried' THEN 1 END), \
             CAST({now} - MIN(CASE WHEN state = 'ready' THEN due_at END) AS BIGINT) \
             FROM outbox WHERE state IN ('ready', 'claimed', 'buried') GROUP BY lane ORDER BY lane"
        );
        let rows = sql::all(self.conn, &text, []).await?;
        rows.iter().map(queue).collect()
    }

    /// Dead-lettered messages by when they were posted (`posted`); the filter `queue` is the name of one, the filter `id` leaves
    /// one message.
    pub async fn dead_letters(&self, query: &ListQuery) -> Result<ListPage<DeadLetter>, Error> {
        let mut conditions = Conditions::default();
        conditions.add("l.state = 'buried'", []);
        match query.filter("queue") {
            "" => {}
            queue => conditions.add("l.lane = ?", [queue.into()]),
        }
        if let Ok(id) = Uuid::parse_str(query.filter("id")) {
            conditions.add("l.id = ?", [id.into()]);
        }
        page(self.conn, &DEAD, query, conditions, dead_letter).await
    }
}

impl OutboxRepository<'_, DatabaseTransaction> {
    /// Puts a dead-lettered message back, due now and with all its attempts; `None` if there is none of this id.
    pub async fn revive(&self, id: Uuid) -> Result<Option<Message>, Error> {
        let now = dialect::now_text(self.conn);
        let text = format!(
            "UPDATE outbox SET state = 'ready', due_at = {now}, attempts = 0 WHERE id = $1 AND state = 'buried' \
             RETURNING lane, payload"
        );
        let row = sql::one(self.conn, &text, [id.into()]).await?;
        row.map(|row| {
            let queue: String = row.try_get_by_index(0)?;
            let known = domain::message::Queue::ALL
                .into_iter()
                .find(|known| known.as_str() == queue);
            let queue = known.ok_or_else(|| unreadable(format!("queue {queue:?}")))?;
            let payload = row.try_get_by_index(1)?;
            Ok(Message { queue, payload })
        })
        .transpose()
    }
}

fn queue(row: &QueryResult) -> Result<QueueState, Error> {
    let count = |at| row.try_get_by_index::<i64>(at).map(i64::unsigned_abs);
    let late: Option<i64> = row.try_get_by_index(4)?;
    Ok(QueueState {
        queue: row.try_get_by_index(0)?,
        waiting: count(1)?,
        claimed: count(2)?,
        dead_lettered: count(3)?,
        late_seconds: late.and_then(|micros| u64::try_from(micros / 1_000_000).ok()),
    })
}

fn dead_letter(row: &QueryResult) -> Result<DeadLetter, Error> {
    let attempts: i32 = row.try_get("", "attempts")?;
    Ok(DeadLetter {
        id: row.try_get("", "key_id")?,
        queue: row.try_get("", "lane")?,
        payload: row.try_get("", "payload")?,
        attempts: attempts.unsigned_abs(),
        last_error: row.try_get::<Option<String>>("", "last_error")?.unwrap_or_default(),
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
    })
}

fn unreadable(reason: String) -> Error {
    Error::Unreadable {
        table: "outbox",
        reason,
    }
}
