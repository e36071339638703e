//! Guests: sessions of visitors who have not signed in, each identified by a secret in the browser's cookie.

use domain::clock::Timestamp;
use domain::id::{GuestId, UserId};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use crate::{Error, dialect, sql};

/// The repository of guests.
#[derive(Clone, Copy, Debug)]
pub struct GuestRepository<'a, C> {
    conn: &'a C,
}

/// An open session of a guest: it has not expired, and it has not migrated to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guest {
    /// Its id.
    pub id: GuestId,
    /// When it was used last, accurate to a minute.
    pub used_at: Timestamp,
}

impl<'a, C: ConnectionTrait> GuestRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The open session whose secret has this hash, if it was used after `since`.
    pub async fn open_session(&self, secret_hash: &str, since: Timestamp) -> Result<Option<Guest>, Error> {
        let text =
            "SELECT id, used_at FROM guest_sessions WHERE secret_hash = $1 AND used_at > $2 AND taken_by IS NULL";
        let row = sql::one(self.conn, text, [secret_hash.into(), since.as_micros().into()]).await?;
        row.map(|row| {
            Ok(Guest {
                id: GuestId(row.try_get::<Uuid>("", "id")?),
                used_at: Timestamp::from_micros(row.try_get("", "used_at")?),
            })
        })
        .transpose()
    }
}

impl GuestRepository<'_, DatabaseTransaction> {
    /// Begins a guest's session.
    pub async fn begin(&self, id: GuestId, secret_hash: &str, now: Timestamp) -> Result<(), Error> {
        let text = "INSERT INTO guest_sessions (id, secret_hash, created_at, used_at) VALUES ($1, $2, $3, $3)";
        sql::run(
            self.conn,
            text,
            [id.0.into(), secret_hash.into(), now.as_micros().into()],
        )
        .await?;
        Ok(())
    }

    /// Takes a shared lock against [`lock`](Self::lock) until the transaction ends; `false` when it is no longer open.
    pub async fn share(&self, id: GuestId) -> Result<bool, Error> {
        self.hold(id, dialect::row_lock_shared(self.conn)).await
    }

    /// Locks a session until the transaction ends: no other transaction then changes its cart or wishlist. `false` when
    /// it is no longer open.
    pub async fn lock(&self, id: GuestId) -> Result<bool, Error> {
        self.hold(id, dialect::row_lock(self.conn)).await
    }

    async fn hold(&self, id: GuestId, lock: &str) -> Result<bool, Error> {
        let text = format!("SELECT id FROM guest_sessions WHERE id = $1 AND taken_by IS NULL{lock}");
        Ok(sql::one(self.conn, &text, [id.0.into()]).await?.is_some())
    }

    /// Locks the sessions that migrated to `user` after `since`, in the order of their ids.
    pub async fn lock_migrated(&self, user: UserId, since: Timestamp) -> Result<Vec<GuestId>, Error> {
        let text = format!(
            "SELECT id FROM guest_sessions WHERE taken_by = $1 AND taken_at > $2 ORDER BY id{}",
            dialect::row_lock(self.conn)
        );
        let rows = sql::all(self.conn, &text, [user.0.into(), since.as_micros().into()]).await?;
        rows.iter()
            .map(|row| Ok(GuestId(row.try_get::<Uuid>("", "id")?)))
            .collect()
    }

    /// Records that a session was used.
    pub async fn used(&self, id: GuestId, now: Timestamp) -> Result<(), Error> {
        let text = "UPDATE guest_sessions SET used_at = $2 WHERE id = $1 AND taken_by IS NULL";
        sql::run(self.conn, text, [id.0.into(), now.as_micros().into()]).await?;
        Ok(())
    }

    /// Links a session to `user`: its secret gives no access from now on. `false` when it is linked already.
    pub async fn take(&self, id: GuestId, user: UserId, now: Timestamp) -> Result<bool, Error> {
        let text = "UPDATE guest_sessions SET taken_by = $2, taken_at = $3 WHERE id = $1 AND taken_by IS NULL";
        let values = [id.0.into(), user.0.into(), now.as_micros().into()];
        Ok(sql::run(self.conn, text, values).await? == 1)
    }

    /// Deletes open sessions that were last used before `unused_since`, and sessions migrated before `taken_before`,
    /// with all their lines.
    pub async fn trim(&self, unused_since: Timestamp, taken_before: Timestamp) -> Result<u64, Error> {
        let text = "DELETE FROM guest_sessions WHERE (taken_by IS NULL AND used_at <= $1) \
                    OR (taken_by IS NOT NULL AND taken_at <= $2)";
        let values = [unused_since.as_micros().into(), taken_before.as_micros().into()];
        sql::run(self.conn, text, values).await
    }
}
