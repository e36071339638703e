//! Roles of staff: given and taken by owners, and by whoever runs the program.

use domain::account::{Registration, User};
use domain::email::EmailAddress;
use domain::id::UserId;
use domain::refusal::Refusal;
use domain::security::{Device, SecurityEvent};
use domain::staff::{Noun, Permission, StaffRole};
use domain::touch::Touch;
use domain::trail::TrailAction;
use futures::future::BoxFuture;
use storage::Tx;
use storage::security_events::SecurityRecord;

use crate::trail::{Actor, Deed};
use crate::write::Failed;
use crate::{Error, Shop, StaffService};

/// What becomes of an account's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleOrder {
    /// This role, whatever it has.
    Give(StaffRole),
    /// This role, if it has none.
    GiveFirst(StaffRole),
    /// None.
    Take,
}

/// The result of giving a role to the account of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PromotionOutcome {
    /// There was no account with this address: one was created.
    Made,
    /// The account now has the role, and its password as before.
    Promoted,
    /// The account already had the role.
    Was,
}

impl<'a> StaffService<'a> {
    /// Changes the role of an account; returns the account as it is then.
    ///
    /// Owners alone do so, after they proved lately who they are; nobody changes their own role, and the last owner keeps
    /// theirs.
    ///
    /// # Errors
    /// [`Refusal::NotAllowed`], [`Refusal::ProofTooOld`], [`Refusal::UserNotFound`], [`Refusal::OwnRole`],
    /// [`Refusal::LastOwner`].
    pub fn change_role(self, user: UserId, order: RoleOrder, actor: &'a Actor) -> BoxFuture<'a, Result<User, Error>> {
        Box::pin(async move {
            let input = (self.shop.clone(), user, order, actor.clone());
            self.shop
                .write(input, |tx, &(ref shop, user, order, ref actor)| {
                    Box::pin(async move { Ok(shop.change_role(tx, user, order, actor).await?.0) })
                })
                .await
        })
    }

    /// Gives a role to the account of `email`; `None` when there is no such account.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when it is no address, and those of [`change_role`](Self::change_role).
    pub fn promote(
        self,
        email: &'a str,
        role: StaffRole,
        actor: &'a Actor,
    ) -> BoxFuture<'a, Result<Option<PromotionOutcome>, Error>> {
        Box::pin(async move {
            let Some(user) = self.id_of(email).await? else {
                return Ok(None);
            };
            let input = (self.shop.clone(), user, role, actor.clone());
            let changed = self.shop.write(input, |tx, &(ref shop, user, role, ref actor)| {
                Box::pin(async move { Ok(shop.change_role(tx, user, RoleOrder::Give(role), actor).await?.1) })
            });
            let outcome = if changed.await? {
                PromotionOutcome::Promoted
            } else {
                PromotionOutcome::Was
            };
            Ok(Some(outcome))
        })
    }

    /// Takes the role of the account of `email`; returns the role that it had.
    ///
    /// # Errors
    /// [`Refusal::UserNotFound`], [`Refusal::NotStaff`], and those of [`change_role`](Self::change_role).
    pub fn revoke(self, email: &'a str, actor: &'a Actor) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let user = self.id_of(email).await?.ok_or(Refusal::UserNotFound)?;
            let input = (self.shop.clone(), user, actor.clone());
            let changed = self.shop.write(input, |tx, &(ref shop, user, ref actor)| {
                Box::pin(async move { Ok(shop.change_role(tx, user, RoleOrder::Take, actor).await?.1) })
            });
            if changed.await? {
                Ok(())
            } else {
                Err(Refusal::NotStaff.into())
            }
        })
    }

    /// Creates an account, with a role of staff if one is given. Attempts are not counted, and no mail is written: the caller
    /// runs the shop.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::EmailTaken`].
    pub fn make(
        self,
        registration: &'a Registration,
        role: Option<StaffRole>,
        actor: &'a Actor,
    ) -> BoxFuture<'a, Result<UserId, Error>> {
        Box::pin(async move {
            let registered = registration.checked().map_err(Refusal::Invalid)?;
            let (passwords, chance) = (&self.shop.passwords, self.shop.chance());
            let password_hash = passwords.hash(&registration.password, chance).await?;
            let id = UserId(self.shop.parts.ids.fresh());
            let input = (self.shop.clone(), id, registered, password_hash, role, actor.clone());
            self.shop
                .write(
                    input,
                    |tx, &(ref shop, id, ref registered, ref hash, role, ref actor)| {
                        Box::pin(async move {
                            if !tx.accounts().add(id, registered, hash, shop.now()).await? {
                                return Err(Refusal::EmailTaken.into());
                            }
                            // Whoever runs the shop vouches for the address: a second factor needs a verified one, also
                            // where no mail server is set up.
                            tx.accounts().verify_email(id, shop.now()).await?;
                            shop.tell(tx, id, SecurityEvent::Registered, actor).await?;
                            if role.is_some() {
                                tx.staff().set_role(id, role, shop.now()).await?;
                                shop.tell(tx, id, SecurityEvent::BecameAdmin, actor).await?;
                            }
                            tx.touch(Touch::Profile(id));
                            let deed = Deed::new(TrailAction::MakeAccount, "user", &id)
                                .changing(None, role.map(|role| role.as_str().to_owned()));
                            shop.record(tx, actor, deed).await?;
                            Ok(id)
                        })
                    },
                )
                .await
        })
    }

    /// The account of an address, in any spelling.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when it is no address, [`Refusal::UserNotFound`].
    pub fn known_account(self, email: &'a str) -> BoxFuture<'a, Result<UserId, Error>> {
        Box::pin(async move { Ok(self.id_of(email).await?.ok_or(Refusal::UserNotFound)?) })
    }

    /// The same; `None` when there is no such account.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when it is no address.
    pub(crate) async fn id_of(self, email: &str) -> Result<Option<UserId>, Error> {
        let mut wrong = Vec::new();
        let spellings = EmailAddress::spellings(email);
        if domain::account::checked_email(email, "email", &mut wrong).is_none() && spellings.is_empty() {
            return Err(Refusal::Invalid(wrong).into());
        }
        let known = self.shop.db().accounts().credentials_of_any(&spellings).await?;
        Ok(known.map(|known| known.user.id))
    }
}

