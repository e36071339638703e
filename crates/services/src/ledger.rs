//! The ledger, as staff read it: transfers, accounts with their totals, wallets.

use domain::listing::{ListPage, ListQuery};
use futures::future::BoxFuture;
use storage::ledger::{AccountTotal, TransferLine, WalletLine};

use crate::{Error, LedgerService};

impl<'a> LedgerService<'a> {
    /// A page of the transfers, with the names of who acted; see the repository for filters.
    pub fn transfers(self, query: &'a ListQuery) -> BoxFuture<'a, Result<ListPage<TransferLine>, Error>> {
        Box::pin(async move {
            let mut page = self.shop.db().ledger().managed_list(query).await?;
            let actors = page.rows.iter().map(|line| line.actor.as_str());
            let names = self.shop.actor_names(actors).await?;
            for line in &mut page.rows {
                line.actor = names.of(&line.actor);
            }
            Ok(page)
        })
    }

    /// Every account with its totals; the wallets are one.
    pub fn accounts(self) -> BoxFuture<'a, Result<Vec<AccountTotal>, Error>> {
        Box::pin(async move { Ok(self.shop.db().ledger().totals().await?) })
    }

    /// A page of the wallets; see the repository for filters.
    pub fn wallets(self, query: &'a ListQuery) -> BoxFuture<'a, Result<ListPage<WalletLine>, Error>> {
        Box::pin(async move { Ok(self.shop.db().ledger().wallets(query).await?) })
    }
}
