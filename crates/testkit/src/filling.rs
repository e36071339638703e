//! A catalogue that is synced once for each database, and copied for every test that begins with a filled shop.

use tokio::sync::OnceCell;

use crate::database::Template;
use crate::{Caching, CountedIds, Kind, TestDatabase, TestShop};

/// The initial state of a shop.
pub(crate) struct Beginning {
    pub(crate) database: TestDatabase,
    /// New ids, none of which the database contains.
    pub(crate) ids: CountedIds,
    /// The supplier's address for pictures at the first sync. Another address would change all pictures.
    pub(crate) pictures_at: Option<String>,
}

/// A database after its first sync.
#[derive(Debug)]
struct Filling {
    template: Template,
    /// The number of ids used until then.
    ids: u64,
    /// The address of the supplier that it was synced from.
    supplier: String,
}

impl Beginning {
    /// A schema without rows.
    pub(crate) async fn empty(kind: Kind) -> Self {
        Self {
            database: TestDatabase::migrated(kind).await,
            ids: CountedIds::default(),
            pictures_at: None,
        }
    }

    /// The supplier's 93 products after the first sync.
    pub(crate) async fn filled(kind: Kind) -> Self {
        static FILLINGS: [OnceCell<Filling>; 2] = [OnceCell::const_new(), OnceCell::const_new()];
        let filling = FILLINGS[kind as usize].get_or_init(|| Box::pin(fill(kind))).await;
        Self {
            database: TestDatabase::copy_of(&filling.template).await,
            ids: CountedIds::after(filling.ids),
            pictures_at: Some(filling.supplier.clone()),
        }
    }
}

async fn fill(kind: Kind) -> Filling {
    let shop = TestShop::with(kind, Caching::None, g2a_sandbox::Settings::default()).await;
    shop.sync().await;
    let (ids, supplier) = (shop.ids.count(), shop.sandbox.url());
    // Its pages and its pulse end with it.
    let (database, db) = shop.into_database();
    Filling {
        template: database.into_template(db).await,
        ids,
        supplier,
    }
}
