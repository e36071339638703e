//! Tickets: single-use proofs that expire (a mail's code, a link, the step between password and second factor), by
//! hash.

use domain::clock::Timestamp;
use domain::id::UserId;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use crate::{Error, sql};

/// The repository of tickets.
#[derive(Clone, Copy, Debug)]
pub struct TicketRepository<'a, C> {
    conn: &'a C,
}

/// The only purpose of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketPurpose {
    /// Verifying an e-mail address.
    VerifyEmail,
    /// Setting a new password.
    ResetPassword,
    /// Proving the second factor after the password.
    SecondFactor,
    /// Making a browser a known device of the account.
    KnownDevice,
}

impl TicketPurpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::SecondFactor => "second_factor",
            Self::KnownDevice => "known_device",
        }
    }
}

impl<'a, C: ConnectionTrait> TicketRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The account of the valid ticket with this hash, if there is one.
    pub async fn valid_owner(
        &self,
        hash: &str,
        purpose: TicketPurpose,
        now: Timestamp,
    ) -> Result<Option<UserId>, Error> {
        let text = "SELECT user_id FROM tickets WHERE hash = $1 AND purpose = $2 AND expires_at > $3";
        let values = [hash.into(), purpose.as_str().into(), now.as_micros().into()];
        let row = sql::one(self.conn, text, values).await?;
        Ok(row
            .map(|row| row.try_get::<Uuid>("", "user_id"))
            .transpose()?
            .map(UserId))
    }

    /// Whose ticket this is; it is not used up.
    pub async fn owner(&self, hash: &str, purpose: TicketPurpose) -> Result<Option<UserId>, Error> {
        let text = "SELECT user_id FROM tickets WHERE hash = $1 AND purpose = $2";
        let row = sql::one(self.conn, text, [hash.into(), purpose.as_str().into()]).await?;
        row.map(|row| Ok(UserId(row.try_get::<Uuid>("", "user_id")?)))
            .transpose()
    }

    /// Whether `user` has a valid ticket for `purpose`.
    pub async fn outstanding(&self, user: UserId, purpose: TicketPurpose, now: Timestamp) -> Result<bool, Error> {
        let text = "SELECT hash FROM tickets WHERE user_id = $1 AND purpose = $2 AND expires_at > $3 LIMIT 1";
        let values = [user.0.into(), purpose.as_str().into(), now.as_micros().into()];
        Ok(sql::one(self.conn, text, values).await?.is_some())
    }
}

impl TicketRepository<'_, DatabaseTransaction> {
    /// Creates a ticket for `user`.
    pub async fn issue(
        &self,
        hash: &str,
        user: UserId,
        purpose: TicketPurpose,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        let text = "INSERT INTO tickets (hash, user_id, purpose, attempts, expires_at) VALUES ($1, $2, $3, 0, $4)";
        let values = [
            hash.into(),
            user.0.into(),
            purpose.as_str().into(),
            expires_at.as_micros().into(),
        ];
        sql::run(self.conn, text, values).await?;
        Ok(())
    }

    /// Deletes every ticket of `user` for `purpose`.
    pub async fn void(&self, user: UserId, purpose: TicketPurpose) -> Result<u64, Error> {
        let text = "DELETE FROM tickets WHERE user_id = $1 AND purpose = $2";
        sql::run(self.conn, text, [user.0.into(), purpose.as_str().into()]).await
    }

    /// Deletes every ticket of `user`.
    pub async fn void_all(&self, user: UserId) -> Result<u64, Error> {
        sql::run(self.conn, "DELETE FROM tickets WHERE user_id = $1", [user.0.into()]).await
    }

    /// Uses a ticket up; returns its user, if it existed and had not expired.
    pub async fn redeem(&self, hash: &str, purpose: TicketPurpose, now: Timestamp) -> Result<Option<UserId>, Error> {
        let text = "DELETE FROM tickets WHERE hash = $1 AND purpose = $2 AND expires_at > $3 RETURNING user_id";
        let values = [hash.into(), purpose.as_str().into(), now.as_micros().into()];
        let row = sql::one(self.conn, text, values).await?;
        Ok(row
            .map(|row| row.try_get::<Uuid>("", "user_id"))
            .transpose()?
            .map(UserId))
    }

    /// Counts an attempt at the second factor's ticket with this hash; returns its user, unless `tries_max` attempts
    /// were made before.
    pub async fn try_second_factor(&self, hash: &str, tries_max: u32, now: Timestamp) -> Result<Option<UserId>, Error> {
        let text = "UPDATE tickets SET attempts = attempts + 1 WHERE hash = $1 AND purpose = $2 AND expires_at > $3 \
                    AND attempts < $4 RETURNING user_id";
        let values = [
            hash.into(),
            TicketPurpose::SecondFactor.as_str().into(),
            now.as_micros().into(),
            i64::from(tries_max).into(),
        ];
        let row = sql::one(self.conn, text, values).await?;
        Ok(row
            .map(|row| row.try_get::<Uuid>("", "user_id"))
            .transpose()?
            .map(UserId))
    }

    /// Counts an attempt at the code that was mailed to `user`; returns the code's hash, unless `tries_max` attempts
    /// were made before.
    pub async fn try_code(&self, user: UserId, tries_max: u32, now: Timestamp) -> Result<Option<String>, Error> {
        let text = "UPDATE tickets SET attempts = attempts + 1 WHERE user_id = $1 AND purpose = $2 AND expires_at > $3 \
                    AND attempts < $4 RETURNING hash";
        let values = [
            user.0.into(),
            TicketPurpose::VerifyEmail.as_str().into(),
            now.as_micros().into(),
            i64::from(tries_max).into(),
        ];
        let row = sql::one(self.conn, text, values).await?;
        Ok(row.map(|row| row.try_get("", "hash")).transpose()?)
    }

    /// Deletes expired tickets.
    pub async fn trim(&self, now: Timestamp) -> Result<u64, Error> {
        sql::run(
            self.conn,
            "DELETE FROM tickets WHERE expires_at <= $1",
            [now.as_micros().into()],
        )
        .await
    }
}
