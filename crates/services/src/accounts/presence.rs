//! Who is signed in, checked again inside the transaction that acts on it.

use domain::account::User;
use domain::clock::Timestamp;
use domain::id::{SessionId, UserId};
use domain::refusal::Refusal;
use storage::Tx;
use storage::accounts::Credentials;

use super::{AccountRules, Caller, SESSION_LIFETIME};
use crate::AccountService;
use crate::write::Failed;

/// The sign-in that a use case acts for, for its transaction.
#[derive(Clone, Copy, Debug)]
pub(super) struct Presence {
    pub(super) user: UserId,
    pub(super) session: SessionId,
    pub(super) now: Timestamp,
    rules: AccountRules,
}

impl Presence {
    /// Locks the account, and checks that the sign-in has not ended since the request began; until the transaction ends
    /// it cannot. Returns the account as it is now.
    ///
    /// # Errors
    /// [`Refusal::NotSignedIn`], [`Refusal::AccountBlocked`].
    pub(super) async fn lock(&self, tx: &Tx) -> Result<Credentials, Failed> {
        let known = locked(tx, self.user).await?.ok_or(Refusal::NotSignedIn)?;
        known.user.refuse_blocked()?;
        let session = tx.sessions().share(self.session, self.user, self.now).await?;
        let goes_on = session.is_some_and(|session| !self.rules.is_over(&known.user, session.created_at, self.now));
        if goes_on {
            Ok(known)
        } else {
            Err(Refusal::NotSignedIn.into())
        }
    }
}

impl AccountService<'_> {
    /// The sign-in of `caller`, for a transaction.
    pub(super) fn presence(&self, caller: &Caller) -> Presence {
        Presence {
            user: caller.user.id,
            session: caller.session,
            now: self.shop.now(),
            rules: self.shop.parts.accounts,
        }
    }
}

/// Locks an account until the transaction ends, and reads it.
pub(super) async fn locked(tx: &Tx, user: UserId) -> Result<Option<Credentials>, storage::Error> {
    if !tx.accounts().lock(user).await? {
        return Ok(None);
    }
    tx.accounts().credentials_of(user).await
}

pub(super) fn is_staff(user: &User) -> bool {
    user.staff.is_some()
}

impl AccountRules {
    /// Whether a sign-in of `user` that began then is too old, however often it is used. The account's present role
    /// counts: whoever becomes staff does not keep a sign-in of weeks.
    pub(super) fn is_over(&self, user: &User, began: Timestamp, now: Timestamp) -> bool {
        now.since(began) >= self.age_max(is_staff(user))
    }

    /// When a sign-in that is used now expires, if it is not used again.
    pub(super) fn expiry(&self, is_staff: bool, began: Timestamp, now: Timestamp) -> Timestamp {
        now.plus(SESSION_LIFETIME).min(began.plus(self.age_max(is_staff)))
    }

    const fn age_max(&self, is_staff: bool) -> std::time::Duration {
        if is_staff { self.staff_session } else { self.session }
    }
}
