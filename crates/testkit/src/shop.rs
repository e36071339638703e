//! A shop in this process: its floors, its supplier, its pages on a port of their own.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use cache::Cache;
use cache::redis::Settings;
use domain::clock::Clock;
use domain::money::BasisPoints;
use domain::sync::SyncReport;
use g2a_sandbox::Sandbox;
use gateways::Supplier;
use reqwest::{Client, Response};
use serde_json::Value;
use services::accounts::AccountRules;
use services::mails::MailRules;
use services::pictures::PictureRules;
use services::sync::SyncRules;
use services::{Parts, Shop};
use storage::Db;
use tokio::net::TcpListener;
use tokio_util::sync::DropGuard;

use crate::redis::Redis;
use crate::{CountedIds, Kind, PictureFolder, SeededChance, SetClock, TestDatabase, node, pictures, world};

/// What the links in a test shop's mails begin with.
pub const PUBLIC_URL: &str = "https://shop.example";

/// Which caches a shop has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caching {
    /// None: the truth each time.
    None,
    /// In memory, kept in step by the pulse.
    Memory,
    /// The same before a Redis, under a prefix of the shop's own.
    Redis,
}

impl Caching {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::None, Self::Memory, Self::Redis];
}

/// A shop, its supplier, and a customer's browser.
pub struct TestShop {
    /// The shop.
    pub shop: Shop,
    /// What it remembers.
    pub db: Db,
    /// Statements that were sent to it, the pulse's not counted.
    pub statements: Arc<AtomicU64>,
    /// What it may forget.
    pub cache: Cache,
    /// Its supplier.
    pub sandbox: Sandbox,
    /// Its clock.
    pub clock: Arc<SetClock>,
    /// Where its database is.
    pub database: TestDatabase,
    /// Its Redis, if it has one.
    pub redis: Option<Settings>,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    client: Client,
    _stop: DropGuard,
    _pictures: PictureFolder,
}

impl TestShop {
    /// A shop with a cache in memory and a supplier of 93 products, not synced yet.
    pub async fn open(kind: Kind) -> Self {
        Box::pin(Self::with(kind, Caching::Memory, g2a_sandbox::Settings::default())).await
    }

    /// The same, after its first sync.
    pub async fn filled(kind: Kind) -> Self {
        let shop = Self::open(kind).await;
        shop.sync().await;
        shop
    }

    /// A shop with these caches and this supplier.
    ///
    /// # Panics
    /// When it cannot be built: then no test can run.
    pub async fn with(kind: Kind, caching: Caching, supplier: g2a_sandbox::Settings) -> Self {
        // Small batches: a test's catalogue is small, and has to have several.
        let rules = SyncRules {
            batch_pages: 10,
            ..SyncRules::default()
        };
        Box::pin(Self::with_rules(kind, caching, supplier, rules)).await
    }

    /// The same, syncing by these rules.
    pub async fn with_rules(kind: Kind, caching: Caching, supplier: g2a_sandbox::Settings, rules: SyncRules) -> Self {
        Box::pin(Self::built(kind, caching, supplier, rules, MailRules::default(), None)).await
    }

    /// With these rules for mail and pictures, besides; the supplier's pictures, unless others are said.
    pub(crate) async fn built(
        kind: Kind,
        caching: Caching,
        supplier: g2a_sandbox::Settings,
        rules: SyncRules,
        mail: MailRules,
        pictures: Option<PictureRules>,
    ) -> Self {
        let redis = match caching {
            Caching::None | Caching::Memory => None,
            Caching::Redis => Some(node::on(Redis::shared().await)),
        };
        Box::pin(Self::assembled(kind, (caching, redis), supplier, rules, mail, pictures)).await
    }

    /// The same before this Redis, if one is said.
    pub(crate) async fn assembled(
        kind: Kind,
        (caching, redis): (Caching, Option<Settings>),
        supplier: g2a_sandbox::Settings,
        rules: SyncRules,
        mail: MailRules,
        pictures: Option<PictureRules>,
    ) -> Self {
        let folder = PictureFolder::new();
        let database = TestDatabase::migrated(kind).await;
        let (db, statements) = node::counted(&database.url).await;
        let supplier = g2a_sandbox::Settings {
            rate_per_minute: 1_000_000,
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
        let gateway = Supplier::new(
            g2a::Settings::new(api, credentials),
            Arc::new(g2a::LocalPace::per_minute(1_000_000)),
        )
        .expect("a gateway");
        let clock = Arc::new(SetClock::default());
        let cache = match caching {
            Caching::None => Cache::none(),
            Caching::Memory | Caching::Redis => node::cache(redis.clone()).await,
        };
        let shop = Shop::new(Parts {
            db: db.clone(),
            cache: cache.clone(),
            supplier: Some(gateway),
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            ids: Arc::new(CountedIds::default()),
            chance: Arc::new(SeededChance::default()),
            secrets: world::secrets(),
            markup: BasisPoints::new(200),
            sync: rules,
            accounts: AccountRules::default(),
            mail,
            pictures: pictures.unwrap_or_else(|| pictures::from_supplier(&folder, &sandbox.url())),
            public_url: PUBLIC_URL.to_owned(),
        });
        let (url, stop) = node::serve(&shop).await;
        let client = Client::builder()
            .no_proxy()
            .gzip(true)
            .brotli(true)
            .build()
            .expect("a client");
        Self {
            shop,
            db,
            statements,
            cache,
            sandbox,
            clock,
            database,
            redis,
            url,
            client,
            _stop: stop,
            _pictures: folder,
        }
    }

    /// The same shop at a second address, at a place that `change` makes of the usual one, until the guard is dropped.
    pub async fn also_at(&self, change: impl FnOnce(web_kit::Site) -> web_kit::Site) -> (String, DropGuard) {
        let (url, stop) = node::serve_as(&self.shop, change).await;
        (url, stop.drop_guard())
    }

    /// Syncs, and expects that it succeeds.
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

    /// Asks the supplier's control for a path.
    ///
    /// # Panics
    /// When it does not answer with JSON.
    pub async fn supplier(&self, path: &str) -> Value {
        node::read(
            self.client
                .get(format!("{}{path}", self.sandbox.url()))
                .send()
                .await
                .expect("an answer"),
        )
        .await
    }

    /// Changes a product at the supplier.
    ///
    /// # Panics
    /// When the supplier refuses.
    pub async fn change_product(&self, id: &str, change: &Value) {
        let url = format!("{}/_sandbox/products/{id}", self.sandbox.url());
        let answer = self
            .client
            .patch(url)
            .header("content-type", "application/json")
            .body(change.to_string())
            .send()
            .await;
        let answer = answer.expect("an answer");
        assert!(
            answer.status().is_success(),
            "the supplier refused {change}: {}",
            answer.text().await.unwrap_or_default()
        );
    }

    /// Sets the supplier's faults.
    ///
    /// # Panics
    /// When the supplier refuses.
    pub async fn set_faults(&self, faults: &Value) {
        let url = format!("{}/_sandbox/faults", self.sandbox.url());
        let answer = self
            .client
            .put(url)
            .header("content-type", "application/json")
            .body(faults.to_string())
            .send()
            .await;
        let answer = answer.expect("an answer");
        assert!(
            answer.status().is_success(),
            "the supplier refused {faults}: {}",
            answer.text().await.unwrap_or_default()
        );
    }
}
