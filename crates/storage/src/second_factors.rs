//! Second factors: the sealed secret of each account, the last used time step, and hashes of recovery codes.

use domain::clock::Timestamp;
use domain::id::UserId;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::dialect::Kind;
use crate::{Error, dialect, sql};

/// The repository of second factors.
#[derive(Clone, Copy, Debug)]
pub struct SecondFactorRepository<'a, C> {
    conn: &'a C,
}

/// The second factor of an account. Without `Debug`: it is a secret, though a sealed one.
pub struct Factor {
    /// The secret, sealed, in hexadecimal.
    pub sealed_secret: String,
    /// When it was turned on; `None` until it is confirmed.
    pub since: Option<Timestamp>,
}

impl<'a, C: ConnectionTrait> SecondFactorRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The second factor of `user`, confirmed or not.
    pub async fn of(&self, user: UserId) -> Result<Option<Factor>, Error> {
        let text = "SELECT totp_secret, totp_since FROM users WHERE id = $1 AND totp_secret IS NOT NULL";
        let row = sql::one(self.conn, text, [user.0.into()]).await?;
        row.map(|row| {
            Ok(Factor {
                sealed_secret: row.try_get("", "totp_secret")?,
                since: row
                    .try_get::<Option<i64>>("", "totp_since")?
                    .map(Timestamp::from_micros),
            })
        })
        .transpose()
    }

    /// How many recovery codes `user` has left.
    pub async fn codes_left(&self, user: UserId) -> Result<u64, Error> {
        let text = "SELECT COUNT(*) AS codes FROM recovery_codes WHERE user_id = $1";
        let row = sql::one(self.conn, text, [user.0.into()]).await?;
        let codes = row.map_or(Ok(0), |row| row.try_get::<i64>("", "codes"))?;
        Ok(u64::try_from(codes).unwrap_or(0))
    }
}

impl SecondFactorRepository<'_, DatabaseTransaction> {
    /// Stores an unconfirmed secret; `false` when one is in force already.
    pub async fn propose(&self, user: UserId, sealed_secret: &str) -> Result<bool, Error> {
        let text = "UPDATE users SET totp_secret = $2 WHERE id = $1 AND totp_since IS NULL";
        Ok(sql::run(self.conn, text, [user.0.into(), sealed_secret.into()]).await? == 1)
    }

    /// Puts the unconfirmed secret in force; `false` when it is another one, or in force already.
    pub async fn confirm(&self, user: UserId, sealed_secret: &str, now: Timestamp) -> Result<bool, Error> {
        let text = "UPDATE users SET totp_since = $3, updated_at = $3 WHERE id = $1 AND totp_secret = $2 \
                    AND totp_since IS NULL";
        let values = [user.0.into(), sealed_secret.into(), now.as_micros().into()];
        Ok(sql::run(self.conn, text, values).await? == 1)
    }

    /// Forgets a secret that is not confirmed yet.
    pub async fn withdraw(&self, user: UserId) -> Result<(), Error> {
        let text =
            "UPDATE users SET totp_secret = NULL WHERE id = $1 AND totp_since IS NULL AND totp_secret IS NOT NULL";
        sql::run(self.conn, text, [user.0.into()]).await?;
        Ok(())
    }

    /// Removes the second factor with its recovery codes.
    pub async fn remove(&self, user: UserId, now: Timestamp) -> Result<bool, Error> {
        let text = "UPDATE users SET totp_secret = NULL, totp_since = NULL, updated_at = $2 WHERE id = $1 \
                    AND totp_since IS NOT NULL";
        let removed = sql::run(self.conn, text, [user.0.into(), now.as_micros().into()]).await? == 1;
        self.replace_codes(user, &[]).await?;
        Ok(removed)
    }

    /// Uses the code of a time step; `false` when this or a later one was used before.
    pub async fn use_step(&self, user: UserId, step: i64) -> Result<bool, Error> {
        let text = "UPDATE users SET totp_step = $2 WHERE id = $1 AND totp_step < $2";
        Ok(sql::run(self.conn, text, [user.0.into(), step.into()]).await? == 1)
    }

    /// Replaces the recovery codes of `user`.
    pub async fn replace_codes(&self, user: UserId, hashes: &[String]) -> Result<(), Error> {
        let text = "DELETE FROM recovery_codes WHERE user_id = $1";
        sql::run(self.conn, text, [user.0.into()]).await?;
        let columns = [("hash", Kind::Text), ("user_id", Kind::Uuid)];
        let rows = hashes.iter().map(|hash| vec![hash.clone().into(), user.0.into()]);
        dialect::insert_many(self.conn, "recovery_codes", &columns, rows.collect(), "").await?;
        Ok(())
    }

    /// Uses a recovery code; `false` when it does not exist, or was used before.
    pub async fn use_code(&self, user: UserId, hash: &str) -> Result<bool, Error> {
        let text = "DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2";
        Ok(sql::run(self.conn, text, [user.0.into(), hash.into()]).await? == 1)
    }
}
