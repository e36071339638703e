//! What the shop does: one use case, one transaction; and what it shows, through caches checked at each use.

pub mod accounts;
pub mod audit;
mod basket_reads;
pub mod caches;
mod cart;
pub mod catalog;
pub mod coherence;
pub mod costly;
mod cpu_pool;
mod error;
mod failpoints;
pub mod guests;
mod handles;
pub mod health;
mod home;
pub mod jobs;
pub mod lists;
pub mod mails;
mod maintenance;
pub mod messages;
mod pace;
pub mod pictures;
mod rendered_view;
mod search_index;
mod signals;
mod sitemap;
pub mod sync;
pub mod view;
mod wishlist;
mod write;

use std::sync::Arc;

use domain::chance::Chance;
use domain::clock::{Clock, Timestamp};
use domain::id::Ids;
use domain::money::BasisPoints;
use gateways::Supplier;
use tokio::sync::{Notify, Semaphore};

pub use error::Error;
pub use handles::{
    AccountService, CacheService, CartService, CatalogService, GuestService, MailService, MessageService,
    OperationService, PictureService, SyncService, WishlistService,
};
pub use pace::SharedPace;
use view::{CacheEntry, Rendered, Representation, ResponseCache};

/// What a shop is built of.
#[derive(Debug)]
pub struct Parts {
    /// Where it remembers; the schema is up to date.
    pub db: storage::Db,
    /// Where it may forget.
    pub cache: cache::Cache,
    /// Where it buys; without one it sells what it knows and cannot sync.
    pub supplier: Option<Supplier>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn Ids>,
    /// Makes secrets.
    pub chance: Arc<dyn Chance>,
    /// What it alone knows.
    pub secrets: vault::Secrets,
    /// What it adds to the supplier's price.
    pub markup: BasisPoints,
    /// How it syncs.
    pub sync: sync::SyncRules,
    /// How it keeps accounts.
    pub accounts: accounts::AccountRules,
    /// How it writes to people.
    pub mail: mails::MailRules,
    /// How it shows pictures.
    pub pictures: pictures::PictureRules,
    /// Where people reach it, for links: `http://…` or `https://…` without a slash at its end.
    pub public_url: String,
}

/// The shop: each noun has a handle with its use cases. Cheap to clone; all clones are one shop.
#[derive(Clone, Debug)]
pub struct Shop {
    parts: Arc<Parts>,
    /// Wakes the pulse after a commit of this process.
    wake_pulse: Arc<Notify>,
    /// Has the other processes woken likewise.
    wake_others: Arc<Notify>,
    wake_count: Arc<signals::WakeCount>,
    cache_monitor: Arc<caches::CacheMonitor>,
    search_index: Arc<search_index::SyncedIndex>,
    /// Compresses rendered views, as many at once as there are cores.
    compression_pool: Arc<cpu_pool::CpuPool>,
    /// Looks through the words of titles, as often at once as there are cores.
    searches: Arc<cpu_pool::CpuPool>,
    /// Reads what a supplier says, likewise.
    reader: Arc<cpu_pool::CpuPool>,
    passwords: Arc<accounts::Passwords>,
    token_key: accounts::tokens::TokenKey,
    /// Pictures that are being fetched.
    downloads: Arc<pictures::PictureDownloads>,
    /// So many sign-ins are under way at once.
    sign_ins: Arc<Semaphore>,
}

/// For the response cache. They share their bytes with the cache while both hold them.
const RESPONSE_CACHE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Fewer than an account's tries: else those who know their password could use them up together.
const SIGN_INS_AT_ONCE: usize = 8;

/// How many cores this process may use.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

impl Shop {
    /// A shop of `parts`. Until [`CacheService::keep_in_step`] runs, every read asks the database.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            passwords: Arc::new(accounts::Passwords::new(parts.accounts.hashes_at_once)),
            token_key: accounts::tokens::TokenKey::new(&parts.secrets.token_key),
            sign_ins: Arc::new(Semaphore::new(SIGN_INS_AT_ONCE)),
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
        }
    }

    /// The time in this shop.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// A response cache, each entry checked against the pulse when it is asked for.
    #[must_use]
    pub fn response_cache<T>(&self) -> ResponseCache<T> {
        self.parts.cache.response_cache(RESPONSE_CACHE_BYTES_MAX)
    }

    fn db(&self) -> &storage::Db {
        &self.parts.db
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
