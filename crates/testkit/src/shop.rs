//! A shop in this process: its services, its supplier, its pages on a port of their own.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use cache::Cache;
use cache::redis::Settings;
use domain::clock::Clock;
use domain::id::Ids;
use domain::money::BasisPoints;
use domain::sync::SyncReport;
use g2a_sandbox::Sandbox;
use gateways::G2aSupplier;
use reqwest::{Client, Response};
use serde_json::Value;
use services::accounts::AccountRules;
use services::mails::MailRules;
use services::orders::OrderRules;
use services::pictures::PictureRules;
use services::sync::SyncRules;
use services::wallets::WalletRules;
use services::{Parts, Shop, ShopSupplier};
use storage::Db;
use tokio::net::TcpListener;
use tokio_util::sync::DropGuard;

use crate::filling::Beginning;
use crate::program::plain_http;
use crate::redis::Redis;
use crate::{CountedIds, Kind, PictureFolder, SeededChance, SetClock, TestDatabase, fast, node, pictures, world};

/// The address in the links of a test shop's mails.
pub const PUBLIC_URL: &str = "https://shop.example";

/// The caches of a shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caching {
    /// None: every read goes to the database.
    None,
    /// In memory, updated by the pulse.
    Memory,
    /// In memory with a Redis behind it, with a prefix of the shop's own.
    Redis,
}

impl Caching {
    /// Each of them; in the fast tests only those that need no server.
    pub fn each() -> impl Iterator<Item = Self> {
        std::iter::once(Self::None).chain(Self::each_that_keeps())
    }

    /// Each that caches anything.
    pub fn each_that_keeps() -> impl Iterator<Item = Self> {
        let redis = (!fast::are_these()).then_some(Self::Redis);
        std::iter::once(Self::Memory).chain(redis)
    }
}

/// The rules of a test's shop.
pub(crate) struct Rules {
    pub(crate) sync: SyncRules,
    pub(crate) accounts: AccountRules,
    pub(crate) mail: MailRules,
    pub(crate) orders: OrderRules,
    /// By default the supplier's pictures.
    pub(crate) pictures: Option<PictureRules>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            // Small batches: a test's catalogue is small, and must have several.
            sync: SyncRules {
                batch_pages: 10,
                ..SyncRules::default()
            },
            accounts: world::account_rules(),
            mail: MailRules::default(),
            orders: OrderRules::default(),
            pictures: None,
        }
    }
}

/// The run's Redis, if these caches have one.
async fn redis_of(caching: Caching) -> Option<Settings> {
    match caching {
        Caching::None | Caching::Memory => None,
        Caching::Redis => Some(node::on(Redis::shared().await)),
    }
}

/// A shop, its supplier, and a customer's browser.
pub struct TestShop {
    /// The shop.
    pub shop: Shop,
    /// Its database.
    pub db: Db,
    /// The statements that it has sent, without the pulse's.
    pub statements: Arc<AtomicU64>,
    /// Its cache.
    pub cache: Cache,
    /// Its supplier.
    pub sandbox: Sandbox,
    /// Its clock.
    pub clock: Arc<SetClock>,
    pub(crate) ids: Arc<CountedIds>,
    /// The test database.
    pub database: TestDatabase,
    /// Its Redis, if it has one.
    pub redis: Option<Settings>,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    pub(crate) client: Client,
    _stop: DropGuard,
    _pictures: PictureFolder,
}

impl TestShop {
    /// A shop with a cache in memory and a supplier of 93 products, not synced yet.
    pub async fn open(kind: Kind) -> Self {
        Box::pin(Self::with(kind, Caching::Memory, g2a_sandbox::Settings::default())).await
    }

    /// The same, after its first sync. The database is a copy: its pictures are at the supplier of another shop, which
    /// may have ended.
    pub async fn filled(kind: Kind) -> Self {
        Box::pin(Self::filled_with(kind, Caching::Memory)).await
    }

    /// A shop with these caches, after its first sync.
    pub async fn filled_with(kind: Kind, caching: Caching) -> Self {
        let (beginning, redis) = (Beginning::filled(kind).await, redis_of(caching).await);
        let (caching, supplier) = ((caching, redis), g2a_sandbox::Settings::default());
        Box::pin(Self::assembled(beginning, caching, supplier, Rules::default())).await
    }

    /// A shop after its first sync whose passwords cost what they cost in production.
    pub async fn with_costly_passwords(kind: Kind) -> Self {
        let rules = Rules {
            accounts: AccountRules::default(),
            ..Rules::default()
        };
        let (caching, supplier) = ((Caching::Memory, None), g2a_sandbox::Settings::default());
        Box::pin(Self::assembled(Beginning::filled(kind).await, caching, supplier, rules)).await
    }

