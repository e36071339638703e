//! The shop's use cases, each in one transaction, and its views, through caches that are checked on each use.

pub mod accounts;
mod actor_names;
pub mod audit;
mod basket_reads;
pub mod caches;
mod cart;
pub mod cases;
pub mod catalog;
pub mod coherence;
pub mod costly;
mod cpu_pool;
mod error;
mod failpoints;
mod group_commit;
pub mod guests;
mod handles;
pub mod health;
mod home;
pub mod jobs;
mod ledger;
pub mod lists;
pub mod mails;
mod maintenance;
mod managed_lists;
pub mod messages;
mod offers;
mod operator_metrics;
pub mod orders;
pub mod overrides;
pub mod own_keys;
mod pace;
pub mod people_lists;
pub mod pictures;
mod rendered_view;
mod search_index;
mod signals;
mod sitemap;
pub mod staff;
mod supplier_terms;
pub mod sync;
mod terms;
pub mod today;
pub mod trail;
pub mod view;
pub mod wallets;
mod wishlist;
mod write;

use std::sync::Arc;

use domain::chance::Chance;
use domain::clock::{Clock, Timestamp};
use domain::id::{Ids, SupplierName};
use domain::money::BasisPoints;
use domain::refusal::Refusal;
use domain::suppliers::{SupplierTerms, Suppliers};
use gateways::{SharedSupplier, Supplier};
use tokio::sync::{Notify, Semaphore};

pub use error::Error;
pub use handles::{
    AccountService, CacheService, CartService, CaseService, CatalogService, GuestService, LedgerService, MailService,
    MessageService, OfferService, OperationService, OrderService, OwnKeyService, PictureService, StaffService,
    SyncService, TermService, TrailService, WalletService, WishlistService,
};
pub use pace::SharedPace;
use view::{CacheEntry, Rendered, Representation, ResponseCache};

/// The parts that a shop is built from.
#[derive(Debug)]
pub struct Parts {
    /// The database; its schema is up to date.
    pub db: storage::Db,
    /// The caches.
    pub cache: cache::Cache,
    /// The suppliers.
    pub suppliers: Vec<ShopSupplier>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of ids.
    pub ids: Arc<dyn Ids>,
    /// The source of secrets.
    pub chance: Arc<dyn Chance>,
    /// The shop's own secrets.
    pub secrets: vault::Secrets,
    /// Settings of syncs.
    pub sync: sync::SyncRules,
    /// Settings of accounts.
    pub accounts: accounts::AccountRules,
    /// Settings of mails.
    pub mail: mails::MailRules,
    /// Settings of wallets.
    pub wallets: wallets::WalletRules,
    /// Settings of orders.
    pub orders: orders::OrderRules,
    /// Settings of pictures.
    pub pictures: pictures::PictureRules,
    /// The shop's address, for links: `http://…` or `https://…` without a slash at its end.
    pub public_url: String,
}

/// A supplier of the shop.
#[derive(Clone, Debug)]
pub struct ShopSupplier {
    /// How its offers are ranked and sold.
    pub terms: SupplierTerms,
    /// What the shop adds to its prices.
    pub markup: BasisPoints,
    /// Its products; without a source the shop sells what it knows and cannot sync.
    pub source: Option<SharedSupplier>,
}

impl ShopSupplier {
    /// G2A.
    #[must_use]
    pub fn g2a(source: Option<SharedSupplier>, markup: BasisPoints) -> Self {
        Self {
            terms: SupplierTerms::g2a(),
            markup,
            source,
        }
    }
}

