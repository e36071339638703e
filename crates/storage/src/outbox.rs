//! Messages: inserted by the transaction that causes them, claimed and settled later.

mod watched;

use std::time::Duration;

use domain::clock::Timestamp;
use domain::message::{Message, Queue};
use sea_orm::sea_query::{Cond, Expr, ExprTrait, OnConflict, Order, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Statement};
use uuid::Uuid;

use crate::leases::micros;
use crate::tables::Outbox as Table;
use crate::{Error, dialect};

pub use watched::DeadLetter;

/// The repository of messages.
#[derive(Clone, Copy, Debug)]
pub struct OutboxRepository<'a, C> {
    conn: &'a C,
}

/// A claimed message: only its claimer handles it until the claim expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The message's row.
    pub id: Uuid,
    /// Identifies the claim.
    pub token: Uuid,
    /// The work to do.
    pub message: Message,
    /// How often it was claimed, this time included.
    pub attempts: u32,
}

/// The number of messages in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Waiting or claimed.
    pub open: u64,
    /// Dead-lettered, for an operator.
    pub dead_lettered: u64,
}

/// What a queue still has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// The queue.
    pub queue: Queue,
    /// Waiting, claimed, or due again after a failure.
    pub waiting: u64,
    /// When the oldest of these was posted.
    pub oldest: Option<Timestamp>,
    /// Dead-lettered, for an operator.
    pub dead_lettered: u64,
}

const READY: &str = "ready";
const CLAIMED: &str = "claimed";
const DONE: &str = "done";
const DEAD_LETTERED: &str = "buried";

impl<'a, C: ConnectionTrait> OutboxRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The number of open and of dead-lettered messages.
    pub async fn counts(&self) -> Result<Counts, Error> {
        let select = Query::select()
            .column(Table::State)
            .expr_as(Expr::cust("COUNT(*)"), "messages")
            .from(Table::Table)
            .and_where(Expr::col(Table::State).ne(DONE))
            .group_by_col(Table::State)
            .to_owned();
        let mut counts = Counts::default();
        for row in self.conn.query_all(&select).await? {
            let messages = u64::try_from(row.try_get::<i64>("", "messages")?).unwrap_or(0);
            match row.try_get::<String>("", "state")?.as_str() {
                DEAD_LETTERED => counts.dead_lettered += messages,
                _ => counts.open += messages,
            }
        }
        Ok(counts)
    }

    /// The open and the dead-lettered messages of each queue, in the order of [`Queue::ALL`]. Settled messages are not read.
    pub async fn backlogs(&self) -> Result<Vec<Backlog>, Error> {
        let select = Query::select()
            .columns([Table::Lane, Table::State])
            .expr_as(Expr::cust("COUNT(*)"), "messages")
            .expr_as(Expr::cust("MIN(created_at)"), "oldest")
            .from(Table::Table)
            // Both columns of the index are named, so that it is used on both databases.
            .and_where(Expr::col(Table::Lane).is_in(Queue::ALL.map(Queue::as_str)))
            .and_where(Expr::col(Table::State).is_in([READY, CLAIMED, DEAD_LETTERED]))
            .group_by_columns([Table::Lane, Table::State])
            .to_owned();
        let mut backlogs: Vec<Backlog> = Queue::ALL.map(Backlog::of).into();
        for row in self.conn.query_all(&select).await? {
            let (lane, state): (String, String) = (row.try_get("", "lane")?, row.try_get("", "state")?);
            let messages = u64::try_from(row.try_get::<i64>("", "messages")?).unwrap_or(0);
            let oldest = Timestamp::from_micros(row.try_get("", "oldest")?);
            for backlog in backlogs.iter_mut().filter(|backlog| backlog.queue.as_str() == lane) {
                if state == DEAD_LETTERED {
                    backlog.dead_lettered = messages;
                } else {
                    backlog.waiting += messages;
                    backlog.oldest = Some(backlog.oldest.map_or(oldest, |other| other.min(oldest)));
                }
            }
        }
        Ok(backlogs)
    }
}

impl Backlog {
    const fn of(queue: Queue) -> Self {
        Self {
            queue,
            waiting: 0,
            oldest: None,
            dead_lettered: 0,
        }
    }
}

