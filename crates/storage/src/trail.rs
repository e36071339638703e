//! The trail of what staff did: its entries in one chain, the values beside them, and its head.

mod listed;

use domain::clock::Timestamp;
use domain::id::UserId;
use domain::security::Device;
use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use uuid::Uuid;

use crate::{Error, dialect, sql};

pub use listed::TrailFilter;

/// The repository of the trail.
#[derive(Clone, Copy, Debug)]
pub struct TrailRepository<'a, C> {
    conn: &'a C,
}

/// Where the chain ends. Without `Debug`: it holds a key, sealed though it is.
#[derive(Clone)]
pub struct TrailHead {
    /// The trail's id: another one is another trail.
    pub trail: Uuid,
    /// The sealed key of the codes, as hex.
    pub sealed_key: String,
    /// The number of the last entry; 0 without any.
    pub seq: u64,
    /// Its code, as hex; empty without any.
    pub mac: String,
}

/// An entry as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrailRow {
    /// Its number, from 1 without gaps.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who: the id of an account, or the words of a command.
    pub actor: String,
    /// In which sign-in; `None` for a command.
    pub session: Option<Uuid>,
    /// From where.
    pub device: Device,
    /// What: the name of an action.
    pub action: String,
    /// On what kind of thing.
    pub subject_kind: String,
    /// On which one.
    pub subject: String,
    /// The code of the values beside it; empty when it never had any.
    pub values_mac: String,
    /// The code of all of the above but the number.
    pub content_mac: String,
    /// The code of the number, the entry before and the content.
    pub mac: String,
}

/// The values beside an entry; they are gone when the person was erased whose they were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrailValues {
    /// Whose they are; `None` when they are of no person.
    pub person: Option<UserId>,
    /// Random, so that nobody finds values that are gone by trying.
    pub salt: String,
    /// What was before.
    pub before: Option<String>,
    /// What is since.
    pub after: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// An entry with its values, if it has any left.
pub type StoredEntry = (TrailRow, Option<TrailValues>);

const ENTRY: [&str; 12] = [
    "seq",
    "at",
    "actor",
    "session",
    "address",
    "device",
    "action",
    "subject_kind",
    "subject",
    "values_mac",
    "content_mac",
    "mac",
];
const VALUES: [&str; 5] = ["person", "salt", "before_value", "after_value", "reason"];

impl<'a, C: ConnectionTrait> TrailRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// Why something of this kind was last done on this subject with this result; `None` when it was not, when nobody said why, and
    /// when the person was erased whose it is.
    pub async fn reason_of(
        &self,
        action: &str,
        (kind, subject): (&str, &str),
        result: &str,
    ) -> Result<Option<String>, Error> {
        let text = "SELECT v.reason FROM trail_entries e JOIN trail_values v ON v.seq = e.seq WHERE e.subject_kind = $1 \
                    AND e.subject = $2 AND e.action = $3 AND v.after_value = $4 ORDER BY e.seq DESC LIMIT 1";
        let values = [kind.into(), subject.into(), action.into(), result.into()];
        let row = sql::one(self.conn, text, values).await?;
        Ok(row.map(|row| row.try_get("", "reason")).transpose()?.flatten())
    }

    /// The head; `None` before the first entry.
    pub async fn head(&self) -> Result<Option<TrailHead>, Error> {
        self.head_locked("").await
    }

    async fn head_locked(&self, lock: &str) -> Result<Option<TrailHead>, Error> {
        let text = format!("SELECT trail, sealed_key, seq, mac FROM trail_head WHERE one = 1{lock}");
        let Some(row) = sql::one(self.conn, &text, []).await? else {
            return Ok(None);
        };
        Ok(Some(TrailHead {
            trail: row.try_get("", "trail")?,
            sealed_key: row.try_get("", "sealed_key")?,
            seq: number(&row)?,
            mac: row.try_get("", "mac")?,
        }))
    }

    /// Up to `limit` entries after the number `after`, in the order of the chain.
    pub async fn chain(&self, after: u64, limit: u32) -> Result<Vec<StoredEntry>, Error> {
        let mut select = entries();
        select
            .and_where(Expr::col(("trail_entries", "seq")).gt(signed(after)))
            .order_by(("trail_entries", "seq"), Order::Asc)
            .limit(u64::from(limit));
        self.read(&select).await
    }

    async fn read(&self, select: &SelectStatement) -> Result<Vec<StoredEntry>, Error> {
        self.conn.query_all(select).await?.iter().map(entry).collect()
    }
}