/// The shop: each noun has a handle with its use cases. Cheap to clone; all clones are the same shop.
#[derive(Clone, Debug)]
pub struct Shop {
    parts: Arc<Parts>,
    /// On which terms each supplier's offers are sold.
    suppliers: Arc<Suppliers>,
    /// Wakes the pulse after a commit of this process.
    wake_pulse: Arc<Notify>,
    /// Wakes the other processes' pulses likewise.
    wake_others: Arc<Notify>,
    wake_count: Arc<signals::WakeCount>,
    cache_monitor: Arc<caches::CacheMonitor>,
    search_index: Arc<search_index::SyncedIndex>,
    /// Compresses rendered views, at most as many at once as there are cores.
    compression_pool: Arc<cpu_pool::CpuPool>,
    /// Scans the words of titles, at most as many searches at once as there are cores.
    searches: Arc<cpu_pool::CpuPool>,
    /// Parses the supplier's pages, likewise.
    reader: Arc<cpu_pool::CpuPool>,
    passwords: Arc<accounts::Passwords>,
    token_key: accounts::tokens::TokenKey,
    /// Pictures that are being downloaded.
    downloads: Arc<pictures::PictureDownloads>,
    run_metrics: Arc<sync::RunMetrics>,
    scrapes: Arc<operator_metrics::Scrapes>,
    /// Checkouts with an idempotency key, each key once at a time.
    checkouts: Arc<orders::KeyedLocks>,
    /// On SQLite: those who wait to write.
    commit_groups: Arc<group_commit::CommitGroups>,
    /// Limits the sign-ins that run at once.
    sign_ins: Arc<Semaphore>,
}

/// Fewer than an account's attempts: otherwise simultaneous sign-ins with the right password could use them up.
const SIGN_INS_AT_ONCE: usize = 8;

/// The number of cores that this process may use.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

impl Shop {
    /// A shop of `parts`. Until [`CacheService::keep_in_step`] runs, every read goes to the database.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            passwords: Arc::new(accounts::Passwords::new(&parts.accounts)),
            token_key: accounts::tokens::TokenKey::new(&parts.secrets.token_key),
            sign_ins: Arc::new(Semaphore::new(SIGN_INS_AT_ONCE)),
            suppliers: Arc::new(parts.suppliers.iter().map(|supplier| supplier.terms.clone()).collect()),
            run_metrics: Arc::new(sync::RunMetrics::since(parts.clock.now())),
            parts: Arc::new(parts),
            wake_pulse: Arc::default(),
            wake_others: Arc::default(),
            wake_count: Arc::default(),
            cache_monitor: Arc::default(),
            search_index: Arc::default(),
            compression_pool: Arc::new(cpu_pool::CpuPool::with_slots(cores())),
            searches: Arc::new(cpu_pool::CpuPool::with_slots(cores())),
            reader: Arc::new(cpu_pool::CpuPool::with_slots(cores())),
            downloads: Arc::default(),
            checkouts: Arc::default(),
            commit_groups: Arc::default(),
            scrapes: Arc::default(),
        }
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// A response cache whose entries are checked against the pulse on each use.
    #[must_use]
    pub fn response_cache<T>(&self) -> ResponseCache<T> {
        self.parts.cache.response_cache()
    }

    fn db(&self) -> &storage::Db {
        &self.parts.db
    }

    fn suppliers(&self) -> &Suppliers {
        &self.suppliers
    }

    /// The products of a supplier.
    ///
    /// # Errors
    /// [`Refusal::NoSupplier`] if it is not configured.
    fn source(&self, name: &SupplierName) -> Result<&dyn Supplier, Refusal> {
        let supplier = self
            .parts
            .suppliers
            .iter()
            .find(|supplier| supplier.terms.name == *name);
        let source = supplier.and_then(|supplier| supplier.source.as_deref());
        source.ok_or(Refusal::NoSupplier)
    }

    /// What the shop adds to the prices of a supplier.
    fn markup(&self, name: &SupplierName) -> BasisPoints {
        let supplier = self
            .parts
            .suppliers
            .iter()
            .find(|supplier| supplier.terms.name == *name);
        supplier.map_or(BasisPoints::new(0), |supplier| supplier.markup)
    }

    fn chance(&self) -> &dyn Chance {
        &*self.parts.chance
    }

    fn seal(&self) -> &vault::Seal {
        &self.parts.secrets.seal
    }

    fn token_key(&self) -> &accounts::tokens::TokenKey {
        &self.token_key
    }
}
