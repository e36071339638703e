//! Mails: waiting, sent, stored, and dead-lettered ones.

mod managed;

use domain::clock::Timestamp;
use domain::email::EmailAddress;
use domain::id::UserId;
use domain::mail::MailState;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult, Statement};
use uuid::Uuid;

use crate::{Error, sql};

pub use managed::ListedMail;

/// The repository of mails.
#[derive(Clone, Copy, Debug)]
pub struct MailRepository<'a, C> {
    conn: &'a C,
}

/// A mail to be sent. Without `Debug`: its content is sealed, and private all the same.
#[derive(Clone)]
pub struct NewMail {
    /// Its id, also the base of its Message-ID.
    pub id: Uuid,
    /// The account that it is about.
    pub user: Option<UserId>,
    /// The recipient.
    pub to: EmailAddress,
    /// The kind of its content.
    pub kind: &'static str,
    /// Its content, sealed.
    pub words: Vec<u8>,
    /// When it was created.
    pub created_at: Timestamp,
}

/// A mail as it is stored. Without `Debug`, as above.
#[derive(Clone)]
pub struct StoredMail {
    /// Its row.
    pub id: Uuid,
    /// The recipient.
    pub to: EmailAddress,
    /// The kind of its content.
    pub kind: String,
    /// Its content, sealed.
    pub words: Vec<u8>,
    /// When it was created.
    pub created_at: Timestamp,
    /// Its state.
    pub state: MailState,
    /// When a mail server accepted it.
    pub sent_at: Option<Timestamp>,
    /// How often sending it failed.
    pub failures: u32,
    /// Why it failed last.
    pub last_error: Option<String>,
}

/// What became of a mail, or of an attempt to send it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailOutcome {
    /// A mail server accepted it.
    Sent,
    /// It is stored, since there is no mail server.
    Kept,
    /// An attempt failed; there will be another.
    Failed,
    /// It is dead-lettered.
    DeadLettered,
}

impl MailOutcome {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Sent, Self::Kept, Self::Failed, Self::DeadLettered];

    /// The name in metrics and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Kept => "kept",
            Self::Failed => "failed",
            Self::DeadLettered => "dead",
        }
    }
}

/// The columns that [`mail`] reads.
const COLUMNS: &str = "id, recipient, kind, words, created_at, state, sent_at, failures, last_error";

impl<'a, C: ConnectionTrait> MailRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The mail of this id.
    pub async fn by_id(&self, id: Uuid) -> Result<Option<StoredMail>, Error> {
        let text = format!("SELECT {COLUMNS} FROM mails WHERE id = $1");
        let row = sql::one(self.conn, &text, [id.into()]).await?;
        row.as_ref().map(mail).transpose()
    }

    /// Up to `limit` mails, newest first, without the first `skipped` ones.
    pub async fn list(&self, limit: u32, skipped: u64) -> Result<Vec<StoredMail>, Error> {
        let text = format!("SELECT {COLUMNS} FROM mails ORDER BY created_at DESC, id DESC LIMIT $1 OFFSET $2");
        let skipped = i64::try_from(skipped).unwrap_or(i64::MAX);
        let rows = sql::all(self.conn, &text, [i64::from(limit).into(), skipped.into()]).await?;
        rows.iter().map(mail).collect()
    }

    /// How many mails there are.
    pub async fn count(&self) -> Result<u64, Error> {
        let row = sql::one(self.conn, "SELECT COUNT(*) AS mails FROM mails", []).await?;
        let mails: i64 = row.map_or(Ok(0), |row| row.try_get("", "mails"))?;
        Ok(u64::try_from(mails).unwrap_or(0))
    }

    /// How many mails had each outcome since the database counts them, in the order of [`MailOutcome::ALL`].
    pub async fn outcomes(&self) -> Result<[u64; 4], Error> {
        let mut counts = [0; 4];
        for row in sql::all(self.conn, "SELECT outcome, mails FROM mail_outcomes", []).await? {
            let (name, mails): (String, i64) = (row.try_get("", "outcome")?, row.try_get("", "mails")?);
            if let Some(at) = MailOutcome::ALL.iter().position(|outcome| outcome.as_str() == name) {
                counts[at] = u64::try_from(mails).unwrap_or(0);
            }
        }
        Ok(counts)
    }
}