impl Shop {
    /// Changes a role in a transaction; returns the account, and whether its role is another one now.
    async fn change_role(
        &self,
        tx: &mut Tx,
        id: UserId,
        order: RoleOrder,
        actor: &Actor,
    ) -> Result<(User, bool), Failed> {
        let mut user = self.lock_subject(tx, id, actor, Permission::edit(Noun::Staff)).await?;
        let role = match order {
            RoleOrder::Give(role) => Some(role),
            RoleOrder::GiveFirst(role) => user.staff.or(Some(role)),
            RoleOrder::Take => None,
        };
        if user.staff == role {
            return Ok((user, false));
        }
        if matches!(actor, Actor::Staff { user, .. } if *user == id) {
            return Err(Refusal::OwnRole.into());
        }
        self.keep_an_owner(tx, &user).await?;
        tx.staff().set_role(id, role, self.now()).await?;
        let (event, action) = match role {
            Some(_) => (SecurityEvent::BecameAdmin, TrailAction::GiveRole),
            None => (SecurityEvent::StaffRoleTaken, TrailAction::TakeRole),
        };
        self.tell(tx, id, event, actor).await?;
        tx.touch(Touch::Profile(id));
        let name = |role: Option<StaffRole>| role.map(|role| role.as_str().to_owned());
        let deed = Deed::new(action, "user", &id).changing(name(user.staff), name(role));
        self.record(tx, actor, deed).await?;
        user.staff = role;
        Ok((user, true))
    }

    /// Locks an account that `actor` is going to do something to, with all owners, and checks that they may, and proved lately
    /// who they are.
    pub(crate) async fn lock_subject(
        &self,
        tx: &Tx,
        id: UserId,
        actor: &Actor,
        permission: Permission,
    ) -> Result<User, Failed> {
        let by = match actor {
            Actor::Staff { user, .. } => *user,
            Actor::Command { .. } => id,
        };
        let locked = tx.staff().lock_with_owners([id, by]).await?;
        self.admit_proven(tx, actor, permission).await?;
        let user = locked.into_iter().find(|user| user.id == id);
        Ok(user.ok_or(Refusal::UserNotFound)?)
    }

    /// Refuses to let the last owner go: owners are locked.
    pub(super) async fn keep_an_owner(&self, tx: &Tx, leaving: &User) -> Result<(), Failed> {
        let is_owner = leaving.staff == Some(StaffRole::Owner) && leaving.blocked_at.is_none();
        if is_owner && tx.staff().owners_besides(leaving.id).await? == 0 {
            return Err(Refusal::LastOwner.into());
        }
        Ok(())
    }

    /// Writes into the security log of an account what the shop did to it; which of the staff, and from where, stands in the
    /// trail alone.
    pub(super) async fn tell(&self, tx: &Tx, user: UserId, event: SecurityEvent, by: &Actor) -> Result<(), Failed> {
        let device = match by {
            Actor::Staff { .. } => Device {
                address: String::new(),
                name: "the shop".to_owned(),
            },
            Actor::Command { .. } => by.device(),
        };
        let record = SecurityRecord {
            at: self.now(),
            user: Some(user),
            event,
            device,
        };
        tx.security_events().record(self.parts.ids.fresh(), &record).await?;
        Ok(())
    }
}
