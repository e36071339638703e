//! Sign-ins: each from its beginning to its end, with the tokens that prolong it.

use domain::account::User;
use domain::clock::Timestamp;
use domain::id::{SessionId, UserId};
use domain::security::Device;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use uuid::Uuid;

use crate::{Error, accounts, dialect, sql};

/// The room of sign-ins.
#[derive(Clone, Copy, Debug)]
pub struct SessionRepository<'a, C> {
    conn: &'a C,
}

/// One sign-in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was used last, to five minutes.
    pub seen_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// From where it began.
    pub device: Device,
}

/// A refresh token that exists, locked until the transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refresh {
    /// The sign-in that it prolongs.
    pub session: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// When it was used; `None` while it was not.
    pub used_at: Option<Timestamp>,
    /// When the sign-in ends by itself.
    pub expires_at: Timestamp,
}

impl<'a, C: ConnectionTrait> SessionRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The sign-in of this id and whose it is, if it has not ended.
    pub async fn find(&self, id: SessionId, now: Timestamp) -> Result<Option<(Session, User)>, Error> {
        let text = format!(
            "SELECT {}, {SESSION} FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1 AND s.expires_at > $2",
            accounts::COLUMNS
        );
        let row = sql::one(self.conn, &text, [id.0.into(), now.as_micros().into()]).await?;
        row.map(|row| Ok((session(&row)?, accounts::user(&row)?))).transpose()
    }

    /// The sign-ins of `user` that have not ended, the last used first.
    pub async fn of(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, Error> {
        let text = format!(
            "SELECT {SESSION} FROM sessions s WHERE s.user_id = $1 AND s.expires_at > $2 ORDER BY s.seen_at DESC, s.id LIMIT 100"
        );
        let rows = sql::all(self.conn, &text, [user.0.into(), now.as_micros().into()]).await?;
        rows.iter().map(session).collect()
    }
}

const SESSION: &str = "s.id AS session_id, s.created_at AS begun_at, s.seen_at, s.expires_at, s.address, s.device";

fn session(row: &QueryResult) -> Result<Session, Error> {
    let time = |column: &str| row.try_get::<i64>("", column).map(Timestamp::from_micros);
    Ok(Session {
        id: SessionId(row.try_get::<Uuid>("", "session_id")?),
        created_at: time("begun_at")?,
        seen_at: time("seen_at")?,
        expires_at: time("expires_at")?,
        device: Device {
            address: row.try_get("", "address")?,
            name: row.try_get("", "device")?,
        },
    })
}

impl SessionRepository<'_, DatabaseTransaction> {
    /// Begins a sign-in.
    pub async fn begin(&self, session: &Session, user: UserId) -> Result<(), Error> {
        let text = "INSERT INTO sessions (id, user_id, created_at, seen_at, expires_at, address, device) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let values = [
            session.id.0.into(),
            user.0.into(),
            session.created_at.as_micros().into(),
            session.seen_at.as_micros().into(),
            session.expires_at.as_micros().into(),
            session.device.address.as_str().into(),
            session.device.name.as_str().into(),
        ];
        sql::run(self.conn, text, values).await?;
        Ok(())
    }

    /// Gives a sign-in one more refresh token, known by its hash.
    pub async fn add_refresh(&self, id: SessionId, hash: &str, now: Timestamp) -> Result<(), Error> {
        let text = "INSERT INTO refresh_tokens (hash, session_id, issued_at) VALUES ($1, $2, $3)";
        sql::run(self.conn, text, [hash.into(), id.0.into(), now.as_micros().into()]).await?;
        Ok(())
    }

    /// The refresh token with this hash, if its sign-in has not ended. The sign-in is locked: of two who use a token at
    /// the same time one is first.
    pub async fn refresh(&self, hash: &str, now: Timestamp) -> Result<Option<Refresh>, Error> {
        let lock = format!(
            "SELECT id FROM sessions WHERE id = (SELECT session_id FROM refresh_tokens WHERE hash = $1){}",
            dialect::row_lock(self.conn)
        );
        if sql::one(self.conn, &lock, [hash.into()]).await?.is_none() {
            return Ok(None);
        }
        let text = "SELECT s.id, s.user_id, s.expires_at, r.used_at FROM refresh_tokens r \
                    JOIN sessions s ON s.id = r.session_id WHERE r.hash = $1 AND s.expires_at > $2";
        let Some(row) = sql::one(self.conn, text, [hash.into(), now.as_micros().into()]).await? else {
            return Ok(None);
        };
        Ok(Some(Refresh {
            session: SessionId(row.try_get::<Uuid>("", "id")?),
            user: UserId(row.try_get::<Uuid>("", "user_id")?),
            used_at: row.try_get::<Option<i64>>("", "used_at")?.map(Timestamp::from_micros),
            expires_at: Timestamp::from_micros(row.try_get("", "expires_at")?),
        }))
    }

    /// Notes that a refresh token was used; the first time counts.
    pub async fn use_refresh(&self, hash: &str, now: Timestamp) -> Result<(), Error> {
        let text = "UPDATE refresh_tokens SET used_at = $2 WHERE hash = $1 AND used_at IS NULL";
        sql::run(self.conn, text, [hash.into(), now.as_micros().into()]).await?;
        Ok(())
    }

    /// Notes that a sign-in was used, and from when on it ends by itself.
    pub async fn seen(&self, id: SessionId, now: Timestamp, expires_at: Timestamp) -> Result<(), Error> {
        let text = "UPDATE sessions SET seen_at = $2, expires_at = $3 WHERE id = $1";
        let values = [id.0.into(), now.as_micros().into(), expires_at.as_micros().into()];
        sql::run(self.conn, text, values).await?;
        Ok(())
    }

    /// Ends one sign-in of `user`, its tokens with it; `false` when there is none.
    pub async fn end(&self, id: SessionId, user: UserId) -> Result<bool, Error> {
        let text = "DELETE FROM sessions WHERE id = $1 AND user_id = $2";
        Ok(sql::run(self.conn, text, [id.0.into(), user.0.into()]).await? == 1)
    }

    /// Ends every sign-in of `user` but `kept`; returns how many that were.
    pub async fn end_all(&self, user: UserId, kept: Option<SessionId>) -> Result<u64, Error> {
        let text = "DELETE FROM sessions WHERE user_id = $1 AND id <> $2";
        let kept = kept.map_or(Uuid::nil(), |kept| kept.0);
        sql::run(self.conn, text, [user.0.into(), kept.into()]).await
    }

    /// Forgets sign-ins that ended by themselves, their tokens with them.
    pub async fn trim(&self, now: Timestamp) -> Result<u64, Error> {
        let text = "DELETE FROM sessions WHERE expires_at <= $1";
        sql::run(self.conn, text, [now.as_micros().into()]).await
    }
}
