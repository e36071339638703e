//! Members of staff: whether they may do what they ask for, their roles, and what they do to accounts.

mod blocks;
mod roles;

use domain::account::User;
use domain::clock::Timestamp;
use domain::refusal::Refusal;
use domain::staff::Permission;
use futures::future::BoxFuture;
use storage::Tx;

use crate::trail::Actor;
use crate::write::Failed;
use crate::{Error, Shop, StaffService};

pub use roles::{PromotionOutcome, RoleOrder};

impl<'a> StaffService<'a> {
    /// Everybody with a role of staff, in the order of their addresses.
    pub fn list(self) -> BoxFuture<'a, Result<Vec<User>, Error>> {
        Box::pin(async move { Ok(self.shop.db().staff().list().await?) })
    }
}

impl Shop {
    /// Whether `user` has a permission.
    pub(crate) fn check_permission(&self, user: &User, permission: Permission) -> Result<(), Refusal> {
        user.refuse_blocked()?;
        if !user.staff.is_some_and(|role| role.may(permission)) {
            return Err(Refusal::NotAllowed);
        }
        if self.parts.accounts.staff_second_factor && !user.second_factor {
            return Err(Refusal::SecondFactorMissing);
        }
        Ok(())
    }

    pub(crate) fn is_young(&self, proven_at: Timestamp) -> bool {
        self.now().since(proven_at) <= self.parts.accounts.reauthenticate
    }

    /// Checks in the transaction of what `actor` asks for that they still may: the sign-in has not ended, the account is not
    /// blocked, and its role has the permission. None of it changes until the transaction ends. Whoever runs the program may
    /// do everything.
    pub(crate) async fn admit(&self, tx: &Tx, actor: &Actor, permission: Permission) -> Result<(), Failed> {
        self.admitted(tx, actor, permission).await?;
        Ok(())
    }

    /// The same for what moves rights: it also asks that they proved lately who they are.
    pub(crate) async fn admit_proven(&self, tx: &Tx, actor: &Actor, permission: Permission) -> Result<(), Failed> {
        match self.admitted(tx, actor, permission).await? {
            Some(proven_at) if !self.is_young(proven_at) => Err(Refusal::ProofTooOld.into()),
            _ => Ok(()),
        }
    }

    /// When they last proved who they are; `None` for a command.
    async fn admitted(&self, tx: &Tx, actor: &Actor, permission: Permission) -> Result<Option<Timestamp>, Failed> {
        let Actor::Staff { user, session, .. } = actor else {
            return Ok(None);
        };
        let standing = tx.staff().standing(*user, *session, self.now()).await?;
        let standing = standing.ok_or(Refusal::NotSignedIn)?;
        self.check_permission(&standing.user, permission)?;
        Ok(Some(standing.proven_at))
    }
}
