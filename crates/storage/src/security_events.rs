//! Security events of accounts: successful and failed sign-ins, and every change of what protects an account.

mod managed;

use domain::clock::Timestamp;
use domain::id::UserId;
use domain::security::{Device, SecurityEvent};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use crate::{Error, sql};

pub use managed::SecurityLine;

/// The repository of security events.
#[derive(Clone, Copy, Debug)]
pub struct SecurityEventRepository<'a, C> {
    conn: &'a C,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityRecord {
    /// The time.
    pub at: Timestamp,
    /// The account; `None` when there is none with the address that was tried.
    pub user: Option<UserId>,
    /// The event.
    pub event: SecurityEvent,
    /// The device.
    pub device: Device,
}

impl<'a, C: ConnectionTrait> SecurityEventRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// The events of `user`, newest first.
    pub async fn of(&self, user: UserId, limit: u32) -> Result<Vec<SecurityRecord>, Error> {
        let text = "SELECT at, kind, address, device FROM security_events WHERE user_id = $1 \
                    ORDER BY at DESC, id DESC LIMIT $2";
        let rows = sql::all(self.conn, text, [user.0.into(), i64::from(limit).into()]).await?;
        let mut records = Vec::new();
        for row in rows {
            let kind: String = row.try_get("", "kind")?;
            // A newer version of the program may have written events that this one does not know.
            let Some(event) = SecurityEvent::parse(&kind) else {
                continue;
            };
            records.push(SecurityRecord {
                at: Timestamp::from_micros(row.try_get("", "at")?),
                user: Some(user),
                event,
                device: Device {
                    address: row.try_get("", "address")?,
                    name: row.try_get("", "device")?,
                },
            });
        }
        Ok(records)
    }
}

impl<C: ConnectionTrait> SecurityEventRepository<'_, C> {
    /// When the account's password was reset, or its second factor changed, last.
    pub async fn protection_changed_at(&self, user: UserId) -> Result<Option<Timestamp>, Error> {
        let kinds = [
            SecurityEvent::PasswordReset,
            SecurityEvent::SecondFactorOn,
            SecurityEvent::SecondFactorOff,
        ];
        let kinds = kinds.map(|kind| format!("'{}'", kind.as_str())).join(", ");
        let text = format!("SELECT MAX(at) AS last FROM security_events WHERE user_id = $1 AND kind IN ({kinds})");
        let row = sql::one(self.conn, &text, [user.0.into()]).await?;
        let last: Option<i64> = row.map(|row| row.try_get("", "last")).transpose()?.flatten();
        Ok(last.map(Timestamp::from_micros))
    }
}

impl SecurityEventRepository<'_, DatabaseTransaction> {
    /// Records an event.
    pub async fn record(&self, id: Uuid, record: &SecurityRecord) -> Result<(), Error> {
        let text = "INSERT INTO security_events (id, at, user_id, kind, address, device) \
                    VALUES ($1, $2, $3, $4, $5, $6)";
        let values = [
            id.into(),
            record.at.as_micros().into(),
            record.user.map(|user| user.0).into(),
            record.event.as_str().into(),
            record.device.address.as_str().into(),
            record.device.name.as_str().into(),
        ];
        sql::run(self.conn, text, values).await?;
        Ok(())
    }

    /// Deletes events before `before`.
    pub async fn trim(&self, before: Timestamp) -> Result<u64, Error> {
        let text = "DELETE FROM security_events WHERE at < $1";
        sql::run(self.conn, text, [before.as_micros().into()]).await
    }
}
