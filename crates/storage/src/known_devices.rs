//! Known devices of accounts: each a secret in a browser's cookie, stored as a hash.

use domain::clock::Timestamp;
use domain::id::UserId;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::{Error, sql};

/// The repository of known devices.
#[derive(Clone, Copy, Debug)]
pub struct KnownDeviceRepository<'a, C> {
    conn: &'a C,
}

/// Hashes that are looked at in one statement.
pub const HASHES_MAX: usize = 5;

impl<'a, C: ConnectionTrait> KnownDeviceRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The one of these hashes that is of a device of `user` that was used after `after`; of several the last used.
    /// At most [`HASHES_MAX`] are looked at.
    pub async fn first_of(&self, user: UserId, hashes: &[String], after: Timestamp) -> Result<Option<String>, Error> {
        let hash = |at: usize| hashes.get(at).map_or("", String::as_str).into();
        let text = "SELECT hash FROM known_devices WHERE user_id = $1 AND used_at > $2 AND hash IN ($3, $4, $5, $6, $7) \
                    ORDER BY used_at DESC, hash LIMIT 1";
        let values = [
            user.0.into(),
            after.as_micros().into(),
            hash(0),
            hash(1),
            hash(2),
            hash(3),
            hash(4),
        ];
        let row = sql::one(self.conn, text, values).await?;
        Ok(row.map(|row| row.try_get("", "hash")).transpose()?)
    }
}

impl KnownDeviceRepository<'_, DatabaseTransaction> {
    /// Records that a device of `user` was used, and forgets all but the `most` that were used last. The caller has
    /// locked the account.
    pub async fn remember(&self, user: UserId, hash: &str, now: Timestamp, most: u32) -> Result<(), Error> {
        let text = "INSERT INTO known_devices (hash, user_id, used_at) VALUES ($1, $2, $3) \
                    ON CONFLICT (hash) DO UPDATE SET used_at = excluded.used_at \
                    WHERE known_devices.user_id = excluded.user_id";
        sql::run(self.conn, text, [hash.into(), user.0.into(), now.as_micros().into()]).await?;
        let text = "DELETE FROM known_devices WHERE user_id = $1 AND hash <> $3 AND hash NOT IN (SELECT hash FROM \
                    known_devices WHERE user_id = $1 AND hash <> $3 ORDER BY used_at DESC, hash LIMIT $2)";
        let others = i64::from(most.saturating_sub(1));
        sql::run(self.conn, text, [user.0.into(), others.into(), hash.into()]).await?;
        Ok(())
    }

    /// Forgets every device of `user`.
    pub async fn forget_all(&self, user: UserId) -> Result<u64, Error> {
        let text = "DELETE FROM known_devices WHERE user_id = $1";
        sql::run(self.conn, text, [user.0.into()]).await
    }

    /// Forgets devices that were not used after `before`.
    pub async fn trim(&self, before: Timestamp) -> Result<u64, Error> {
        let text = "DELETE FROM known_devices WHERE used_at <= $1";
        sql::run(self.conn, text, [before.as_micros().into()]).await
    }
}
