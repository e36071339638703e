//! Sign-ins: each from its beginning to its end, with its refresh tokens.

use domain::account::User;
use domain::clock::Timestamp;
use domain::id::{SessionId, UserId};
use domain::security::Device;
use sea_orm::{ConnectionTrait, DatabaseTransaction, QueryResult};
use uuid::Uuid;

use crate::{Error, accounts, dialect, sql};

/// The repository of sign-ins.
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
    /// When it was used last, accurate to five minutes.
    pub seen_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When its owner last proved who they are, by the password or a second factor.
    pub proven_at: Timestamp,
    /// The device that it began on.
    pub device: Device,
}

/// An existing refresh token, locked until the transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refresh {
    /// The sign-in that it extends.
    pub session: SessionId,
    /// Its owner.
    pub user: UserId,
    /// When it was used; `None` if it was not.
    pub used_at: Option<Timestamp>,
    /// When the sign-in began.
    pub created_at: Timestamp,
}

impl<'a, C: ConnectionTrait> SessionRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The sign-in with this id and its owner, if it has not ended.
    pub async fn find(&self, id: SessionId, now: Timestamp) -> Result<Option<(Session, User)>, Error> {
        let text = format!(
            "SELECT {}, {SESSION} FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1 AND s.expires_at > $2",
            accounts::COLUMNS
        );
        let row = sql::one(self.conn, &text, [id.0.into(), now.as_micros().into()]).await?;
        row.map(|row| Ok((session(&row)?, accounts::user(&row)?))).transpose()
    }

    /// The sign-ins of `user` that have not ended, last used first.
    pub async fn of(&self, user: UserId, now: Timestamp) -> Result<Vec<Session>, Error> {
        let text = format!(
            "SELECT {SESSION} FROM sessions s WHERE s.user_id = $1 AND s.expires_at > $2 ORDER BY s.seen_at DESC, s.id LIMIT 100"
        );
        let rows = sql::all(self.conn, &text, [user.0.into(), now.as_micros().into()]).await?;
        rows.iter().map(session).collect()
    }
}

const SESSION: &str = "s.id AS session_id, s.created_at AS begun_at, s.seen_at, s.expires_at, s.proven_at, \
                       s.address, s.device";

fn session(row: &QueryResult) -> Result<Session, Error> {
    let time = |column: &str| row.try_get::<i64>("", column).map(Timestamp::from_micros);
    Ok(Session {
        id: SessionId(row.try_get::<Uuid>("", "session_id")?),
        created_at: time("begun_at")?,
        seen_at: time("seen_at")?,
        expires_at: time("expires_at")?,
        proven_at: time("proven_at")?,
        device: Device {
            address: row.try_get("", "address")?,
            name: row.try_get("", "device")?,
        },
    })
}

