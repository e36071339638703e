//! Own keys and their imports, as staff list them.

use domain::listing::{ListPage, ListQuery};
use domain::own_key::{KeyCounts, KeyImportId};
use domain::refusal::Refusal;
use futures::future::BoxFuture;
use storage::own_keys::{KeyImport, OwnKeyLine};

use crate::{Error, OwnKeyService};

/// Rows that were not taken, of one import, that are shown.
const UNTAKEN_SHOWN: u32 = 500;

/// An import, with the name of who imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedKeyImport {
    /// The import.
    pub import: KeyImport,
    /// The address of the account, or the words of the command.
    pub by: String,
}

/// An import with what became of its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManagedKeyImport {
    /// The import.
    pub listed: ListedKeyImport,
    /// How many of its keys are in which state.
    pub counts: KeyCounts,
    /// The first rows that were not taken: the line, and what became of it.
    pub untaken: Vec<(u64, String)>,
    /// How many there are in all.
    pub untaken_count: u64,
}

impl<'a> OwnKeyService<'a> {
    /// A page of the keys; see the repository for orders and filters.
    pub fn managed_list(self, query: &'a ListQuery) -> BoxFuture<'a, Result<ListPage<OwnKeyLine>, Error>> {
        Box::pin(async move { Ok(self.shop.db().own_keys().managed_list(query).await?) })
    }

    /// A page of the imports; see the repository for orders.
    pub fn imports(self, query: &'a ListQuery) -> BoxFuture<'a, Result<ListPage<ListedKeyImport>, Error>> {
        Box::pin(async move {
            let ListPage { rows, previous, next } = self.shop.db().own_keys().imports(query).await?;
            let rows = self.named(rows).await?;
            Ok(ListPage { rows, previous, next })
        })
    }

    /// An import with what became of its rows.
    ///
    /// # Errors
    /// [`Refusal::KeyImportNotFound`].
    pub fn one_import(self, id: KeyImportId) -> BoxFuture<'a, Result<ManagedKeyImport, Error>> {
        Box::pin(async move {
            let keys = self.shop.db().own_keys();
            let import = keys.import(id).await?.ok_or(Refusal::KeyImportNotFound)?;
            let (untaken, untaken_count) = keys.untaken(id, UNTAKEN_SHOWN).await?;
            let counts = keys.counts(id).await?;
            let listed = self.named(vec![import]).await?.pop();
            Ok(ManagedKeyImport {
                listed: listed.ok_or(Refusal::KeyImportNotFound)?,
                counts,
                untaken,
                untaken_count,
            })
        })
    }

    /// Adds who imported: one statement, however many imports there are.
    async fn named(self, imports: Vec<KeyImport>) -> Result<Vec<ListedKeyImport>, Error> {
        let names = self
            .shop
            .actor_names(imports.iter().map(|import| import.actor.as_str()))
            .await?;
        let named = imports.into_iter().map(|import| ListedKeyImport {
            by: names.of(&import.actor),
            import,
        });
        Ok(named.collect())
    }
}
