//! Accounts: registration, signing in and out, and tokens.

mod callers;
mod factor_codes;
mod known_devices;
mod password_check;
mod passwords;
mod presence;
mod profile;
mod proof;
mod recovery;
mod refresh;
mod register;
mod second_factor;
mod second_step;
mod sessions;
mod sign_in;
mod throttle;
pub mod tokens;
mod verification;

use std::time::Duration;

use domain::account::User;
use domain::clock::Timestamp;
use domain::id::{SessionId, UserId};
use domain::security::{Device, SecurityEvent};
use storage::Tx;
use storage::security_events::SecurityRecord;

use known_devices::KnownDevice;

use crate::guests::GuestMigration;
use crate::write::Failed;
use crate::{AccountService, Error};

pub use known_devices::Carried;
pub(crate) use known_devices::forget_unused as forget_unused_devices;
pub use passwords::HashCost;
pub(crate) use passwords::Passwords;
pub use profile::ProfileChange;
pub use second_factor::{Enrolment, SecondFactorState};
pub use sessions::SignIn;
pub(crate) use sessions::end_every_sign_in;

/// Settings of accounts.
#[derive(Clone, Copy, Debug)]
pub struct AccountRules {
    /// How long an access token is valid without being refreshed.
    pub access_token: Duration,
    /// How old a sign-in becomes at most, however often it is used.
    pub session: Duration,
    /// The same for staff.
    pub staff_session: Duration,
    /// Whether staff without a second factor are refused the staff's functions.
    pub staff_second_factor: bool,
    /// How long ago staff may have proved who they are where rights or money move.
    pub reauthenticate: Duration,
    /// Whether attempts are counted; off only in load tests.
    pub throttled: bool,
    /// Whether a guest's cart and wishlist move to the account at sign-in.
    pub migrate_guests: bool,
    /// Passwords hashed at the same time, at least 1: each takes a core and the memory of its cost.
    pub hashes_at_once: usize,
    /// The cost of a password's hash; lower only in tests.
    pub hash_cost: HashCost,
}

impl Default for AccountRules {
    fn default() -> Self {
        Self {
            access_token: Duration::from_secs(15 * 60),
            session: Duration::from_secs(90 * 86_400),
            staff_session: Duration::from_secs(12 * 3_600),
            staff_second_factor: false,
            reauthenticate: Duration::from_secs(10 * 60),
            throttled: true,
            migrate_guests: true,
            hashes_at_once: crate::cores(),
            hash_cost: HashCost::default(),
        }
    }
}

/// A sign-in ends when it was not used for this long.
pub(crate) const SESSION_LIFETIME: Duration = Duration::from_secs(30 * 86_400);

/// A signed-in caller: what a handler needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The account.
    pub user: User,
    /// The sign-in.
    pub session: SessionId,
    /// When its owner last proved who they are, by the password or a second factor.
    pub proven_at: Timestamp,
}

/// The tokens that a client gets at a sign-in, once; the shop stores hashes. Without `Debug`: these are secrets.
#[derive(Clone)]
pub struct Tokens {
    /// The access token: gives the owner's permissions for a short time. For programs.
    pub access: String,
    /// How many seconds it is valid.
    pub expires_in: u64,
    /// The refresh token: exchanged for a new pair, once.
    pub refresh: String,
    /// Gives the same permissions as long as the sign-in lasts. Only for the cookie of the shop's own pages.
    pub page: String,
}

/// A sign-in that succeeded.
#[derive(Clone)]
pub struct SignedIn {
    /// The account.
    pub user: User,
    /// The tokens for the client.
    pub tokens: Tokens,
    /// The secret by which the client is a known device of the account from now on.
    pub device_secret: String,
    /// The result of the guest's migration, if there was one.
    pub migration: Option<GuestMigration>,
}

impl AccountService<'_> {
    /// Records an event of an account, in a transaction of its own.
    pub(super) async fn record(
        &self,
        user: Option<UserId>,
        event: SecurityEvent,
        device: &Device,
    ) -> Result<(), Error> {
        let id = self.shop.parts.ids.fresh();
        let record = SecurityRecord {
            at: self.shop.now(),
            user,
            event,
            device: device.clone(),
        };
        self.shop
            .write((id, record), |tx, (id, record)| {
                Box::pin(async move { Ok(tx.security_events().record(*id, record).await?) })
            })
            .await
    }
}

/// The data of a new sign-in, created before its transaction, which may run more than once.
#[derive(Clone)]
pub(super) struct NewSession {
    pub(super) id: SessionId,
    pub(super) refresh_hash: String,
    pub(super) event_id: uuid::Uuid,
    pub(super) device: Device,
    /// What the client is known by from now on.
    pub(super) known_device: KnownDevice,
    pub(super) now: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// Begins a sign-in of `user` in a transaction that has locked the account, with the hash of its first refresh token;
/// records it, and remembers its device. Refused if staff block the account.
pub(super) async fn begin_session(
    tx: &Tx,
    user: UserId,
    begun: &NewSession,
    event: SecurityEvent,
) -> Result<(), Failed> {
    if let Some(found) = tx.accounts().by_id(user).await? {
        found.refuse_blocked()?;
    }
    let session = storage::sessions::Session {
        id: begun.id,
        created_at: begun.now,
        seen_at: begun.now,
        expires_at: begun.expires_at,
        proven_at: begun.now,
        device: begun.device.clone(),
    };
    begun.known_device.remember(tx, user, begun.now).await?;
    tx.sessions().begin(&session, user).await?;
    tx.sessions()
        .add_refresh(begun.id, &begun.refresh_hash, begun.now)
        .await?;
    let record = SecurityRecord {
        at: begun.now,
        user: Some(user),
        event,
        device: begun.device.clone(),
    };
    Ok(tx.security_events().record(begun.event_id, &record).await?)
}
