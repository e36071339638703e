//! Games and offers, as staff list them.

use domain::listing::{ListPage, ListQuery};
use futures::future::BoxFuture;
use storage::catalog::GameLine;
use storage::offers::{ComparedGame, OfferLine};

use crate::{CatalogService, Error, OfferService};

impl<'a> CatalogService<'a> {
    /// A page of the games, hidden ones too; see the repository for orders and filters.
    pub fn managed_list(self, query: &'a ListQuery) -> BoxFuture<'a, Result<ListPage<GameLine>, Error>> {
        Box::pin(async move { Ok(self.shop.db().catalog().managed_list(query).await?) })
    }
}

impl<'a> OfferService<'a> {
    /// A page of the offers, hidden ones too; see the repository for orders and filters.
    pub fn managed_list(self, query: &'a ListQuery) -> BoxFuture<'a, Result<ListPage<OfferLine>, Error>> {
        Box::pin(async move { Ok(self.shop.db().offers().managed_list(query).await?) })
    }

    /// A page of the visible games that may be the same as another one, however their suppliers write their names; those that
    /// may be the same stand together.
    pub fn possible_duplicates(self, query: &'a ListQuery) -> BoxFuture<'a, Result<ListPage<ComparedGame>, Error>> {
        Box::pin(async move { Ok(self.shop.db().offers().possible_duplicates(query).await?) })
    }
}