    /// A shop after its first sync that sells by these rules.
    pub async fn selling_by(kind: Kind, orders: OrderRules) -> Self {
        let rules = Rules {
            orders,
            ..Rules::default()
        };
        let (caching, supplier) = ((Caching::Memory, None), g2a_sandbox::Settings::default());
        Box::pin(Self::assembled(Beginning::filled(kind).await, caching, supplier, rules)).await
    }

    /// A shop with these caches and this supplier.
    ///
    /// # Panics
    /// When it cannot be built: then no test can run.
    pub async fn with(kind: Kind, caching: Caching, supplier: g2a_sandbox::Settings) -> Self {
        let (beginning, redis) = (Beginning::empty(kind).await, redis_of(caching).await);
        Box::pin(Self::assembled(beginning, (caching, redis), supplier, Rules::default())).await
    }

    /// A shop with these rules, not synced yet.
    pub(crate) async fn built(kind: Kind, rules: Rules) -> Self {
        let (caching, supplier) = ((Caching::Memory, None), g2a_sandbox::Settings::default());
        Box::pin(Self::assembled(Beginning::empty(kind).await, caching, supplier, rules)).await
    }

    /// The same with this Redis, if one is given.
    pub(crate) async fn assembled(
        Beginning {
            database,
            ids,
            pictures_at,
        }: Beginning,
        (caching, redis): (Caching, Option<Settings>),
        supplier: g2a_sandbox::Settings,
        rules: Rules,
    ) -> Self {
        let folder = PictureFolder::new();
        let (db, statements) = node::counted(&database.url).await;
        let supplier = g2a_sandbox::Settings {
            rate_per_minute: 1_000_000,
            public_url: pictures_at.or(supplier.public_url),
            ..supplier
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let credentials = g2a::Credentials {
            client_id: supplier.client_id.clone(),
            email: supplier.email.clone(),
            client_secret: supplier.client_secret.clone(),
        };
        let sandbox = g2a_sandbox::start(listener, supplier).await.expect("a supplier");
        let api = format!("{}/v1", sandbox.url()).parse().expect("a URL");
        let gateway = G2aSupplier::new(
            g2a::Settings::new(api, credentials),
            Arc::new(g2a::LocalPace::per_minute(1_000_000)),
        )
        .expect("a gateway");
        let (clock, ids) = (Arc::new(SetClock::default()), Arc::new(ids));
        let cache = match caching {
            Caching::None => Cache::none(),
            Caching::Memory | Caching::Redis => node::cache(redis.clone()).await,
        };
        let shop = Shop::new(Parts {
            db: db.clone(),
            cache: cache.clone(),
            suppliers: vec![ShopSupplier::g2a(Some(Arc::new(gateway)), BasisPoints::new(200))],
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ids: Arc::clone(&ids) as Arc<dyn Ids>,
            chance: Arc::new(SeededChance::default()),
            secrets: world::secrets(),
            sync: rules.sync,
            accounts: rules.accounts,
            mail: rules.mail,
            pictures: rules
                .pictures
                .unwrap_or_else(|| pictures::from_supplier(&folder, &sandbox.url())),
            wallets: WalletRules::default(),
            orders: rules.orders,
            public_url: PUBLIC_URL.to_owned(),
        });
        let (url, stop) = node::serve(&shop).await;
        let client = plain_http().gzip(true).brotli(true).build().expect("a client");
        Self {
            shop,
            db,
            statements,
            cache,
            sandbox,
            clock,
            ids,
            database,
            redis,
            url,
            client,
            _stop: stop,
            _pictures: folder,
        }
    }

    /// The same shop at a second address, with the usual site changed by `change`, until the guard is dropped.
    pub async fn also_at(&self, change: impl FnOnce(web_kit::Site) -> web_kit::Site) -> (String, DropGuard) {
        let (url, stop) = node::serve_as(&self.shop, change).await;
        (url, stop.drop_guard())
    }

    /// Its database, for other uses.
    pub(crate) fn into_database(self) -> (TestDatabase, Db) {
        (self.database, self.db)
    }

    /// Syncs, and expects success.
    ///
    /// # Panics
    /// When it does not.
    pub async fn sync(&self) -> SyncReport {
        self.shop.sync().catalogue("a test", &|_| true).await.expect("a sync")
    }

    /// Asks the shop for a path.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> Response {
        self.client
            .get(format!("{}{path}", self.url))
            .send()
            .await
            .expect("an answer")
    }

    /// Asks the shop for a path and reads the JSON of its answer.
    ///
    /// # Panics
    /// When there is none.
    pub async fn json(&self, path: &str) -> Value {
        node::read(self.get(path).await).await
    }

    /// Asks the shop for a page and reads its text.
    ///
    /// # Panics
    /// When there is none.
    pub async fn page(&self, path: &str) -> String {
        self.get(path).await.text().await.expect("a text")
    }
}
