//! Games, names of their groups, and offers, as staff list them.

use domain::listing::{ListPage, ListQuery};
use futures::future::BoxFuture;
use storage::catalog::{GameLine, NamedTerm, Term};
use storage::offers::OfferLine;

use crate::{CatalogService, Error, OfferService};

/// A page of names, being read.
pub type Names<'a> = BoxFuture<'a, Result<ListPage<NamedTerm>, Error>>;

impl<'a> CatalogService<'a> {
    /// A page of the games, hidden ones too; see the repository for orders and filters.
    pub fn managed_list(self, query: &'a ListQuery) -> BoxFuture<'a, Result<ListPage<GameLine>, Error>> {
        Box::pin(async move { Ok(self.shop.db().catalog().managed_list(query).await?) })
    }

    /// A page of the categories, each with the number of its games.
    pub fn categories(self, query: &'a ListQuery) -> Names<'a> {
        self.terms(Term::Category, query)
    }

    /// A page of the genres.
    pub fn genre_names(self, query: &'a ListQuery) -> Names<'a> {
        self.terms(Term::Genre, query)
    }

    /// A page of the platforms.
    pub fn platform_names(self, query: &'a ListQuery) -> Names<'a> {
        self.terms(Term::Platform, query)
    }

    /// A page of the tags.
    pub fn tags(self, query: &'a ListQuery) -> Names<'a> {
        self.terms(Term::Tag, query)
    }

    fn terms(self, term: Term, query: &'a ListQuery) -> Names<'a> {
        Box::pin(async move { Ok(self.shop.db().catalog().terms(term, query).await?) })
    }
}

impl<'a> OfferService<'a> {
    /// A page of the offers, hidden ones too; see the repository for orders and filters.
    pub fn managed_list(self, query: &'a ListQuery) -> BoxFuture<'a, Result<ListPage<OfferLine>, Error>> {
        Box::pin(async move { Ok(self.shop.db().offers().managed_list(query).await?) })
    }
}
