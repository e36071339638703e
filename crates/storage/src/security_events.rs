//! What happened to accounts: sign-ins that succeeded and failed, and every change that guards one.

use domain::clock::Timestamp;
use domain::id::UserId;
use domain::security::{Device, SecurityEvent};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use crate::{Error, sql};

/// The repository of security events.
#[derive(Clone, Copy, Debug)]
pub struct SecurityEventRepository<'a, C> {
    conn: &'a C,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityRecord {
    /// When.
    pub at: Timestamp,
    /// To which account; `None` when there is none of that address.
    pub user: Option<UserId>,
    /// What.
    pub event: SecurityEvent,
    /// From where.
    pub device: Device,
}

impl<'a, C: ConnectionTrait> SecurityEventRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// What happened to `user`, the latest first.
    pub async fn of(&self, user: UserId, limit: u32) -> Result<Vec<SecurityRecord>, Error> {
        let text = "SELECT at, kind, address, device FROM security_events WHERE user_id = $1 \
                    ORDER BY at DESC, id DESC LIMIT $2";
        let rows = sql::all(self.conn, text, [user.0.into(), i64::from(limit).into()]).await?;
        let mut happened = Vec::new();
        for row in rows {
            let kind: String = row.try_get("", "kind")?;
            // A newer version of the program may have written kinds that this one does not know.
            let Some(event) = SecurityEvent::parse(&kind) else {
                continue;
            };
            happened.push(SecurityRecord {
                at: Timestamp::from_micros(row.try_get("", "at")?),
                user: Some(user),
                event,
                device: Device {
                    address: row.try_get("", "address")?,
                    name: row.try_get("", "device")?,
                },
            });
        }
        Ok(happened)
    }
}

impl SecurityEventRepository<'_, DatabaseTransaction> {
    /// Records what happened.
    pub async fn record(&self, id: Uuid, happened: &SecurityRecord) -> Result<(), Error> {
        let text = "INSERT INTO security_events (id, at, user_id, kind, address, device) \
                    VALUES ($1, $2, $3, $4, $5, $6)";
        let values = [
            id.into(),
            happened.at.as_micros().into(),
            happened.user.map(|user| user.0).into(),
            happened.event.as_str().into(),
            happened.device.address.as_str().into(),
            happened.device.name.as_str().into(),
        ];
        sql::run(self.conn, text, values).await?;
        Ok(())
    }

    /// Forgets what happened before `before`.
    pub async fn trim(&self, before: Timestamp) -> Result<u64, Error> {
        let text = "DELETE FROM security_events WHERE at < $1";
        sql::run(self.conn, text, [before.as_micros().into()]).await
    }
}