impl TrailRepository<'_, DatabaseTransaction> {
    /// Locks the head until the transaction ends: entries are numbered one after the other.
    pub async fn lock_head(&self) -> Result<Option<TrailHead>, Error> {
        self.head_locked(dialect::row_lock(self.conn)).await
    }

    /// Begins a trail, unless one was begun.
    pub async fn begin(&self, trail: Uuid, sealed_key: &str) -> Result<(), Error> {
        let text = "INSERT INTO trail_head (one, trail, sealed_key, seq, mac) VALUES (1, $1, $2, 0, '') \
                    ON CONFLICT (one) DO NOTHING";
        sql::run(self.conn, text, [trail.into(), sealed_key.into()]).await?;
        Ok(())
    }

    /// Adds an entry with its values, and moves the head there.
    pub async fn append(&self, row: &TrailRow, values: Option<&TrailValues>) -> Result<(), Error> {
        let text = "INSERT INTO trail_entries (seq, at, actor, session, address, device, action, subject_kind, subject, \
                    values_mac, content_mac, mac) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
        let entry = [
            signed(row.seq).into(),
            row.at.as_micros().into(),
            row.actor.as_str().into(),
            row.session.into(),
            row.device.address.as_str().into(),
            row.device.name.as_str().into(),
            row.action.as_str().into(),
            row.subject_kind.as_str().into(),
            row.subject.as_str().into(),
            row.values_mac.as_str().into(),
            row.content_mac.as_str().into(),
            row.mac.as_str().into(),
        ];
        sql::run(self.conn, text, entry).await?;
        if let Some(values) = values {
            let text = "INSERT INTO trail_values (seq, person, salt, before_value, after_value, reason) \
                        VALUES ($1, $2, $3, $4, $5, $6)";
            let values = [
                signed(row.seq).into(),
                values.person.map(|person| person.0).into(),
                values.salt.as_str().into(),
                values.before.clone().into(),
                values.after.clone().into(),
                values.reason.clone().into(),
            ];
            sql::run(self.conn, text, values).await?;
        }
        let head = "UPDATE trail_head SET seq = $1, mac = $2 WHERE one = 1";
        sql::run(self.conn, head, [signed(row.seq).into(), row.mac.as_str().into()]).await?;
        Ok(())
    }

    /// Deletes the values that are of a person; the entries stay. Returns how many there were.
    pub async fn forget_person(&self, person: UserId) -> Result<u64, Error> {
        sql::run(
            self.conn,
            "DELETE FROM trail_values WHERE person = $1",
            [person.0.into()],
        )
        .await
    }
}

fn entries() -> SelectStatement {
    Query::select()
        .columns(ENTRY.map(|column| ("trail_entries", column)))
        .columns(VALUES.map(|column| ("trail_values", column)))
        .from("trail_entries")
        .join(
            JoinType::LeftJoin,
            "trail_values",
            Expr::col(("trail_values", "seq")).equals(("trail_entries", "seq")),
        )
        .to_owned()
}

fn entry(row: &QueryResult) -> Result<StoredEntry, Error> {
    let text = |column: &str| row.try_get::<String>("", column);
    let stored = TrailRow {
        seq: number(row)?,
        at: Timestamp::from_micros(row.try_get("", "at")?),
        actor: text("actor")?,
        session: row.try_get("", "session")?,
        device: Device {
            address: text("address")?,
            name: text("device")?,
        },
        action: text("action")?,
        subject_kind: text("subject_kind")?,
        subject: text("subject")?,
        values_mac: text("values_mac")?,
        content_mac: text("content_mac")?,
        mac: text("mac")?,
    };
    let Some(salt) = row.try_get::<Option<String>>("", "salt")? else {
        return Ok((stored, None));
    };
    let values = TrailValues {
        person: row.try_get::<Option<Uuid>>("", "person")?.map(UserId),
        salt,
        before: row.try_get("", "before_value")?,
        after: row.try_get("", "after_value")?,
        reason: row.try_get("", "reason")?,
    };
    Ok((stored, Some(values)))
}

fn signed(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

fn number(row: &QueryResult) -> Result<u64, Error> {
    let seq: i64 = row.try_get("", "seq")?;
    Ok(u64::try_from(seq).unwrap_or(0))
}