impl MailRepository<'_, DatabaseTransaction> {
    /// Adds a mail that waits to be sent.
    pub async fn add(&self, mail: &NewMail) -> Result<(), Error> {
        self.conn.execute_raw(self.addition(mail)).await?;
        Ok(())
    }

    /// Adds it in one go with others' rows.
    pub(crate) fn addition(&self, mail: &NewMail) -> Statement {
        let text = "INSERT INTO mails (id, user_id, recipient, kind, words, state, created_at, failures) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, 0)";
        let values = [
            mail.id.into(),
            mail.user.map(|user| user.0).into(),
            mail.to.as_str().into(),
            mail.kind.into(),
            mail.words.clone().into(),
            MailState::Waiting.as_str().into(),
            mail.created_at.as_micros().into(),
        ];
        sql::statement(self.conn, text, values)
    }

    /// Records that a mail server accepted a mail.
    pub async fn sent(&self, id: Uuid, at: Timestamp) -> Result<(), Error> {
        let text = "UPDATE mails SET state = $2, sent_at = $3 WHERE id = $1";
        let values = [id.into(), MailState::Sent.as_str().into(), at.as_micros().into()];
        let changed = sql::run(self.conn, text, values).await?;
        self.tally(changed, MailOutcome::Sent).await
    }

    /// Records that a mail is stored, since there is no mail server.
    pub async fn kept(&self, id: Uuid) -> Result<(), Error> {
        let text = "UPDATE mails SET state = $2 WHERE id = $1";
        let changed = sql::run(self.conn, text, [id.into(), MailState::Kept.as_str().into()]).await?;
        self.tally(changed, MailOutcome::Kept).await
    }

    /// Records why a waiting mail could not be sent; with `permanent` it is dead-lettered.
    pub async fn failed(&self, id: Uuid, reason: &str, permanent: bool) -> Result<(), Error> {
        let state = if permanent {
            MailState::DeadLettered
        } else {
            MailState::Waiting
        };
        let text = "UPDATE mails SET state = $2, last_error = $3, failures = failures + 1 \
                    WHERE id = $1 AND state = $4";
        let values = [
            id.into(),
            state.as_str().into(),
            reason.into(),
            MailState::Waiting.as_str().into(),
        ];
        let changed = sql::run(self.conn, text, values).await?;
        let outcome = if permanent {
            MailOutcome::DeadLettered
        } else {
            MailOutcome::Failed
        };
        self.tally(changed, outcome).await
    }

    /// Counts an outcome in the database: mails are sent by several processes, some of them without metrics, and their rows
    /// are deleted after a while.
    async fn tally(&self, changed: u64, outcome: MailOutcome) -> Result<(), Error> {
        if changed > 0 {
            let text = "UPDATE mail_outcomes SET mails = mails + 1 WHERE outcome = $1";
            sql::run(self.conn, text, [outcome.as_str().into()]).await?;
        }
        Ok(())
    }

    /// Deletes mails that were sent or stored and created before `before`.
    pub async fn trim(&self, before: Timestamp) -> Result<u64, Error> {
        let text = "DELETE FROM mails WHERE state IN ($1, $2) AND created_at < $3";
        let values = [
            MailState::Sent.as_str().into(),
            MailState::Kept.as_str().into(),
            before.as_micros().into(),
        ];
        sql::run(self.conn, text, values).await
    }
}

/// Reads the columns of [`COLUMNS`].
fn mail(row: &QueryResult) -> Result<StoredMail, Error> {
    let (to, state): (String, String) = (row.try_get("", "recipient")?, row.try_get("", "state")?);
    Ok(StoredMail {
        id: row.try_get("", "id")?,
        to: EmailAddress::stored(&to).ok_or_else(|| unreadable("recipient"))?,
        kind: row.try_get("", "kind")?,
        words: row.try_get("", "words")?,
        created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        state: MailState::parse(&state).ok_or_else(|| unreadable("state"))?,
        sent_at: row.try_get::<Option<i64>>("", "sent_at")?.map(Timestamp::from_micros),
        failures: u32::try_from(row.try_get::<i64>("", "failures")?).unwrap_or(u32::MAX),
        last_error: row.try_get("", "last_error")?,
    })
}

fn unreadable(column: &str) -> Error {
    Error::Unreadable {
        table: "mails",
        reason: format!("the column {column} holds what this program never writes"),
    }
}
