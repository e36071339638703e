//! Throttles: limits on attempts, counted in the database so that they hold for all processes together.

use std::time::Duration;

use domain::clock::Timestamp;
use sea_orm::{ConnectionTrait, DatabaseTransaction};

use crate::leases::micros;
use crate::{Error, dialect, sql};

/// The repository of throttles.
#[derive(Clone, Copy, Debug)]
pub struct ThrottleRepository<'a, C> {
    conn: &'a C,
}

/// A limit: `burst` attempts at once, and one more for each interval `every`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Attempts at once, at least 1.
    pub burst: u32,
    /// The interval after which one more is allowed.
    pub every: Duration,
}

impl<'a, C: ConnectionTrait> ThrottleRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }
}

impl ThrottleRepository<'_, DatabaseTransaction> {
    /// Counts an attempt under `name`; if it is one too many, returns the time to wait and counts nothing.
    ///
    /// A row stores when all attempts are free again (the generic cell rate algorithm, ITU-T I.371): one number for
    /// each name, one statement for each attempt, and rows whose time has passed have no effect.
    pub async fn take(&self, name: &str, rate: Rate, now: Timestamp) -> Result<Option<Duration>, Error> {
        let later = dialect::greater(self.conn, "throttles.free_at", "$2");
        let text = format!(
            "INSERT INTO throttles (name, free_at) VALUES ($1, $2 + $3) ON CONFLICT (name) DO UPDATE \
             SET free_at = {later} + $3 WHERE {later} + $3 <= $2 + $4"
        );
        let every = micros(rate.every);
        let whole = every.saturating_mul(i64::from(rate.burst.max(1)));
        let values = [name.into(), now.as_micros().into(), every.into(), whole.into()];
        if sql::run(self.conn, &text, values).await? == 1 {
            return Ok(None);
        }
        let row = sql::one(
            self.conn,
            "SELECT free_at FROM throttles WHERE name = $1",
            [name.into()],
        )
        .await?;
        let free_at = row.map_or(Ok(0), |row| row.try_get::<i64>("", "free_at"))?;
        Ok(Some(Timestamp::from_micros(free_at + every - whole).since(now)))
    }

    /// Takes back an attempt that was counted under `name`.
    pub async fn give_back(&self, name: &str, rate: Rate) -> Result<(), Error> {
        let text = "UPDATE throttles SET free_at = free_at - $2 WHERE name = $1";
        sql::run(self.conn, text, [name.into(), micros(rate.every).into()]).await?;
        Ok(())
    }

    /// Deletes rows without effect.
    pub async fn trim(&self, now: Timestamp) -> Result<u64, Error> {
        sql::run(
            self.conn,
            "DELETE FROM throttles WHERE free_at < $1",
            [now.as_micros().into()],
        )
        .await
    }
}
