//! Accounts, their sign-ins and their security events, as staff see them.

use domain::account::User;
use domain::id::UserId;
use domain::listing::{ListPage, ListQuery};
use domain::refusal::Refusal;
use futures::future::BoxFuture;
use storage::accounts::AccountFigures;
use storage::security_events::SecurityLine;

use crate::accounts::{Caller, SignIn};
use crate::{Error, StaffService};

/// How many sign-ins and tries of them a history shows.
const HISTORY_SHOWN: u32 = 100;

/// An account in a list of staff.
#[derive(Clone, Debug)]
pub struct ListedAccount {
    /// The account.
    pub user: User,
    /// What it has and did.
    pub figures: AccountFigures,
}

impl<'a> StaffService<'a> {
    /// A page of the accounts; see the repository for orders and filters.
    pub fn accounts(self, query: &'a ListQuery) -> BoxFuture<'a, Result<ListPage<User>, Error>> {
        Box::pin(async move { Ok(self.shop.db().accounts().managed_list(query).await?) })
    }

    /// The same by the number of the page, from 1, with what each account has and did, and how many accounts there are in
    /// all.
    pub fn numbered_accounts(
        self,
        query: &'a ListQuery,
        page: u32,
    ) -> BoxFuture<'a, Result<(u64, Vec<ListedAccount>), Error>> {
        Box::pin(async move {
            let skipped = u64::from(page.saturating_sub(1)) * u64::from(query.limit);
            let accounts = self.shop.db().accounts();
            let (total, users) = accounts.numbered_list(query, skipped).await?;
            let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
            let figures = accounts.figures(&ids).await?;
            let of = |user: User| ListedAccount {
                figures: figures.get(&user.id).copied().unwrap_or_default(),
                user,
            };
            Ok((total, users.into_iter().map(of).collect()))
        })
    }

    /// What an account has and did.
    pub fn account_figures(self, id: UserId) -> BoxFuture<'a, Result<AccountFigures, Error>> {
        Box::pin(async move {
            let found = self.shop.db().accounts().figures(&[id]).await?;
            Ok(found.get(&id).copied().unwrap_or_default())
        })
    }

    /// One account.
    ///
    /// # Errors
    /// [`Refusal::UserNotFound`].
    pub fn account(self, id: UserId) -> BoxFuture<'a, Result<User, Error>> {
        Box::pin(async move {
            let found = self.shop.db().accounts().by_id(id).await?;
            Ok(found.ok_or(Refusal::UserNotFound)?)
        })
    }

    /// The sign-ins of an account that go on, last used first; one of them may be that of `by`.
    pub fn sign_ins_of(self, user: &'a User, by: &'a Caller) -> BoxFuture<'a, Result<Vec<SignIn>, Error>> {
        Box::pin(self.shop.sign_ins_of(user, by))
    }

    /// The latest sign-ins to an account and tries of them, newest first.
    ///
    /// # Errors
    /// [`Refusal::UserNotFound`].
    pub fn sign_in_history(self, id: UserId) -> BoxFuture<'a, Result<Vec<SecurityLine>, Error>> {
        Box::pin(async move {
            self.account(id).await?;
            Ok(self.shop.db().security_events().sign_ins_of(id, HISTORY_SHOWN).await?)
        })
    }

    /// A page of the security events of all accounts; see the repository for filters.
    pub fn security_events(self, query: &'a ListQuery) -> BoxFuture<'a, Result<ListPage<SecurityLine>, Error>> {
        Box::pin(async move { Ok(self.shop.db().security_events().managed_list(query).await?) })
    }
}