impl SessionRepository<'_, DatabaseTransaction> {
    /// The sign-in with this id of `user`, if it has not ended; until the transaction ends it cannot.
    pub async fn share(&self, id: SessionId, user: UserId, now: Timestamp) -> Result<Option<Session>, Error> {
        let text = format!(
            "SELECT {SESSION} FROM sessions s WHERE s.id = $1 AND s.user_id = $2 AND s.expires_at > $3{}",
            dialect::row_lock_shared(self.conn)
        );
        let values = [id.0.into(), user.0.into(), now.as_micros().into()];
        let row = sql::one(self.conn, &text, values).await?;
        row.as_ref().map(session).transpose()
    }

    /// Begins a sign-in.
    pub async fn begin(&self, session: &Session, user: UserId) -> Result<(), Error> {
        let text = "INSERT INTO sessions (id, user_id, created_at, seen_at, expires_at, proven_at, address, device) \
                    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let values = [
            session.id.0.into(),
            user.0.into(),
            session.created_at.as_micros().into(),
            session.seen_at.as_micros().into(),
            session.expires_at.as_micros().into(),
            session.proven_at.as_micros().into(),
            session.device.address.as_str().into(),
            session.device.name.as_str().into(),
        ];
        sql::run(self.conn, text, values).await?;
        Ok(())
    }

    /// Adds a refresh token to a sign-in, by its hash.
    pub async fn add_refresh(&self, id: SessionId, hash: &str, now: Timestamp) -> Result<(), Error> {
        let text = "INSERT INTO refresh_tokens (hash, session_id, issued_at) VALUES ($1, $2, $3)";
        sql::run(self.conn, text, [hash.into(), id.0.into(), now.as_micros().into()]).await?;
        Ok(())
    }

    /// The refresh token with this hash, if its sign-in has not ended. The sign-in is locked, so simultaneous uses of a
    /// token run one after the other.
    pub async fn refresh(&self, hash: &str, now: Timestamp) -> Result<Option<Refresh>, Error> {
        let lock = format!(
            "SELECT id FROM sessions WHERE id = (SELECT session_id FROM refresh_tokens WHERE hash = $1){}",
            dialect::row_lock(self.conn)
        );
        if sql::one(self.conn, &lock, [hash.into()]).await?.is_none() {
            return Ok(None);
        }
        let text = "SELECT s.id, s.user_id, s.created_at, r.used_at FROM refresh_tokens r \
                    JOIN sessions s ON s.id = r.session_id WHERE r.hash = $1 AND s.expires_at > $2";
        let Some(row) = sql::one(self.conn, text, [hash.into(), now.as_micros().into()]).await? else {
            return Ok(None);
        };
        Ok(Some(Refresh {
            session: SessionId(row.try_get::<Uuid>("", "id")?),
            user: UserId(row.try_get::<Uuid>("", "user_id")?),
            used_at: row.try_get::<Option<i64>>("", "used_at")?.map(Timestamp::from_micros),
            created_at: Timestamp::from_micros(row.try_get("", "created_at")?),
        }))
    }

    /// Records that a refresh token was used; only the first time counts.
    pub async fn use_refresh(&self, hash: &str, now: Timestamp) -> Result<(), Error> {
        let text = "UPDATE refresh_tokens SET used_at = $2 WHERE hash = $1 AND used_at IS NULL";
        sql::run(self.conn, text, [hash.into(), now.as_micros().into()]).await?;
        Ok(())
    }

    /// Records that a sign-in was used, and when it will expire.
    pub async fn seen(&self, id: SessionId, now: Timestamp, expires_at: Timestamp) -> Result<(), Error> {
        let text = "UPDATE sessions SET seen_at = $2, expires_at = $3 WHERE id = $1";
        let values = [id.0.into(), now.as_micros().into(), expires_at.as_micros().into()];
        sql::run(self.conn, text, values).await?;
        Ok(())
    }

    /// Records that the owner of a sign-in proved who they are; `false` when it has ended.
    pub async fn prove(&self, id: SessionId, user: UserId, now: Timestamp) -> Result<bool, Error> {
        let text = "UPDATE sessions SET proven_at = $3 WHERE id = $1 AND user_id = $2 AND expires_at > $3";
        let values = [id.0.into(), user.0.into(), now.as_micros().into()];
        Ok(sql::run(self.conn, text, values).await? == 1)
    }

    /// Ends one sign-in of `user` with its tokens; `false` when it does not exist.
    pub async fn end(&self, id: SessionId, user: UserId) -> Result<bool, Error> {
        let text = "DELETE FROM sessions WHERE id = $1 AND user_id = $2";
        Ok(sql::run(self.conn, text, [id.0.into(), user.0.into()]).await? == 1)
    }

    /// Ends every sign-in of `user` but `kept`; returns their number.
    pub async fn end_all(&self, user: UserId, kept: Option<SessionId>) -> Result<u64, Error> {
        let text = "DELETE FROM sessions WHERE user_id = $1 AND id <> $2";
        let kept = kept.map_or(Uuid::nil(), |kept| kept.0);
        sql::run(self.conn, text, [user.0.into(), kept.into()]).await
    }

    /// Deletes expired sign-ins with their tokens.
    pub async fn trim(&self, now: Timestamp) -> Result<u64, Error> {
        let text = "DELETE FROM sessions WHERE expires_at <= $1";
        sql::run(self.conn, text, [now.as_micros().into()]).await
    }
}