impl OutboxRepository<'_, DatabaseTransaction> {
    /// Adds `message`, due after `delay`. If `dedupe_key` was used before, nothing is added: `false`.
    pub async fn push(
        &self,
        id: Uuid,
        message: &Message,
        delay: Duration,
        dedupe_key: Option<&str>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let added = self
            .conn
            .execute_raw(self.addition(id, message, delay, dedupe_key, now))
            .await?;
        Ok(added.rows_affected() == 1)
    }

    /// Adds it in one go with others' rows.
    pub(crate) fn addition(
        &self,
        id: Uuid,
        message: &Message,
        delay: Duration,
        dedupe_key: Option<&str>,
        now: Timestamp,
    ) -> Statement {
        let due = dialect::now_micros(self.conn).add(micros(delay));
        let mut insert = Query::insert();
        insert
            .into_table(Table::Table)
            .columns([
                Table::Id,
                Table::Payload,
                Table::State,
                Table::DueAt,
                Table::Attempts,
                Table::DedupeKey,
                Table::Lane,
                Table::CreatedAt,
            ])
            .values_panic([
                id.into(),
                message.payload.clone().into(),
                READY.into(),
                due,
                0.into(),
                dedupe_key.map(str::to_owned).into(),
                message.queue.as_str().into(),
                now.as_micros().into(),
            ]);
        // Without a key no other message is the same. Looking for one, PostgreSQL would insert the row in two steps.
        if dedupe_key.is_some() {
            insert.on_conflict(OnConflict::column(Table::DedupeKey).do_nothing().to_owned());
        }
        self.conn.get_database_backend().build(&insert)
    }

    /// Claims up to `limit` messages of a queue that are due, or whose claim expired, the longest due first.
    pub async fn claim(&self, queue: Queue, limit: u64, token: Uuid, span: Duration) -> Result<Vec<Claim>, Error> {
        let now = || dialect::now_micros(self.conn);
        let due = Cond::any()
            .add(
                Expr::col(Table::State)
                    .eq(READY)
                    .and(Expr::col(Table::DueAt).lte(now())),
            )
            .add(
                Expr::col(Table::State)
                    .eq(CLAIMED)
                    .and(Expr::col(Table::ClaimedUntil).lte(now())),
            );
        let mut select = Query::select()
            .columns([Table::Id, Table::Payload, Table::Attempts])
            .from(Table::Table)
            .and_where(Expr::col(Table::Lane).eq(queue.as_str()))
            .cond_where(due)
            .order_by(Table::DueAt, Order::Asc)
            .order_by(Table::Id, Order::Asc)
            .limit(limit)
            .to_owned();
        dialect::lock_skipping(self.conn, &mut select);
        let mut claims = Vec::new();
        for row in self.conn.query_all(&select).await? {
            let payload = row.try_get("", "payload")?;
            let attempts = u32::try_from(row.try_get::<i32>("", "attempts")?).unwrap_or(0) + 1;
            claims.push(Claim {
                id: row.try_get("", "id")?,
                token,
                message: Message { queue, payload },
                attempts,
            });
        }
        if !claims.is_empty() {
            let update = Query::update()
                .table(Table::Table)
                .value(Table::State, CLAIMED)
                .value(Table::ClaimToken, token)
                .value(Table::ClaimedUntil, now().add(micros(span)))
                .value(Table::Attempts, Expr::col(Table::Attempts).add(1))
                .and_where(Expr::col(Table::Id).is_in(claims.iter().map(|claim| claim.id)))
                .to_owned();
            self.conn.execute(&update).await?;
        }
        Ok(claims)
    }

    /// Ends a message; `false` when the claim expired and another process has it.
    pub async fn done(&self, claim: &Claim) -> Result<bool, Error> {
        self.leave(claim, DONE, Duration::ZERO, None).await
    }

    /// Puts a message back, due after `delay`, with the reason why it failed.
    pub async fn retry(&self, claim: &Claim, delay: Duration, reason: &str) -> Result<bool, Error> {
        self.leave(claim, READY, delay, Some(reason)).await
    }

    /// Dead-letters a message; an operator sees it, with the reason.
    pub async fn dead_letter(&self, claim: &Claim, reason: &str) -> Result<bool, Error> {
        self.leave(claim, DEAD_LETTERED, Duration::ZERO, Some(reason)).await
    }

    async fn leave(&self, claim: &Claim, state: &str, delay: Duration, reason: Option<&str>) -> Result<bool, Error> {
        let update = Query::update()
            .table(Table::Table)
            .value(Table::State, state)
            .value(Table::DueAt, dialect::now_micros(self.conn).add(micros(delay)))
            .value(Table::ClaimToken, Option::<Uuid>::None)
            .value(Table::ClaimedUntil, Option::<i64>::None)
            .value(Table::LastError, reason.map(str::to_owned))
            .and_where(Expr::col(Table::Id).eq(claim.id))
            .and_where(Expr::col(Table::State).eq(CLAIMED))
            .and_where(Expr::col(Table::ClaimToken).eq(claim.token))
            .to_owned();
        Ok(self.conn.execute(&update).await?.rows_affected() == 1)
    }

    /// Deletes messages that were settled and created before `before`.
    pub async fn trim(&self, before: Timestamp) -> Result<u64, Error> {
        let delete = Query::delete()
            .from_table(Table::Table)
            .and_where(Expr::col(Table::State).eq(DONE))
            .and_where(Expr::col(Table::CreatedAt).lt(before.as_micros()))
            .to_owned();
        Ok(self.conn.execute(&delete).await?.rows_affected())
    }
}
